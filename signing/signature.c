// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signature of a payload: how it is made and what shape it must have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <linux/caretaker.h>

#include "signature.h"

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

static int algorithm(const X509_ALGOR *algor)
{
	const ASN1_OBJECT *object;

	X509_ALGOR_get0(&object, NULL, NULL, algor);
	return OBJ_obj2nid(object);
}

const EVP_MD *signature_signer_hash(CMS_SignerInfo *signer)
{
	X509_ALGOR *hash;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &hash, NULL);
	switch (algorithm(hash)) {
	case NID_sha256:
		return EVP_sha256();
	case NID_sha384:
		return EVP_sha384();
	case NID_sha512:
		return EVP_sha512();
	}
	return NULL;
}

/* The kernel knows RSA by the key's OID only: pkcs7_sig_note_pkey_algo() */
static int check_algorithms(CMS_SignerInfo *signer, struct reason *why)
{
	const EVP_MD *hash = signature_signer_hash(signer);
	X509_ALGOR *digest, *signature;
	int nid, wanted;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, &signature);
	if (!hash)
		return reason_set(why, REFUSED, "weak-digest",
				  "hash %s; only sha256, sha384 and sha512 are taken",
				  OBJ_nid2sn(algorithm(digest)));
	nid = algorithm(signature);
	if (nid == NID_rsaEncryption)
		return 0;
	if (!OBJ_find_sigid_by_algs(&wanted, EVP_MD_get_type(hash), EVP_PKEY_EC) ||
	    nid != wanted)
		return reason_set(why, REFUSED, "signature-algorithm",
				  "algorithm %s is neither RSA PKCS#1 v1.5 nor ECDSA with the hash",
				  OBJ_nid2sn(nid));
	return 0;
}

static int check_signer(CMS_SignerInfo *signer, struct reason *why)
{
	if (CMS_signed_get_attr_count(signer) >= 0)
		return reason_set(why, REFUSED, "signed-attributes",
				  "the signer signed attributes instead of the payload");
	if (CMS_unsigned_get_attr_count(signer) >= 0)
		return reason_set(why, REFUSED, "unsigned-attributes",
				  "the signature carries attributes that nobody signed");
	return check_algorithms(signer, why);
}

static int check_profile(CMS_ContentInfo *cms, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers;
	ASN1_OCTET_STRING **content;
	int ret;

	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
		return reason_set(why, REFUSED, "malformed-signature", "not CMS SignedData");
	content = CMS_get0_content(cms);
	if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
		return reason_set(why, REFUSED, "malformed-signature",
				  "the content is not of type data");
	if (!content || *content)
		return reason_set(why, REFUSED, "embedded-content",
				  "the signature carries content of its own");
	signers = CMS_get0_SignerInfos(cms);
	if (sk_CMS_SignerInfo_num(signers) < 1)
		return reason_set(why, REFUSED, "malformed-signature", "nobody signed");
	if (sk_CMS_SignerInfo_num(signers) > SIGNATURE_MAX_SIGNERS)
		return reason_set(why, REFUSED, "malformed-signature", "more than %d signers",
				  SIGNATURE_MAX_SIGNERS);
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		ret = check_signer(sk_CMS_SignerInfo_value(signers, i), why);
		if (ret)
			return ret;
	}
	return 0;
}

static int to_der(CMS_ContentInfo *cms, struct blob *der, struct reason *why)
{
	unsigned char *out = NULL;
	int size = i2d_CMS_ContentInfo(cms, &out);

	if (size <= 0)
		return reason_openssl(why, -ENOMEM, "signature-encode", "cannot encode");
	/* blob_free() frees what malloc() gave. */
	der->size = 0;
	der->data = malloc(size);
	if (der->data)
		memcpy(der->data, out, der->size = size);
	OPENSSL_free(out);
	return der->data ? 0 : reason_set(why, -ENOMEM, "memory", "no memory");
}

static int check_canonical(CMS_ContentInfo *cms, const void *der, size_t size,
			   struct reason *why)
{
	struct blob again;
	int ret;

	ret = to_der(cms, &again, why);
	if (ret)
		return ret;
	if (again.size != size || memcmp(again.data, der, size))
		ret = reason_set(why, REFUSED, "malformed-signature", "not in DER");
	blob_free(&again);
	return ret;
}

