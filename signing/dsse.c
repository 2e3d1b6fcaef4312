// SPDX-License-Identifier: GPL-2.0-only
/*
 * DSSE envelopes: what is signed, and by whom it is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base64.h"
#include "certificate.h"
#include "dsse.h"

int dsse_pae(const char *type, const void *body, size_t size, struct blob *out)
{
	char *head;
	int length;

	*out = (struct blob){ 0 };
	length = asprintf(&head, "DSSEv1 %zu %s %zu ", strlen(type), type, size);
	if (length < 0)
		return -ENOMEM;
	out->data = malloc((size_t)length + size);
	if (out->data) {
		out->size = (size_t)length + size;
		memcpy(out->data, head, (size_t)length);
		if (size)
			memcpy(out->data + length, body, size);
	}
	free(head);
	return out->data ? 0 : -ENOMEM;
}

/* The hash that belongs to the key; NULL: that of its own */
static const EVP_MD *hash_of(EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_is_a(key, "RSA"))
		return EVP_sha256();
	if (!EVP_PKEY_is_a(key, "EC"))
		return NULL;
	return bits <= 256 ? EVP_sha256() : bits <= 384 ? EVP_sha384() : EVP_sha512();
}

static bool is_signed_by(const struct blob *pae, const struct blob *value, EVP_PKEY *key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context &&
		    EVP_DigestVerifyInit(context, NULL, hash_of(key), NULL, key) == 1 &&
		    EVP_DigestVerify(context, value->data, value->size, pae->data, pae->size) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

/* What makes no payload's signature makes none of an envelope. */
static int check_key(EVP_PKEY *key, struct reason *why)
{
	struct reason inner;

	if (!certificate_check_key(key, &inner))
		return 0;
	return reason_set(why, REFUSED, "envelope-key",
			  "a good signature, by a key that is not taken: %s", inner.text);
}

/* A signature that says whose it is, and is not, was changed, or what it signed. */
static int refuse(const struct dsse *envelope, const struct public_keys *keys, struct reason *why)
{
	char id[PUBLIC_KEY_ID_TEXT];
	struct reason unused;

	for (size_t i = 0; i < envelope->signatures; i++)
		for (size_t j = 0; j < keys->count; j++)
			if (!public_key_id(keys->key[j], id, &unused) &&
			    !strcmp(id, envelope->signature[i].keyid))
				return reason_set(why, REFUSED, "envelope-bad-signature",
						  "signature %zu of the envelope is not by the key "
						  "that it names", i + 1);
	return reason_set(why, REFUSED, "envelope-unknown-key",
			  "none of %zu signatures of the envelope is by one of the given keys",
			  envelope->signatures);
}

int dsse_verify(const struct dsse *envelope, const struct public_keys *keys, EVP_PKEY **signer,
		struct reason *why)
{
	struct blob pae;
	int ret = 0;

	*signer = NULL;
	if (dsse_pae(envelope->type, envelope->payload.data, envelope->payload.size, &pae))
		return reason_set(why, -ENOMEM, "memory", "no memory");
	for (size_t i = 0; !*signer && i < envelope->signatures; i++)
		for (size_t j = 0; !*signer && j < keys->count; j++) {
			if (!is_signed_by(&pae, &envelope->signature[i].value, keys->key[j]))
				continue;
			ret = check_key(keys->key[j], why);
			if (!ret)
				*signer = keys->key[j];
		}
	blob_free(&pae);
	if (*signer || ret)
		return *signer ? 0 : ret;
	return refuse(envelope, keys, why);
}

/* One line, so that envelopes behind one another are a bundle (in-toto's bundle.md) */
static int encode(const char *type, const void *body, size_t size, const char *keyid,
		  const struct blob *value, struct blob *out)
{
	json_t *root = json_pack("{s:o, s:s, s:[{s:s, s:o}]}", "payload", base64_encode(body, size),
				 "payloadType", type, "signatures", "keyid", keyid, "sig",
				 base64_encode(value->data, value->size));
	char *text = root ? json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	*out = (struct blob){ (unsigned char *)text, text ? strlen(text) : 0 };
	json_decref(root);
	if (!out->data)
		return -ENOMEM;
	/* The NUL gives way */
	out->data[out->size++] = '\n';
	return 0;
}

/* As a verifier will see it, who has the certificate */
static int check(const struct blob *made, X509 *cert, struct reason *why)
{
	EVP_PKEY *key = X509_get0_pubkey(cert), *signer;
	struct public_keys keys = { &key, 1 };
	struct dsse envelope;
	int ret;

	ret = dsse_parse(made->data, made->size, &envelope, why);
	if (ret)
		return ret;
	ret = dsse_verify(&envelope, &keys, &signer, why);
	dsse_free(&envelope);
	return ret;
}

int dsse_sign(const char *type, const void *body, size_t size, const struct signing_key *key,
	      struct blob *out, struct reason *why)
{
	EVP_PKEY *public_key = X509_get0_pubkey(key->cert);
	char id[PUBLIC_KEY_ID_TEXT];
	struct blob pae, value;
	int ret;

	*out = (struct blob){ 0 };
	ret = public_key_id(public_key, id, why);
	if (ret)
		return ret;
	if (dsse_pae(type, body, size, &pae))
		return reason_set(why, -ENOMEM, "memory", "no memory");
	ret = signing_key_raw(key, pae.data, pae.size, hash_of(public_key), &value, why);
	blob_free(&pae);
	if (ret)
		return ret;
	if (encode(type, body, size, id, &value, out))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	blob_free(&value);
	if (!ret)
		ret = check(out, key->cert, why);
	if (ret)
		blob_free(out);
	return ret;
}
