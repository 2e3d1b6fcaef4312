// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enrolment: what binds an attestation key to an endorsement key that somebody
 * vouches for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <tss2/tss2_mu.h>

#include "tpm/ak_credential.h"
#include "tpm/ak_public.h"
#include "enrolment_world.h"
#include "tpm/ek_template.h"
#include "verdict/enrol.h"
#include "unit_table.h"

/* --- Attestation and endorsement keys ------------------------------------------------------ */

#define WORLD(name, change) \
static void name(struct enrolment_world *w) { change; }
#define ATTRIBUTES(key) w->key##_public.publicArea.objectAttributes

WORLD(no_change, (void)w)
WORLD(other_signer, w->signed_by = EVP_EC_gen("P-256"))
WORLD(other_ek, w->certified = EVP_RSA_gen(2048))
WORLD(expired, w->until = NOW - 1)
WORLD(not_yet, w->from = NOW + 1)
WORLD(no_usage, w->usage = NULL)
WORLD(server_usage, w->usage = "serverAuth")
WORLD(is_ca, w->is_ca = true)
WORLD(tpm_name, w->usage = NULL; w->alt_name = "tpm")
WORLD(usage_and_name, w->alt_name = "tpm")
WORLD(no_version, w->usage = NULL; w->alt_name = "no_version")
WORLD(person_name, w->usage = NULL; w->alt_name = "person")
WORLD(server_name, w->usage = "serverAuth"; w->alt_name = "tpm")
/* SEQUENCE { SEQUENCE { OID 2.23.133.2.16, SET { SEQUENCE { INTEGER 2 } } } } */
#define ATTRIBUTES_DER "critical,DER:30:10:30:0e:06:05:67:81:05:02:10:31:05:30:03:02:01:02"
WORLD(attributes, w->odd[0] = ATTRIBUTES_DER; w->odd_nid[0] = NID_subject_directory_attributes)
WORLD(attributes_broken, w->odd[0] = "critical,DER:04:01:00";
      w->odd_nid[0] = NID_subject_directory_attributes)
WORLD(attributes_behind, w->odd[0] = ATTRIBUTES_DER ":05:00";
      w->odd_nid[0] = NID_subject_directory_attributes)
/* Some extension that OpenSSL leaves to others */
WORLD(critical, w->odd[0] = ATTRIBUTES_DER; w->odd_nid[0] = NID_sinfo_access)
WORLD(attributes_and, w->odd[0] = ATTRIBUTES_DER; w->odd_nid[0] = NID_subject_directory_attributes;
      w->odd[1] = "critical,DER:05:00"; w->odd_nid[1] = NID_netscape_comment)
WORLD(ak_unrestricted, ATTRIBUTES(ak) &= ~TPMA_OBJECT_RESTRICTED)
WORLD(ak_movable, ATTRIBUTES(ak) &= ~TPMA_OBJECT_FIXEDTPM)
WORLD(ak_reparented, ATTRIBUTES(ak) &= ~TPMA_OBJECT_FIXEDPARENT)
WORLD(ak_imported, ATTRIBUTES(ak) &= ~TPMA_OBJECT_SENSITIVEDATAORIGIN)
WORLD(ak_no_sign, ATTRIBUTES(ak) &= ~TPMA_OBJECT_SIGN_ENCRYPT)
WORLD(ak_decrypts, ATTRIBUTES(ak) |= TPMA_OBJECT_DECRYPT)
WORLD(ak_sha1_name, w->ak_public.publicArea.nameAlg = TPM2_ALG_SHA1)
WORLD(ak_sha1_scheme, w->ak_public.publicArea.parameters.eccDetail.scheme.details.ecdsa.hashAlg =
      TPM2_ALG_SHA1)
WORLD(ak_off_curve, w->ak_public.publicArea.unique.ecc.x.buffer[5] ^= 1)
WORLD(ek_movable, ATTRIBUTES(ek) &= ~TPMA_OBJECT_FIXEDTPM)
WORLD(ek_unrestricted, ATTRIBUTES(ek) &= ~TPMA_OBJECT_RESTRICTED)
WORLD(ek_signs, ATTRIBUTES(ek) |= TPMA_OBJECT_SIGN_ENCRYPT)

