// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signature of a quote: TPMT_SIGNATURE (TPM 2.0 Part 2, section 11.3), or raw.
 */
#include <errno.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "tpm/quote.h"

/* TCG Algorithm Registry, table 3 */
#define ALG_RSASSA	0x0014
#define ALG_RSAPSS	0x0016
#define ALG_ECDSA	0x0018

#define RSA_MAX		1024	/* bytes of a signature */
#define ECC_MAX		66	/* bytes of a number of P-521 */

/**
 * struct signature - parsed, not yet believed
 * @alg:	ALG_*
 * @hash:	of the signed bytes
 * @value:	of RSA, or DER of ECDSA
 * @r, @s:	of ECDSA where @value is empty
 */
struct signature {
	uint16_t alg;
	enum pcr_bank hash;
	struct view value, r, s;
};

static bool parse_number(struct reader *in, size_t max, struct view *out)
{
	uint16_t size;

	return reader_be16(in, &size) && size && size <= max && reader_view(in, size, out);
}

/* 1: it is one. 0: it has not this form. Negative: it has, but we do not want it. */
static int parse_marshalled(struct signature *sig, const void *data, size_t size,
			    struct parse_error *err)
{
	uint16_t hash;
	struct reader in;
	bool form;
	int bank;

	memset(sig, 0, sizeof(*sig));
	reader_init(&in, data, size);
	if (!reader_be16(&in, &sig->alg) || !reader_be16(&in, &hash))
		return 0;
	if (sig->alg == ALG_RSASSA || sig->alg == ALG_RSAPSS)
		form = parse_number(&in, RSA_MAX, &sig->value);
	else if (sig->alg == ALG_ECDSA)
		form = parse_number(&in, ECC_MAX, &sig->r) && parse_number(&in, ECC_MAX, &sig->s);
	else
		return 0;
	if (!form || reader_left(&in))
		return 0;
	bank = pcr_bank_by_alg(hash);
	if (bank == PCR_SHA1)
		return parse_fail(err, PARSE_UNSUPPORTED, 2, 0, "signature over SHA-1 is refused");
	if (bank == PCR_BANK_NONE)
		return parse_fail(err, PARSE_UNSUPPORTED, 2, 0, "signature over unknown hash 0x%04x", hash);
	sig->hash = bank;
	return 1;
}

/* ECDSA in DER, as OpenSSL wants it. NULL: not possible. */
static unsigned char *ecdsa_der(const struct signature *sig, int *size)
{
	unsigned char *der = NULL;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(sig->r.data, (int)sig->r.size, NULL);
	BIGNUM *s = BN_bin2bn(sig->s.data, (int)sig->s.size, NULL);

	if (pair && r && s && ECDSA_SIG_set0(pair, r, s)) {
		r = NULL;	/* taken over */
		s = NULL;
		*size = i2d_ECDSA_SIG(pair, &der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return der;
}

static bool verify(const struct signature *sig, struct view data, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	struct view value = sig->value;
	EVP_PKEY_CTX *pctx = NULL;
	EVP_MD_CTX *ctx;
	int size = 0;
	bool ok;

	if (sig->alg == ALG_ECDSA && !value.size) {
		der = ecdsa_der(sig, &size);
		if (!der || size <= 0)
			return false;
		value = (struct view){ der, (size_t)size };
	}
	ERR_set_mark();
	ctx = EVP_MD_CTX_new();
	ok = ctx && EVP_DigestVerifyInit_ex(ctx, &pctx, pcr_bank_name(sig->hash), NULL, NULL, key,
					    NULL) == 1;
	if (ok && sig->alg == ALG_RSASSA)
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PADDING) == 1;
	/* TPMs differ in the salt: as long as the digest, or as long as fits (Part 1, B.7). */
	if (ok && sig->alg == ALG_RSAPSS)
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_AUTO) == 1;
	ok = ok && EVP_DigestVerify(ctx, value.data, value.size, data.data, data.size) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_pop_to_mark();
	OPENSSL_free(der);
	return ok;
}

static bool key_fits(EVP_PKEY *key, uint16_t alg)
{
	if (alg == ALG_ECDSA)
		return EVP_PKEY_is_a(key, "EC");
	return EVP_PKEY_is_a(key, "RSA") || (alg == ALG_RSAPSS && EVP_PKEY_is_a(key, "RSA-PSS"));
}

/* The raw form names no algorithm. The digest's length tells the hash, the key the rest. */
static bool verify_raw(const struct quote *q, struct view value, EVP_PKEY *key, enum pcr_bank *hash)
{
	static const uint16_t algs[] = { ALG_RSASSA, ALG_RSAPSS, ALG_ECDSA };
	static const enum pcr_bank hashes[] = { PCR_SHA256, PCR_SHA384, PCR_SHA512 };
	struct signature sig = { .value = value };
	size_t i, j;

	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		if (pcr_bank_size(hashes[i]) != q->pcr_digest.size)
			continue;
		for (j = 0; j < sizeof(algs) / sizeof(algs[0]); j++) {
			sig.alg = algs[j];
			sig.hash = hashes[i];
			if (key_fits(key, sig.alg) && verify(&sig, q->attest, key)) {
				*hash = sig.hash;
				return true;
			}
		}
	}
	return false;
}

int quote_verify(const struct quote *q, const void *signature, size_t size, EVP_PKEY *key,
		 enum pcr_bank *hash, struct parse_error *err)
{
	struct view value = { signature, size };
	struct signature sig;
	int ret;

	if (!size)
		return parse_fail(err, PARSE_EMPTY, 0, 0, "empty signature");
	if (size > QUOTE_SIGNATURE_MAX)
		return parse_fail(err, PARSE_OVERSIZED, QUOTE_SIGNATURE_MAX, 0,
				  "signature of %zu bytes, at most %u", size, QUOTE_SIGNATURE_MAX);
	ret = parse_marshalled(&sig, signature, size, err);
	if (ret < 0)
		return ret;
	if (!ret) {
		if (verify_raw(q, value, key, hash))
			return 0;
		return parse_fail(err, PARSE_MISMATCH, 0, 0,
				  "signature is not one of this key over this attestation");
	}
	if (!key_fits(key, sig.alg))
		return parse_fail(err, PARSE_MISMATCH, 0, 0, "signature algorithm 0x%04x does not fit the key",
				  sig.alg);
	if (!verify(&sig, q->attest, key))
		return parse_fail(err, PARSE_MISMATCH, 0, 0,
				  "signature is not one of this key over this attestation");
	/* Part 3, TPM2_Quote: the digest is made with the hash of the signing scheme. */
	if (q->pcr_digest.size != pcr_bank_size(sig.hash))
		return parse_fail(err, PARSE_INCONSISTENT, 0, 0,
				  "PCR digest of %zu bytes does not fit the signature's %s",
				  q->pcr_digest.size, pcr_bank_name(sig.hash));
	*hash = sig.hash;
	return 0;
}
