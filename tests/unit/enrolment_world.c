// SPDX-License-Identifier: GPL-2.0-only
/* The world of enrolment_world.h: keys and certificates by OpenSSL. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <tss2/tss2_mu.h>

#include "enrolment_world.h"
#include "tpm/ak_template.h"
#include "tpm/ek_template.h"

static void add_extension(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

	assert_non_null(ext);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
}

static void add_name(X509_NAME *name, const char *text)
{
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1, 0);
}

/* Names that an EK certificate may have, EK profile, 3.2.9; OpenSSL drops what is before the first dot */
static const char config[] =
	"[tpm]\n1.2.23.133.2.1=id:53544D20\n1.2.23.133.2.2=ST33\n1.2.23.133.2.3=id:00010102\n"
	"[no_version]\n1.2.23.133.2.1=id:53544D20\n1.2.23.133.2.2=ST33\n"
	"[person]\nCN=somebody\n";

static void add_alt_name(X509 *x, const char *section)
{
	BIO *bio = BIO_new_mem_buf(config, -1);
	CONF *conf = NCONF_new(NULL);
	char value[64] = "critical,dirName:";
	X509V3_CTX ctx;

	assert_true(bio && conf && NCONF_load_bio(conf, bio, NULL) > 0);
	X509V3_set_ctx(&ctx, NULL, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	add_extension(x, &ctx, NID_subject_alt_name, strcat(value, section));
	NCONF_free(conf);
	BIO_free(bio);
}

X509 *certificate_make(const struct certificate *c)
{
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), c->serial);
	ASN1_TIME_set(X509_getm_notBefore(x), c->from);
	ASN1_TIME_set(X509_getm_notAfter(x), c->until);
	add_name(X509_get_subject_name(x), c->subject);
	add_name(X509_get_issuer_name(x), c->issuer);
	X509_set_pubkey(x, c->key);
	add_extension(x, NULL, NID_basic_constraints,
		      c->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (c->usage)
		add_extension(x, NULL, NID_ext_key_usage, c->usage);
	if (c->alt_name)
		add_alt_name(x, c->alt_name);
	for (int i = 0; i < 2 && c->odd[i]; i++)
		add_extension(x, NULL, c->odd_nid[i], c->odd[i]);
	assert_true(X509_sign(x, c->by, c->md) > 0);
	return x;
}

static void rsa_public(EVP_PKEY *key, TPM2B_PUBLIC *public)
{
	BIGNUM *n = NULL;

	assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n));
	public->publicArea.unique.rsa.size =
		(UINT16)BN_bn2bin(n, public->publicArea.unique.rsa.buffer);
	BN_free(n);
}

static void ecc_public(EVP_PKEY *key, TPM2B_PUBLIC *public)
{
	BIGNUM *x = NULL, *y = NULL;

	assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
		    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y));
	public->publicArea.unique.ecc.x.size = 32;
	public->publicArea.unique.ecc.y.size = 32;
	BN_bn2binpad(x, public->publicArea.unique.ecc.x.buffer, 32);
	BN_bn2binpad(y, public->publicArea.unique.ecc.y.buffer, 32);
	BN_free(x);
	BN_free(y);
}

static void marshal(const TPM2B_PUBLIC *public, struct blob *out)
{
	out->data = malloc(sizeof(*public));
	out->size = 0;
	assert_int_equal(Tss2_MU_TPM2B_PUBLIC_Marshal(public, out->data, sizeof(*public),
						      &out->size), 0);
}

/* One for all cases: to make an RSA key takes longer than all the rest */
static EVP_PKEY *endorsement_key(void)
{
	static EVP_PKEY *ek;

	if (!ek)
		ek = EVP_RSA_gen(2048);
	assert_true(ek && EVP_PKEY_up_ref(ek));
	return ek;
}

void world_init(struct enrolment_world *w)
{
	memset(w, 0, sizeof(*w));
	w->ca = EVP_EC_gen("P-256");
	w->ek = endorsement_key();
	w->ak = EVP_EC_gen("P-256");
	w->ca_certificate = certificate_make(&(struct certificate){
		.key = w->ca, .by = w->ca, .subject = "maker", .issuer = "maker", .is_ca = true,
		.serial = 1, .from = NOW - 1000, .until = NOW + 1000, .md = EVP_sha256() });
	ek_template_default(&ek_places[0], &w->ek_public);
	rsa_public(w->ek, &w->ek_public);
	ak_template(AK_P256, &w->ak_public);
	ecc_public(w->ak, &w->ak_public);
	w->usage = "2.23.133.8.1";
	w->from = NOW - 100;
	w->until = NOW + 100;
}

void world_seal(struct enrolment_world *w)
{
	struct certificate c = {
		.key = w->certified ? w->certified : w->ek, .subject = "tpm",
		.by = w->signed_by ? w->signed_by : w->ca, .issuer = w->issuer ? w->issuer : "maker",
		.is_ca = w->is_ca, .usage = w->usage, .alt_name = w->alt_name, .serial = 2,
		.from = w->from, .until = w->until, .md = EVP_sha256(),
		.odd = { w->odd[0], w->odd[1] }, .odd_nid = { w->odd_nid[0], w->odd_nid[1] },
	};
	X509 *x = certificate_make(&c);
	int n = i2d_X509(x, &w->e.ek_certificate.data);

	assert_true(n > 0);
	w->e.ek_certificate.size = (size_t)n;
	X509_free(x);
	marshal(&w->ek_public, &w->e.ek_public);
	marshal(&w->ak_public, &w->e.ak_public);
}

void world_free(struct enrolment_world *w)
{
	OPENSSL_free(w->e.ek_certificate.data);
	w->e.ek_certificate.data = NULL;
	w->e.ek_certificate.size = 0;
	enrolment_free(&w->e);
	EVP_PKEY_free(w->ca);
	EVP_PKEY_free(w->ek);
	EVP_PKEY_free(w->ak);
	EVP_PKEY_free(w->certified);
	EVP_PKEY_free(w->signed_by);
	X509_free(w->ca_certificate);
}

struct ak_chain *chain_of(X509 *x)
{
	struct ak_chain *chain = ak_chain_new();
	unsigned char *der = NULL;
	char why[EVIDENCE_REASON];
	int n = i2d_X509(x, &der);

	assert_int_equal(ak_chain_add(chain, der, (size_t)n, why), 0);
	OPENSSL_free(der);
	return chain;
}
