// SPDX-License-Identifier: GPL-2.0-only
/* Endorsement keys of the profile; see ek_template.h. */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "tpm/ek_template.h"
#include "tpm/tss.h"

const struct ek_place ek_places[EK_PLACES] = {
	{ "L-1", EK_RSA2048, 0x01c00002, 0x01c00004, 0x01c00003 },
	{ "L-2", EK_P256, 0x01c0000a, 0x01c0000c, 0x01c0000b },
	{ "H-1", EK_RSA2048, 0x01c00012, 0x01c00013, 0 },
	{ "H-2", EK_P256, 0x01c00014, 0x01c00015, 0 },
	{ "H-3", EK_P384, 0x01c00016, 0x01c00017, 0 },
	{ "H-4", EK_P521, 0x01c00018, 0x01c00019, 0 },
	{ "H-6", EK_RSA3072, 0x01c0001c, 0x01c0001d, 0 },
	{ "H-7", EK_RSA4096, 0x01c0001e, 0x01c0001f, 0 },
};

static const struct {
	const char *name;
	const char *group;	/* OpenSSL's; NULL: RSA */
	TPMI_ECC_CURVE curve;
	TPMI_ALG_HASH hash;	/* nameAlg; annex B */
	UINT16 bits;
	UINT16 aes;
} kinds[EK_KINDS] = {
	[EK_RSA2048] = { "rsa2048", NULL, 0, TPM2_ALG_SHA256, 2048, 128 },
	[EK_RSA3072] = { "rsa3072", NULL, 0, TPM2_ALG_SHA384, 3072, 256 },
	[EK_RSA4096] = { "rsa4096", NULL, 0, TPM2_ALG_SHA384, 4096, 256 },
	[EK_P256] = { "p256", "prime256v1", TPM2_ECC_NIST_P256, TPM2_ALG_SHA256, 256, 128 },
	[EK_P384] = { "p384", "secp384r1", TPM2_ECC_NIST_P384, TPM2_ALG_SHA384, 384, 256 },
	[EK_P521] = { "p521", "secp521r1", TPM2_ECC_NIST_P521, TPM2_ALG_SHA512, 521, 256 },
};

/* PolicySecret(TPM_RH_ENDORSEMENT), "PolicyA": the low range; B.6.2 */
static const BYTE policy_a_sha256[32] = {
	0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
	0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
};

/* PolicyA, or what the owner writes into an index of his: "PolicyB", the high range; B.6.4 */
static const BYTE policy_b_sha256[32] = {
	0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef, 0xcf, 0xb3,
	0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0,
};
static const BYTE policy_b_sha384[48] = {
	0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5, 0xfd, 0x3a, 0x1a,
	0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4, 0x19, 0xca,
	0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3, 0xf8, 0x0e, 0x12,
};
static const BYTE policy_b_sha512[64] = {
	0xb8, 0x22, 0x1c, 0xa6, 0x9e, 0x85, 0x50, 0xa4, 0x91, 0x4d, 0xe3, 0xfa, 0xa6, 0xa1, 0x8c, 0x07,
	0x2c, 0xc0, 0x12, 0x08, 0x07, 0x3a, 0x92, 0x8d, 0x5d, 0x66, 0xd5, 0x9e, 0xf7, 0x9e, 0x49, 0xa4,
	0x29, 0xc4, 0x1a, 0x6b, 0x26, 0x95, 0x71, 0xd5, 0x7e, 0xdb, 0x25, 0xfb, 0xdb, 0x18, 0x38, 0x42,
	0x56, 0x08, 0xb4, 0x13, 0xcd, 0x61, 0x6a, 0x5f, 0x6d, 0xb5, 0xb6, 0x07, 0x1a, 0xf9, 0x9b, 0xea,
};

const char *ek_kind_name(enum ek_kind kind)
{
	return kinds[kind].name;
}

int ek_kinds_parse(const char *word, unsigned int *out)
{
	unsigned int mask = 0;

	for (unsigned int kind = 0; kind < EK_KINDS; kind++)
		if (!strcmp(word, kinds[kind].name) ||
		    !strcmp(word, kinds[kind].group ? "ecc" : "rsa"))
			mask |= EK_KIND_BIT(kind);
	if (!mask)
		return -EINVAL;
	*out = mask;
	return 0;
}

