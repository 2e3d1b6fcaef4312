// SPDX-License-Identifier: GPL-2.0-only
/* Templates of the keys that a host makes; see collect_template.h. */
#include <string.h>

#include "tpm/collect_template.h"

/* PolicySecret(TPM_RH_ENDORSEMENT); TCG EK Credential Profile, B.6.2 */
static const BYTE ek_policy[32] = {
	0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
	0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
};

/* Starts the derivation apart from other restricted keys of this hierarchy */
static const char ak_unique[] = "caretaker attestation key 1";

static void ek(TPM2B_PUBLIC *out)
{
	memset(out, 0, sizeof(*out));
	out->publicArea.nameAlg = TPM2_ALG_SHA256;
	out->publicArea.objectAttributes =
		TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
	out->publicArea.authPolicy.size = sizeof(ek_policy);
	memcpy(out->publicArea.authPolicy.buffer, ek_policy, sizeof(ek_policy));
	/* Same place for both key types */
	out->publicArea.parameters.asymDetail.symmetric.algorithm = TPM2_ALG_AES;
	out->publicArea.parameters.asymDetail.symmetric.keyBits.aes = 128;
	out->publicArea.parameters.asymDetail.symmetric.mode.aes = TPM2_ALG_CFB;
}

void collect_template_ek_rsa(TPM2B_PUBLIC *out)
{
	ek(out);
	out->publicArea.type = TPM2_ALG_RSA;
	out->publicArea.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
	out->publicArea.parameters.rsaDetail.keyBits = 2048;
	out->publicArea.unique.rsa.size = 256;
}

void collect_template_ek_ecc(TPM2B_PUBLIC *out)
{
	ek(out);
	out->publicArea.type = TPM2_ALG_ECC;
	out->publicArea.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
	out->publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
	out->publicArea.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
	out->publicArea.unique.ecc.x.size = 32;
	out->publicArea.unique.ecc.y.size = 32;
}

static void ak(TPM2B_PUBLIC *out)
{
	memset(out, 0, sizeof(*out));
	out->publicArea.nameAlg = TPM2_ALG_SHA256;
	out->publicArea.objectAttributes =
		TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |
		TPMA_OBJECT_SIGN_ENCRYPT;
	out->publicArea.parameters.asymDetail.symmetric.algorithm = TPM2_ALG_NULL;
}

void collect_template_ak_rsa(TPM2B_PUBLIC *out)
{
	ak(out);
	out->publicArea.type = TPM2_ALG_RSA;
	out->publicArea.parameters.rsaDetail.scheme.scheme = TPM2_ALG_RSASSA;
	out->publicArea.parameters.rsaDetail.scheme.details.rsassa.hashAlg = TPM2_ALG_SHA256;
	out->publicArea.parameters.rsaDetail.keyBits = 2048;
	out->publicArea.unique.rsa.size = sizeof(ak_unique);
	memcpy(out->publicArea.unique.rsa.buffer, ak_unique, sizeof(ak_unique));
}

void collect_template_ak_ecc(TPM2B_PUBLIC *out)
{
	ak(out);
	out->publicArea.type = TPM2_ALG_ECC;
	out->publicArea.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
	out->publicArea.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
	out->publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
	out->publicArea.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
	out->publicArea.unique.ecc.x.size = sizeof(ak_unique);
	memcpy(out->publicArea.unique.ecc.x.buffer, ak_unique, sizeof(ak_unique));
}
