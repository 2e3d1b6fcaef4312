// SPDX-License-Identifier: GPL-2.0-only
/*
 * What host and verifier exchange: selections, base64, JSON files, and the
 * enrolment that binds an attestation key to a certified endorsement key.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <tss2/tss2_mu.h>

#include "ak_credential.h"
#include "ak_public.h"
#include "attested_host.h"
#include "collect_template.h"
#include "collect_tpm.h"
#include "evidence_base64.h"
#include "verdict_enrol.h"

/* --- PCR selections --------------------------------------------------------------- */

static const struct selection_case {
	const char *name;
	const char *text;
	int rc;
	uint32_t mask;
} selection_cases[] = {
	{ "one", "sha256:10", 0, 1u << 10 },
	{ "range", "sha256:0-3", 0, 0xf },
	{ "list", "sha256:0-1,4,10-11", 0, 0xc13 },
	{ "last", "sha384:23", 0, 1u << 23 },
	{ "no bank", "10", -EINVAL, 0 },
	{ "unknown bank", "md5:10", -EINVAL, 0 },
	{ "long bank", "sha256sha256sha256:10", -EINVAL, 0 },
	{ "no list", "sha256:", -EINVAL, 0 },
	{ "too high", "sha256:24", -EINVAL, 0 },
	{ "range too high", "sha256:20-24", -EINVAL, 0 },
	{ "range backwards", "sha256:3-1", -EINVAL, 0 },
	{ "open range", "sha256:3-", -EINVAL, 0 },
	{ "trailing comma", "sha256:3,", -EINVAL, 0 },
	{ "negative", "sha256:-1", -EINVAL, 0 },
	{ "blank", "sha256: 1", -EINVAL, 0 },
	{ "text behind", "sha256:1x", -EINVAL, 0 },
	{ "huge", "sha256:99999999999999999999", -EINVAL, 0 },
};

static void selection_case(void **state)
{
	const struct selection_case *c = *state;
	TPML_PCR_SELECTION sel = { 0 };
	const BYTE *s = sel.pcrSelections[0].pcrSelect;

	assert_int_equal(collect_parse_selection(c->text, &sel), c->rc);
	if (!c->rc)
		assert_int_equal(s[0] | s[1] << 8 | s[2] << 16, c->mask);
}

static void selection_twice(void **state)
{
	TPML_PCR_SELECTION sel = { 0 };

	(void)state;
	assert_int_equal(collect_parse_selection("sha256:1", &sel), 0);
	assert_int_equal(collect_parse_selection("sha384:1", &sel), 0);
	assert_int_equal(collect_parse_selection("sha256:2", &sel), -EINVAL);
	assert_int_equal(sel.count, 2);
}

/* --- base64 ------------------------------------------------------------------------- */

static const struct base64_case {
	const char *name;
	const char *text;
	const char *data;	/* NULL: refused */
} base64_cases[] = {
	{ "empty", "", "" },
	{ "one", "YQ==", "a" },
	{ "two", "YWI=", "ab" },
	{ "three", "YWJj", "abc" },
	{ "four", "YWJjZA==", "abcd" },
	{ "no padding", "YQ", NULL },
	{ "half padding", "YQ=", NULL },
	{ "padding only", "====", NULL },
	{ "padding inside", "YQ==YQ==", NULL },
	{ "left-over bits of one", "YR==", NULL },
	{ "left-over bits of two", "YWJ=", NULL },
	{ "blank in front", " YWJj", NULL },
	{ "line feed", "YWJj\n", NULL },
	{ "URL alphabet", "__--", NULL },
	{ "not in the alphabet", "YW!j", NULL },
};

static void base64_case(void **state)
{
	const struct base64_case *c = *state;
	struct blob b;
	json_t *text;

	assert_int_equal(base64_decode(c->text, strlen(c->text), 100, &b), c->data ? 0 : -EBADMSG);
	if (!c->data)
		return;
	assert_int_equal(b.size, strlen(c->data));
	assert_memory_equal(b.data, c->data, b.size);
	text = base64_encode(b.data, b.size);
	assert_string_equal(json_string_value(text), c->text);
	json_decref(text);
	blob_free(&b);
	if (*c->text)
		assert_int_equal(base64_decode(c->text, strlen(c->text), strlen(c->data) - 1, &b),
				 -EFBIG);
}

/* --- Evidence ------------------------------------------------------------------------- */