int signature_parse(const void *der, size_t size, CMS_ContentInfo **out, struct reason *why)
{
	const unsigned char *at = der;
	int ret;

	*out = NULL;
	if (!size || size > CARETAKER_MAX_SIGNATURE)
		return reason_set(why, REFUSED, "malformed-signature", "%zu bytes", size);
	*out = d2i_CMS_ContentInfo(NULL, &at, size);
	if (!*out)
		return reason_openssl(why, REFUSED, "malformed-signature", "not CMS");
	if (at != (const unsigned char *)der + size)
		ret = reason_set(why, REFUSED, "malformed-signature",
				 "%zu bytes after the signature",
				 (size_t)((const unsigned char *)der + size - at));
	else
		ret = check_profile(*out, why);
	if (!ret)
		ret = check_canonical(*out, der, size, why);
	if (ret) {
		CMS_ContentInfo_free(*out);
		*out = NULL;
	}
	return ret;
}

/*
 * ECDSA signs with a random nonce, which makes each signature differ.  From 3.2
 * on OpenSSL can derive it from key and message (RFC 6979); a token may not.
 */
static int want_repeatable(CMS_SignerInfo *signer)
{
#ifdef OSSL_SIGNATURE_PARAM_NONCE_TYPE
	EVP_PKEY_CTX *context = CMS_SignerInfo_get0_pkey_ctx(signer);
	unsigned int type = 1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &type),
		OSSL_PARAM_construct_end(),
	};
	const OSSL_PARAM *settable = context ? EVP_PKEY_CTX_settable_params(context) : NULL;

	if (settable && OSSL_PARAM_locate_const(settable, OSSL_SIGNATURE_PARAM_NONCE_TYPE))
		return EVP_PKEY_CTX_set_params(context, params) == 1;
#else
	(void)signer;
#endif
	return 1;
}

static unsigned int flags_for(EVP_PKEY *key)
{
#ifdef OSSL_SIGNATURE_PARAM_NONCE_TYPE
	if (EVP_PKEY_is_a(key, "EC"))
		return PROFILE | CMS_KEY_PARAM;
#else
	(void)key;
#endif
	return PROFILE;
}

int signature_make(const void *data, size_t size, X509 *cert, EVP_PKEY *key,
		   const EVP_MD *hash, struct blob *der, struct reason *why)
{
	unsigned int flags = flags_for(key);
	BIO *bio = BIO_new_mem_buf(data, size);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	CMS_SignerInfo *signer;
	int ret;

	*der = (struct blob){ 0 };
	signer = cms && bio ? CMS_add1_signer(cms, cert, key, hash, flags) : NULL;
	if (!signer || !want_repeatable(signer) || CMS_final(cms, bio, NULL, flags) != 1)
		ret = reason_openssl(why, -EIO, "sign", "cannot sign");
	else
		ret = to_der(cms, der, why);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	return ret;
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
	ASN1_INTEGER *serial, *other_serial;
	X509_NAME *issuer, *other_issuer;
	CMS_SignerInfo *signer;

	CMS_SignerInfo_get0_signer_id(added, NULL, &issuer, &serial);
	if (sk_CMS_SignerInfo_num(signers) >= SIGNATURE_MAX_SIGNERS)
		return reason_set(why, REFUSED, "too-many-signers", "there are %d signers already",
				  SIGNATURE_MAX_SIGNERS);
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		signer = sk_CMS_SignerInfo_value(signers, i);
		if (signature_signer_hash(signer) != signature_signer_hash(added))
			return reason_set(why, REFUSED, "hash-differs",
					  "signer %d used another hash; use the same for both", i);
		/* The kernel takes SignerInfos of one version only: RFC 5652, 5.3 */
		if (!CMS_SignerInfo_get0_signer_id(signer, NULL, &other_issuer, &other_serial) ||
		    !other_issuer)
			return reason_set(why, REFUSED, "signer-form",
					  "signer %d is named by key id, not by issuer and serial", i);
		if (!X509_NAME_cmp(issuer, other_issuer) && !ASN1_INTEGER_cmp(serial, other_serial))
			return reason_set(why, REFUSED, "already-signed",
					  "signer %d is this certificate", i);
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
		ret = to_der(old, &joined, why);
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