int ek_kind_of(X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	char group[32];
	size_t n;

	for (int kind = 0; key && kind < EK_KINDS; kind++) {
		if (EVP_PKEY_get_bits(key) != kinds[kind].bits)
			continue;
		if (!kinds[kind].group ? EVP_PKEY_is_a(key, "RSA") :
		    EVP_PKEY_is_a(key, "EC") &&
		    EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
		    !strcmp(group, kinds[kind].group))
			return kind;
	}
	return -1;
}

static void set_policy(TPMT_PUBLIC *area, bool high)
{
	const BYTE *policy = policy_a_sha256;

	area->authPolicy.size = sizeof(policy_a_sha256);
	if (area->nameAlg == TPM2_ALG_SHA384) {
		policy = policy_b_sha384;
		area->authPolicy.size = sizeof(policy_b_sha384);
	} else if (area->nameAlg == TPM2_ALG_SHA512) {
		policy = policy_b_sha512;
		area->authPolicy.size = sizeof(policy_b_sha512);
	} else if (high) {
		policy = policy_b_sha256;
	}
	memcpy(area->authPolicy.buffer, policy, area->authPolicy.size);
}

void ek_template_default(const struct ek_place *place, TPM2B_PUBLIC *out)
{
	/* The low range may be used by policy only, and has zeros where the high range has nothing */
	bool rsa = !kinds[place->kind].group, high = !place->nonce;
	TPMT_PUBLIC *area = &out->publicArea;

	memset(out, 0, sizeof(*out));
	area->type = rsa ? TPM2_ALG_RSA : TPM2_ALG_ECC;
	area->nameAlg = kinds[place->kind].hash;
	area->objectAttributes =
		TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT |
		(high ? TPMA_OBJECT_USERWITHAUTH : 0);
	set_policy(area, high);
	/* Same place for both key types */
	area->parameters.asymDetail.symmetric.algorithm = TPM2_ALG_AES;
	area->parameters.asymDetail.symmetric.keyBits.aes = kinds[place->kind].aes;
	area->parameters.asymDetail.symmetric.mode.aes = TPM2_ALG_CFB;
	if (rsa) {
		area->parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
		area->parameters.rsaDetail.keyBits = kinds[place->kind].bits;
		area->unique.rsa.size = high ? 0 : 256;
	} else {
		area->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
		area->parameters.eccDetail.curveID = kinds[place->kind].curve;
		area->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
		area->unique.ecc.x.size = area->unique.ecc.y.size = high ? 0 : 32;
	}
}

int ek_template_parse(const struct ek_place *place, const struct blob *stored, TPM2B_PUBLIC *out,
		      const char **why)
{
	bool rsa = !kinds[place->kind].group;
	TPMT_PUBLIC *area = &out->publicArea;
	size_t offset = 0;

	memset(out, 0, sizeof(*out));
	if (tss_mu()->TPMT_PUBLIC_Unmarshal(stored->data, stored->size, &offset, area)) {
		*why = "is no TPMT_PUBLIC";
		return -EBADMSG;
	}
	/* An index may be larger than what is in it: zeros or erased bytes, nothing else */
	for (; offset < stored->size; offset++) {
		if (stored->data[offset] == 0 || stored->data[offset] == 0xff)
			continue;
		*why = "has something behind its TPMT_PUBLIC";
		return -EBADMSG;
	}
	if (rsa ? area->type != TPM2_ALG_RSA ||
		  area->parameters.rsaDetail.keyBits != kinds[place->kind].bits :
		  area->type != TPM2_ALG_ECC ||
		  area->parameters.eccDetail.curveID != kinds[place->kind].curve) {
		*why = "is for a key of another kind than its index";
		return -EBADMSG;
	}
	return 0;
}

int ek_template_set_nonce(const struct blob *nonce, TPM2B_PUBLIC *out, const char **why)
{
	TPMT_PUBLIC *area = &out->publicArea;
	bool rsa = area->type == TPM2_ALG_RSA;
	size_t room = rsa ? 256 : 32;	/* low range: RSA 2048 and P-256; B.3.3 and B.3.4 */

	if (nonce->size > room) {
		*why = "is longer than the unique field";
		return -EBADMSG;
	}
	memset(&area->unique, 0, sizeof(area->unique));
	if (rsa) {
		memcpy(area->unique.rsa.buffer, nonce->data, nonce->size);
		area->unique.rsa.size = (UINT16)room;
	} else {
		memcpy(area->unique.ecc.x.buffer, nonce->data, nonce->size);
		area->unique.ecc.x.size = area->unique.ecc.y.size = (UINT16)room;
	}
	return 0;
}