static json_t *some_evidence(void)
{
	static const unsigned char nonce[32];
	struct evidence e;
	struct host h;
	json_t *root;

	host_init(&h, true);
	host_run(&h);
	host_quote(&h, nonce, sizeof(nonce), &e);
	host_logs(&h, &e);
	strcpy(e.kernel_release, "7.3.4");
	root = evidence_json(&e);
	evidence_free(&e);
	host_free(&h);
	assert_non_null(root);
	return root;
}

static int parse_evidence(json_t *root, struct evidence *e)
{
	char *text = json_dumps(root, 0), why[EVIDENCE_REASON] = "";
	int rc = evidence_parse(text, strlen(text), e, why);

	assert_true(!rc == !*why);
	free(text);
	return rc;
}

static void evidence_round_trip(void **state)
{
	json_t *root = some_evidence(), *again;
	struct evidence e;

	(void)state;
	assert_int_equal(parse_evidence(root, &e), 0);
	assert_string_equal(e.kernel_release, "7.3.4");
	assert_string_equal(e.command_line, host_line);
	again = evidence_json(&e);
	assert_true(json_equal(root, again));
	evidence_free(&e);
	json_decref(again);
	json_decref(root);
}

static void evidence_strict(void **state)
{
	json_t *root = some_evidence(), *copy = json_copy(root), *value;
	struct evidence e;
	const char *key;

	(void)state;
	json_object_foreach(copy, key, value) {
		json_object_del(root, key);
		assert_int_equal(parse_evidence(root, &e), -EBADMSG);
		json_object_set_new(root, key, json_integer(77));
		assert_int_equal(parse_evidence(root, &e), -EBADMSG);
		json_object_set(root, key, value);
	}
	json_object_set_new(root, "surprise", json_true());
	assert_int_equal(parse_evidence(root, &e), -EBADMSG);
	json_object_del(root, "surprise");
	json_object_set_new(json_object_get(root, "unauthenticated"), "surprise", json_true());
	assert_int_equal(parse_evidence(root, &e), -EBADMSG);
	json_object_del(json_object_get(root, "unauthenticated"), "surprise");
	assert_int_equal(parse_evidence(root, &e), 0);
	evidence_free(&e);
	json_decref(copy);
	json_decref(root);
}

/* The keys of a file are the host's, and appear in the reason. */
static void evidence_reason(void **state)
{
	json_t *root = some_evidence();
	char *text, why[EVIDENCE_REASON];
	struct evidence e;

	(void)state;
	json_object_set_new(root, "\xc3\xa9\x1b[2J", json_true());
	text = json_dumps(root, 0);
	assert_int_equal(evidence_parse(text, strlen(text), &e, why), -EBADMSG);
	assert_non_null(strstr(why, "left unpacked: ???[2J"));
	free(text);
	json_decref(root);
	/* What is no evidence leaves none, also no registers as after a reset. */
	assert_int_equal(evidence_parse("{}", 2, &e, why), -EBADMSG);
	assert_memory_equal(&e, &(struct evidence){ 0 }, sizeof(e));
}

/* A file that is refused leaves nothing of it behind. */
static void small_files_strict(void **state)
{
	static const char half[] =
		"{\"format\": \"caretaker-challenge-secret\", \"version\": 1, \"issued\": 5, \"secret\":"
		"\"1111111111111111111111111111111111111111111111111111111111111111\","
		"\"binding\": \"x\"}";
	static const char upper[] =
		"{\"format\": \"caretaker-response\", \"version\": 1, \"proof\":"
		"\"AA11111111111111111111111111111111111111111111111111111111111111\"}";
	static const char wrapped[] =	/* 2^32 + 1 */
		"{\"format\": \"caretaker-response\", \"version\": 4294967297, \"proof\":"
		"\"aa11111111111111111111111111111111111111111111111111111111111111\"}";
	static const char host[] =
		"{\"format\": \"caretaker-host\", \"version\": 1, \"enrolled\": 5, \"ek_digest\":"
		"\"1111111111111111111111111111111111111111111111111111111111111111\","
		"\"ak_public\": \"\"}";
	char why[EVIDENCE_REASON];
	struct challenge_secret s;
	struct host_identity h;
	struct response r;

	(void)state;
	assert_int_equal(challenge_secret_parse(half, strlen(half), &s, why), -EBADMSG);
	assert_memory_equal(&s, &(struct challenge_secret){ 0 }, sizeof(s));
	assert_int_equal(response_parse(upper, strlen(upper), &r, why), -EBADMSG);
	assert_memory_equal(&r, &(struct response){ 0 }, sizeof(r));
	assert_int_equal(response_parse(wrapped, strlen(wrapped), &r, why), -EBADMSG);
	assert_int_equal(host_identity_parse(host, strlen(host), &h, why), -EBADMSG);
	assert_memory_equal(&h, &(struct host_identity){ 0 }, sizeof(h));
}

