// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks TPM public areas and turns them into OpenSSL keys.
 *
 * A quote is worth as much as its key: a key that is not restricted signs any
 * bytes its owner likes, TPM_GENERATED_VALUE included, and a key that is not
 * fixed to its TPM may be used elsewhere.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "tpm/ak_public.h"
#include "tpm/tss.h"

#define MAX_FIELD	66	/* bytes of a coordinate of P-521 */

/*
 * The library takes any number for the size in front.  A key's bytes are its
 * identity, so they may be written in one way only.
 */
static bool canonical(const struct blob *in, const TPM2B_PUBLIC *public)
{
	unsigned char again[sizeof(*public)];
	size_t size = 0;

	return !tss_mu()->TPM2B_PUBLIC_Marshal(public, again, sizeof(again), &size) &&
	       size == in->size && !memcmp(again, in->data, size);
}

int ak_public_parse(const struct blob *in, TPM2B_PUBLIC *out, const char **why)
{
	size_t offset = 0;

	memset(out, 0, sizeof(*out));
	if (!in->size ||
	    tss_mu()->TPM2B_PUBLIC_Unmarshal(in->data, in->size, &offset, out) ||
	    offset != in->size || !canonical(in, out)) {
		*why = "no TPM2B_PUBLIC";
		return -EBADMSG;
	}
	return 0;
}

struct curve {
	TPMI_ECC_CURVE id;
	const char *name;
	size_t field;		/* bytes of a coordinate */
};

static const struct curve *curve_of(const TPMT_PUBLIC *area)
{
	static const struct curve curves[] = {
		{ TPM2_ECC_NIST_P256, "P-256", 32 },
		{ TPM2_ECC_NIST_P384, "P-384", 48 },
		{ TPM2_ECC_NIST_P521, "P-521", MAX_FIELD },
	};

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].id == area->parameters.eccDetail.curveID)
			return &curves[i];
	return NULL;
}

static int check_strength(const TPM2B_PUBLIC *pub, const char **why)
{
	const TPMT_PUBLIC *area = &pub->publicArea;

	if (area->type == TPM2_ALG_RSA && area->parameters.rsaDetail.keyBits >= 2048 &&
	    area->unique.rsa.size * 8 == area->parameters.rsaDetail.keyBits)
		return 0;
	if (area->type == TPM2_ALG_ECC && curve_of(area))
		return 0;
	*why = "key type or size is not accepted";
	return -EOPNOTSUPP;
}

static int check_attributes(const TPM2B_PUBLIC *pub, TPMA_OBJECT must, TPMA_OBJECT never,
			    const char **why)
{
	TPMA_OBJECT got = pub->publicArea.objectAttributes;

	if ((got & must) != must || (got & never)) {
		*why = "object attributes do not fit the role";
		return -EPERM;
	}
	if (pub->publicArea.nameAlg != TPM2_ALG_SHA256 &&
	    pub->publicArea.nameAlg != TPM2_ALG_SHA384 &&
	    pub->publicArea.nameAlg != TPM2_ALG_SHA512) {
		*why = "name algorithm is weaker than SHA-256";
		return -EPERM;
	}
	return check_strength(pub, why);
}

static bool strong_scheme(const TPMT_PUBLIC *area)
{
	TPMI_ALG_HASH hash;

	if (area->type == TPM2_ALG_RSA) {
		const TPMT_RSA_SCHEME *scheme = &area->parameters.rsaDetail.scheme;

		if (scheme->scheme != TPM2_ALG_RSASSA && scheme->scheme != TPM2_ALG_RSAPSS)
			return false;
		hash = scheme->details.anySig.hashAlg;
	} else {
		const TPMT_ECC_SCHEME *scheme = &area->parameters.eccDetail.scheme;

		if (scheme->scheme != TPM2_ALG_ECDSA)
			return false;
		hash = scheme->details.ecdsa.hashAlg;
	}
	return hash == TPM2_ALG_SHA256 || hash == TPM2_ALG_SHA384 || hash == TPM2_ALG_SHA512;
}

int ak_public_is_attestation_key(const TPM2B_PUBLIC *ak, const char **why)
{
	int rc = check_attributes(ak, TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT |
				  TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
				  TPMA_OBJECT_SENSITIVEDATAORIGIN, TPMA_OBJECT_DECRYPT, why);

	if (!rc && !strong_scheme(&ak->publicArea)) {
		*why = "signing scheme is not accepted";
		return -EPERM;
	}
	return rc;
}

