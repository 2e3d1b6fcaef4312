// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures in IMA records, by keys made here. What evmctl and OpenSSL's command
 * line make is tried by tests/vectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/cms.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "log/ima_keyring.h"
#include "log/ima_sig.h"
#include "test_ima_bytes.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static EVP_PKEY *key, *other;
static X509 *cert, *twin;	/* @twin: another key, the same key id and name */

static X509 *certificate(EVP_PKEY *pkey)
{
	static const unsigned char skid[20] = { [16] = 0xde, 0xad, 0xbe, 0xef };
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	ASN1_OCTET_STRING_set(id, skid, sizeof(skid));
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 5);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"ima", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, pkey);
	X509_add1_ext_i2d(x, NID_subject_key_identifier, id, 0, 0);
	ASN1_OCTET_STRING_free(id);
	return X509_sign(x, pkey, EVP_sha256()) ? x : NULL;
}

static int make_keys(void **state)
{
	(void)state;
	key = EVP_RSA_gen(2048);
	other = EVP_RSA_gen(2048);
	cert = key ? certificate(key) : NULL;
	twin = other ? certificate(other) : NULL;
	return cert && twin ? 0 : -1;
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	X509_free(cert);
	X509_free(twin);
	return 0;
}

static void add(struct ima_keyring *ring, X509 *x)
{
	struct parse_error err = { 0 };
	unsigned char *der = NULL;
	int size = i2d_X509(x, &der);

	assert_int_equal(ima_keyring_add(ring, der, (size_t)size, &err), 0);
	OPENSSL_free(der);
}

/* Signs SHA-256 of @text, or for version 3 of ima_file_id with it. */
static struct bytes xattr(EVP_PKEY *by, unsigned char type, unsigned char version, const char *text)
{
	struct bytes digest = { 0 }, id = { 0 }, sig = { 0 }, out = { 0 };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(by, NULL);

	put_digest(&digest, "sha256", text, strlen(text));
	if (version == 3) {
		put_fill(&id, type, 1);
		put_fill(&id, 4, 1);
		put(&id, digest.data, digest.size);
		digest.size = 0;
		put_digest(&digest, "sha256", id.data, id.size);
	}
	sig.size = sizeof(sig.data);
	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
	EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256());
	assert_int_equal(EVP_PKEY_sign(ctx, sig.data, &sig.size, digest.data, digest.size), 1);
	EVP_PKEY_CTX_free(ctx);
	put_fill(&out, type, 1);
	put_fill(&out, version, 1);
	put_fill(&out, 4, 1);
	put_be(&out, 0xdeadbeef, 4);
	put_be(&out, sig.size, 2);
	put(&out, sig.data, sig.size);
	return out;
}

static struct bytes pkcs7(const char *content, unsigned int flags)
{
	BIO *bio = BIO_new_mem_buf(content, (int)strlen(content));
	struct bytes out = { 0 };
	unsigned char *der = NULL;
	CMS_ContentInfo *cms;
	int size;

	cms = CMS_sign(cert, key, NULL, bio, CMS_BINARY | CMS_NOCERTS | flags);
	assert_non_null(cms);
	size = i2d_CMS_ContentInfo(cms, &der);
	put(&out, der, (size_t)size);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	return out;
}

static enum ima_sig_state verify(const struct ima_keyring *ring, const struct bytes *log,
				 struct ima_signer *who)
{
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_log reader;

	assert_int_equal(ima_log_open(&reader, log->data, log->size, PCR_SHA256, &err), 0);
	assert_int_equal(ima_log_next(&reader, &rec, &err), 1);
	return ima_record_verify(ring, &rec, who);
}