static const struct pcrs_case {
	const char *name;
	const char *pcrs;
} pcrs_cases[] = {
	{ "unknown bank", "{\"md5\": {}}" },
	{ "bank is a list", "{\"sha256\": []}" },
	{ "index is no number", "{\"sha256\": {\"x\": \"00\"}}" },
	{ "index is empty", "{\"sha256\": {\"\": \"00\"}}" },
	{ "index too high", "{\"sha1\": {\"24\": \"0000000000000000000000000000000000000000\"}}" },
	{ "bank without registers", "{\"sha1\": {}}" },
	{ "bank by another name",
	  "{\"sm3\": {\"1\": \"0000000000000000000000000000000000000000000000000000000000000000\"}}" },
	{ "value in upper case", "{\"sha1\": {\"1\": \"AA00000000000000000000000000000000000000\"}}" },
	{ "index in two ways", "{\"sha1\": {\"01\": \"0000000000000000000000000000000000000000\"}}" },
	{ "value too short", "{\"sha1\": {\"1\": \"00\"}}" },
	{ "value is no hex", "{\"sha1\": {\"1\": \"z000000000000000000000000000000000000000\"}}" },
	{ "value is a number", "{\"sha1\": {\"1\": 0}}" },
};

static void pcrs_case(void **state)
{
	const struct pcrs_case *c = *state;
	json_t *root = some_evidence(), *pcrs = json_loads(c->pcrs, 0, NULL);
	struct evidence e;

	assert_non_null(pcrs);
	json_object_set_new(root, "pcrs", pcrs);
	assert_int_equal(parse_evidence(root, &e), -EBADMSG);
	json_decref(root);
}

/* --- Attestation and endorsement keys ------------------------------------------------------ */

struct enrolment_world {
	EVP_PKEY *ca, *ek, *ak;
	X509 *ca_certificate;
	TPM2B_PUBLIC ek_public, ak_public;
	struct enrolment e;
	/* Of the EK certificate */
	const char *usage;
	bool is_ca;
	long from, until;
	EVP_PKEY *certified;	/* NULL: the EK */
	EVP_PKEY *signed_by;	/* NULL: the CA */
};

#define NOW 1700000000

static void add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(ext);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
}

static X509 *certificate(EVP_PKEY *key, const char *subject, const char *issuer, EVP_PKEY *by,
			 bool is_ca, const char *usage, long from, long until)
{
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), is_ca ? 1 : 2);
	ASN1_TIME_set(X509_getm_notBefore(x), from);
	ASN1_TIME_set(X509_getm_notAfter(x), until);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)subject, -1, -1, 0);
	X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)issuer, -1, -1, 0);
	X509_set_pubkey(x, key);
	add_extension(x, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (usage)
		add_extension(x, NID_ext_key_usage, usage);
	assert_true(X509_sign(x, by, EVP_sha256()) > 0);
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

static void world_init(struct enrolment_world *w)
{
	memset(w, 0, sizeof(*w));
	w->ca = EVP_EC_gen("P-256");
	w->ek = endorsement_key();
	w->ak = EVP_EC_gen("P-256");
	w->ca_certificate = certificate(w->ca, "maker", "maker", w->ca, true, NULL,
					NOW - 1000, NOW + 1000);
	collect_template_ek_rsa(&w->ek_public);
	rsa_public(w->ek, &w->ek_public);
	collect_template_ak_ecc(&w->ak_public);
	ecc_public(w->ak, &w->ak_public);
	w->usage = "2.23.133.8.1";
	w->from = NOW - 100;
	w->until = NOW + 100;
}

static void world_seal(struct enrolment_world *w)
{
	X509 *x = certificate(w->certified ? w->certified : w->ek, "tpm", "maker",
			      w->signed_by ? w->signed_by : w->ca, w->is_ca, w->usage, w->from,
			      w->until);
	int n = i2d_X509(x, &w->e.ek_certificate.data);

	assert_true(n > 0);
	w->e.ek_certificate.size = (size_t)n;
	X509_free(x);
	marshal(&w->ek_public, &w->e.ek_public);
	marshal(&w->ak_public, &w->e.ak_public);
}

static void world_free(struct enrolment_world *w)
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

static struct ak_chain *chain_of(X509 *x)
{
	struct ak_chain *chain = ak_chain_new();
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);

	assert_int_equal(ak_chain_add(chain, der, (size_t)n), 0);
	OPENSSL_free(der);
	return chain;
}

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
	{ "certificate without usage", no_usage, 0 },
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
	struct enrolment_world w;
	const char *why = NULL;

	(void)state;
	world_init(&w);
	world_seal(&w);
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &why), -EKEYREJECTED);
	assert_int_equal(ak_chain_add(chain, "no certificate", 14), -EBADMSG);
	/* The EK's own certificate is no authority */
	assert_int_equal(ak_chain_add(chain, w.e.ek_certificate.data, w.e.ek_certificate.size), 0);
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &why), -EKEYREJECTED);
	ak_chain_free(chain);
	world_free(&w);
}

