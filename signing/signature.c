// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signature of a payload: how it is made.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>

#include <asm/caretaker_payload.h>

#include "mldsa.h"
#include "pkcs11_reason.h"
#include "signature.h"
#include "signed_attributes.h"

/* What scripts/sign-file passes, so that the same key gives the same bytes. */
#define PROFILE	(CMS_NOCERTS | CMS_NOATTR | CMS_PARTIAL | CMS_BINARY | CMS_DETACHED | \
		 CMS_STREAM | CMS_NOSMIMECAP)

const EVP_MD *signature_hash(const char *name)
{
	if (!strcmp(name, "sha256"))
		return EVP_sha256();
	if (!strcmp(name, "sha384"))
		return EVP_sha384();
	if (!strcmp(name, "sha512"))
		return EVP_sha512();
	return NULL;
}

int signature_encode(CMS_ContentInfo *cms, struct blob *der, struct reason *why)
{
	unsigned char *out = NULL;
	int size = i2d_CMS_ContentInfo(cms, &out);

	if (size <= 0)
		return reason_openssl(why, -ENOMEM, "signature-encode", "cannot encode");
	der->size = 0;
	der->data = malloc(size);
	if (der->data)
		memcpy(der->data, out, der->size = size);
	OPENSSL_free(out);
	return der->data ? 0 : reason_set(why, -ENOMEM, "memory", "no memory");
}

/* Headers before 3.2 have no name for it, and the library may be newer than they were. */
#ifndef OSSL_SIGNATURE_PARAM_NONCE_TYPE
#define OSSL_SIGNATURE_PARAM_NONCE_TYPE "nonce-type"
#endif
#ifndef OSSL_SIGNATURE_PARAM_DETERMINISTIC
#define OSSL_SIGNATURE_PARAM_DETERMINISTIC "deterministic"
#endif

/*
 * ECDSA signs with a random nonce, which makes each signature differ.  From 3.2
 * on OpenSSL can derive it from key and message (RFC 6979); a token may not.
 * ML-DSA is "hedged" unless told otherwise: FIPS 204, 3.4.
 */
static int want_repeatable(EVP_PKEY_CTX *context)
{
	unsigned int type = 1;
	int deterministic = 1;
	OSSL_PARAM nonce[] = {
		OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &type),
		OSSL_PARAM_construct_end(),
	};
	OSSL_PARAM plain[] = {
		OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic),
		OSSL_PARAM_construct_end(),
	};
	const OSSL_PARAM *settable = context ? EVP_PKEY_CTX_settable_params(context) : NULL;

	if (settable && OSSL_PARAM_locate_const(settable, OSSL_SIGNATURE_PARAM_NONCE_TYPE))
		return EVP_PKEY_CTX_set_params(context, nonce) == 1;
	if (settable && OSSL_PARAM_locate_const(settable, OSSL_SIGNATURE_PARAM_DETERMINISTIC))
		return EVP_PKEY_CTX_set_params(context, plain) == 1;
	return 1;
}

static unsigned int flags_for(EVP_PKEY *key)
{
	return OpenSSL_version_num() >= 0x30200000L && EVP_PKEY_is_a(key, "EC") ? PROFILE | CMS_KEY_PARAM : PROFILE;
}

/* As CMS_final(), which would copy the content three times on its way to the digest */
static bool finish(CMS_ContentInfo *cms, const void *data, size_t size)
{
	BIO *chain = size <= INT_MAX ? CMS_dataInit(cms, NULL) : NULL;
	bool done = chain && BIO_write(chain, data, (int)size) == (int)size && BIO_flush(chain) == 1 &&
		    CMS_dataFinal(cms, chain) == 1;

	BIO_free_all(chain);
	return done;
}

/* OpenSSL's CMS would sign the time as well, and by chance. */
static int make_mldsa(const void *data, size_t size, X509 *cert, EVP_PKEY *key, struct blob *der,
		      struct reason *why)
{
	struct blob attributes, value;
	int ret;

