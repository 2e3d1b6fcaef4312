// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quotes: attestations that tss2-mu marshalled, signed by keys made here, so that
 * each defect can come with a right signature.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <tss2/tss2_mu.h>

#include "tpm/quote.h"
#include "test_bytes.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ALG_RSASSA	0x14
#define ALG_RSAPSS	0x16
#define ALG_ECDSA	0x18

static EVP_PKEY *rsa, *rsa1024, *ec, *secp256k1;

static int make_keys(void **state)
{
	(void)state;
	rsa = EVP_RSA_gen(2048);
	rsa1024 = EVP_RSA_gen(1024);
	ec = EVP_EC_gen("P-256");
	secp256k1 = EVP_EC_gen("secp256k1");
	return rsa && rsa1024 && ec && secp256k1 ? 0 : -1;
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(rsa1024);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(secp256k1);
	return 0;
}

/* sha256:0,10, both values zero, nonce "nonce". */
static struct bytes make_attest(void)
{
	static const unsigned char values[64];
	TPMS_ATTEST a = {
		.magic = TPM2_GENERATED_VALUE,
		.type = TPM2_ST_ATTEST_QUOTE,
		.qualifiedSigner = { .size = 4, .name = "\1\2\3\4" },
		.extraData = { .size = 5, .buffer = "nonce" },
		.clockInfo = { .clock = 0x0102030405060708, .resetCount = 7, .restartCount = 3, .safe = 1 },
		.firmwareVersion = 0x1122334455667788,
		.attested.quote.pcrSelect = { .count = 1, .pcrSelections[0] = {
			.hash = TPM2_ALG_SHA256, .sizeofSelect = 3, .pcrSelect = { 1, 4, 0 } } },
	};
	struct bytes out = { 0 };
	size_t size;

	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, values, sizeof(values),
				      a.attested.quote.pcrDigest.buffer, &size), 1);
	a.attested.quote.pcrDigest.size = (UINT16)size;
	assert_int_equal(Tss2_MU_TPMS_ATTEST_Marshal(&a, out.data, sizeof(out.data), &out.size), 0);
	return out;
}

static struct bytes raw_signature(const struct bytes *data, EVP_PKEY *key, const char *hash, int pss)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	struct bytes out = { 0 };

	assert_int_equal(EVP_DigestSignInit_ex(ctx, &pctx, hash, NULL, NULL, key, NULL), 1);
	if (pss)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
	out.size = sizeof(out.data);
	assert_int_equal(EVP_DigestSign(ctx, out.data, &out.size, data->data, data->size), 1);
	EVP_MD_CTX_free(ctx);
	return out;
}

/* TPMT_SIGNATURE, as tss2-mu writes it. */
static struct bytes signature(const struct bytes *data, EVP_PKEY *key, const char *hash, uint16_t alg)
{
	struct bytes raw = raw_signature(data, key, hash, alg == ALG_RSAPSS), out = { 0 };
	const unsigned char *p = raw.data;
	TPMT_SIGNATURE sig = { .sigAlg = alg };
	ECDSA_SIG *pair;

	sig.signature.any.hashAlg = (TPMI_ALG_HASH)pcr_bank_alg((enum pcr_bank)pcr_bank_by_name(hash));
	if (alg == ALG_ECDSA) {
		pair = d2i_ECDSA_SIG(NULL, &p, (long)raw.size);
		assert_non_null(pair);
		sig.signature.ecdsa.signatureR.size = 32;
		sig.signature.ecdsa.signatureS.size = 32;
		BN_bn2binpad(ECDSA_SIG_get0_r(pair), sig.signature.ecdsa.signatureR.buffer, 32);
		BN_bn2binpad(ECDSA_SIG_get0_s(pair), sig.signature.ecdsa.signatureS.buffer, 32);
		ECDSA_SIG_free(pair);
	} else {
		sig.signature.rsassa.sig.size = (UINT16)raw.size;
		memcpy(sig.signature.rsassa.sig.buffer, raw.data, raw.size);
	}
	assert_int_equal(Tss2_MU_TPMT_SIGNATURE_Marshal(&sig, out.data, sizeof(out.data), &out.size), 0);
	return out;
}