static void xattrs(void **state)
{
	const struct {
		const char *name;
		EVP_PKEY *by;
		unsigned char type, version;
		const char *template, *kind, *text;
		long byte;	/* to change by one bit, -1 for none */
		enum ima_sig_state want;
	} cases[] = {
		{ "version 2", key, 3, 2, "ima-sig", "", "/a", -1, IMA_SIG_VALID },
		{ "version 2, typed", key, 3, 2, "ima-sigv2", "ima:", "/a", -1, IMA_SIG_VALID },
		{ "version 3", key, 3, 3, "ima-sigv2", "ima:", "/a", -1, IMA_SIG_VALID },
		{ "fs-verity", key, 6, 3, "ima-sigv2", "verity:", "/a", -1, IMA_SIG_VALID },
		{ "fs-verity, no type", key, 6, 3, "ima-sig", "", "/a", -1, IMA_SIG_VALID },
		{ "other file", key, 3, 2, "ima-sig", "", "/b", -1, IMA_SIG_INVALID },
		{ "other key", other, 3, 2, "ima-sig", "", "/a", -1, IMA_SIG_INVALID },
		{ "fs-verity for a file", key, 6, 3, "ima-sigv2", "ima:", "/a", -1, IMA_SIG_INVALID },
		{ "file for fs-verity", key, 3, 3, "ima-sigv2", "verity:", "/a", -1, IMA_SIG_INVALID },
		{ "fs-verity, version 2", key, 6, 2, "ima-sig", "", "/a", -1, IMA_SIG_INVALID },
		{ "version 1", key, 3, 1, "ima-sig", "", "/a", -1, IMA_SIG_INVALID },
		{ "portable EVM", key, 5, 2, "ima-sig", "", "/a", -1, IMA_SIG_UNKNOWN_KEY },
		{ "version changed", key, 3, 2, "ima-sig", "", "/a", 1, IMA_SIG_INVALID },
		{ "hash changed", key, 3, 2, "ima-sig", "", "/a", 2, IMA_SIG_INVALID },
		{ "key id changed", key, 3, 2, "ima-sig", "", "/a", 6, IMA_SIG_UNKNOWN_KEY },
		{ "size changed", key, 3, 2, "ima-sig", "", "/a", 8, IMA_SIG_INVALID },
		{ "value changed", key, 3, 2, "ima-sig", "", "/a", 100, IMA_SIG_INVALID },
	};
	struct ima_keyring *ring = ima_keyring_new();
	struct ima_signer who;
	size_t i;

	(void)state;
	add(ring, cert);
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes log = { 0 };
		struct bytes field[] = { ima_digest_field(cases[i].kind, "sha256", "/a"), ima_text_field("/a"),
					 xattr(cases[i].by, cases[i].type, cases[i].version, cases[i].text) };
		enum ima_sig_state got;

		if (cases[i].byte >= 0)
			field[2].data[cases[i].byte] ^= 1;
		ima_put_record(&log, "sha256", 10, cases[i].template, field, 3, false);
		got = verify(ring, &log, &who);
		if (got != cases[i].want || (got == IMA_SIG_VALID) != (who.skid_size == 20))
			fail_msg("%s: %d, %s", cases[i].name, got, who.reason ? who.reason : "no reason");
		assert_int_equal(got == IMA_SIG_VALID, !who.reason);
		/* Nobody's keys make nothing valid. */
		assert_int_not_equal(verify(NULL, &log, NULL), IMA_SIG_VALID);
		/* What a violation says counts for nothing. */
		log.size = 0;
		ima_put_record(&log, "sha256", 10, cases[i].template, field, 3, true);
		assert_int_equal(verify(ring, &log, NULL), IMA_SIG_NONE);
	}
	ima_keyring_free(ring);
}