	*der = (struct blob){ 0 };
	ret = signed_attributes_make(data, size, &attributes, why);
	if (ret)
		return ret;
	ret = signature_raw(attributes.data, attributes.size, key, NULL, &value, why);
	blob_free(&attributes);
	if (ret)
		return ret;
	ret = signature_wrap(&value, data, size, cert, NULL, der, why);
	blob_free(&value);
	return ret;
}

static int make(const void *data, size_t size, X509 *cert, EVP_PKEY *key, const EVP_MD *hash, struct blob *der,
		struct reason *why)
{
	unsigned int flags = flags_for(key);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	CMS_SignerInfo *signer;
	int ret;

	*der = (struct blob){ 0 };
	signer = cms ? CMS_add1_signer(cms, cert, key, hash, flags) : NULL;
	if (!signer || !want_repeatable(CMS_SignerInfo_get0_pkey_ctx(signer)) || !finish(cms, data, size))
		ret = pkcs11_reason_openssl(why, -EIO, "sign", "cannot sign");
	else
		ret = signature_encode(cms, der, why);
	CMS_ContentInfo_free(cms);
	return ret;
}

int signature_make(const void *data, size_t size, X509 *cert, EVP_PKEY *key,
		   const EVP_MD *hash, struct blob *der, struct reason *why)
{
	return mldsa_of_key(key) ? make_mldsa(data, size, cert, key, der, why) :
	       make(data, size, cert, key, hash, der, why);
}

int signature_raw(const void *data, size_t size, EVP_PKEY *key, const EVP_MD *hash,
		  struct blob *out, struct reason *why)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	size_t room = EVP_PKEY_get_size(key) > 0 ? EVP_PKEY_get_size(key) : 0;
	int ret = 0;

	if (mldsa_of_key(key))
		hash = NULL;
	*out = (struct blob){ malloc(room), room };
	if (!out->data || !context ||
	    EVP_DigestSignInit(context, &how, hash, NULL, key) != 1 || !want_repeatable(how) ||
	    EVP_DigestSign(context, out->data, &room, data, size) != 1)
		ret = pkcs11_reason_openssl(why, -EIO, "sign", "cannot sign");
	EVP_MD_CTX_free(context);
	if (ret)
		blob_free(out);
	else
		out->size = room;
	return ret;
}

int signature_wrap(const struct blob *value, const void *data, size_t size, X509 *cert, const EVP_MD *hash,
		   struct blob *der, struct reason *why)
{
	bool attributes = mldsa_of_certificate(cert);
	unsigned int flags = attributes ? PROFILE & ~CMS_NOATTR : PROFILE;
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	CMS_SignerInfo *signer;
	int ret = 0;

	*der = (struct blob){ 0 };
	if (attributes)
		hash = signed_attributes_hash();
	/* It wants a key that belongs to the certificate, and does not look for the private half. */
	signer = cms ? CMS_add1_signer(cms, cert, X509_get0_pubkey(cert), hash, flags) : NULL;
	if (!signer || !ASN1_STRING_set(CMS_SignerInfo_get0_signature(signer), value->data,
					(int)value->size))
		ret = reason_openssl(why, -EIO, "sign", "cannot put the signature in place");
	else if (attributes)
		ret = signed_attributes_add(signer, data, size, why);
	if (!ret)
		ret = signature_encode(cms, der, why);
	CMS_ContentInfo_free(cms);
	return ret;
}

int signature_refuse_mixture(struct reason *why)
{
	return reason_set(why, REFUSED, "mixed-signers", "ML-DSA beside another algorithm: the kernel takes all signers "
			  "with ML-DSA, or none");
}

/*
 * OpenSSL has no call to add a signer without attributes to a finished message, since it
 * would sign anew for all of them.  So the SignerInfo is moved.  The message's list
 * of digest algorithms stays as it is, hence the same hash.
 */
