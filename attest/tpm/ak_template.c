// SPDX-License-Identifier: GPL-2.0-only
/* Templates of attestation keys; see ak_template.h. */
#include <errno.h>
#include <string.h>

#include "tpm/ak_template.h"

/* Starts the derivation apart from other restricted keys of this hierarchy */
static const char ak_unique[] = "caretaker attestation key 1";

int ak_type_parse(const char *word, enum ak_type *out)
{
	if (!strcmp(word, "ecc") || !strcmp(word, "p256"))
		*out = AK_P256;
	else if (!strcmp(word, "rsa") || !strcmp(word, "rsa2048"))
		*out = AK_RSA2048;
	else if (!strcmp(word, "p384"))
		*out = AK_P384;
	else
		return -EINVAL;
	return 0;
}

static void rsa(TPMT_PUBLIC *area)
{
	area->type = TPM2_ALG_RSA;
	area->parameters.rsaDetail.scheme.scheme = TPM2_ALG_RSASSA;
	area->parameters.rsaDetail.scheme.details.rsassa.hashAlg = area->nameAlg;
	area->parameters.rsaDetail.keyBits = 2048;
	area->unique.rsa.size = sizeof(ak_unique);
	memcpy(area->unique.rsa.buffer, ak_unique, sizeof(ak_unique));
}

static void ecc(TPMT_PUBLIC *area, TPMI_ECC_CURVE curve)
{
	area->type = TPM2_ALG_ECC;
	area->parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
	area->parameters.eccDetail.scheme.details.ecdsa.hashAlg = area->nameAlg;
	area->parameters.eccDetail.curveID = curve;
	area->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
	area->unique.ecc.x.size = sizeof(ak_unique);
	memcpy(area->unique.ecc.x.buffer, ak_unique, sizeof(ak_unique));
}

void ak_template(enum ak_type type, TPM2B_PUBLIC *out)
{
	TPMT_PUBLIC *area = &out->publicArea;

	memset(out, 0, sizeof(*out));
	area->nameAlg = type == AK_P384 ? TPM2_ALG_SHA384 : TPM2_ALG_SHA256;
	area->objectAttributes =
		TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |
		TPMA_OBJECT_SIGN_ENCRYPT;
	area->parameters.asymDetail.symmetric.algorithm = TPM2_ALG_NULL;
	if (type == AK_RSA2048)
		rsa(area);
	else
		ecc(area, type == AK_P384 ? TPM2_ECC_NIST_P384 : TPM2_ECC_NIST_P256);
}
