// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: with which hash, and what of the payload is signed.
 */
#include "mldsa.h"
#include "sign_request.h"
#include "signature.h"
#include "signed_attributes.h"

/* Beside the signers that are there: theirs is the hash unless another was asked for, and one kind goes with itself. */
static int look_beside(const struct sign_request *request, const struct payload *payload, X509 *cert,
		       struct sign_how *how, struct reason *why)
{
	CMS_SignerInfo *first;
	CMS_ContentInfo *cms;
	bool attributes;
	int ret;

	ret = signature_parse(payload->signature, payload->signature_size, &cms, why);
	if (ret)
		return ret;
	first = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	attributes = mldsa_of_signer(first);
	if (cert && how->attributes != attributes)
		ret = signature_refuse_mixture(why);
	how->attributes = attributes;
	if (!request->hash)
		how->hash = signature_signer_hash(first);
	CMS_ContentInfo_free(cms);
	return ret;
}

int sign_choose(const struct sign_request *request, const struct payload *payload, X509 *cert,
		struct sign_how *how, struct reason *why)
{
	int ret;

	*how = (struct sign_how){ .attributes = cert && mldsa_of_certificate(cert) };
	if (request->hash)
		how->hash = signature_hash(request->hash);
	else
		how->hash = how->attributes ? signed_attributes_hash() : signature_hash("sha256");
	ret = request->add ? look_beside(request, payload, cert, how, why) : 0;
	if (!ret && how->attributes && how->hash != signed_attributes_hash())
		ret = reason_set(why, REFUSED, "ml-dsa-hash", "--hash %s: with ML-DSA the kernel takes sha512 alone",
				 request->hash);
	return ret;
}