static const struct world_case {
	const char *name;
	void (*change)(struct enrolment_world *w);
	int rc;
} world_cases[] = {
	{ "good enrolment", no_change, 0 },
	{ "certificate without usage, but with the TPM's name", tpm_name, 0 },
	{ "usage and the TPM's name", usage_and_name, 0 },
	{ "certificate without usage and name", no_usage, -EKEYREJECTED },
	{ "certificate without usage, name without version", no_version, -EKEYREJECTED },
	{ "certificate without usage, name of a person", person_name, -EKEYREJECTED },
	{ "certificate of a server with the TPM's name", server_name, -EKEYREJECTED },
	{ "directory attributes are critical", attributes, 0 },
	{ "directory attributes are no sequence", attributes_broken, -EKEYREJECTED },
	{ "directory attributes with something behind", attributes_behind, -EKEYREJECTED },
	{ "another critical extension", critical, -EKEYREJECTED },
	{ "directory attributes and another critical extension", attributes_and, -EKEYREJECTED },
	{ "certificate by another maker", other_signer, -EKEYREJECTED },
	{ "certificate of another EK", other_ek, -EKEYREJECTED },
	{ "certificate expired", expired, -EKEYREJECTED },
	{ "certificate not yet valid", not_yet, -EKEYREJECTED },
	{ "certificate of a server", server_usage, -EKEYREJECTED },
	{ "certificate of an authority", is_ca, -EKEYREJECTED },
	{ "AK signs anything", ak_unrestricted, -EKEYREJECTED },
	{ "AK can leave the TPM", ak_movable, -EKEYREJECTED },
	{ "AK can change its parent", ak_reparented, -EKEYREJECTED },
	{ "AK was imported", ak_imported, -EKEYREJECTED },
	{ "AK does not sign", ak_no_sign, -EKEYREJECTED },
	{ "AK decrypts", ak_decrypts, -EKEYREJECTED },
	{ "AK's name is SHA-1", ak_sha1_name, -EKEYREJECTED },
	{ "AK signs SHA-1", ak_sha1_scheme, -EKEYREJECTED },
	{ "AK is not on its curve", ak_off_curve, -EKEYREJECTED },
	{ "EK can leave the TPM", ek_movable, -EKEYREJECTED },
	{ "EK decrypts anything", ek_unrestricted, -EKEYREJECTED },
	{ "EK signs", ek_signs, -EKEYREJECTED },
};

static void world_case(void **state)
{
	const struct world_case *c = *state;
	struct challenge_secret secret;
	struct enrolment_world w;
	struct challenge challenge;
	struct ak_chain *chain;
	const char *why = NULL;

	world_init(&w);
	c->change(&w);
	world_seal(&w);
	chain = chain_of(w.ca_certificate);
	assert_int_equal(verdict_challenge(chain, &w.e, NOW, &challenge, &secret, &why), c->rc);
	assert_true(!c->rc == !why);
	/* Nothing to send when it is refused */
	assert_int_equal(challenge.credential.size != 0, !c->rc);
	challenge_free(&challenge);
	ak_chain_free(chain);
	world_free(&w);
}

static void no_anchor(void **state)
{
	struct ak_chain *chain = ak_chain_new();
	char text[EVIDENCE_REASON];
	struct enrolment_world w;
	enum vouched vouched;
	const char *why = NULL;

	(void)state;
	world_init(&w);
	world_seal(&w);
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &vouched, &why), -EKEYREJECTED);
	assert_int_equal(ak_chain_add(chain, "no certificate", 14, text), -EBADMSG);
	/* The EK's own certificate is no authority */
	assert_int_equal(ak_chain_add(chain, w.e.ek_certificate.data, w.e.ek_certificate.size,
				      text), 0);
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &vouched, &why), -EKEYREJECTED);
	ak_chain_free(chain);
	world_free(&w);
}

