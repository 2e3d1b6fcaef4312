// SPDX-License-Identifier: GPL-2.0-only
/*
 * Appended signatures in IMA records: PKCS#7 over a file that we do not have, but
 * whose digest the record carries (field d-modsig). As the kernel demands of
 * modules (crypto/asymmetric_keys/pkcs7_verify.c, VERIFYING_MODULE_SIGNATURE),
 * there are no authenticated attributes, so the digest is what is signed.
 */
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "log/ima_keyring.h"

#define SIGNERS_MAX 8

static enum ima_sig_state verify_signer(const struct ima_keyring *ring, CMS_SignerInfo *si,
					const struct ima_record *rec, struct ima_signer *who)
{
	const struct ima_digest *digest = &rec->modsig_digest;
	X509_ALGOR *digest_alg = NULL;
	ASN1_OCTET_STRING *value;
	const struct ima_hash *hash;
	const ASN1_OBJECT *oid;
	struct view signature;
	size_t i;

	if (CMS_signed_get_attr_count(si) > 0) {
		who->reason = "appended signature with authenticated attributes";
		return IMA_SIG_INVALID;
	}
	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest_alg, NULL);
	X509_ALGOR_get0(&oid, NULL, NULL, digest_alg);
	hash = ima_hash_by_openssl(OBJ_nid2sn(OBJ_obj2nid(oid)));
	if (!hash || !digest->alg || strcmp(hash->name, digest->alg)) {
		who->reason = "appended signature and its digest differ in the hash algorithm";
		return IMA_SIG_INVALID;
	}
	value = CMS_SignerInfo_get0_signature(si);
	signature = (struct view){ ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value) };
	for (i = 0; ring && i < ring->count; i++) {
		if (CMS_SignerInfo_cert_cmp(si, ring->key[i].cert))
			continue;
		if (ima_verify_digest(ring->key[i].pkey, hash, digest->value, signature)) {
			ima_key_identify(&ring->key[i], who);
			who->key_id = 0;
			who->reason = NULL;
			return IMA_SIG_VALID;
		}
		who->reason = "appended signature is wrong for the key that it names";
	}
	if (who->reason)
		return IMA_SIG_INVALID;
	who->reason = "no certificate is the one that the appended signature names";
	return IMA_SIG_UNKNOWN_KEY;
}

/* One good signer is enough, as for the kernel; a bad one spoils it. */
static enum ima_sig_state verify_signers(const struct ima_keyring *ring,
					 STACK_OF(CMS_SignerInfo) *signers,
					 const struct ima_record *rec, struct ima_signer *who)
{
	enum ima_sig_state all = IMA_SIG_UNKNOWN_KEY, one;
	int i, count = sk_CMS_SignerInfo_num(signers);

	if (count < 1 || count > SIGNERS_MAX) {
		who->reason = "appended signature without a signer, or with too many";
		return IMA_SIG_INVALID;
	}
	for (i = 0; i < count; i++) {
		struct ima_signer signer = { 0 };

		one = verify_signer(ring, sk_CMS_SignerInfo_value(signers, i), rec, &signer);
		if (one == IMA_SIG_VALID || all != IMA_SIG_VALID)
			*who = signer;
		if (one == IMA_SIG_INVALID)
			return one;
		if (one == IMA_SIG_VALID)
			all = one;
	}
	return all;
}

enum ima_sig_state ima_modsig_verify(const struct ima_keyring *ring, const struct ima_record *rec,
				     struct ima_signer *who)
{
	const unsigned char *p = rec->modsig.data;
	enum ima_sig_state ret = IMA_SIG_INVALID;
	ASN1_OCTET_STRING **content;
	CMS_ContentInfo *cms;

	who->reason = "appended signature is not detached PKCS#7";
	ERR_set_mark();
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)rec->modsig.size);
	if (cms && p == rec->modsig.data + rec->modsig.size &&
	    OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed) {
		/* What it carries itself would be signed, not the file. */
		content = CMS_get0_content(cms);
		if (content && !*content) {
			who->reason = NULL;
			ret = verify_signers(ring, CMS_get0_SignerInfos(cms), rec, who);
		}
	}
	CMS_ContentInfo_free(cms);
	ERR_pop_to_mark();
	return ret;
}
