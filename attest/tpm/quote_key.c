// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public key of a quote, in the forms in which it is handed around.
 */
#define _GNU_SOURCE	/* memmem */
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tpm/ak_public.h"
#include "tpm/quote.h"
#include "tpm/tss.h"

#define PEM_BEGIN	"-----BEGIN "
#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	8192	/* bounds the work for a key from outside */

/* No passphrase is ever asked for: a public key has none. */
static int no_passphrase(char *buf, int size, int rwflag, void *data)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)data;
	return -1;
}

static EVP_PKEY *key_from_pem(const void *data, size_t size)
{
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	EVP_PKEY *key = NULL;
	X509 *cert;

	if (!bio)
		return NULL;
	if (memmem(data, size, "-----BEGIN CERTIFICATE-----", 27)) {
		cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
		key = cert ? X509_get_pubkey(cert) : NULL;
		X509_free(cert);
	} else {
		key = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	}
	BIO_free(bio);
	return key;
}

/* Whole input or nothing. */
static EVP_PKEY *key_from_der(const unsigned char *data, size_t size)
{
	const unsigned char *p = data;
	EVP_PKEY *key = NULL;
	X509 *cert;

	cert = d2i_X509(NULL, &p, (long)size);
	if (cert) {
		key = p == data + size ? X509_get_pubkey(cert) : NULL;
		X509_free(cert);
		return key;
	}
	p = data;
	key = d2i_PUBKEY(NULL, &p, (long)size);
	if (key && p != data + size) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/*
 * TPM2B_PUBLIC, or TPMT_PUBLIC, which lacks the size. This form says what kind of key
 * it is, so it must be a restricted signing key: any other signs what its owner likes.
 */
static int key_from_tpm(const unsigned char *data, size_t size, EVP_PKEY **key,
			struct parse_error *err)
{
	struct blob in = { (unsigned char *)data, size };
	const char *why = "no public key";
	TPM2B_PUBLIC pub;
	size_t offset = 0;

	if (ak_public_parse(&in, &pub, &why)) {
		memset(&pub, 0, sizeof(pub));
		if (tss_mu()->TPMT_PUBLIC_Unmarshal(data, size, &offset, &pub.publicArea) || offset != size)
			return parse_fail(err, PARSE_INVALID, 0, 0,
					  "key is neither PEM, DER nor a TPM's public area");
	}
	if (ak_public_is_attestation_key(&pub, &why) || ak_public_to_pkey(&pub, key, &why))
		return parse_fail(err, PARSE_INVALID, 0, 0, "key: %s", why);
	return 0;
}

static int check_strength(const EVP_PKEY *key, struct parse_error *err)
{
	char group[32];
	size_t n;
	int bits;

	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
		bits = EVP_PKEY_get_bits(key);
		if (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX)
			return 0;
		return parse_fail(err, PARSE_UNSUPPORTED, 0, 0, "RSA key of %d bits, must be %d to %d",
				  bits, RSA_BITS_MIN, RSA_BITS_MAX);
	}
	if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
	    (!strcmp(group, "prime256v1") || !strcmp(group, "secp384r1") ||
	     !strcmp(group, "secp521r1")))
		return 0;
	return parse_fail(err, PARSE_UNSUPPORTED, 0, 0,
			  "key is neither RSA nor ECDSA on P-256, P-384 or P-521");
}

int quote_key_load(EVP_PKEY **key, const void *data, size_t size, struct parse_error *err)
{
	const char *begin;
	int ret;

	*key = NULL;
	if (!size)
		return parse_fail(err, PARSE_EMPTY, 0, 0, "empty key");
	if (size > QUOTE_KEY_MAX)
		return parse_fail(err, PARSE_OVERSIZED, QUOTE_KEY_MAX, 0,
				  "key of %zu bytes, at most %u", size, QUOTE_KEY_MAX);
	begin = memmem(data, size, PEM_BEGIN, strlen(PEM_BEGIN));
	if (begin && memmem(begin + 1, size - (begin + 1 - (const char *)data), PEM_BEGIN,
			    strlen(PEM_BEGIN)))
		return parse_fail(err, PARSE_INVALID, 0, 0, "several PEM blocks, and one key is meant");
	ERR_set_mark();
	if (begin)
		*key = key_from_pem(data, size);
	else
		*key = key_from_der(data, size);
	ERR_pop_to_mark();
	if (!*key) {
		ret = key_from_tpm(data, size, key, err);
		if (ret)
			return ret;
	}
	ret = check_strength(*key, err);
	if (ret) {
		EVP_PKEY_free(*key);
		*key = NULL;
	}
	return ret;
}