static void malformed_public(void **state)
{
	char text[EVIDENCE_REASON];
	struct enrolment_world w;
	struct ak_chain *chain;
	const char *why = NULL;
	enum vouched vouched;
	TPM2B_PUBLIC out;

	(void)state;
	world_init(&w);
	world_seal(&w);
	chain = chain_of(w.ca_certificate);
	w.e.ak_public.size--;
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &vouched, &why), -EBADMSG);
	w.e.ak_public.size = 0;
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &vouched, &why), -EBADMSG);
	assert_int_equal(ak_chain_add(chain, NULL, 0, text), -EBADMSG);
	/* A smaller size in front: the library takes it, but a key has one name only. */
	w.e.ek_public.data[1]--;
	assert_int_equal(ak_public_parse(&w.e.ek_public, &out, &why), -EBADMSG);
	w.e.ek_public.data[1]++;
	assert_int_equal(ak_public_parse(&w.e.ek_public, &out, &why), 0);
	for (size_t n = 0; n < w.e.ek_public.size; n++) {
		struct blob part = { w.e.ek_public.data, n };

		assert_int_equal(ak_public_parse(&part, &out, &why), -EBADMSG);
	}
	w.e.ek_certificate.size = 10;
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &vouched, &why), -EBADMSG);
	ak_chain_free(chain);
	world_free(&w);
}

static const struct finish_case {
	const char *name;
	int64_t now;
	bool flip_proof, other_secret, other_ak;
	int rc;
} finish_cases[] = {
	{ "finish", NOW + 10, false, false, false, 0 },
	{ "finish at the last second", NOW + ENROL_SECONDS, false, false, false, 0 },
	{ "finish too late", NOW + ENROL_SECONDS + 1, false, false, false, -EKEYREJECTED },
	{ "finish before the challenge", NOW - 1, false, false, false, -EKEYREJECTED },
	{ "wrong proof", NOW, true, false, false, -EKEYREJECTED },
	{ "proof of another challenge", NOW, false, true, false, -EKEYREJECTED },
	{ "another AK than was challenged", NOW, false, false, true, -EKEYREJECTED },
};

static void finish_case(void **state)
{
	const struct finish_case *c = *state;
	struct challenge_secret secret = { .issued = NOW, .secret = { 1, 2, 3 },
					   .vouched = VOUCHED_EXPIRED };
	struct host_identity host;
	struct enrolment_world w;
	struct response response;
	const char *why = NULL;

	world_init(&w);
	world_seal(&w);
	assert_int_equal(enrolment_binding(&w.e, secret.binding), 0);
	assert_int_equal(ak_credential_proof(secret.secret, secret.binding, response.proof), 0);
	response.proof[31] ^= c->flip_proof;
	secret.secret[0] ^= c->other_secret;
	w.e.ak_public.data[w.e.ak_public.size - 1] ^= c->other_ak;
	assert_int_equal(verdict_finish(&response, &secret, &w.e, c->now, &host, &why), c->rc);
	if (!c->rc)
		assert_int_equal(host.vouched, VOUCHED_EXPIRED);
	if (!c->rc)
		assert_true(host.ak_public.size == w.e.ak_public.size &&
			    !memcmp(host.ak_public.data, w.e.ak_public.data, host.ak_public.size));
	else
		assert_null(host.ak_public.data);
	host_identity_free(&host);
	world_free(&w);
}

/* --- What TPM2_ActivateCredential() does, with the EK's private key (Part 1, 24) ------------- */

static const struct rsa_case {
	const char *name, *hash;
	unsigned int index;		/* of the EK's certificate */
	unsigned int bits;
	size_t digest;
	unsigned int aes;
} rsa_cases[] = {
	{ "challenge for RSA 2048", "SHA256", 0x01c00002, 2048, 32, 128 },
	{ "challenge for RSA 2048, high range", "SHA256", 0x01c00012, 2048, 32, 128 },
	{ "challenge for RSA 3072", "SHA384", 0x01c0001c, 3072, 48, 256 },
	{ "challenge for RSA 4096", "SHA384", 0x01c0001e, 4096, 48, 256 },
};

static const struct ek_place *place_of(unsigned int index)
{
	for (size_t i = 0; i < EK_PLACES; i++)
		if (ek_places[i].certificate == index)
			return &ek_places[i];
	fail_msg("no EK at %#x", index);
	return NULL;
}

