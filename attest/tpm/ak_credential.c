// SPDX-License-Identifier: GPL-2.0-only
/*
 * Software TPM2_MakeCredential(): seed to the EK by OAEP or ECDH, then KDFa,
 * AES-CFB and HMAC.  tpm2-tss offers it only through a TPM, and a verifier has
 * none.  Section numbers are of TPM 2.0 Library, Part 1, revision 1.59.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "tpm/ak_credential.h"
#include "tpm/ak_public.h"
#include "tpm/tss.h"

#define MAX_DIGEST	64
#define LABEL		"IDENTITY"	/* B.10.4 and C.6.4: with its terminating zero */

static const char *hash_name(TPMI_ALG_HASH alg)
{
	return alg == TPM2_ALG_SHA256 ? "SHA256" : alg == TPM2_ALG_SHA384 ? "SHA384" :
	       alg == TPM2_ALG_SHA512 ? "SHA512" : NULL;
}

/* Counter mode of SP 800-108 with HMAC: [i] || label || 0 || u || v || [bits] */
int ak_credential_kdfa(const char *hash, const unsigned char *key, size_t key_size,
		       const char *label, const unsigned char *u, size_t u_size,
		       const unsigned char *v, size_t v_size, unsigned char *out, size_t bits)
{
	OSSL_PARAM params[8], *p = params;
	unsigned char context[4 * MAX_DIGEST];
	EVP_KDF_CTX *ctx;
	EVP_KDF *kdf;
	int rc;

	if (u_size + v_size > sizeof(context))
		return -EINVAL;
	if (u_size)
		memcpy(context, u, u_size);
	if (v_size)
		memcpy(context + u_size, v, v_size);
	kdf = EVP_KDF_fetch(NULL, "KBKDF", NULL);
	ctx = EVP_KDF_CTX_new(kdf);
	EVP_KDF_free(kdf);
	if (!ctx)
		return -ENOMEM;
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, "COUNTER", 0);
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MAC, "HMAC", 0);
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)hash, 0);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_size);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)label,
						 strlen(label));
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, context, u_size + v_size);
	*p = OSSL_PARAM_construct_end();
	rc = EVP_KDF_derive(ctx, out, bits / 8, params) > 0 ? 0 : -EIO;
	EVP_KDF_CTX_free(ctx);
	return rc;
}

/* Seed under RSA-OAEP, label "IDENTITY\0"; B.10.4 */
static int seed_rsa(EVP_PKEY *ek, const char *hash, const unsigned char *seed, size_t size,
		    TPM2B_ENCRYPTED_SECRET *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ek, NULL);
	size_t length = sizeof(out->secret);
	char *label;
	int rc = -EIO;

	if (!ctx || EVP_PKEY_encrypt_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, hash, NULL) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, hash, NULL) <= 0)
		goto out;
	label = OPENSSL_memdup(LABEL, sizeof(LABEL));
	if (!label)
		goto out;
	if (EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, sizeof(LABEL)) <= 0) {
		OPENSSL_free(label);
		goto out;
	}
	if (EVP_PKEY_encrypt(ctx, out->secret, &length, seed, size) <= 0)
		goto out;
	out->size = (UINT16)length;
	rc = 0;
out:
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

static int coordinate(EVP_PKEY *key, const char *which, TPM2B_ECC_PARAMETER *out, size_t field)
{
	BIGNUM *bn = NULL;
	int ok = EVP_PKEY_get_bn_param(key, which, &bn) &&
		 BN_bn2binpad(bn, out->buffer, (int)field) == (int)field;

	out->size = (UINT16)field;
	BN_free(bn);
	return ok ? 0 : -EIO;
}

/* KDFe: H([1] || Z || "IDENTITY\0" || x of ephemeral || x of EK); 11.4.10.3 */
static int kdfe(const char *hash, const unsigned char *z, const unsigned char *x,
		const unsigned char *ek_x, size_t field, unsigned char *out)
{
	static const unsigned char counter[4] = { 0, 0, 0, 1 };
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int ok = md && EVP_DigestInit_ex(md, EVP_get_digestbyname(hash), NULL) &&
		 EVP_DigestUpdate(md, counter, sizeof(counter)) &&
		 EVP_DigestUpdate(md, z, field) &&
		 EVP_DigestUpdate(md, LABEL, sizeof(LABEL)) &&
		 EVP_DigestUpdate(md, x, field) && EVP_DigestUpdate(md, ek_x, field) &&
		 EVP_DigestFinal_ex(md, out, NULL);

	EVP_MD_CTX_free(md);
	return ok ? 0 : -EIO;
}

