// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel must have been built with to load a payload, and is not in each.
 */
#include "kernel_needs.h"
#include "mldsa.h"
#include "signature.h"

static bool any_signer(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);

	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++)
		if (mldsa_of_signer(sk_CMS_SignerInfo_value(signers, i)))
			return true;
	return false;
}

/*
 * Whoever signed the payload: where there is no ML-DSA x509_check_for_self_signed() fails, and the whole message with
 * it, and no CA with ML-DSA vouches for anybody: what it vouches for is carried, and signed by it.
 */
static bool any_carried(CMS_ContentInfo *cms)
{
	STACK_OF(X509) *carried = CMS_get1_certs(cms);
	bool found = false;

	for (int i = 0; !found && i < sk_X509_num(carried); i++) {
		const X509 *cert = sk_X509_value(carried, i);

		found = mldsa_of_certificate(cert) || mldsa_of_algorithm(X509_get0_tbs_sigalg(cert));
	}
	sk_X509_pop_free(carried, X509_free);
	return found;
}

int kernel_needs(const struct payload *payload, const char *option[KERNEL_NEEDS_MAX + 1])
{
	CMS_ContentInfo *cms;
	struct reason unused;
	bool signer;
	int ret;

	*option = NULL;
	ret = signature_parse(payload->signature, payload->signature_size, &cms, &unused);
	if (ret)
		return ret;
	signer = any_signer(cms);
	if (signer || any_carried(cms))
		*option++ = "CONFIG_CRYPTO_MLDSA";
	/* Only what signs the payload signs attributes. */
	if (signer)
		*option++ = "CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA";
	*option = NULL;
	CMS_ContentInfo_free(cms);
	return 0;
}