static void open_seed(EVP_PKEY *ek, const struct rsa_case *c, const struct blob *encrypted,
		      unsigned char *seed)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ek, NULL);
	unsigned char opened[512];
	size_t n = sizeof(opened);

	assert_true(EVP_PKEY_decrypt_init(ctx) > 0 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
		    EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, c->hash, NULL) > 0 &&
		    EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, OPENSSL_memdup("IDENTITY", 9), 9) > 0);
	assert_int_equal(encrypted->size, 2 + c->bits / 8);
	assert_true(EVP_PKEY_decrypt(ctx, opened, &n, encrypted->data + 2, encrypted->size - 2) > 0);
	assert_int_equal(n, c->digest);
	memcpy(seed, opened, n);
	EVP_PKEY_CTX_free(ctx);
}

static void rsa_case(void **state)
{
	static const unsigned char secret[32] = { 9, 8, 7 }, aname[34] = { 0, 0x0b, 1 };
	const struct rsa_case *c = *state;
	unsigned char seed[64], key[32], mac_key[64], mac[64], plain[34], iv[16] = { 0 }, covered[34 + 34];
	EVP_PKEY *ek = EVP_RSA_gen(c->bits), *again = NULL;
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	struct blob credential, encrypted;
	const char *why = NULL;
	TPM2B_PUBLIC public;
	BIGNUM *modulus = NULL;
	size_t mac_size;
	int got;

	assert_true(ek && EVP_PKEY_get_bn_param(ek, OSSL_PKEY_PARAM_RSA_N, &modulus));
	ek_template_default(place_of(c->index), &public);
	public.publicArea.unique.rsa.size = (UINT16)BN_bn2bin(modulus, public.publicArea.unique.rsa.buffer);
	BN_free(modulus);
	assert_int_equal(ak_public_is_endorsement_key(&public, &why), 0);
	assert_int_equal(ak_public_to_pkey(&public, &again, &why), 0);
	assert_int_equal(EVP_PKEY_eq(again, ek), 1);
	assert_int_equal(ak_credential_make(&public, aname, sizeof(aname), secret, 32, &credential,
					    &encrypted), 0);
	open_seed(ek, c, &encrypted, seed);
	/* size || mac size || mac || encrypted identity */
	assert_int_equal(credential.size, 2 + 2 + c->digest + 34);
	assert_int_equal(ak_credential_kdfa(c->hash, seed, c->digest, "INTEGRITY", NULL, 0, NULL, 0,
					    mac_key, c->digest * 8), 0);
	memcpy(covered, credential.data + 4 + c->digest, 34);
	memcpy(covered + 34, aname, sizeof(aname));
	assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, c->hash, NULL, mac_key, c->digest, covered,
				  sizeof(covered), mac, sizeof(mac), &mac_size));
	assert_memory_equal(mac, credential.data + 4, c->digest);
	assert_int_equal(ak_credential_kdfa(c->hash, seed, c->digest, "STORAGE", aname, sizeof(aname),
					    NULL, 0, key, c->aes), 0);
	assert_true(EVP_DecryptInit_ex(aes, c->aes == 128 ? EVP_aes_128_cfb128() : EVP_aes_256_cfb128(),
				       NULL, key, iv) &&
		    EVP_DecryptUpdate(aes, plain, &got, credential.data + 4 + c->digest, 34) && got == 34);
	assert_memory_equal(plain + 2, secret, 32);
	EVP_CIPHER_CTX_free(aes);
	blob_free(&credential);
	blob_free(&encrypted);
	EVP_PKEY_free(again);
	EVP_PKEY_free(ek);
}

/* --- The same for ECC: Part 1, C.6.4 ------------------------------------------------------ */

static const struct ecc_case {
	const char *name, *curve, *hash;
	unsigned int place;		/* of ek_places[] */
	size_t field, digest;
} ecc_cases[] = {
	{ "challenge for P-256", "P-256", "SHA256", 1, 32, 32 },
	{ "challenge for P-384", "P-384", "SHA384", 4, 48, 48 },
	{ "challenge for P-521", "P-521", "SHA512", 5, 66, 64 },
};

static void coordinates(EVP_PKEY *key, size_t field, unsigned char *x, unsigned char *y)
{
	BIGNUM *bx = NULL, *by = NULL;

	assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &bx) &&
		    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &by));
	BN_bn2binpad(bx, x, (int)field);
	BN_bn2binpad(by, y, (int)field);
	BN_free(bx);
	BN_free(by);
}