static int parse_and_verify(const struct bytes *attest, const struct bytes *sig, EVP_PKEY *key,
			    struct quote *q, enum pcr_bank *hash, struct parse_error *err)
{
	int ret;

	memset(err, 0, sizeof(*err));
	ret = quote_parse(q, attest->data, attest->size, err);
	return ret ? ret : quote_verify(q, sig->data, sig->size, key, hash, err);
}

static void fields(void **state)
{
	struct bytes a = make_attest();
	struct parse_error err = { 0 };
	struct quote q;

	(void)state;
	assert_int_equal(quote_parse(&q, a.data, a.size, &err), 0);
	assert_true(view_is_text(q.nonce, "nonce"));
	assert_true(view_equal(q.signer, "\1\2\3\4", 4));
	assert_true(q.clock == 0x0102030405060708);
	assert_int_equal(q.reset_count, 7);
	assert_int_equal(q.restart_count, 3);
	assert_true(q.safe);
	assert_true(q.firmware_version == 0x1122334455667788);
	assert_int_equal(q.selection.count, 1);
	assert_int_equal(pcr_selection_mask(&q.selection, PCR_SHA256), 1 | 1 << 10);
	assert_int_equal(q.pcr_digest.size, 32);
}

/* Offsets: magic 0, type 4, signer 6, extra data 12, clock 19, safe 35, version 36, selection 44. */
static void malformed(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		unsigned char byte;
		enum parse_code code;
		size_t offset;
	} cases[] = {
		{ "magic", 0, 0, PARSE_INVALID, 0 },
		{ "time attestation", 5, 0x19, PARSE_INVALID, 4 },
		{ "certify", 5, 0x17, PARSE_INVALID, 4 },
		{ "signer of 69 bytes", 7, 69, PARSE_OVERSIZED, 6 },
		{ "nonce of 67 bytes", 13, 67, PARSE_OVERSIZED, 12 },
		{ "safe is 2", 35, 2, PARSE_INVALID, 35 },
		{ "17 selections", 47, 17, PARSE_OVERSIZED, 44 },
		{ "no selection", 47, 0, PARSE_INVALID, 44 },
		{ "unknown bank", 49, 0x10, PARSE_UNSUPPORTED, 48 },
		{ "five bytes of selection", 50, 5, PARSE_OVERSIZED, 50 },
		{ "digest too long", 55, 33, PARSE_TRUNCATED, 56 },
		{ "digest too short", 55, 31, PARSE_TRAILING, 87 },
		{ "digest of 65 bytes", 55, 65, PARSE_OVERSIZED, 54 },
	};
	struct quote q;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes a = make_attest();
		struct parse_error err = { 0 };

		a.data[cases[i].at] = cases[i].byte;
		quote_parse(&q, a.data, a.size, &err);
		if (err.code != cases[i].code || err.offset != cases[i].offset)
			fail_msg("%s: %s at %zu: %s", cases[i].name, parse_code_name(err.code), err.offset,
				 err.text);
	}
}