/* Key ids have four bytes, so another key may have the same. */
static void shared_key_id(void **state)
{
	struct bytes log = { 0 };
	struct bytes field[] = { ima_digest_field("", "sha256", "/a"), ima_text_field("/a"),
				 xattr(key, 3, 2, "/a") };
	struct ima_keyring *ring = ima_keyring_new();

	(void)state;
	ima_put_record(&log, "sha256", 10, "ima-sig", field, 3, false);
	add(ring, twin);
	assert_int_equal(verify(ring, &log, NULL), IMA_SIG_INVALID);
	add(ring, cert);
	assert_int_equal(verify(ring, &log, NULL), IMA_SIG_VALID);
	ima_keyring_free(ring);
}

static void appended(void **state)
{
	const struct {
		const char *name;
		unsigned int flags;
		const char *signed_text;
		size_t cut;
		const char *xattr;	/* also a signature of this */
		enum ima_sig_state want;
	} cases[] = {
		{ "detached, no attributes", CMS_NOATTR | CMS_DETACHED, "text", 0, NULL, IMA_SIG_VALID },
		{ "by key id", CMS_NOATTR | CMS_DETACHED | CMS_USE_KEYID, "text", 0, NULL, IMA_SIG_VALID },
		{ "and a good xattr", CMS_NOATTR | CMS_DETACHED, "text", 0, "/m", IMA_SIG_VALID },
		{ "and a bad xattr", CMS_NOATTR | CMS_DETACHED, "text", 0, "/x", IMA_SIG_INVALID },
		{ "bad, and a good xattr", CMS_NOATTR | CMS_DETACHED, "Text", 0, "/m", IMA_SIG_INVALID },
		{ "other content", CMS_NOATTR | CMS_DETACHED, "Text", 0, NULL, IMA_SIG_INVALID },
		{ "attributes", CMS_DETACHED, "text", 0, NULL, IMA_SIG_INVALID },
		{ "content inside", CMS_NOATTR, "text", 0, NULL, IMA_SIG_INVALID },
		{ "cut short", CMS_NOATTR | CMS_DETACHED, "text", 1, NULL, IMA_SIG_INVALID },
	};
	struct ima_keyring *ring = ima_keyring_new(), *nobody = ima_keyring_new();
	struct ima_signer who;
	size_t i;

	(void)state;
	add(ring, cert);
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes log = { 0 };
		struct bytes field[] = {
			ima_digest_field("", "sha256", "/m"), ima_text_field("/m"), { 0 },
			ima_digest_field("", "sha256", "text"), pkcs7(cases[i].signed_text, cases[i].flags),
		};
		enum ima_sig_state got;

		if (cases[i].xattr)
			field[2] = xattr(key, 3, 2, cases[i].xattr);
		field[4].size -= cases[i].cut;
		ima_put_record(&log, "sha256", 10, "ima-modsig", field, 5, false);
		got = verify(ring, &log, &who);
		if (got != cases[i].want)
			fail_msg("%s: %d, %s", cases[i].name, got, who.reason ? who.reason : "no reason");
		assert_int_not_equal(verify(nobody, &log, &who), IMA_SIG_VALID);
	}
	ima_keyring_free(ring);
	ima_keyring_free(nobody);
}

/* The digest that the record gives is of another algorithm than was signed. */
static void appended_other_hash(void **state)
{
	struct bytes log = { 0 };
	struct bytes field[] = {
		ima_digest_field("", "sha256", "/m"), ima_text_field("/m"), { 0 },
		ima_digest_field("", "sha512", "text"), pkcs7("text", CMS_NOATTR | CMS_DETACHED),
	};
	struct ima_keyring *ring = ima_keyring_new();

	(void)state;
	add(ring, cert);
	ima_put_record(&log, "sha256", 10, "ima-modsig", field, 5, false);
	assert_int_equal(verify(ring, &log, NULL), IMA_SIG_INVALID);
	ima_keyring_free(ring);
}