static int move_signer(CMS_ContentInfo *to, CMS_ContentInfo *from, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(to);
	STACK_OF(CMS_SignerInfo) *more = CMS_get0_SignerInfos(from);
	CMS_SignerInfo *added = sk_CMS_SignerInfo_value(more, 0);
	ASN1_INTEGER *serial = NULL, *other_serial;
	X509_NAME *issuer = NULL, *other_issuer;
	CMS_SignerInfo *signer;

	/* It leaves alone what the signer is not named by. */
	CMS_SignerInfo_get0_signer_id(added, NULL, &issuer, &serial);
	if (!mldsa_of_signer(added) != !mldsa_of_signer(sk_CMS_SignerInfo_value(signers, 0)))
		return signature_refuse_mixture(why);
	if (sk_CMS_SignerInfo_num(signers) >= SIGNATURE_MAX_SIGNERS)
		return reason_set(why, REFUSED, "too-many-signers", "there are %d signers already",
				  SIGNATURE_MAX_SIGNERS);
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		signer = sk_CMS_SignerInfo_value(signers, i);
		if (signature_signer_hash(signer) != signature_signer_hash(added))
			return reason_set(why, REFUSED, "hash-differs",
					  "signer %d used another hash; use the same for both", i + 1);
		other_issuer = NULL;
		other_serial = NULL;
		CMS_SignerInfo_get0_signer_id(signer, NULL, &other_issuer, &other_serial);
		if (!issuer || !other_issuer)
			return reason_set(why, REFUSED, "signer-form",
					  "signer %d is named by key id, not by issuer and serial", i + 1);
		if (!X509_NAME_cmp(issuer, other_issuer) && !ASN1_INTEGER_cmp(serial, other_serial))
			return reason_set(why, REFUSED, "already-signed",
					  "signer %d is this certificate", i + 1);
	}
	if (!sk_CMS_SignerInfo_push(signers, added))
		return reason_set(why, -ENOMEM, "memory", "no memory");
	sk_CMS_SignerInfo_pop(more);
	return 0;
}

int signature_join(const struct blob *existing, struct blob *der, struct reason *why)
{
	CMS_ContentInfo *old = NULL, *new = NULL;
	struct blob joined = { 0 };
	int ret;

	ret = signature_parse(existing->data, existing->size, &old, why);
	if (!ret)
		ret = signature_parse(der->data, der->size, &new, why);
	if (!ret)
		ret = move_signer(old, new, why);
	if (!ret)
		ret = signature_encode(old, &joined, why);
	if (!ret) {
		blob_free(der);
		*der = joined;
	}
	CMS_ContentInfo_free(old);
	CMS_ContentInfo_free(new);
	return ret;
}

int signature_append(const void *data, size_t size, const struct blob *der,
		     struct blob *file, struct reason *why)
{
	/* struct module_signature: id_type 2 is PKCS#7, the length is big-endian */
	unsigned char block[12] = {
		[2] = 2, [8] = der->size >> 24, der->size >> 16, der->size >> 8, der->size,
	};
	unsigned char *at;

	*file = (struct blob){ 0 };
	if (der->size > CARETAKER_MAX_SIGNATURE)
		return reason_set(why, REFUSED, "signature-large", "the signature has %zu bytes",
				  der->size);
	file->size = size + der->size + sizeof(block) + sizeof(SIGNATURE_MARKER) - 1;
	file->data = malloc(file->size);
	if (!file->data) {
		file->size = 0;
		return reason_set(why, -ENOMEM, "memory", "no memory");
	}
	at = mempcpy(file->data, data, size);
	at = mempcpy(at, der->data, der->size);
	at = mempcpy(at, block, sizeof(block));
	memcpy(at, SIGNATURE_MARKER, sizeof(SIGNATURE_MARKER) - 1);
	return 0;
}