/* The selection replaced by another one. */
static void selections(void **state)
{
	static const struct {
		const char *name;
		unsigned int count;
		const char *bytes;
		size_t size;
		enum parse_code code;
	} cases[] = {
		{ "two banks", 2, "\0\x0b\3\1\0\0" "\0\x04\3\0\4\0", 12, PARSE_OK },
		{ "one bank empty", 2, "\0\x0b\3\1\0\0" "\0\x04\3\0\0\0", 12, PARSE_OK },
		{ "four bytes", 1, "\0\x0b\4\1\0\0\0", 7, PARSE_OK },
		{ "all empty", 1, "\0\x0b\3\0\0\0", 6, PARSE_INVALID },
		{ "bank twice", 2, "\0\x0b\3\1\0\0" "\0\x0b\3\2\0\0", 12, PARSE_INCONSISTENT },
		{ "bank twice, once empty", 2, "\0\x0b\3\0\0\0" "\0\x0b\3\2\0\0", 12, PARSE_INCONSISTENT },
		{ "register 24", 1, "\0\x0b\4\1\0\0\1", 7, PARSE_INVALID },
	};
	struct quote q;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes whole = make_attest(), a = { 0 };
		struct parse_error err = { 0 };

		put(&a, whole.data, 44);
		put_be(&a, cases[i].count, 4);
		put(&a, cases[i].bytes, cases[i].size);
		put(&a, whole.data + 54, whole.size - 54);
		quote_parse(&q, a.data, a.size, &err);
		if (err.code != cases[i].code)
			fail_msg("%s: %s: %s", cases[i].name, parse_code_name(err.code), err.text);
	}
}

static void every_cut_is_refused(void **state)
{
	struct bytes a = make_attest();
	struct quote q;
	size_t size;

	(void)state;
	for (size = 0; size <= a.size; size++) {
		struct parse_error err = { 0 };
		unsigned char *copy = malloc(size + 1);

		memcpy(copy, a.data, size);
		quote_parse(&q, copy, size, &err);
		assert_int_equal(err.code, size == a.size ? PARSE_OK : size ? PARSE_TRUNCATED : PARSE_EMPTY);
		assert_true(err.offset <= size);
		free(copy);
	}
	put_fill(&a, 0, 1);
	struct parse_error err = { 0 };

	assert_int_equal(quote_parse(&q, a.data, a.size, &err), -EBADMSG);
	assert_int_equal(err.code, PARSE_TRAILING);
}

static void signatures(void **state)
{
	const struct {
		const char *name;
		EVP_PKEY *signer, *key;
		const char *hash;
		uint16_t alg;
		long byte;		/* to change, -1 for none */
		enum parse_code code;
	} cases[] = {
		{ "RSASSA", rsa, rsa, "sha256", ALG_RSASSA, -1, PARSE_OK },
		{ "RSAPSS", rsa, rsa, "sha256", ALG_RSAPSS, -1, PARSE_OK },
		{ "ECDSA", ec, ec, "sha256", ALG_ECDSA, -1, PARSE_OK },
		{ "RSASSA, SHA-1", rsa, rsa, "sha1", ALG_RSASSA, -1, PARSE_UNSUPPORTED },
		{ "ECDSA, SHA-1", ec, ec, "sha1", ALG_ECDSA, -1, PARSE_UNSUPPORTED },
		/* The TPM makes the digest with the hash that it signs with. */
		{ "RSASSA, SHA-512", rsa, rsa, "sha512", ALG_RSASSA, -1, PARSE_INCONSISTENT },
		{ "RSA for an EC key", rsa, ec, "sha256", ALG_RSASSA, -1, PARSE_MISMATCH },
		{ "ECDSA for an RSA key", ec, rsa, "sha256", ALG_ECDSA, -1, PARSE_MISMATCH },
		{ "RSAPSS called RSASSA", rsa, rsa, "sha256", ALG_RSAPSS, 1, PARSE_MISMATCH },
		{ "RSASSA, first byte", rsa, rsa, "sha256", ALG_RSASSA, 6, PARSE_MISMATCH },
		{ "RSASSA, last byte", rsa, rsa, "sha256", ALG_RSASSA, 261, PARSE_MISMATCH },
		{ "RSAPSS, last byte", rsa, rsa, "sha256", ALG_RSAPSS, 261, PARSE_MISMATCH },
		{ "ECDSA, last byte", ec, ec, "sha256", ALG_ECDSA, 71, PARSE_MISMATCH },
		{ "RSASSA, hash", rsa, rsa, "sha256", ALG_RSASSA, 3, PARSE_UNSUPPORTED },
	};
	struct bytes a = make_attest();
	struct parse_error err;
	enum pcr_bank hash;
	struct quote q;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes sig = signature(&a, cases[i].signer, cases[i].hash, cases[i].alg);

		if (cases[i].byte >= 0)
			sig.data[cases[i].byte] ^= 2;
		parse_and_verify(&a, &sig, cases[i].key, &q, &hash, &err);
		if (err.code != cases[i].code)
			fail_msg("%s: %s: %s", cases[i].name, parse_code_name(err.code), err.text);
		put_fill(&sig, 0, 1);
		assert_true(parse_and_verify(&a, &sig, cases[i].key, &q, &hash, &err) < 0);
	}
}