/* SHA-256's value under the name of another hash of 32 bytes. */
static void xattr_other_hash(void **state)
{
	struct bytes log = { 0 };
	struct bytes field[] = { { 0 }, ima_text_field("/a"), xattr(key, 3, 2, "/a") };
	struct ima_keyring *ring = ima_keyring_new();

	(void)state;
	add(ring, cert);
	put(&field[0], "sm3:", 5);
	put_digest(&field[0], "sha256", "/a", 2);
	ima_put_record(&log, "sha256", 10, "ima-sig", field, 3, false);
	assert_int_equal(verify(ring, &log, NULL), IMA_SIG_INVALID);
	ima_keyring_free(ring);
}

/*
 * With attributes, their encoding is what is signed. A record that names its digest
 * would have a right signature over a file that the signer has never seen.
 */
static void appended_attributes_as_content(void **state)
{
	struct bytes p7 = pkcs7("text", CMS_DETACHED | CMS_NOSMIMECAP), set = { 0 }, log = { 0 }, all = { 0 };
	struct bytes field[] = { ima_digest_field("", "sha256", "/m"), ima_text_field("/m"), { 0 }, { 0 }, p7 };
	struct ima_keyring *ring = ima_keyring_new();
	const unsigned char *p = p7.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)p7.size);
	CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	int i;

	(void)state;
	for (i = 0; i < CMS_signed_get_attr_count(si); i++) {
		unsigned char *der = NULL;
		int size = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, i), &der);

		put(&set, der, (size_t)size);
		OPENSSL_free(der);
	}
	assert_in_range(set.size, 1, 127);
	put_fill(&all, 0x31, 1);
	put_fill(&all, (unsigned char)set.size, 1);
	put(&all, set.data, set.size);
	put(&field[3], "sha256:", 8);
	put_digest(&field[3], "sha256", all.data, all.size);
	add(ring, cert);
	ima_put_record(&log, "sha256", 10, "ima-modsig", field, 5, false);
	assert_int_equal(verify(ring, &log, NULL), IMA_SIG_INVALID);
	CMS_ContentInfo_free(cms);
	ima_keyring_free(ring);
}

static void malformed_certificates(void **state)
{
	struct ima_keyring *ring = ima_keyring_new();
	unsigned char *der = NULL;
	int size = i2d_X509(cert, &der);
	struct parse_error err = { 0 };

	(void)state;
	assert_true(ima_keyring_add(ring, der, (size_t)size - 1, &err) < 0);
	memset(&err, 0, sizeof(err));
	assert_true(ima_keyring_add(ring, "", 0, &err) < 0);
	assert_int_equal(err.code, PARSE_EMPTY);
	memset(&err, 0, sizeof(err));
	assert_true(ima_keyring_add(ring, "-----BEGIN CERTIFICATE-----\nAAAA\n", 33, &err) < 0);
	OPENSSL_free(der);
	ima_keyring_free(ring);
	ima_keyring_free(NULL);
}

/* All certificates of a file count, however many, and none if one of them is damaged. */
static void bundle_of_certificates(void **state)
{
	struct ima_keyring *ring = ima_keyring_new();
	BIO *bundle = BIO_new(BIO_s_mem());
	struct parse_error err = { 0 };
	char *data;
	long size;

	(void)state;
	for (int i = 0; i < 300; i++)
		assert_true(PEM_write_bio_X509(bundle, cert));
	size = BIO_get_mem_data(bundle, &data);
	assert_int_equal(ima_keyring_add(ring, data, (size_t)size, &err), 0);
	assert_true(ima_keyring_add(ring, data, (size_t)size - 30, &err) < 0);
	assert_int_equal(err.code, PARSE_INVALID);
	assert_int_equal(ring->count, 300);
	BIO_free(bundle);
	ima_keyring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xattrs),
		cmocka_unit_test(shared_key_id),
		cmocka_unit_test(appended),
		cmocka_unit_test(appended_other_hash),
		cmocka_unit_test(xattr_other_hash),
		cmocka_unit_test(appended_attributes_as_content),
		cmocka_unit_test(malformed_certificates),
		cmocka_unit_test(bundle_of_certificates),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
