// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which signatures hold: what other tools make of CMS, one line a case, and what
 * must come out.
 */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "payload_image.h"
#include "signature.h"
#include "signing_fixture.h"
#include "verify.h"

enum who { RELEASE, NEXT, STRANGER, CURVE, SHORT_KEY, OLD_CURVE, PAST, IMPOSTOR, SIGNERS };

static struct signer signers[SIGNERS];

static int make_signers(void **state)
{
	(void)state;
	signers[RELEASE] = signer_make("release", "rsa2048");
	signers[NEXT] = signer_make("next release", "p384");
	signers[STRANGER] = signer_make("stranger", "rsa2048");
	signers[CURVE] = signer_make("curve", "p521");
	signers[SHORT_KEY] = signer_make("short", "rsa1024");
	signers[OLD_CURVE] = signer_make("old curve", "p192");
	signers[PAST] = signer_make_dated("past", "p256", -30, -1);
	/* Names itself like the release key, with another key behind it */
	signers[IMPOSTOR] = signer_make("release", "rsa2048");
	X509_set_serialNumber(signers[IMPOSTOR].cert,
			      X509_get_serialNumber(signers[RELEASE].cert));
	assert_true(X509_sign(signers[IMPOSTOR].cert, signers[IMPOSTOR].key, EVP_sha256()));
	return 0;
}

static int free_signers(void **state)
{
	(void)state;
	for (int i = 0; i < SIGNERS; i++)
		signer_free(&signers[i]);
	return 0;
}

static const char data[] = "what is signed";

struct verify_case {
	const char *name;
	enum who signer;
	const char *hash;
	unsigned int flags;
	enum who trusted;
	const char *word;	/* NULL: it holds */
};

#define AS_WE_DO CMS_AS_SIGN_FILE

static const struct verify_case cases[] = {
	{ "RSA", RELEASE, "SHA256", AS_WE_DO, RELEASE, NULL },
	{ "RSA with SHA-384", RELEASE, "SHA384", AS_WE_DO, RELEASE, NULL },
	{ "RSA with SHA-512", RELEASE, "SHA512", AS_WE_DO, RELEASE, NULL },
	{ "ECDSA on P-384", NEXT, "SHA384", AS_WE_DO, NEXT, NULL },
	{ "ECDSA on P-521", CURVE, "SHA512", AS_WE_DO, CURVE, NULL },
	{ "named by key id", RELEASE, "SHA256", AS_WE_DO | CMS_USE_KEYID, RELEASE, NULL },
	{ "certificate carried along", RELEASE, "SHA256", AS_WE_DO & ~CMS_NOCERTS, RELEASE, NULL },
	{ "carried along but not trusted", STRANGER, "SHA256", AS_WE_DO & ~CMS_NOCERTS, RELEASE,
		"unknown-key" },
	{ "certificate has expired since", PAST, "SHA256", AS_WE_DO, PAST, NULL },
	{ "another key", STRANGER, "SHA256", AS_WE_DO, RELEASE, "unknown-key" },
	{ "another key by key id", STRANGER, "SHA256", AS_WE_DO | CMS_USE_KEYID, RELEASE,
		"unknown-key" },
	{ "another key under the same name", IMPOSTOR, "SHA256", AS_WE_DO, RELEASE, "bad-signature" },
	{ "signed attributes", RELEASE, "SHA256", AS_WE_DO & ~CMS_NOATTR, RELEASE,
		"signed-attributes" },
	{ "payload inside the signature", RELEASE, "SHA256", AS_WE_DO & ~CMS_DETACHED, RELEASE,
		"embedded-content" },
	{ "SHA-1", RELEASE, "SHA1", AS_WE_DO, RELEASE, "weak-digest" },
	{ "SHA-224", RELEASE, "SHA224", AS_WE_DO, RELEASE, "weak-digest" },
	{ "MD5", RELEASE, "MD5", AS_WE_DO, RELEASE, "weak-digest" },
	{ "RSA of 1024 bits", SHORT_KEY, "SHA256", AS_WE_DO, SHORT_KEY, "weak-key" },
	{ "ECDSA on P-192", OLD_CURVE, "SHA256", AS_WE_DO, OLD_CURVE, "key-type" },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void expect(const char *what, int ret, const struct reason *why, const char *word)
{
	if (!word && ret)
		fail_msg("%s: refused: %s: %s", what, why->word, why->text);
	if (word && !ret)
		fail_msg("%s: accepted", what);
	if (word && strcmp(word, why->word))
		fail_msg("%s: %s (%s) instead of %s", what, why->word, why->text, word);
	if (word)
		assert_int_equal(ret, REFUSED);
}

static void verify(void **state)
{
	const struct verify_case *test = *state;
	STACK_OF(X509) *certs = certs_of(&signers[test->trusted], NULL);
	struct blob der = cms_make(data, sizeof(data), &signers[test->signer],
				   EVP_get_digestbyname(test->hash), test->flags);
	struct reason why = { 0 };
	X509 *signer;
	int ret;

	ret = verify_detached(data, sizeof(data), der.data, der.size, certs, &signer, &why);
	expect(test->name, ret, &why, test->word);
	assert_true(signer == (ret ? NULL : signers[test->trusted].cert));
	blob_free(&der);
	sk_X509_free(certs);
}

/* The SET of digest algorithms of SignedData: a hint that neither we nor the kernel use */
static int in_digest_algorithms(size_t i)
{
	return i >= 28 && i < 28 + 13;
}

/* A signature that is good until one byte of it, or of the payload, differs */
static void every_byte_counts(void **state)
{
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], NULL);
	struct blob der = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	char copy[sizeof(data)];
	struct reason why;
	X509 *signer;

	(void)state;
	assert_int_equal(der.data[26], 0x31);
	assert_int_equal(der.data[27], 13);
	for (size_t i = 0; i < der.size; i++) {
		if (in_digest_algorithms(i))
			continue;
		der.data[i] ^= 0x20;
		if (!verify_detached(data, sizeof(data), der.data, der.size, certs, &signer, &why))
			fail_msg("accepted with byte %zu of the signature changed", i);
		assert_null(signer);
		der.data[i] ^= 0x20;
	}
	for (size_t i = 0; i < sizeof(data); i++) {
		memcpy(copy, data, sizeof(data));
		copy[i] ^= 1;
		expect("changed payload", verify_detached(copy, sizeof(data), der.data, der.size, certs,
							  &signer, &why), &why, "bad-signature");
	}
	for (size_t size = 0; size < der.size; size++)
		expect("cut signature", verify_detached(data, sizeof(data), der.data, size, certs,
							&signer, &why), &why, "malformed-signature");
	blob_free(&der);
	sk_X509_free(certs);
}