static void raw_signatures(void **state)
{
	const struct {
		const char *name;
		EVP_PKEY *signer, *key;
		const char *hash;
		int pss;
		bool ok;
	} cases[] = {
		{ "RSASSA", rsa, rsa, "sha256", 0, true },
		{ "RSAPSS", rsa, rsa, "sha256", 1, true },
		{ "ECDSA", ec, ec, "sha256", 0, true },
		{ "another key", rsa, ec, "sha256", 0, false },
		{ "SHA-1", rsa, rsa, "sha1", 0, false },
		{ "not the digest's hash", rsa, rsa, "sha384", 0, false },
	};
	struct bytes a = make_attest();
	struct parse_error err;
	enum pcr_bank hash;
	struct quote q;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes sig = raw_signature(&a, cases[i].signer, cases[i].hash, cases[i].pss);
		int ret = parse_and_verify(&a, &sig, cases[i].key, &q, &hash, &err);

		if ((ret == 0) != cases[i].ok)
			fail_msg("%s: %s", cases[i].name, err.text);
		if (!ret)
			assert_int_equal(hash, PCR_SHA256);
		/* What is signed is all of the attestation. */
		a.data[a.size - 1] ^= 1;
		assert_true(parse_and_verify(&a, &sig, cases[i].key, &q, &hash, &err) < 0);
		a.data[a.size - 1] ^= 1;
		put_fill(&sig, 0, 1);
		assert_true(parse_and_verify(&a, &sig, cases[i].key, &q, &hash, &err) < 0);
	}
}

static void keys(void **state)
{
	const struct {
		const char *name;
		EVP_PKEY *key;
		bool ok;
	} cases[] = {
		{ "RSA 2048", rsa, true }, { "P-256", ec, true },
		{ "RSA 1024", rsa1024, false }, { "secp256k1", secp256k1, false },
	};
	EVP_PKEY *loaded;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct parse_error err = { 0 };
		unsigned char *der = NULL;
		int size = i2d_PUBKEY(cases[i].key, &der);

		if ((quote_key_load(&loaded, der, (size_t)size, &err) == 0) != cases[i].ok)
			fail_msg("%s: %s", cases[i].name, err.text);
		if (cases[i].ok)
			assert_int_equal(EVP_PKEY_eq(loaded, cases[i].key), 1);
		else
			assert_null(loaded);
		EVP_PKEY_free(loaded);
		memset(&err, 0, sizeof(err));
		assert_true(quote_key_load(&loaded, der, (size_t)size - 1, &err) < 0);
		OPENSSL_free(der);
	}
	struct parse_error err = { 0 };

	assert_true(quote_key_load(&loaded, "", 0, &err) < 0);
	assert_int_equal(err.code, PARSE_EMPTY);
}

