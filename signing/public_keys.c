// SPDX-License-Identifier: GPL-2.0-only
/*
 * Public keys that a caller trusts, from certificates or by themselves.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "certificate.h"
#include "file.h"
#include "hex.h"
#include "mldsa.h"
#include "public_keys.h"

/* Takes over the reference, in any case */
static int append(struct public_keys *keys, EVP_PKEY *key, struct reason *why)
{
	EVP_PKEY **grown = reallocarray(keys->key, keys->count + 1, sizeof(*grown));

	if (!grown) {
		EVP_PKEY_free(key);
		return reason_set(why, -ENOMEM, "memory", "no memory");
	}
	keys->key = grown;
	keys->key[keys->count++] = key;
	return 0;
}

int public_keys_add(struct public_keys *keys, STACK_OF(X509) *certs, struct reason *why)
{
	int ret = 0;

	for (int i = 0; !ret && i < sk_X509_num(certs); i++) {
		EVP_PKEY *key = X509_get_pubkey(sk_X509_value(certs, i));

		if (!key && mldsa_of_certificate(sk_X509_value(certs, i)) && mldsa_check_library(why))
			return -ENOPKG;
		if (!key)
			return reason_openssl(why, -EINVAL, "key-file", "certificate %d has a key that "
					      "cannot be read", i + 1);
		ret = append(keys, key, why);
	}
	return ret;
}

static int add_certificates(const struct blob *file, struct public_keys *keys, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	int ret;

	if (!certs)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	ret = certificate_parse(file->data, file->size, certs, why);
	if (!ret)
		ret = public_keys_add(keys, certs, why);
	sk_X509_pop_free(certs, X509_free);
	return ret;
}

/* Of a kind that OpenSSL need not know */
static bool is_mldsa(const struct blob *file)
{
	BIO *bio = BIO_new_mem_buf(file->data, (int)file->size);
	X509_PUBKEY *key = bio ? PEM_read_bio_X509_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	bool is = mldsa_of_public_key(key);

	X509_PUBKEY_free(key);
	BIO_free(bio);
	return is;
}

/* One block: what stands beside it would count for nothing, and somebody put it there. */
static int add_key(const struct blob *file, const char *begin, struct public_keys *keys,
		   struct reason *why)
{
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (begin != (const char *)file->data)
		return reason_set(why, -EINVAL, "key-file", "something stands before the public key");
	bio = BIO_new_mem_buf(file->data, (int)file->size);
	ERR_clear_error();
	if (bio)
		key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	if (key && !BIO_eof(bio)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	BIO_free(bio);
	if (!key && is_mldsa(file) && mldsa_check_library(why))
		return -ENOPKG;
	if (!key)
		return reason_openssl(why, -EINVAL, "key-file", "no public key in PEM, or not alone");
	return append(keys, key, why);
}

int public_keys_load(const char *path, struct public_keys *keys, struct reason *why)
{
	static const char mark[] = "-----BEGIN PUBLIC KEY-----";
	struct reason inner;
	const char *begin;
	struct blob file;
	int ret;

	ret = file_read(path, CERTIFICATE_FILE_MAX, &file);
	if (ret)
		return reason_set(why, ret, "key-file", "%s: %s", path, strerror(-ret));
	begin = memmem(file.data, file.size, mark, sizeof(mark) - 1);
	ret = begin ? add_key(&file, begin, keys, &inner) : add_certificates(&file, keys, &inner);
	blob_free(&file);
	return ret ? reason_set(why, ret, inner.word, "%s: %s", path, inner.text) : 0;
}

void public_keys_free(struct public_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		EVP_PKEY_free(keys->key[i]);
	free(keys->key);
	*keys = (struct public_keys){ 0 };
}

int public_key_id(EVP_PKEY *key, char out[PUBLIC_KEY_ID_TEXT], struct reason *why)
{
	unsigned char digest[32], *der = NULL;
	int size = key ? i2d_PUBKEY(key, &der) : -1, ret = 0;

	if (size <= 0 || !EVP_Digest(der, (size_t)size, digest, NULL, EVP_sha256(), NULL))
		ret = reason_openssl(why, -EIO, "key-id", "cannot name the key");
	else
		hex_encode(digest, sizeof(digest), out);
	OPENSSL_free(der);
	return ret;
}
