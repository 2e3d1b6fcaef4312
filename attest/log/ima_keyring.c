// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads certificates and finds them by key id.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "certificate.h"
#include "log/ima_keyring.h"

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

	if (!key.pkey || !key_identifier(&key)) {
		X509_free(cert);
		return parse_fail(err, PARSE_INVALID, 0, 0, "certificate without a usable key");
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

int ima_keyring_add(struct ima_keyring *ring, const void *data, size_t size, struct parse_error *err)
{
	STACK_OF(X509) *certs;
	struct reason why;
	int ret;

	if (!size)
		return parse_fail(err, PARSE_EMPTY, 0, 0, "certificate file of 0 bytes");
	certs = sk_X509_new_null();
	if (!certs)
		return parse_fail(err, PARSE_MEMORY, 0, 0, "out of memory");
	ret = certificate_parse(data, size, certs, &why);
	if (ret)
		ret = parse_fail(err, ret == -ENOMEM ? PARSE_MEMORY : PARSE_INVALID, 0, 0, "%s",
				 why.text);
	while (!ret && sk_X509_num(certs))
		ret = add_certificate(ring, sk_X509_shift(certs), err);
	sk_X509_pop_free(certs, X509_free);
	return ret;
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