/* One key is meant: of two the first is not taken for it. */
static void one_key(void **state)
{
	struct parse_error err = { 0 };
	EVP_PKEY *key = EVP_EC_gen("P-256"), *loaded;
	BIO *file = BIO_new(BIO_s_mem());
	char *data;
	long size;

	(void)state;
	assert_true(PEM_write_bio_PUBKEY(file, key));
	size = BIO_get_mem_data(file, &data);
	assert_int_equal(quote_key_load(&loaded, data, (size_t)size, &err), 0);
	EVP_PKEY_free(loaded);
	assert_true(PEM_write_bio_PUBKEY(file, key));
	size = BIO_get_mem_data(file, &data);
	assert_true(quote_key_load(&loaded, data, (size_t)size, &err) < 0);
	assert_non_null(strstr(err.text, "several"));
	assert_null(loaded);
	BIO_free(file);
	EVP_PKEY_free(key);
}

static void nonce(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "nonce", true }, { "nonc", false }, { "nonceX", false }, { "noncf", false },
		{ "Nonce", false }, { "", false },
	};
	struct bytes a = make_attest();
	struct parse_error err = { 0 };
	struct quote q;
	size_t i;

	(void)state;
	assert_int_equal(quote_parse(&q, a.data, a.size, &err), 0);
	for (i = 0; i < COUNT(cases); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(quote_check_nonce(&q, cases[i].text, strlen(cases[i].text), &err) == 0,
				 cases[i].ok);
	}
	/* No nonce is no nonce, on both sides. */
	q.nonce.size = 0;
	memset(&err, 0, sizeof(err));
	assert_int_equal(quote_check_nonce(&q, "", 0, &err), -EBADMSG);
}

static void values(void **state)
{
	static const struct {
		const char *name, *json;
		bool loads, selected, digest;
	} cases[] = {
#define ZERO "\"0000000000000000000000000000000000000000000000000000000000000000\""
#define ONE  "\"0000000000000000000000000000000000000000000000000000000000000001\""
		{ "right", "{\"sha256\":{\"0\":" ZERO ",\"10\":" ZERO "}}", true, true, true },
		{ "wrong value", "{\"sha256\":{\"0\":" ZERO ",\"10\":" ONE "}}", true, true, false },
		{ "one too many", "{\"sha256\":{\"0\":" ZERO ",\"10\":" ZERO ",\"1\":" ZERO "}}", true, false,
		  true },
		{ "one missing", "{\"sha256\":{\"0\":" ZERO "}}", true, false, false },
		{ "another bank", "{\"sm3_256\":{\"0\":" ZERO ",\"10\":" ZERO "}}", true, false, false },
		{ "no value", "{}", false, false, false },
		{ "short value", "{\"sha256\":{\"0\":\"00\"}}", false, false, false },
		{ "index 24", "{\"sha256\":{\"24\":" ZERO "}}", false, false, false },
		{ "index 00", "{\"sha256\":{\"00\":" ZERO "}}", false, false, false },
		{ "index twice", "{\"sha256\":{\"0\":" ZERO ",\"0\":" ONE "}}", false, false, false },
	};
	struct bytes a = make_attest();
	struct pcr_selection asked;
	struct parse_error err = { 0 };
	struct pcr_set pcrs;
	struct quote q;
	size_t i;

	(void)state;
	assert_int_equal(quote_parse(&q, a.data, a.size, &err), 0);
	for (i = 0; i < COUNT(cases); i++) {
		int loads, selected, digest;

		memset(&err, 0, sizeof(err));
		loads = !quote_pcrs_load(&q, cases[i].json, strlen(cases[i].json), &pcrs, &err);
		pcr_selection_of(&pcrs, &asked);
		selected = loads && !quote_check_selection(&q, &asked, &err);
		digest = loads && !quote_check_pcrs(&q, PCR_SHA256, &pcrs, &err);
		if (loads != cases[i].loads || selected != cases[i].selected || digest != cases[i].digest)
			fail_msg("%s: %d %d %d %s", cases[i].name, loads, selected, digest, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(malformed),
		cmocka_unit_test(selections),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(signatures),
		cmocka_unit_test(raw_signatures),
		cmocka_unit_test(keys),
		cmocka_unit_test(one_key),
		cmocka_unit_test(nonce),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
