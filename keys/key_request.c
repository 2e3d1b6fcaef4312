// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests for certificates (PKCS#10).
 */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "key_request.h"
#include "keypair.h"
#include "mldsa.h"
#include "pkcs11_reason.h"

int key_request_public(EVP_PKEY *key, EVP_PKEY **out, struct reason *why)
{
	unsigned char *der = NULL;
	const unsigned char *at;
	int size = i2d_PUBKEY(key, &der);

	at = der;
	*out = size > 0 ? d2i_PUBKEY(NULL, &at, size) : NULL;
	OPENSSL_free(der);
	return *out ? 0 : reason_openssl(why, -EIO, "key-public", "the key does not give its public part");
}

/* What `keys make` puts into a certificate, as a wish (RFC 2985, 5.4.2) */
static bool add_wishes(X509_REQ *request)
{
	static const struct {
		int nid;
		const char *value;
	} wishes[] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "codeSigning" },
	};
	STACK_OF(X509_EXTENSION) *all = sk_X509_EXTENSION_new_null();
	bool done = all;

	for (size_t i = 0; done && i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		X509_EXTENSION *one = X509V3_EXT_conf_nid(NULL, NULL, wishes[i].nid, wishes[i].value);

		done = one && sk_X509_EXTENSION_push(all, one);
		if (!done)
			X509_EXTENSION_free(one);
	}
	done = done && X509_REQ_add_extensions(request, all);
	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
	return done;
}

static bool fill(X509_REQ *request, EVP_PKEY *key, EVP_PKEY *public, const char *cn)
{
	return X509_REQ_set_version(request, X509_REQ_VERSION_1) &&
	       X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName, MBSTRING_UTF8,
					  (const unsigned char *)cn, -1, -1, 0) &&
	       X509_REQ_set_pubkey(request, public) && add_wishes(request) &&
	       X509_REQ_sign(request, key, keypair_hash(key));
}

static int check_signature(X509_REQ *request, struct reason *why)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(request);
	int ret;

	if (!key && mldsa_of_request(request) && mldsa_check_library(why))
		return -ENOPKG;
	ret = key ? certificate_check_key(key, why) :
	      reason_openssl(why, REFUSED, "key-type", "a key that OpenSSL does not know");
	if (!ret && X509_REQ_verify(request, key) != 1)
		ret = reason_openssl(why, REFUSED, "request-signature",
				     "the request is not signed by the key that it is for");
	return ret;
}

int key_request_make(EVP_PKEY *key, const char *cn, struct blob *pem, struct reason *why)
{
	X509_REQ *request = X509_REQ_new();
	EVP_PKEY *public = NULL;
	int ret;

	*pem = (struct blob){ 0 };
	ret = key_request_public(key, &public, why);
	if (!ret)
		ret = certificate_check_key(public, why);
	if (!ret && (!request || !fill(request, key, public, cn)))
		ret = pkcs11_reason_openssl(why, -EIO, "key-make", "cannot make the request");
	/* A token may sign wrong. */
	if (!ret)
		ret = check_signature(request, why);
	if (!ret)
		ret = keypair_encode_request(request, pem, why);
	EVP_PKEY_free(public);
	X509_REQ_free(request);
	return ret;
}

/* What stands beside the one request somebody put there, and it would count for nothing. */
static size_t count_blocks(const unsigned char *data, size_t size)
{
	static const char begin[] = "-----BEGIN ";
	const unsigned char *at = data, *end = data + size;
	size_t count = 0;

	while ((at = memmem(at, (size_t)(end - at), begin, sizeof(begin) - 1))) {
		at += sizeof(begin) - 1;
		count++;
	}
	return count;
}

/* What PEM there is, in @der; or a copy of what is DER */
static int to_der(const unsigned char *data, size_t size, unsigned char **der, long *length, struct reason *why)
{
	char *name = NULL, *header = NULL;
	BIO *bio;
	int ret = 0;

	if (size > 1 && data[0] == 0x30 && data[1] > 0x80) {
		*length = (long)size;
		*der = OPENSSL_memdup(data, size);
		return *der ? 0 : reason_set(why, -ENOMEM, "memory", "no memory");
	}
	if (count_blocks(data, size) > 1)
		return reason_set(why, -EINVAL, "request-file", "%zu blocks of PEM, and one request is meant",
				  count_blocks(data, size));
	bio = BIO_new_mem_buf(data, (int)size);
	if (!bio || PEM_read_bio(bio, &name, &header, der, length) != 1)
		ret = reason_openssl(why, -EINVAL, "request-file", "no request in PEM or DER");
	else if (strcmp(name, PEM_STRING_X509_REQ) && strcmp(name, PEM_STRING_X509_REQ_OLD))
		ret = reason_set(why, -EINVAL, "request-file", "PEM of something else than a request");
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	return ret;
}

int key_request_parse(const void *data, size_t size, X509_REQ **out, struct reason *why)
{
	unsigned char *der = NULL;
	const unsigned char *at;
	long length = 0;
	int ret;

	*out = NULL;
	ERR_clear_error();
	if (!size || size > KEY_REQUEST_MAX)
		return reason_set(why, -EINVAL, "request-file", "%zu bytes", size);
	ret = to_der(data, size, &der, &length, why);
	at = der;
	if (!ret) {
		*out = d2i_X509_REQ(NULL, &at, length);
		if (!*out || at != der + length)
			ret = reason_openssl(why, -EINVAL, "request-file", "a damaged request");
	}
	OPENSSL_free(der);
	if (!ret)
		ret = check_signature(*out, why);
	if (ret) {
		X509_REQ_free(*out);
		*out = NULL;
	}
	return ret;
}

int key_request_load(const char *path, X509_REQ **out, struct reason *why)
{
	struct reason inner;
	struct blob file;
	int ret;

	*out = NULL;
	ret = file_read(path, KEY_REQUEST_MAX, &file);
	if (ret)
		return reason_set(why, ret, "request-file", "%s: %s", path, strerror(-ret));
	ret = key_request_parse(file.data, file.size, out, &inner);
	blob_free(&file);
	return ret ? reason_set(why, ret, inner.word, "%s: %s", path, inner.text) : 0;
}