/* A bundle whose end is damaged is refused whole, not taken up to there. */
static void authorities_count_whole(void **state)
{
	struct ak_chain *chain = ak_chain_new();
	BIO *bundle = BIO_new(BIO_s_mem());
	struct enrolment_world w;
	const unsigned char *at;
	const char *why = NULL;
	X509 *ek;
	char *data;
	long size;

	(void)state;
	world_init(&w);
	world_seal(&w);
	at = w.e.ek_certificate.data;
	ek = d2i_X509(NULL, &at, (long)w.e.ek_certificate.size);
	assert_true(PEM_write_bio_X509(bundle, w.ca_certificate));
	assert_true(PEM_write_bio_X509(bundle, ek));
	size = BIO_get_mem_data(bundle, &data);
	assert_int_equal(ak_chain_add(chain, data, (size_t)size - 30), -EBADMSG);
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &why), -EKEYREJECTED);
	/* The authority is the second of it. */
	BIO_reset(bundle);
	assert_true(PEM_write_bio_X509(bundle, ek));
	assert_true(PEM_write_bio_X509(bundle, w.ca_certificate));
	size = BIO_get_mem_data(bundle, &data);
	assert_int_equal(ak_chain_add(chain, data, (size_t)size), 0);
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &why), 0);
	X509_free(ek);
	BIO_free(bundle);
	ak_chain_free(chain);
	world_free(&w);
}

static void malformed_public(void **state)
{
	struct enrolment_world w;
	struct ak_chain *chain;
	const char *why = NULL;
	TPM2B_PUBLIC out;

	(void)state;
	world_init(&w);
	world_seal(&w);
	chain = chain_of(w.ca_certificate);
	w.e.ak_public.size--;
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &why), -EBADMSG);
	w.e.ak_public.size = 0;
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &why), -EBADMSG);
	assert_int_equal(ak_chain_add(chain, NULL, 0), -EBADMSG);
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
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &why), -EBADMSG);
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
	struct challenge_secret secret = { .issued = NOW, .secret = { 1, 2, 3 } };
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
		assert_true(host.ak_public.size == w.e.ak_public.size &&
			    !memcmp(host.ak_public.data, w.e.ak_public.data, host.ak_public.size));
	else
		assert_null(host.ak_public.data);
	host_identity_free(&host);
	world_free(&w);
}

/* What TPM2_ActivateCredential() does, with the EK's private key (Part 1, 24) */
static void credential_opens(void **state)
{
	static const unsigned char secret[32] = { 9, 8, 7 };
	unsigned char name[66], seed[256], key[16], mac_key[32], mac[32], plain[34], iv[16] = { 0 };
	struct blob credential, encrypted;
	struct enrolment_world w;
	size_t name_size, n = sizeof(seed), mac_size;
	EVP_PKEY_CTX *ctx;
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	unsigned char covered[34 + 66];
	int got;

	(void)state;
	world_init(&w);
	assert_int_equal(ak_public_name(&w.ak_public, name, &name_size), 0);
	assert_int_equal(name_size, 34);
	assert_int_equal(ak_credential_make(&w.ek_public, name, name_size, secret, 32, &credential,
					    &encrypted), 0);
	ctx = EVP_PKEY_CTX_new(w.ek, NULL);
	assert_true(EVP_PKEY_decrypt_init(ctx) > 0 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
		    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) > 0 &&
		    EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, OPENSSL_memdup("IDENTITY", 9), 9) > 0);
	assert_true(EVP_PKEY_decrypt(ctx, seed, &n, encrypted.data + 2, encrypted.size - 2) > 0);
	assert_int_equal(n, 32);
	/* size || mac size || mac || encrypted identity */
	assert_int_equal(credential.size, 2 + 2 + 32 + 34);
	assert_int_equal(ak_credential_kdfa("SHA256", seed, 32, "INTEGRITY", NULL, 0, NULL, 0,
					    mac_key, 256), 0);
	memcpy(covered, credential.data + 36, 34);
	memcpy(covered + 34, name, name_size);
	assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, mac_key, 32, covered,
				  34 + name_size, mac, 32, &mac_size));
	assert_memory_equal(mac, credential.data + 4, 32);
	assert_int_equal(ak_credential_kdfa("SHA256", seed, 32, "STORAGE", name, name_size, NULL, 0,
					    key, 128), 0);
	assert_true(EVP_DecryptInit_ex(aes, EVP_aes_128_cfb128(), NULL, key, iv) &&
		    EVP_DecryptUpdate(aes, plain, &got, credential.data + 36, 34) && got == 34);
	assert_memory_equal(plain + 2, secret, 32);
	EVP_CIPHER_CTX_free(aes);
	EVP_PKEY_CTX_free(ctx);
	blob_free(&credential);
	blob_free(&encrypted);
	world_free(&w);
}

