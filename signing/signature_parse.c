// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signature of a payload: what shape it must have.
 */
#include <stdbool.h>
#include <string.h>

#include <asm/caretaker_payload.h>

#include "mldsa.h"
#include "signature.h"
#include "signature_parts.h"
#include "signed_attributes.h"

/* The object, if its parameters are NULL or absent, as those of all that we take are */
static int algorithm(const X509_ALGOR *algor)
{
	const ASN1_OBJECT *object;
	int type;

	X509_ALGOR_get0(&object, &type, NULL, algor);
	return type == V_ASN1_NULL || type == V_ASN1_UNDEF ? OBJ_obj2nid(object) : NID_undef;
}

const EVP_MD *signature_algorithm_hash(const X509_ALGOR *algor)
{
	switch (algorithm(algor)) {
	case NID_sha256:
		return EVP_sha256();
	case NID_sha384:
		return EVP_sha384();
	case NID_sha512:
		return EVP_sha512();
	}
	return NULL;
}

const EVP_MD *signature_signer_hash(CMS_SignerInfo *signer)
{
	X509_ALGOR *hash;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &hash, NULL);
	return signature_algorithm_hash(hash);
}

/* The kernel knows RSA by the key's OID only: pkcs7_sig_note_pkey_algo() */
static int check_algorithms(CMS_SignerInfo *signer, struct reason *why)
{
	const EVP_MD *hash = signature_signer_hash(signer);
	X509_ALGOR *digest, *signature;
	const ASN1_OBJECT *object;
	char name[80];
	int nid, wanted;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, &signature);
	if (!hash)
		return reason_set(why, REFUSED, "weak-digest",
				  "hash %s; only sha256, sha384 and sha512 are taken",
				  OBJ_nid2sn(algorithm(digest)));
	if (mldsa_of_signer(signer))
		return hash == signed_attributes_hash() ? 0 :
		       reason_set(why, REFUSED, "ml-dsa-hash", "hash %s; with ML-DSA the kernel takes sha512 alone",
				  OBJ_nid2sn(EVP_MD_get_type(hash)));
	nid = algorithm(signature);
	if (nid == NID_rsaEncryption)
		return 0;
	if (!OBJ_find_sigid_by_algs(&wanted, EVP_MD_get_type(hash), EVP_PKEY_EC) ||
	    nid != wanted) {
		/* By its number, if OpenSSL has no name for it */
		X509_ALGOR_get0(&object, NULL, NULL, signature);
		OBJ_obj2txt(name, sizeof(name), object, 0);
		return reason_set(why, REFUSED, "signature-algorithm",
				  "algorithm %s is neither RSA PKCS#1 v1.5, nor ECDSA with the hash, nor ML-DSA "
				  "without parameters", name);
	}
	return 0;
}

/*
 * pkcs7_verify() waives its rule against attributes for ML-DSA; what ML-DSA signs without any names no hash
 * for the kernel, and its loader wants one that it knows.
 */
static int check_attributes(CMS_SignerInfo *signer, struct reason *why)
{
	bool has = CMS_signed_get_attr_count(signer) >= 0;

	if (!mldsa_of_signer(signer))
		return has ? reason_set(why, REFUSED, "signed-attributes", "the signer signed attributes instead of "
					"the payload, which the kernel takes with ML-DSA alone") : 0;
	return signed_attributes_check(signer, why);
}

static int check_signer(CMS_SignerInfo *signer, struct reason *why)
{
	/* What may be signed goes by the algorithm. */
	int ret = check_algorithms(signer, why) ? : check_attributes(signer, why);

	if (ret)
		return ret;
	if (CMS_unsigned_get_attr_count(signer) >= 0)
		return reason_set(why, REFUSED, "unsigned-attributes",
				  "the signature carries attributes that nobody signed");
	return 0;
}

/* pkcs7_check_authattrs(): all of them have attributes, and then all are of ML-DSA, or none has. */
static int check_mixture(STACK_OF(CMS_SignerInfo) *signers, struct reason *why)
{
	int mldsa = 0, all = sk_CMS_SignerInfo_num(signers);

	for (int i = 0; i < all; i++)
		mldsa += !!mldsa_of_signer(sk_CMS_SignerInfo_value(signers, i));
	return !mldsa || mldsa == all ? 0 : signature_refuse_mixture(why);
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
	ret = check_mixture(signers, why);
	if (ret)
		return ret;
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		ret = check_signer(sk_CMS_SignerInfo_value(signers, i), why);
		if (ret)
			return ret;
	}
	return 0;
}

static int check_canonical(CMS_ContentInfo *cms, const void *der, size_t size,
			   struct reason *why)
{
	struct blob again;
	int ret;

	ret = signature_encode(cms, &again, why);
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
	if (!ret)
		ret = signature_check_parts(*out, der, size, why);
	if (ret) {
		CMS_ContentInfo_free(*out);
		*out = NULL;
	}
	return ret;
}

