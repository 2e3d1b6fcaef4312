// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hashes and signatures for the kernel's code, by OpenSSL.  How a key is written is the kernel's:
 * crypto/rsa_helper.c, crypto/rsa.c, crypto/ecdsa.c, crypto/mldsa.c.
 */
#include "kernel.h"
#include <crypto/internal/rsa.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

int rsa_check_key_length(unsigned int len);

/* Those that our kernels have; others are -ENOENT, and a signature with one is not checked. */
static const EVP_MD *hash(const char *name)
{
	static const char * const known[] = { "sha1", "sha224", "sha256", "sha384", "sha512" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(name, known[i]))
			return EVP_get_digestbyname(name);
	return NULL;
}

struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask)
{
	const EVP_MD *md = hash(name);

	(void)type;
	(void)mask;
	return md ? (struct crypto_shash *)(uintptr_t)md : ERR_PTR(-ENOENT);
}

void crypto_free_shash(struct crypto_shash *tfm)
{
	(void)tfm;
}

unsigned int crypto_shash_digestsize(struct crypto_shash *tfm)
{
	return (unsigned int)EVP_MD_get_size((const EVP_MD *)tfm);
}

int crypto_shash_digest(struct shash_desc *desc, const u8 *data, size_t size, u8 *out)
{
	if (EVP_Digest(data, size, out, NULL, (const EVP_MD *)desc->tfm, NULL) != 1)
		abort();
	return 0;
}

void sha256(const u8 *data, size_t size, u8 out[SHA256_DIGEST_SIZE])
{
	if (EVP_Digest(data, size, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

struct crypto_sig {
	const EVP_MD *md;		/* RSA: of the DigestInfo */
	const char *curve;
	size_t digits;			/* words of 8 bytes of a coordinate */
	const char *mldsa;		/* EVP's name; what it verifies is no digest */
	EVP_PKEY *key;
};

static bool has(const char *name)
{
	EVP_SIGNATURE *found = EVP_SIGNATURE_fetch(NULL, name, NULL);

	EVP_SIGNATURE_free(found);
	return found;
}

/* "pkcs1(rsa,HASH)", "x962(CURVE)" or "mldsaN": what public_key.c asks for.  -ENOENT where OpenSSL has none */
struct crypto_sig *crypto_alloc_sig(const char *name, u32 type, u32 mask)
{
	static const struct { const char *name, *curve; size_t digits; } curves[] = {
		{ "x962(ecdsa-nist-p192)", "P-192", 3 }, { "x962(ecdsa-nist-p256)", "P-256", 4 },
		{ "x962(ecdsa-nist-p384)", "P-384", 6 }, { "x962(ecdsa-nist-p521)", "P-521", 9 },
	};
	static const struct { const char *name, *evp; } mldsa[] = {
		{ "mldsa44", "ML-DSA-44" }, { "mldsa65", "ML-DSA-65" }, { "mldsa87", "ML-DSA-87" },
	};
	struct crypto_sig *tfm = calloc(1, sizeof(*tfm));
	char md[16];

	(void)type;
	(void)mask;
	if (!tfm)
		abort();
	if (sscanf(name, "pkcs1(rsa,%15[^)])", md) == 1)
		tfm->md = hash(md);
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (!strcmp(name, curves[i].name)) {
			tfm->curve = curves[i].curve;
			tfm->digits = curves[i].digits;
		}
	for (size_t i = 0; i < ARRAY_SIZE(mldsa); i++)
		if (!strcmp(name, mldsa[i].name) && has(mldsa[i].evp))
			tfm->mldsa = mldsa[i].evp;
	if (tfm->md || tfm->curve || tfm->mldsa)
		return tfm;
	free(tfm);
	return ERR_PTR(-ENOENT);
}

void crypto_free_sig(struct crypto_sig *tfm)
{
	EVP_PKEY_free(tfm->key);
	free(tfm);
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!params || !context || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	return key;
}

/* crypto/rsa.c, rsa_set_pub_key() */
static EVP_PKEY *rsa_key(const void *der, unsigned int size)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	struct rsa_key raw = { 0 };
	EVP_PKEY *key = NULL;
	BIGNUM *n, *e;

	if (rsa_parse_pub_key(&raw, der, size)) {
		OSSL_PARAM_BLD_free(build);
		return NULL;
	}
	n = BN_bin2bn(raw.n, (int)raw.n_sz, NULL);
	e = BN_bin2bn(raw.e, (int)raw.e_sz, NULL);
	/* mpi_get_size() counts words of 8 bytes. */
	if (rsa_check_key_length((unsigned int)(BN_num_bytes(n) + 7) / 8 * 64)) {
		OSSL_PARAM_BLD_free(build);
	} else {
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
		key = make_key("RSA", build);
	}
	BN_free(n);
	BN_free(e);
	return key;
}

/* crypto/ecdsa.c, ecdsa_set_pub_key(): only the uncompressed format */
static EVP_PKEY *ec_key(const struct crypto_sig *tfm, const unsigned char *point, unsigned int size)
{
	OSSL_PARAM_BLD *build;

	if (size < 1 || (size - 1) & 1 || point[0] != 4 || ((size - 1) / 2 + 7) / 8 != tfm->digits)
		return NULL;
	build = OSSL_PARAM_BLD_new();
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, tfm->curve, 0);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, size);
	return make_key("EC", build);
}

int crypto_sig_set_pubkey(struct crypto_sig *tfm, const void *key, unsigned int size)
{
	if (tfm->mldsa)
		tfm->key = EVP_PKEY_new_raw_public_key_ex(NULL, tfm->mldsa, NULL, key, size);
	else
		tfm->key = tfm->md ? rsa_key(key, size) : ec_key(tfm, key, size);
	return tfm->key ? 0 : -EINVAL;
}

static int verify_mldsa(struct crypto_sig *tfm, const void *sig, size_t sig_size, const void *data, size_t size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good;

	if (!context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, tfm->key) != 1)
		abort();
	good = EVP_DigestVerify(context, sig, sig_size, data, size) == 1;
	EVP_MD_CTX_free(context);
	return good ? 0 : -EKEYREJECTED;
}

int crypto_sig_verify(struct crypto_sig *tfm, const void *sig, unsigned int sig_size,
		      const void *digest, unsigned int digest_size)
{
	EVP_PKEY_CTX *context;
	int good;

	if (tfm->mldsa)
		return verify_mldsa(tfm, sig, sig_size, digest, digest_size);
	context = EVP_PKEY_CTX_new(tfm->key, NULL);
	if (!context || EVP_PKEY_verify_init(context) != 1)
		abort();
	good = !tfm->md || EVP_PKEY_CTX_set_signature_md(context, tfm->md) == 1;
	good = good && EVP_PKEY_verify(context, sig, sig_size, digest, digest_size) == 1;
	EVP_PKEY_CTX_free(context);
	return good ? 0 : -EKEYREJECTED;
}
