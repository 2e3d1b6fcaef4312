// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures that another program made.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "mldsa.h"
#include "signature_foreign.h"
#include "signed_attributes.h"
#include "verify.h"

static int is_cms(const struct blob *signature)
{
	const unsigned char *at = signature->data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)signature->size);
	int is = cms && at == signature->data + signature->size;

	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return is;
}

/* ECDSA-Sig-Value (RFC 3279, 2.2.3) of two numbers, if it is not one already */
static int encode_ecdsa(const struct blob *signature, EVP_PKEY *key, struct blob *out)
{
	size_t half = (size_t)(EVP_PKEY_get_bits(key) + 7) / 8;
	const unsigned char *at = signature->data;
	ECDSA_SIG *value = d2i_ECDSA_SIG(NULL, &at, (long)signature->size);
	unsigned char *der = NULL;
	BIGNUM *r, *s;
	int size = 0;

	if (!value && signature->size == 2 * half) {
		value = ECDSA_SIG_new();
		r = BN_bin2bn(signature->data, (int)half, NULL);
		s = BN_bin2bn(signature->data + half, (int)half, NULL);
		if (!value || !r || !s || !ECDSA_SIG_set0(value, r, s)) {
			BN_free(r);
			BN_free(s);
			ECDSA_SIG_free(value);
			value = NULL;
		}
	} else if (value && at != signature->data + signature->size) {
		ECDSA_SIG_free(value);
		value = NULL;
	}
	if (value)
		size = i2d_ECDSA_SIG(value, &der);
	out->data = size > 0 ? malloc((size_t)size) : NULL;
	if (out->data)
		memcpy(out->data, der, out->size = (size_t)size);
	OPENSSL_free(der);
	ECDSA_SIG_free(value);
	ERR_clear_error();
	return out->data ? 0 : -EINVAL;
}

static int check(const struct blob *value, const void *data, size_t size, EVP_PKEY *key,
		 const EVP_MD *hash, struct reason *why)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int ret = 0;

	if (!context || EVP_DigestVerifyInit(context, NULL, hash, NULL, key) != 1)
		ret = reason_openssl(why, -EIO, "verify", "cannot verify");
	else if (EVP_DigestVerify(context, value->data, value->size, data, size) != 1)
		ret = reason_openssl(why, REFUSED, "bad-signature", "the signature is not that of the "
				     "certificate's key over this payload, with %s",
				     hash ? EVP_MD_get0_name(hash) : "its signed attributes");
	EVP_MD_CTX_free(context);
	return ret;
}

static int check_attributes(const struct blob *value, const void *data, size_t size, EVP_PKEY *key, struct reason *why)
{
	struct blob attributes;
	int ret = signed_attributes_make(data, size, &attributes, why);

	if (ret)
		return ret;
	ret = check(value, attributes.data, attributes.size, key, NULL, why);
	blob_free(&attributes);
	return ret;
}

static int take_value(const struct blob *signature, const void *data, size_t size, X509 *cert,
		      const EVP_MD *hash, struct blob *der, struct reason *why)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	struct blob value = { 0 };
	int ret;

	if (!key)
		return reason_openssl(why, REFUSED, "key-type", "a certificate without a usable key");
	if (!EVP_PKEY_is_a(key, "EC"))
		value = *signature;
	else if (encode_ecdsa(signature, key, &value))
		return reason_set(why, REFUSED, "bad-signature", "%zu bytes are no ECDSA signature of "
				  "this curve", signature->size);
	ret = mldsa_of_key(key) ? check_attributes(&value, data, size, key, why) :
	      check(&value, data, size, key, hash, why);
	if (!ret)
		ret = signature_wrap(&value, data, size, cert, hash, der, why);
	if (value.data != signature->data)
		blob_free(&value);
	return ret;
}

static int take_cms(const struct blob *signature, const void *data, size_t size, X509 *cert,
		    struct blob *der, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *signer;
	int ret;

	if (!certs || !sk_X509_push(certs, cert))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	else
		ret = verify_detached(data, size, signature->data, signature->size, certs, &signer, why);
	sk_X509_free(certs);
	if (ret)
		return ret;
	der->data = malloc(signature->size);
	if (!der->data)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	memcpy(der->data, signature->data, der->size = signature->size);
	return 0;
}

int signature_take(const struct blob *signature, const void *data, size_t size, X509 *cert,
		   const EVP_MD *hash, struct blob *der, struct reason *why)
{
	*der = (struct blob){ 0 };
	if (!signature->size)
		return reason_set(why, REFUSED, "bad-signature", "the signature is empty");
	if (is_cms(signature))
		return take_cms(signature, data, size, cert, der, why);
	return take_value(signature, data, size, cert, hash, der, why);
}