/* SEQUENCE of indefinite length around the same content: BER, not DER (X.690, 10.1) */
static void not_der(void **state)
{
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], NULL);
	struct blob der = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	unsigned char ber[4096] = { 0x30, 0x80 };
	size_t size = der.size - 4;
	struct reason why;
	X509 *signer;

	(void)state;
	assert_int_equal(der.data[1], 0x82);
	memcpy(ber + 2, der.data + 4, size);
	expect("BER", verify_detached(data, sizeof(data), ber, size + 4, certs, &signer, &why),
	       &why, "malformed-signature");
	/* A length with a leading zero */
	memcpy(ber, "\x30\x83\0", 3);
	memcpy(ber + 3, der.data + 2, der.size - 2);
	expect("longer length", verify_detached(data, sizeof(data), ber, der.size + 1, certs, &signer,
						&why), &why, "malformed-signature");
	memcpy(ber, der.data, der.size);
	expect("trailing byte", verify_detached(data, sizeof(data), ber, der.size + 1, certs,
						&signer, &why), &why, "malformed-signature");
	blob_free(&der);
	sk_X509_free(certs);
}

/* rsaEncryption has NULL for parameters (RFC 3370, 3.2), not an OCTET STRING. */
static void parameters(void **state)
{
	static const unsigned char rsa[] = {
		6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, V_ASN1_NULL, 0,
	};
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], NULL);
	struct blob der = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	unsigned char *at = memmem(der.data, der.size, rsa, sizeof(rsa));
	struct reason why;
	X509 *signer;

	(void)state;
	assert_non_null(at);
	at[11] = V_ASN1_OCTET_STRING;
	expect("parameters", verify_detached(data, sizeof(data), der.data, der.size, certs, &signer,
					     &why), &why, "signature-algorithm");
	blob_free(&der);
	sk_X509_free(certs);
}

