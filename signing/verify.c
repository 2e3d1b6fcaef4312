// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who signed a payload, judged by the certificates that the caller trusts.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "anchor.h"
#include "carried.h"
#include "certificate_form.h"
#include "kernel_id.h"
#include "mldsa.h"
#include "signature.h"
#include "signed_attributes.h"
#include "verify.h"

int verify_is_named(CMS_SignerInfo *signer, X509 *cert, bool *named)
{
	struct blob wanted = { 0 }, number = { 0 }, key = { 0 };
	int ret;

	ret = kernel_id_of_signer(signer, &wanted) ? : kernel_id_of_certificate(cert, &number) ? :
	      kernel_id_of_key(cert, &key);
	*named = !ret && (kernel_id_same(&wanted, &number) || kernel_id_same(&wanted, &key));
	blob_free(&wanted);
	blob_free(&number);
	blob_free(&key);
	return ret;
}

/* The algorithm that the SignerInfo names must be that of the key: public_key_verify_signature() */
static int check_kind(CMS_SignerInfo *signer, EVP_PKEY *key, struct reason *why)
{
	const char *mldsa = mldsa_of_signer(signer), *own = mldsa_of_key(key);
	const ASN1_OBJECT *object;
	X509_ALGOR *algor;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, NULL, &algor);
	X509_ALGOR_get0(&object, NULL, NULL, algor);
	if ((OBJ_obj2nid(object) == NID_rsaEncryption) != !!EVP_PKEY_is_a(key, "RSA") ||
	    !mldsa != !own || (mldsa && strcmp(mldsa, own)))
		return reason_set(why, REFUSED, "bad-signature",
				  "the signature is not of the key's type");
	return 0;
}

static int verify_value(CMS_SignerInfo *signer, EVP_PKEY *key, const EVP_MD *hash, const void *data, size_t size,
			struct reason *why)
{
	const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(signer);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int ret = 0;

	if (!context || EVP_DigestVerifyInit(context, NULL, hash, NULL, key) != 1)
		ret = reason_openssl(why, -EIO, "verify", "cannot verify");
	else if (EVP_DigestVerify(context, ASN1_STRING_get0_data(value), ASN1_STRING_length(value),
				  data, size) != 1)
		ret = reason_openssl(why, REFUSED, "bad-signature",
				     "the payload is not what this key signed");
	EVP_MD_CTX_free(context);
	return ret;
}

/* What is signed are the attributes, which hold the digest of the payload. */
static int verify_attributes(CMS_SignerInfo *signer, EVP_PKEY *key, const void *data, size_t size, struct reason *why)
{
	struct blob attributes;
	int ret;

	ret = signed_attributes_check_digest(signer, data, size, why);
	if (!ret)
		ret = signed_attributes_of(signer, &attributes, why);
	if (ret)
		return ret;
	ret = verify_value(signer, key, NULL, attributes.data, attributes.size, why);
	blob_free(&attributes);
	return ret;
}

static int verify_signer(CMS_SignerInfo *signer, X509 *cert, const void *data, size_t size,
			 struct reason *why)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	int ret;

	ret = certificate_check_form(cert, why);
	if (!ret)
		ret = check_kind(signer, key, why);
	if (ret)
		return ret;
	return mldsa_of_signer(signer) ? verify_attributes(signer, key, data, size, why) :
	       verify_value(signer, key, signature_signer_hash(signer), data, size, why);
}

int verify_named(CMS_SignerInfo *signer, STACK_OF(X509) *certs, const void *data, size_t size,
		 X509 **cert, struct reason *why)
{
	int ret = 0;
	bool named;

	*cert = NULL;
	for (int i = 0; i < sk_X509_num(certs); i++) {
		if (verify_is_named(signer, sk_X509_value(certs, i), &named))
			return reason_set(why, -ENOMEM, "memory", "no memory");
		if (!named)
			continue;
		ret = verify_signer(signer, sk_X509_value(certs, i), data, size, why);
		if (!ret)
			*cert = sk_X509_value(certs, i);
		if (ret != REFUSED)
			break;
	}
	return ret;
}

/* A kernel compares the digest in attributes before it looks for a key, trusted or not. */
static int check_digests(CMS_ContentInfo *cms, const void *data, size_t size, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	int ret = 0;

	for (int i = 0; !ret && i < sk_CMS_SignerInfo_num(signers); i++)
		if (mldsa_of_signer(sk_CMS_SignerInfo_value(signers, i)))
			ret = signed_attributes_check_digest(sk_CMS_SignerInfo_value(signers, i), data, size, why);
	return ret;
}

static int verify_one_carried(CMS_SignerInfo *signer, X509 *cert, const void *data, size_t size, struct reason *why)
{
	int ret = verify_signer(signer, cert, data, size, why);

	return ret || !mldsa_of_signer(signer) ? ret : signed_attributes_check_time(signer, cert, why);
}

/*
 * A kernel verifies with a certificate that the message carries for a signer, trusted or not, and
 * refuses the whole if that does not fit: pkcs7_verify_one().  Of several it takes the first,
 * so each must.
 */
static int verify_carried(CMS_ContentInfo *cms, STACK_OF(X509) *trusted, const void *data,
			  size_t size, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	STACK_OF(X509) *carried = CMS_get1_certs(cms);
	int ret = check_digests(cms, data, size, why);
	bool named;

	for (int i = 0; !ret && i < sk_CMS_SignerInfo_num(signers); i++)
		for (int j = 0; !ret && j < sk_X509_num(carried); j++) {
			CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, i);

			if (verify_is_named(signer, sk_X509_value(carried, j), &named))
				ret = reason_set(why, -ENOMEM, "memory", "no memory");
			else if (named)
				ret = verify_one_carried(signer, sk_X509_value(carried, j), data, size, why);
		}
	sk_X509_pop_free(carried, X509_free);
	return ret ? ret : carried_check(cms, trusted, why);
}