static void identities(void **state)
{
	struct host_identity a = { .ek_digest = { 1 } }, b = { .ek_digest = { 1 } };

	(void)state;
	assert_true(verdict_same_host(&a, &b));
	b.ek_digest[31] = 1;
	assert_false(verdict_same_host(&a, &b));
}

/* Small files: a round trip, then without each key, then with one more */
#define ROUND_TRIP(type, value)									\
static void type##_file(void **state)								\
{												\
	json_t *root = type##_json(&(value)), *copy, *v;					\
	char why[EVIDENCE_REASON], *text;							\
	struct type out;									\
	const char *key;									\
												\
	(void)state;										\
	assert_non_null(root);									\
	text = json_dumps(root, 0);								\
	assert_int_equal(type##_parse(text, strlen(text), &out, why), 0);			\
	free(text);										\
	v = type##_json(&out);									\
	assert_true(json_equal(v, root));							\
	json_decref(v);										\
	type##_done(&out);									\
	copy = json_copy(root);									\
	json_object_foreach(copy, key, v) {							\
		json_object_set_new(root, key, json_string("~"));				\
		text = json_dumps(root, 0);							\
		assert_int_equal(type##_parse(text, strlen(text), &out, why), -EBADMSG);	\
		free(text);									\
		json_object_del(root, key);							\
		text = json_dumps(root, 0);							\
		assert_int_equal(type##_parse(text, strlen(text), &out, why), -EBADMSG);	\
		free(text);									\
		json_object_set(root, key, v);							\
	}											\
	json_object_set_new(root, "surprise", json_true());					\
	text = json_dumps(root, 0);								\
	assert_int_equal(type##_parse(text, strlen(text), &out, why), -EBADMSG);		\
	free(text);										\
	assert_int_equal(type##_parse("{", 1, &out, why), -EBADMSG);				\
	json_decref(copy);									\
	json_decref(root);									\
}

static unsigned char bytes[3] = { 1, 2, 3 };
static struct blob three = { bytes, 3 };

#define enrolment_done enrolment_free
#define challenge_done challenge_free
#define host_identity_done host_identity_free
#define response_done(x) ((void)(x))
#define challenge_secret_done(x) ((void)(x))

ROUND_TRIP(enrolment, ((struct enrolment){ three, three, three }))
ROUND_TRIP(challenge, ((struct challenge){ three, three }))
ROUND_TRIP(response, ((struct response){ .proof = { 5 } }))
ROUND_TRIP(challenge_secret, ((struct challenge_secret){ .secret = { 6 }, .issued = 7 }))
ROUND_TRIP(host_identity, ((struct host_identity){ .ek_digest = { 6 }, .ak_public = three }))

#define ADD(table, function)								\
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)			\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name,		\
			.test_func = function, .initial_state = (void *)&table[i] }

int main(void)
{
	static struct CMUnitTest tests[128];
	size_t n = 0;

	ADD(selection_cases, selection_case);
	ADD(base64_cases, base64_case);
	ADD(pcrs_cases, pcrs_case);
	ADD(world_cases, world_case);
	ADD(finish_cases, finish_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(selection_twice);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(evidence_round_trip);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(evidence_strict);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(evidence_reason);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(small_files_strict);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_anchor);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(malformed_public);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(authorities_count_whole);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(credential_opens);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(identities);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(enrolment_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(challenge_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(response_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(challenge_secret_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(host_identity_file);
	return _cmocka_run_group_tests("collect", tests, n, NULL, NULL);
}