/* OpenSSL 3.0 has no name for it, so the reason must give the number, or a newer name */
static void mldsa(void **state)
{
	static const unsigned char rsa[] = { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1 };
	static const unsigned char mldsa65[] = { 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x12 };
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], NULL);
	struct blob der = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha512(), AS_WE_DO);
	unsigned char *at = memmem(der.data, der.size, rsa, sizeof(rsa));
	struct reason why;
	X509 *signer;

	(void)state;
	assert_non_null(at);
	memcpy(at, mldsa65, sizeof(mldsa65));
	expect("ML-DSA", verify_detached(data, sizeof(data), der.data, der.size, certs, &signer,
					 &why), &why, "signature-algorithm");
	assert_null(signer);
	if (!strstr(why.text, "2.16.840.1.101.3.4.3.18") && !strstr(why.text, "ML-DSA-65"))
		fail_msg("does not name the algorithm: %s", why.text);
	blob_free(&der);
	sk_X509_free(certs);
}

static void unsigned_attributes(void **state)
{
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], NULL);
	struct blob der = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	const unsigned char *at = der.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, der.size);
	unsigned char *out = NULL;
	struct reason why;
	X509 *signer;
	int size;

	(void)state;
	assert_true(CMS_unsigned_add1_attr_by_NID(
			sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0),
			NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data), -1));
	size = i2d_CMS_ContentInfo(cms, &out);
	expect("unsigned attribute", verify_detached(data, sizeof(data), out, size, certs, &signer,
						     &why), &why, "unsigned-attributes");
	OPENSSL_free(out);
	CMS_ContentInfo_free(cms);
	blob_free(&der);
	sk_X509_free(certs);
}

static void nobody_signed(void **state)
{
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], NULL);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, AS_WE_DO | CMS_PARTIAL);
	unsigned char *out = NULL;
	struct reason why;
	X509 *signer;
	int size;

	(void)state;
	size = i2d_CMS_ContentInfo(cms, &out);
	expect("no signer", verify_detached(data, sizeof(data), out, size, certs, &signer, &why),
	       &why, "malformed-signature");
	/* What else is malformed about it would be said in other words */
	assert_string_equal(why.text, "nobody signed");
	OPENSSL_free(out);
	CMS_ContentInfo_free(cms);
	sk_X509_free(certs);
}

/* Rotation: two signers, of which a host may know either, both or none. */
static void two_signers(void **state)
{
	struct blob first = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	struct blob both = cms_make(data, sizeof(data), &signers[NEXT], EVP_sha256(), AS_WE_DO);
	static const struct {
		const char *name;
		int a, b;
		const char *word;
		int decided;
	} hosts[] = {
		{ "knows the old key", RELEASE, -1, NULL, RELEASE },
		{ "knows the new key", NEXT, -1, NULL, NEXT },
		{ "knows both", RELEASE, NEXT, NULL, -1 },
		{ "knows neither", STRANGER, -1, "unknown-key", -1 },
	};
	struct reason why;
	X509 *signer;

	(void)state;
	expect("join", signature_join(&first, &both, &why), &why, NULL);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		STACK_OF(X509) *certs = certs_of(&signers[hosts[i].a],
						 hosts[i].b < 0 ? NULL : &signers[hosts[i].b]);

		expect(hosts[i].name, verify_detached(data, sizeof(data), both.data, both.size, certs,
						      &signer, &why), &why, hosts[i].word);
		if (hosts[i].decided >= 0)
			assert_ptr_equal(signer, signers[hosts[i].decided].cert);
		sk_X509_free(certs);
	}
	blob_free(&first);
	blob_free(&both);
}

/* One good signature does not excuse a bad one of another known key, in any order. */
static void one_of_two_is_bad(void **state)
{
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], &signers[NEXT]);
	struct reason why;
	X509 *signer;

	(void)state;
	for (int bad = 0; bad < 2; bad++) {
		struct blob first = cms_make(bad ? "other" : data, bad ? 5 : sizeof(data),
					     &signers[RELEASE], EVP_sha256(), AS_WE_DO);
		struct blob both = cms_make(bad ? data : "other", bad ? sizeof(data) : 5,
					    &signers[NEXT], EVP_sha256(), AS_WE_DO);

		expect("join", signature_join(&first, &both, &why), &why, NULL);
		expect("bad beside good", verify_detached(data, sizeof(data), both.data, both.size,
							  certs, &signer, &why), &why, "bad-signature");
		assert_null(signer);
		blob_free(&first);
		blob_free(&both);
	}
	sk_X509_free(certs);
}