/* Z of the EK and the point that was sent */
static void agree(EVP_PKEY *ek, const struct ecc_case *c, const TPMS_ECC_POINT *point,
		  unsigned char *z)
{
	unsigned char sec1[1 + 2 * 66] = { 4 };
	EVP_PKEY *peer = EVP_PKEY_new();
	EVP_PKEY_CTX *ctx;
	size_t n = 66;

	assert_int_equal(point->x.size, c->field);
	assert_int_equal(point->y.size, c->field);
	memcpy(sec1 + 1, point->x.buffer, c->field);
	memcpy(sec1 + 1 + c->field, point->y.buffer, c->field);
	assert_true(EVP_PKEY_copy_parameters(peer, ek) == 1 &&
		    EVP_PKEY_set1_encoded_public_key(peer, sec1, 1 + 2 * c->field) == 1);
	ctx = EVP_PKEY_CTX_new(ek, NULL);
	assert_true(EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
		    EVP_PKEY_derive(ctx, z, &n) > 0 && n == c->field);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
}

static void ecc_case(void **state)
{
	static const unsigned char secret[32] = { 9, 8, 7 }, aname[34] = { 0, 0x0b, 1 };
	const struct ecc_case *c = *state;
	unsigned char z[66], x[66], y[66], seed[64], mac_key[64], mac[64], covered[34 + 34];
	EVP_PKEY *ek = EVP_EC_gen(c->curve), *again = NULL;
	struct blob credential, encrypted;
	TPMS_ECC_POINT point = { 0 };
	unsigned char kdfe[4 + 66 + 9 + 2 * 66] = { 0, 0, 0, 1 };
	size_t offset = 2, mac_size, f = c->field;
	const char *why = NULL;
	TPM2B_PUBLIC public;

	coordinates(ek, f, x, y);
	ek_template_default(&ek_places[c->place], &public);
	public.publicArea.unique.ecc.x.size = public.publicArea.unique.ecc.y.size = (UINT16)f;
	memcpy(public.publicArea.unique.ecc.x.buffer, x, f);
	memcpy(public.publicArea.unique.ecc.y.buffer, y, f);
	assert_int_equal(ak_public_is_endorsement_key(&public, &why), 0);
	assert_int_equal(ak_public_to_pkey(&public, &again, &why), 0);
	assert_int_equal(EVP_PKEY_eq(again, ek), 1);
	assert_int_equal(ak_credential_make(&public, aname, sizeof(aname), secret, 32, &credential,
					    &encrypted), 0);
	assert_int_equal(Tss2_MU_TPMS_ECC_POINT_Unmarshal(encrypted.data, encrypted.size, &offset,
							  &point), 0);
	assert_int_equal(offset, encrypted.size);
	agree(ek, c, &point, z);
	memcpy(kdfe + 4, z, f);
	memcpy(kdfe + 4 + f, "IDENTITY", 9);
	memcpy(kdfe + 13 + f, point.x.buffer, f);
	memcpy(kdfe + 13 + 2 * f, x, f);
	assert_true(EVP_Q_digest(NULL, c->hash, NULL, kdfe, 13 + 3 * f, seed, NULL));
	assert_int_equal(ak_credential_kdfa(c->hash, seed, c->digest, "INTEGRITY", NULL, 0, NULL, 0,
					    mac_key, c->digest * 8), 0);
	/* size || mac size || mac || encrypted identity */
	assert_int_equal(credential.size, 2 + 2 + c->digest + 34);
	memcpy(covered, credential.data + 4 + c->digest, 34);
	memcpy(covered + 34, aname, sizeof(aname));
	assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, c->hash, NULL, mac_key, c->digest, covered,
				  sizeof(covered), mac, sizeof(mac), &mac_size));
	assert_memory_equal(mac, credential.data + 4, c->digest);
	blob_free(&credential);
	blob_free(&encrypted);
	EVP_PKEY_free(again);
	EVP_PKEY_free(ek);
}

/* Curves that nobody has certificates for */
static void other_curves(void **state)
{
	const char *why = NULL;
	TPM2B_PUBLIC public;

	(void)state;
	ek_template_default(&ek_places[1], &public);
	assert_int_equal(ak_public_is_endorsement_key(&public, &why), 0);
	public.publicArea.parameters.eccDetail.curveID = TPM2_ECC_SM2_P256;
	assert_int_equal(ak_public_is_endorsement_key(&public, &why), -EOPNOTSUPP);
	public.publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P224;
	assert_int_equal(ak_public_is_endorsement_key(&public, &why), -EOPNOTSUPP);
}