int ak_public_is_endorsement_key(const TPM2B_PUBLIC *ek, const char **why)
{
	return check_attributes(ek, TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT |
				TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
				TPMA_OBJECT_SENSITIVEDATAORIGIN, TPMA_OBJECT_SIGN_ENCRYPT, why);
}

static bool push_rsa(OSSL_PARAM_BLD *build, const TPMT_PUBLIC *area, BIGNUM **n, BIGNUM **e)
{
	UINT32 exponent = area->parameters.rsaDetail.exponent;

	*n = BN_bin2bn(area->unique.rsa.buffer, area->unique.rsa.size, NULL);
	*e = BN_new();
	return *n && *e && BN_set_word(*e, exponent ? exponent : 65537) &&
	       OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, *n) &&
	       OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, *e);
}

/* @point: SEC 1 uncompressed; the TPM drops leading zeros of a coordinate */
static bool push_ecc(OSSL_PARAM_BLD *build, const TPMT_PUBLIC *area, unsigned char *point)
{
	const struct curve *curve = curve_of(area);
	const TPMS_ECC_POINT *q = &area->unique.ecc;
	size_t field;

	if (!curve)
		return false;
	field = curve->field;
	if (q->x.size > field || q->y.size > field)
		return false;
	memset(point, 0, 1 + 2 * field);
	point[0] = 4;
	memcpy(point + 1 + field - q->x.size, q->x.buffer, q->x.size);
	memcpy(point + 1 + 2 * field - q->y.size, q->y.buffer, q->y.size);
	return OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
					       curve->name, 0) &&
	       OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
						1 + 2 * field);
}

int ak_public_to_pkey(const TPM2B_PUBLIC *pub, EVP_PKEY **out, const char **why)
{
	const TPMT_PUBLIC *area = &pub->publicArea;
	bool rsa = area->type == TPM2_ALG_RSA;
	unsigned char point[1 + 2 * MAX_FIELD];
	OSSL_PARAM_BLD *build;
	OSSL_PARAM *params = NULL;
	BIGNUM *n = NULL, *e = NULL;
	EVP_PKEY_CTX *ctx;
	int rc;

	*out = NULL;
	rc = check_strength(pub, why);
	if (rc)
		return rc;
	build = OSSL_PARAM_BLD_new();
	ctx = EVP_PKEY_CTX_new_from_name(NULL, rsa ? "RSA" : "EC", NULL);
	if (build && (rsa ? push_rsa(build, area, &n, &e) : push_ecc(build, area, point)))
		params = OSSL_PARAM_BLD_to_param(build);
	/* The EC import checks that the point is on the curve */
	if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, out, EVP_PKEY_PUBLIC_KEY, params) <= 0) {
		*why = "public key is not valid";
		rc = -EBADMSG;
	}
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return rc;
}

int ak_public_name(const TPM2B_PUBLIC *pub, unsigned char *name, size_t *size)
{
	unsigned char area[sizeof(TPMT_PUBLIC)];
	const char *hash = pub->publicArea.nameAlg == TPM2_ALG_SHA256 ? "SHA256" :
			   pub->publicArea.nameAlg == TPM2_ALG_SHA384 ? "SHA384" :
			   pub->publicArea.nameAlg == TPM2_ALG_SHA512 ? "SHA512" : NULL;
	size_t offset = 0, length;

	if (!hash || tss_mu()->TPMT_PUBLIC_Marshal(&pub->publicArea, area, sizeof(area), &offset))
		return -EBADMSG;
	name[0] = (unsigned char)(pub->publicArea.nameAlg >> 8);
	name[1] = (unsigned char)pub->publicArea.nameAlg;
	if (!EVP_Q_digest(NULL, hash, NULL, area, offset, name + 2, &length))
		return -ENOMEM;
	*size = length + 2;
	return 0;
}

bool ak_public_equals_certificate(const TPM2B_PUBLIC *ek, X509 *certificate)
{
	EVP_PKEY *ours = NULL, *theirs = X509_get0_pubkey(certificate);
	const char *why;
	bool equal;

	if (!theirs || ak_public_to_pkey(ek, &ours, &why))
		return false;
	equal = EVP_PKEY_eq(ours, theirs) == 1;
	EVP_PKEY_free(ours);
	return equal;
}