/* Two certificates of one name: the signer's may be either, and one must be. */
static void two_of_one_name(void **state)
{
	STACK_OF(X509) *either[] = {
		certs_of(&signers[RELEASE], &signers[IMPOSTOR]),
		certs_of(&signers[IMPOSTOR], &signers[RELEASE]),
	};
	struct blob der = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	struct reason why;
	X509 *signer;

	(void)state;
	for (int i = 0; i < 2; i++) {
		expect("one of both", verify_detached(data, sizeof(data), der.data, der.size,
						      either[i], &signer, &why), &why, NULL);
		assert_ptr_equal(signer, signers[RELEASE].cert);
		expect("none of both", verify_detached("other", 5, der.data, der.size, either[i],
						       &signer, &why), &why, "bad-signature");
		sk_X509_free(either[i]);
	}
	blob_free(&der);
}

/* Who signs beside a signature must know that no kernel will refuse it. */
static void every_signer(void **state)
{
	STACK_OF(X509) *old = certs_of(&signers[RELEASE], NULL);
	STACK_OF(X509) *new = certs_of(&signers[NEXT], NULL);
	STACK_OF(X509) *both = certs_of(&signers[RELEASE], &signers[NEXT]);
	struct blob first = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	struct blob der = cms_make(data, sizeof(data), &signers[NEXT], EVP_sha256(), AS_WE_DO);
	struct reason why;

	(void)state;
	expect("join", signature_join(&first, &der, &why), &why, NULL);
	expect("both known", verify_every_signer(data, sizeof(data), der.data, der.size, both, &why),
	       &why, NULL);
	expect("the old one", verify_every_signer(data, sizeof(data), der.data, der.size, old, &why),
	       &why, "unknown-key");
	expect("the new one", verify_every_signer(data, sizeof(data), der.data, der.size, new, &why),
	       &why, "unknown-key");
	expect("none", verify_every_signer(data, sizeof(data), der.data, der.size, NULL, &why), &why,
	       "unknown-key");
	expect("changed", verify_every_signer("other", 5, der.data, der.size, both, &why), &why,
	       "bad-signature");
	der.data[der.size - 1] ^= 1;
	expect("second broken", verify_every_signer(data, sizeof(data), der.data, der.size, both,
						    &why), &why, "bad-signature");
	blob_free(&first);
	blob_free(&der);
	sk_X509_free(old);
	sk_X509_free(new);
	sk_X509_free(both);
}

/* A signer that is wrong under the certificate that the message carries is refused anywhere. */
static void carried_certificate(void **state)
{
	STACK_OF(X509) *known = certs_of(&signers[RELEASE], NULL);
	struct blob with = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(),
				    AS_WE_DO & ~CMS_NOCERTS);
	struct blob without = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	const unsigned char *at = without.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, without.size);
	struct reason why;
	struct blob other;

	(void)state;
	expect("good", verify_unknown(data, sizeof(data), with.data, with.size, &why), &why, NULL);
	expect("changed", verify_unknown("other", 5, with.data, with.size, &why), &why,
	       "bad-signature");
	/* Nobody can tell. */
	expect("none carried", verify_unknown("other", 5, without.data, without.size, &why), &why,
	       NULL);
	expect("cut", verify_unknown(data, sizeof(data), with.data, with.size - 1, &why), &why,
	       "malformed-signature");
	/* Good under the key that we know, wrong under that which is carried by its name */
	assert_true(CMS_add1_cert(cms, signers[IMPOSTOR].cert));
	assert_int_equal(signature_encode(cms, &other, &why), 0);
	expect("impostor", verify_every_signer(data, sizeof(data), other.data, other.size, known,
					       &why), &why, "bad-signature");
	CMS_ContentInfo_free(cms);
	blob_free(&other);
	blob_free(&with);
	blob_free(&without);
	sk_X509_free(known);
}