static void identities(void **state)
{
	struct host_identity a = { .ek_digest = { 1 } }, b = { .ek_digest = { 1 } };

	(void)state;
	assert_true(verdict_same_host(&a, &b));
	b.ek_digest[31] = 1;
	assert_false(verdict_same_host(&a, &b));
}

/* What a host may write into the public area of its EK, and nobody checks */
WORLD(ek_auth, ATTRIBUTES(ek) ^= TPMA_OBJECT_USERWITHAUTH)
WORLD(ek_admin, ATTRIBUTES(ek) ^= TPMA_OBJECT_ADMINWITHPOLICY)
WORLD(ek_noda, ATTRIBUTES(ek) ^= TPMA_OBJECT_NODA)
WORLD(ek_policy, w->ek_public.publicArea.authPolicy.buffer[0] ^= 1)
WORLD(ek_no_policy, w->ek_public.publicArea.authPolicy.size = 0)

/* An enrolment of the world, to its end */
static void enrol_identity(struct enrolment_world *w, struct host_identity *host)
{
	struct challenge_secret secret = { .issued = NOW, .secret = { 1 } };
	struct ak_chain *chain = chain_of(w->ca_certificate);
	struct response response;
	const char *why = NULL;
	enum vouched vouched;

	world_seal(w);
	assert_int_equal(ak_chain_check(chain, &w->e, NOW, &vouched, &why), 0);
	assert_int_equal(enrolment_binding(&w->e, secret.binding), 0);
	assert_int_equal(ak_credential_proof(secret.secret, secret.binding, response.proof), 0);
	assert_int_equal(verdict_finish(&response, &secret, &w->e, NOW, host, &why), 0);
	ak_chain_free(chain);
	blob_free(&host->ak_public);
	OPENSSL_free(w->e.ek_certificate.data);
	w->e.ek_certificate = (struct blob){ 0 };
	enrolment_free(&w->e);
	memset(&w->e, 0, sizeof(w->e));
}

/* One key is one identity, as `openssl pkey -pubin -outform DER | sha256sum` names it */
static void one_key_one_identity(void **state)
{
	static void (*const changes[])(struct enrolment_world *w) = {
		no_change, ek_auth, ek_admin, ek_noda, ek_policy, ek_no_policy,
	};
	struct host_identity first, host;
	struct enrolment_world w, other;
	unsigned char want[32], *der = NULL;
	BIGNUM *modulus = NULL;
	int n;

	(void)state;
	world_init(&w);
	n = i2d_PUBKEY(w.ek, &der);
	assert_true(n > 0 && EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)n, want, NULL));
	OPENSSL_free(der);
	enrol_identity(&w, &first);
	assert_memory_equal(first.ek_digest, want, 32);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		TPM2B_PUBLIC saved = w.ek_public;

		changes[i](&w);
		enrol_identity(&w, &host);
		if (!verdict_same_host(&first, &host))
			fail_msg("change %zu makes another identity", i);
		w.ek_public = saved;
	}
	/* Another key is another one */
	world_init(&other);
	EVP_PKEY_free(other.ek);
	other.ek = EVP_RSA_gen(2048);
	assert_true(EVP_PKEY_get_bn_param(other.ek, OSSL_PKEY_PARAM_RSA_N, &modulus));
	assert_int_equal(BN_bn2bin(modulus, other.ek_public.publicArea.unique.rsa.buffer), 256);
	BN_free(modulus);
	enrol_identity(&other, &host);
	assert_false(verdict_same_host(&first, &host));
	world_free(&other);
	world_free(&w);
}

int main(void)
{
	static struct CMUnitTest tests[128];
	size_t n = 0;

	ADD(world_cases, world_case);
	ADD(finish_cases, finish_case);
	ADD(rsa_cases, rsa_case);
	ADD(ecc_cases, ecc_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(other_curves);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_anchor);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(malformed_public);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(identities);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(one_key_one_identity);
	return _cmocka_run_group_tests("enrol", tests, n, NULL, NULL);
}
