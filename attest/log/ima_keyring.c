// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads certificates and finds them by key id.
 */
#define _GNU_SOURCE	/* memmem */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "log/ima_keyring.h"

#define CERTIFICATES_MAX	256
#define CERTIFICATE_FILE_MAX	(1U << 20)

struct ima_keyring *ima_keyring_new(void)
{
	return calloc(1, sizeof(struct ima_keyring));
}

void ima_keyring_free(struct ima_keyring *ring)
{
	size_t i;

	if (!ring)
		return;
	for (i = 0; i < ring->count; i++)
		X509_free(ring->key[i].cert);
	free(ring->key);
	free(ring);
}

static bool key_identifier(struct ima_key *key)
{
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(key->cert);
	unsigned int size = 0;
	int length;

	if (skid) {
		length = ASN1_STRING_length(skid);
		if (length < 4 || length > IMA_SKID_MAX)
			return false;
		memcpy(key->skid, ASN1_STRING_get0_data(skid), (size_t)length);
		key->skid_size = (size_t)length;
	} else {
		if (!X509_pubkey_digest(key->cert, EVP_sha1(), key->skid, &size) || size < 4)
			return false;
		key->skid_size = size;
	}
	length = (int)key->skid_size;
	key->key_id = (uint32_t)key->skid[length - 4] << 24 | (uint32_t)key->skid[length - 3] << 16 |
		      (uint32_t)key->skid[length - 2] << 8 | key->skid[length - 1];
	return true;
}

/* Takes over @cert, also on failure. */
static int add_certificate(struct ima_keyring *ring, X509 *cert, struct parse_error *err)
{
	struct ima_key key = { .cert = cert, .pkey = X509_get0_pubkey(cert) }, *grown;

	if (!key.pkey || !key_identifier(&key) || ring->count == CERTIFICATES_MAX) {
		X509_free(cert);
		return parse_fail(err, PARSE_INVALID, 0, 0,
				  "certificate without a usable key, or more than %u", CERTIFICATES_MAX);
	}
	grown = realloc(ring->key, (ring->count + 1) * sizeof(*grown));
	if (!grown) {
		X509_free(cert);
		return parse_fail(err, PARSE_MEMORY, 0, 0, "out of memory");
	}
	ring->key = grown;
	ring->key[ring->count++] = key;
	return 0;
}

static int add_pem(struct ima_keyring *ring, const void *data, size_t size, struct parse_error *err)
{
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	bool end;
	X509 *cert;
	int ret = 0;

	if (!bio)
		return parse_fail(err, PARSE_MEMORY, 0, 0, "out of memory");
	ERR_set_mark();
	while (!ret && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		ret = add_certificate(ring, cert, err);
	/* Stopped at the end, or at something that is no certificate? */
	end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_pop_to_mark();
	BIO_free(bio);
	if (!ret && (!end || !ring->count))
		return parse_fail(err, PARSE_INVALID, 0, 0, "malformed certificate");
	return ret;
}

int ima_keyring_add(struct ima_keyring *ring, const void *data, size_t size, struct parse_error *err)
{
	const unsigned char *p = data;
	X509 *cert;

	if (!size || size > CERTIFICATE_FILE_MAX)
		return parse_fail(err, size ? PARSE_OVERSIZED : PARSE_EMPTY, 0, 0,
				  "certificate file of %zu bytes", size);
	if (memmem(data, size, "-----BEGIN ", 11))
		return add_pem(ring, data, size, err);
	ERR_set_mark();
	cert = d2i_X509(NULL, &p, (long)size);
	ERR_pop_to_mark();
	if (!cert || p != (const unsigned char *)data + size) {
		X509_free(cert);
		return parse_fail(err, PARSE_INVALID, 0, 0, "neither a PEM nor a DER certificate");
	}
	return add_certificate(ring, cert, err);
}

const struct ima_key *ima_keyring_find_id(const struct ima_keyring *ring, const struct ima_key *after,
					  uint32_t key_id)
{
	size_t i;

	if (!ring)
		return NULL;
	for (i = after ? (size_t)(after - ring->key) + 1 : 0; i < ring->count; i++)
		if (ring->key[i].key_id == key_id)
			return &ring->key[i];
	return NULL;
}

void ima_key_identify(const struct ima_key *key, struct ima_signer *who)
{
	memcpy(who->skid, key->skid, key->skid_size);
	who->skid_size = key->skid_size;
	who->key_id = key->key_id;
}