/* Seed from one-pass ECDH; C.6.4.  @seed is the result here, not an input. */
static int seed_ecc(EVP_PKEY *ek, const char *hash, unsigned char *seed,
		    TPM2B_ENCRYPTED_SECRET *out)
{
	size_t field = (size_t)(EVP_PKEY_get_bits(ek) + 7) / 8, z_size = 0, offset = 0;
	unsigned char z[66] = { 0 };
	TPMS_ECC_POINT point = { 0 };
	TPM2B_ECC_PARAMETER ek_x = { 0 };
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *ephemeral;
	int rc = -EIO;

	ephemeral = EVP_EC_gen(field == 32 ? "P-256" : field == 48 ? "P-384" : "P-521");
	if (!ephemeral || field > sizeof(z))
		goto out;
	ctx = EVP_PKEY_CTX_new(ephemeral, NULL);
	z_size = sizeof(z);
	if (!ctx || EVP_PKEY_derive_init(ctx) <= 0 || EVP_PKEY_derive_set_peer(ctx, ek) <= 0 ||
	    EVP_PKEY_derive(ctx, z, &z_size) <= 0 || z_size != field ||
	    coordinate(ephemeral, OSSL_PKEY_PARAM_EC_PUB_X, &point.x, field) ||
	    coordinate(ephemeral, OSSL_PKEY_PARAM_EC_PUB_Y, &point.y, field) ||
	    coordinate(ek, OSSL_PKEY_PARAM_EC_PUB_X, &ek_x, field))
		goto out;
	if (tss_mu()->TPMS_ECC_POINT_Marshal(&point, out->secret, sizeof(out->secret), &offset))
		goto out;
	out->size = (UINT16)offset;
	rc = kdfe(hash, z, point.x.buffer, ek_x.buffer, field, seed);
out:
	OPENSSL_cleanse(z, sizeof(z));
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(ephemeral);
	return rc;
}