/* Who vouches for @signer: one of @certs, which is in @ours too, or else an anchor; NULL if nobody does */
static int find_voucher(CMS_SignerInfo *signer, const struct verify_trust *trust, STACK_OF(X509) *carried,
			const void *data, size_t size, X509 **ours, X509 **voucher, struct reason *why)
{
	int ret = verify_named(signer, trust->certs, data, size, ours, why);

	*voucher = *ours;
	if (!ret && !*voucher && anchor_find(signer, carried, trust->anchors, voucher))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	return ret;
}

static int verify_signers(CMS_ContentInfo *cms, const struct verify_trust *trust, STACK_OF(X509) *carried,
			  const void *data, size_t size, X509 **signer, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	X509 *cert, *ours;
	int ret;

	ret = verify_carried(cms, trust->certs, data, size, why);
	for (int i = 0; !ret && i < sk_CMS_SignerInfo_num(signers); i++) {
		ret = find_voucher(sk_CMS_SignerInfo_value(signers, i), trust, carried, data, size,
				   trust->found ? &trust->found->cert[i] : &ours, &cert, why);
		if (!*signer)
			*signer = cert;
	}
	if (ret)
		*signer = NULL;
	else if (!*signer)
		ret = reason_set(why, REFUSED, "unknown-key",
				 "no signer has one of the given certificates");
	return ret;
}

int verify_trusted(const void *data, size_t size, const void *der, size_t der_size,
		   const struct verify_trust *trust, X509 **signer, struct reason *why)
{
	STACK_OF(X509) *carried;
	CMS_ContentInfo *cms;
	int ret;

	*signer = NULL;
	if (trust->found)
		*trust->found = (struct verify_found){ 0 };
	ret = signature_parse(der, der_size, &cms, why);
	if (ret)
		return ret;
	carried = CMS_get1_certs(cms);
	ret = verify_signers(cms, trust, carried, data, size, signer, why);
	if (trust->found)
		trust->found->all = !ret;
	sk_X509_pop_free(carried, X509_free);
	CMS_ContentInfo_free(cms);
	return ret;
}

int verify_detached(const void *data, size_t size, const void *der, size_t der_size,
		    STACK_OF(X509) *certs, X509 **signer, struct reason *why)
{
	const struct verify_trust trust = { .certs = certs };

	return verify_trusted(data, size, der, der_size, &trust, signer, why);
}

int verify_unknown(const void *data, size_t size, const void *der, size_t der_size,
		   struct reason *why)
{
	CMS_ContentInfo *cms;
	int ret;

	ret = signature_parse(der, der_size, &cms, why);
	if (!ret)
		ret = verify_carried(cms, NULL, data, size, why);
	CMS_ContentInfo_free(cms);
	return ret;
}

int verify_every_signer(const void *data, size_t size, const void *der, size_t der_size,
			STACK_OF(X509) *certs, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers;
	CMS_ContentInfo *cms;
	X509 *cert;
	int ret;

	ret = signature_parse(der, der_size, &cms, why);
	if (ret)
		return ret;
	signers = CMS_get0_SignerInfos(cms);
	ret = verify_carried(cms, certs, data, size, why);
	for (int i = 0; !ret && i < sk_CMS_SignerInfo_num(signers); i++) {
		ret = verify_named(sk_CMS_SignerInfo_value(signers, i), certs, data, size, &cert,
				   why);
		if (!ret && !cert)
			ret = reason_set(why, REFUSED, "unknown-key",
					 "signer %d of %d has none of the given certificates", i + 1,
					 sk_CMS_SignerInfo_num(signers));
	}
	CMS_ContentInfo_free(cms);
	return ret;
}

/* Bytes behind a marker are the likeliest reason for a file that looks unsigned. */
static int refuse_unsigned(const void *file, size_t size, struct reason *why)
{
	static const char marker[] = SIGNATURE_MARKER;
	const char *found = memmem(file, size, marker, sizeof(marker) - 1);

	if (!found)
		return reason_set(why, REFUSED, "unsigned", "no signature marker");
	return reason_set(why, REFUSED, "no-marker",
			  "the signature marker is at offset 0x%zx, but not at the end",
			  (size_t)(found - (const char *)file));
}

int verify_payload_trusted(const void *file, size_t size, const struct verify_trust *trust,
			   struct payload *payload, X509 **signer, struct reason *why)
{
	struct reason shape;
	int ret, parsed;

	*signer = NULL;
	parsed = payload_parse(file, size, payload, &shape);
	*why = shape;
	if (parsed < 0 || !payload->size)
		return parsed;
	if (!payload->signature)
		return refuse_unsigned(file, size, why);
	/* As in the kernel, the signature comes first: what nobody signed is not judged. */
	ret = verify_trusted(payload->data, payload->size, payload->signature, payload->signature_size,
			     trust, signer, why);
	if (!ret && parsed) {
		*why = shape;
		*signer = NULL;
		ret = parsed;
	}
	return ret;
}

int verify_payload(const void *file, size_t size, STACK_OF(X509) *certs,
		   struct payload *payload, X509 **signer, struct reason *why)
{
	const struct verify_trust trust = { .certs = certs };

	return verify_payload_trusted(file, size, &trust, payload, signer, why);
}