static void join_refuses(void **state)
{
	struct blob first = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	struct blob again = cms_make(data, sizeof(data), &signers[RELEASE], EVP_sha256(), AS_WE_DO);
	struct blob hash = cms_make(data, sizeof(data), &signers[NEXT], EVP_sha384(), AS_WE_DO);
	struct blob key_id = cms_make(data, sizeof(data), &signers[STRANGER], EVP_sha256(),
				      AS_WE_DO | CMS_USE_KEYID);
	struct blob plain = cms_make(data, sizeof(data), &signers[NEXT], EVP_sha256(), AS_WE_DO);
	struct reason why;

	(void)state;
	expect("twice the same", signature_join(&first, &again, &why), &why, "already-signed");
	expect("another hash", signature_join(&first, &hash, &why), &why, "hash-differs");
	expect("key id beside issuer", signature_join(&key_id, &plain, &why), &why, "signer-form");
	blob_free(&first);
	blob_free(&again);
	blob_free(&hash);
	blob_free(&key_id);
	blob_free(&plain);
}

struct file_case {
	const char *name;
	void (*break_it)(struct blob *file);
	const char *word;
};

static void append_byte(struct blob *file)
{
	file->data = realloc(file->data, file->size + 1);
	file->data[file->size++] = '\n';
}

static void strip(struct blob *file)
{
	file->size = IMAGE_SIZE;
}

static void flip_payload(struct blob *file)
{
	file->data[0x2100] ^= 1;
}

static void flip_elf(struct blob *file)
{
	file->data[4] = 1;
}

static void flip_trailer(struct blob *file)
{
	file->data[file->size - 40] = 1;
}

static const struct file_case files[] = {
	{ "a signed payload", NULL, NULL },
	{ "unsigned", strip, "unsigned" },
	{ "a byte behind the marker", append_byte, "no-marker" },
	{ "a changed byte of text", flip_payload, "bad-signature" },
	/* The signature comes first: what nobody signed is not judged. */
	{ "a changed ELF header", flip_elf, "bad-signature" },
	{ "a changed trailer", flip_trailer, "trailer-unused" },
};

#define FILES (sizeof(files) / sizeof(files[0]))

static void verify_file(void **state)
{
	const struct file_case *test = *state;
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], NULL);
	struct blob file = signed_image(&signers[RELEASE]);
	struct payload payload;
	struct reason why;
	X509 *signer;
	int ret;

	if (test->break_it)
		test->break_it(&file);
	ret = verify_payload(file.data, file.size, certs, &payload, &signer, &why);
	expect(test->name, ret, &why, test->word);
	if (!ret)
		assert_int_equal(payload.image.note.svn, 7);
	blob_free(&file);
	sk_X509_free(certs);
}

/* A valid signature over anything else is refused: here a script, and a module. */
static void not_a_caretaker(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *word;
	} others[] = {
		{ "#!/bin/sh\n", 10, "file-short" },
		{ "\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0" "\1\0\x3e\0\1\0\0\0", 64, "elf-type" },
	};
	STACK_OF(X509) *certs = certs_of(&signers[RELEASE], NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		unsigned char bytes[64] = { 0 };
		struct payload payload;
		struct blob der, file;
		struct reason why;
		X509 *signer;

		memcpy(bytes, others[i].bytes, others[i].size < 24 ? others[i].size : 24);
		der = cms_make(bytes, others[i].size, &signers[RELEASE], EVP_sha256(), AS_WE_DO);
		assert_int_equal(signature_append(bytes, others[i].size, &der, &file, &why), 0);
		expect(others[i].word, verify_payload(file.data, file.size, certs, &payload, &signer,
						      &why), &why, others[i].word);
		assert_null(signer);
		blob_free(&der);
		blob_free(&file);
	}
	sk_X509_free(certs);
}

int main(void)
{
	struct CMUnitTest tests[CASES + FILES + 13] = {
		cmocka_unit_test(every_byte_counts), cmocka_unit_test(not_der),
		cmocka_unit_test(unsigned_attributes), cmocka_unit_test(nobody_signed),
		cmocka_unit_test(two_signers), cmocka_unit_test(one_of_two_is_bad),
		cmocka_unit_test(join_refuses), cmocka_unit_test(not_a_caretaker),
		cmocka_unit_test(parameters), cmocka_unit_test(mldsa),
		cmocka_unit_test(two_of_one_name), cmocka_unit_test(every_signer),
		cmocka_unit_test(carried_certificate),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[13 + i] = (struct CMUnitTest){ cases[i].name, verify, NULL, NULL,
						    (void *)&cases[i] };
	for (size_t i = 0; i < FILES; i++)
		tests[13 + CASES + i] = (struct CMUnitTest){ files[i].name, verify_file, NULL, NULL,
							    (void *)&files[i] };
	return cmocka_run_group_tests_name("verify", tests, make_signers, free_signers);
}