/* AES-CFB over TPM2B_DIGEST(secret) with a zero IV; 24.4 */
static int encrypt_identity(unsigned int bits, const unsigned char *key,
			    const unsigned char *secret, size_t size, unsigned char *out)
{
	const EVP_CIPHER *cipher = bits == 128 ? EVP_aes_128_cfb128() : EVP_aes_256_cfb128();
	unsigned char plain[2 + MAX_DIGEST], iv[16] = { 0 };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, ok;

	plain[0] = 0;
	plain[1] = (unsigned char)size;
	memcpy(plain + 2, secret, size);
	ok = ctx && EVP_EncryptInit_ex(ctx, cipher, NULL, key, iv) &&
	     EVP_EncryptUpdate(ctx, out, &n, plain, (int)size + 2) && (size_t)n == size + 2;
	OPENSSL_cleanse(plain, sizeof(plain));
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

/* TPM2B_ID_OBJECT: size || TPM2B_DIGEST hmac || encrypted identity; 24.5 */
static int wrap(const char *hash, unsigned int aes_bits, const unsigned char *seed,
		size_t digest, const unsigned char *name, size_t name_size,
		const unsigned char *secret, size_t secret_size, TPM2B_ID_OBJECT *out)
{
	unsigned char symmetric[32], mac_key[MAX_DIGEST], covered[MAX_DIGEST * 3];
	unsigned char *mac = out->credential + 2, *identity = out->credential + 2 + digest;
	size_t identity_size = secret_size + 2, length = 0;
	int rc;

	rc = ak_credential_kdfa(hash, seed, digest, "STORAGE", name, name_size, NULL, 0,
				symmetric, aes_bits);
	if (!rc)
		rc = encrypt_identity(aes_bits, symmetric, secret, secret_size, identity);
	if (!rc)
		rc = ak_credential_kdfa(hash, seed, digest, "INTEGRITY", NULL, 0, NULL, 0,
					mac_key, digest * 8);
	if (!rc) {
		memcpy(covered, identity, identity_size);
		memcpy(covered + identity_size, name, name_size);
		if (!EVP_Q_mac(NULL, "HMAC", NULL, hash, NULL, mac_key, digest, covered,
			       identity_size + name_size, mac, digest, &length) ||
		    length != digest)
			rc = -EIO;
	}
	out->credential[0] = (BYTE)(digest >> 8);
	out->credential[1] = (BYTE)digest;
	out->size = (UINT16)(2 + digest + identity_size);
	OPENSSL_cleanse(symmetric, sizeof(symmetric));
	OPENSSL_cleanse(mac_key, sizeof(mac_key));
	return rc;
}

static int marshal(const TPM2B_ID_OBJECT *id, const TPM2B_ENCRYPTED_SECRET *seed,
		   struct blob *credential, struct blob *encrypted)
{
	credential->size = encrypted->size = 0;
	credential->data = malloc(sizeof(*id));
	encrypted->data = malloc(sizeof(*seed));
	if (!credential->data || !encrypted->data ||
	    tss_mu()->TPM2B_ID_OBJECT_Marshal(id, credential->data, sizeof(*id),
					      &credential->size) ||
	    tss_mu()->TPM2B_ENCRYPTED_SECRET_Marshal(seed, encrypted->data, sizeof(*seed),
						     &encrypted->size)) {
		blob_free(credential);
		blob_free(encrypted);
		return -ENOMEM;
	}
	return 0;
}

static const TPMT_SYM_DEF_OBJECT *symmetric_of(const TPM2B_PUBLIC *ek)
{
	const TPMT_SYM_DEF_OBJECT *sym = &ek->publicArea.parameters.asymDetail.symmetric;

	if (sym->algorithm != TPM2_ALG_AES || sym->mode.aes != TPM2_ALG_CFB ||
	    (sym->keyBits.aes != 128 && sym->keyBits.aes != 256))
		return NULL;
	return sym;
}

int ak_credential_make(const TPM2B_PUBLIC *ek, const unsigned char *name, size_t name_size,
		       const unsigned char *secret, size_t secret_size,
		       struct blob *credential, struct blob *encrypted)
{
	const TPMT_SYM_DEF_OBJECT *sym = symmetric_of(ek);
	const char *hash = hash_name(ek->publicArea.nameAlg), *why;
	TPM2B_ENCRYPTED_SECRET sealed = { 0 };
	unsigned char seed[MAX_DIGEST];
	TPM2B_ID_OBJECT id = { 0 };
	EVP_PKEY *key = NULL;
	size_t digest;
	int rc;

	if (!sym || !hash || secret_size > 32 || name_size > 2 + MAX_DIGEST)
		return -EOPNOTSUPP;
	rc = ak_public_to_pkey(ek, &key, &why);
	if (rc)
		return -EOPNOTSUPP;
	digest = (size_t)EVP_MD_get_size(EVP_get_digestbyname(hash));
	if (ek->publicArea.type == TPM2_ALG_RSA)
		rc = RAND_priv_bytes(seed, (int)digest) > 0 ?
			seed_rsa(key, hash, seed, digest, &sealed) : -EIO;
	else
		rc = seed_ecc(key, hash, seed, &sealed);
	if (!rc)
		rc = wrap(hash, sym->keyBits.aes, seed, digest, name, name_size, secret,
			  secret_size, &id);
	if (!rc)
		rc = marshal(&id, &sealed, credential, encrypted);
	OPENSSL_cleanse(seed, sizeof(seed));
	EVP_PKEY_free(key);
	return rc;
}

int ak_credential_proof(const unsigned char secret[32], const unsigned char binding[32],
			unsigned char proof[32])
{
	static const char label[] = "caretaker-activate";
	unsigned char message[sizeof(label) + 32];
	size_t length = 0;

	memcpy(message, label, sizeof(label));
	memcpy(message + sizeof(label), binding, 32);
	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret, 32, message, sizeof(message),
		       proof, 32, &length) || length != 32)
		return -EIO;
	return 0;
}
