// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 3161 timestamps: what one proves of a signature (RFC 3161, appendix B).
 */
#include <errno.h>
#include <string.h>

#include "signature.h"
#include "timestamp.h"
#include "verify.h"

/* The signer whose signature the token is over, NULL if there is none */
static int find_signer(const struct timestamp *timestamp, STACK_OF(CMS_SignerInfo) *signers,
		       CMS_SignerInfo **found, struct reason *why)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(timestamp->info);
	const ASN1_OCTET_STRING *wanted = TS_MSG_IMPRINT_get_msg(imprint);
	const EVP_MD *hash = signature_algorithm_hash(TS_MSG_IMPRINT_get_algo(imprint));
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int size;

	*found = NULL;
	if (!hash)
		return reason_set(why, REFUSED, "timestamp-digest",
				  "the imprint is by another hash than SHA-256, SHA-384 or SHA-512");
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, i);
		const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(signer);

		if (!EVP_Digest(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), digest,
				&size, hash, NULL))
			return reason_openssl(why, -EIO, "digest", "cannot compute it");
		if ((int)size == ASN1_STRING_length(wanted) &&
		    !memcmp(digest, ASN1_STRING_get0_data(wanted), size))
			*found = signer;
	}
	return *found ? 0 : reason_set(why, REFUSED, "timestamp-imprint",
				       "the token is over none of the signatures here");
}

/* The same at the time of the token that certificate_check_signer() asks of now */
static int check_then(X509 *cert, const struct timestamp_trust *trust, time_t when, struct reason *why)
{
	char text[24];
	int error;

	timestamp_text(when, text);
	if (X509_cmp_time(X509_get0_notBefore(cert), &when) >= 0)
		return reason_set(why, REFUSED, "certificate-early",
				  "the signer's certificate was not valid yet at %s", text);
	if (X509_cmp_time(X509_get0_notAfter(cert), &when) <= 0)
		return reason_set(why, REFUSED, "certificate-expired",
				  "the signer's certificate had expired at %s", text);
	if (sk_X509_num(trust->issuers) <= 0)
		return 0;
	error = timestamp_chain(cert, NULL, trust->issuers, 0, when);
	return error == X509_V_OK ? 0 :
	       reason_set(why, REFUSED, "not-issued",
			  "the signer's certificate does not lead to the given issuers at %s: %s", text,
			  X509_verify_cert_error_string(error));
}

static int verify_by(const struct timestamp *timestamp, const struct timestamp_of *of,
		     const struct timestamp_trust *trust, CMS_SignerInfo *info, X509 **signer,
		     struct reason *why)
{
	int ret;

	ret = verify_named(info, trust->certs, of->data, of->size, signer, why);
	if (!ret && !*signer)
		ret = reason_set(why, REFUSED, "unknown-key", "the signer of the signature that the token "
				 "is over has none of the given certificates");
	if (!ret)
		ret = timestamp_check_tsa(timestamp, trust->tsa, why);
	return ret ? ret : check_then(*signer, trust, timestamp->time, why);
}

int timestamp_verify(const struct timestamp *timestamp, const struct timestamp_of *of,
		     const struct timestamp_trust *trust, X509 **signer, struct reason *why)
{
	CMS_ContentInfo *cms;
	CMS_SignerInfo *info;
	int ret;

	*signer = NULL;
	ret = signature_parse(of->der, of->der_size, &cms, why);
	if (ret)
		return ret;
	ret = find_signer(timestamp, CMS_get0_SignerInfos(cms), &info, why);
	if (!ret)
		ret = verify_by(timestamp, of, trust, info, signer, why);
	if (ret)
		*signer = NULL;
	CMS_ContentInfo_free(cms);
	return ret;
}
