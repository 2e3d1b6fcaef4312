// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who vouches for an endorsement key: authorities of the verifier, those that the host
 * brings along, revocation lists, and the operator's list of keys.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "enrolment_world.h"
#include "tpm/ek_list.h"
#include "unit_table.h"

/* --- Paths: maker, an authority between, EK ------------------------------------------------ */

enum { NOWHERE, OURS, HOSTS };			/* where the authority between is */
enum { EMPTY = 1, REVOKES = 2, OLD = 4, FORGED = 8 };	/* a CRL; 0: none */

#define BETWEEN_SERIAL	3

static const struct path_case {
	const char *name;
	int between;			/* where it is; NOWHERE: not needed, unless @missing */
	bool missing;
	bool sha1, expired_between, no_authority, own_root, odd;	/* of the authority between */
	const char *padding;		/* behind it in the host's chain */
	bool expired, allow_expired;	/* the EK's certificate */
	int crl_between, crl_root;	/* by the authority between (of the EK), by the maker */
	int rc;
	enum vouched vouched;
	const char *word;		/* of the reason */
} path_cases[] = {
	{ .name = "no authority between" },
	{ .name = "authority between is ours", .between = OURS },
	{ .name = "authority between is brought by the host", .between = HOSTS },
	{ .name = "... and padded with zeros", .between = HOSTS, .padding = "\0\0\0" },
	{ .name = "... and padded with erased bytes", .between = HOSTS, .padding = "\xff\xff\xff" },
	{ .name = "... with something else behind", .between = HOSTS, .padding = "abc",
	  .rc = -EBADMSG, .word = "certificate 1 " },
	{ .name = "authority between is missing", .missing = true, .rc = -EKEYREJECTED,
	  .word = "issuer" },
	{ .name = "the host brings a root of its own", .between = HOSTS, .own_root = true,
	  .rc = -EKEYREJECTED },
	{ .name = "the host's authority is none", .between = HOSTS, .no_authority = true,
	  .rc = -EKEYREJECTED },
	{ .name = "authority between signed with SHA-1", .between = OURS, .sha1 = true,
	  .rc = -EKEYREJECTED, .word = "SHA-1" },
	{ .name = "the host's authority signed with SHA-1", .between = HOSTS, .sha1 = true,
	  .rc = -EKEYREJECTED, .word = "SHA-1" },
	{ .name = "authority between has critical directory attributes", .between = HOSTS, .odd = true,
	  .rc = -EKEYREJECTED, .word = "critical" },
	{ .name = "expired", .expired = true, .rc = -EKEYREJECTED, .word = "--allow-expired-ek" },
	{ .name = "expired, allowed", .expired = true, .allow_expired = true,
	  .vouched = VOUCHED_EXPIRED },
	{ .name = "not expired, allowed", .allow_expired = true, .vouched = VOUCHED_CERTIFICATE },
	{ .name = "authority expired, EK's allowed", .between = OURS, .expired_between = true,
	  .allow_expired = true, .rc = -EKEYREJECTED, .word = "of an authority" },
	{ .name = "both expired, EK's allowed", .between = HOSTS, .expired_between = true,
	  .expired = true, .allow_expired = true, .rc = -EKEYREJECTED, .word = "of an authority" },
	/* Revocation */
	{ .name = "CRL has others", .crl_root = EMPTY },
	{ .name = "EK revoked", .crl_root = REVOKES, .rc = -EKEYREJECTED,
	  .word = "EK certificate is revoked" },
	{ .name = "CRL is old", .crl_root = OLD, .rc = -EKEYREJECTED, .word = "CRL has expired" },
	{ .name = "CRL by somebody else", .crl_root = FORGED, .rc = -EKEYREJECTED, .word = "CRL" },
	{ .name = "EK revoked, expired, allowed", .crl_root = REVOKES, .expired = true,
	  .allow_expired = true, .rc = -EKEYREJECTED, .word = "revoked" },
	{ .name = "ours issued the EK, its CRL is missing", .between = OURS, .crl_root = EMPTY,
	  .rc = -EKEYREJECTED, .word = "none of the authority" },
	{ .name = "ours issued the EK, the root's CRL is missing", .between = OURS,
	  .crl_between = EMPTY },
	{ .name = "ours issued the EK and revoked it", .between = OURS, .crl_between = REVOKES,
	  .rc = -EKEYREJECTED, .word = "EK certificate is revoked" },
	{ .name = "ours is revoked by the root", .between = OURS, .crl_between = EMPTY,
	  .crl_root = REVOKES, .rc = -EKEYREJECTED, .word = "of an authority is revoked" },
	{ .name = "the host's authority is of one TPM, and has no CRL", .between = HOSTS,
	  .crl_root = EMPTY },
	{ .name = "the host's authority is revoked", .between = HOSTS, .crl_root = REVOKES,
	  .rc = -EKEYREJECTED, .word = "of an authority is revoked" },
	{ .name = "the CRL of who issued the host's authority is missing", .between = HOSTS,
	  .crl_between = EMPTY, .rc = -EKEYREJECTED, .word = "none of the authority" },
};

static void add_bio(struct ak_chain *chain, BIO *bio,
		    int (*add)(struct ak_chain *chain, const void *data, size_t size, char *why))
{
	char why[EVIDENCE_REASON];
	char *data;
	long n = BIO_get_mem_data(bio, &data);

	assert_int_equal(add(chain, data, (size_t)n, why), 0);
	BIO_free(bio);
}

static void revoke(X509_CRL *crl, long serial)
{
	X509_REVOKED *revoked = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, NOW - 50);

	ASN1_INTEGER_set(number, serial);
	X509_REVOKED_set_serialNumber(revoked, number);
	X509_REVOKED_set_revocationDate(revoked, when);
	assert_true(X509_CRL_add0_revoked(crl, revoked));
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(when);
}

static X509_CRL *make_crl(int kind, const char *issuer, EVP_PKEY *by)
{
	ASN1_TIME *last = ASN1_TIME_set(NULL, NOW - 60);
	ASN1_TIME *next = ASN1_TIME_set(NULL, kind & OLD ? NOW - 10 : NOW + 60);
	EVP_PKEY *other = EVP_EC_gen("P-256");
	X509_NAME *name = X509_NAME_new();
	X509_CRL *crl = X509_CRL_new();

	X509_CRL_set_version(crl, 1);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)issuer, -1, -1,
				   0);
	X509_CRL_set_issuer_name(crl, name);
	X509_CRL_set1_lastUpdate(crl, last);
	X509_CRL_set1_nextUpdate(crl, next);
	if (kind & REVOKES) {
		revoke(crl, 2);
		revoke(crl, BETWEEN_SERIAL);
	} else {
		revoke(crl, 77);
	}
	assert_true(X509_CRL_sign(crl, kind & FORGED ? other : by, EVP_sha256()) > 0);
	ASN1_TIME_free(last);
	ASN1_TIME_free(next);
	X509_NAME_free(name);
	EVP_PKEY_free(other);
	return crl;
}

static void add_crl(struct ak_chain *chain, int kind, const char *issuer, EVP_PKEY *by, bool pem)
{
	X509_CRL *crl = make_crl(kind, issuer, by);
	BIO *bio = BIO_new(BIO_s_mem());

	assert_true(pem ? PEM_write_bio_X509_CRL(bio, crl) : i2d_X509_CRL_bio(bio, crl));
	add_bio(chain, bio, ak_chain_add_crl);
	X509_CRL_free(crl);
}

/* The host's chain: as in NV storage, DER and what fills the index up */
static void bring(struct enrolment *e, X509 *x, const char *padding)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	size_t more = padding ? 3 : 0;

	e->ek_chain.data = malloc((size_t)n + more);
	memcpy(e->ek_chain.data, der, (size_t)n);
	if (padding)
		memcpy(e->ek_chain.data + n, padding, more);
	e->ek_chain.size = (size_t)n + more;
	OPENSSL_free(der);
}

static X509 *authority(const struct path_case *c, struct enrolment_world *w, EVP_PKEY *key)
{
	return certificate_make(&(struct certificate){
		.key = key, .by = c->own_root ? key : w->ca, .subject = "between",
		.issuer = c->own_root ? "between" : "maker", .is_ca = !c->no_authority,
		.serial = BETWEEN_SERIAL, .from = NOW - 100,
		.until = c->expired_between ? NOW - 1 : NOW + 100,
		.odd = { c->odd ? "critical,DER:30:02:30:00" : NULL },
		.odd_nid = { NID_subject_directory_attributes },
		.md = c->sha1 ? EVP_sha1() : EVP_sha256() });
}

static void path_case(void **state)
{
	const struct path_case *c = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	enum vouched vouched = VOUCHED_LIST;
	struct enrolment_world w;
	struct ak_chain *chain;
	const char *why = NULL;
	X509 *between;
	int rc;

	world_init(&w);
	between = authority(c, &w, key);
	if (c->between || c->missing) {
		assert_true(EVP_PKEY_up_ref(key));
		w.signed_by = key;
		w.issuer = "between";
	}
	if (c->expired)
		w.until = NOW - 1;
	world_seal(&w);
	chain = chain_of(w.ca_certificate);
	if (c->between == OURS) {
		BIO *bio = BIO_new(BIO_s_mem());

		assert_true(PEM_write_bio_X509(bio, between));
		add_bio(chain, bio, ak_chain_add);
	} else if (c->between == HOSTS) {
		bring(&w.e, between, c->padding);
	}
	if (c->crl_root)
		add_crl(chain, c->crl_root, "maker", w.ca, false);
	if (c->crl_between)
		add_crl(chain, c->crl_between, "between", key, true);
	if (c->allow_expired)
		ak_chain_allow_expired(chain);
	rc = ak_chain_check(chain, &w.e, NOW, &vouched, &why);
	if (rc != c->rc || (c->word && !strstr(why, c->word)))
		fail_msg("%s: %d, %s", c->name, rc, why ? why : "accepted");
	if (!c->rc)
		assert_int_equal(vouched, c->vouched);
	ak_chain_free(chain);
	X509_free(between);
	EVP_PKEY_free(key);
	world_free(&w);
}

/* --- Files of authorities ----------------------------------------------------------------------- */

/* Authorities by the hundred, the one that is needed last, with text between */
static void bundle(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	struct ak_chain *chain = ak_chain_new();
	struct enrolment_world w;
	enum vouched vouched;
	const char *why = NULL;
	X509 *x;

	(void)state;
	world_init(&w);
	world_seal(&w);
	x = certificate_make(&(struct certificate){ .key = key, .by = key, .subject = "other",
		.issuer = "other", .is_ca = true, .serial = 1, .from = NOW - 9, .until = NOW + 9,
		.md = EVP_sha256() });
	for (int i = 0; i < 300; i++) {
		BIO_printf(bio, "\n# authority %d\n", i);
		assert_true(PEM_write_bio_X509(bio, x));
	}
	assert_true(PEM_write_bio_X509(bio, w.ca_certificate));
	add_bio(chain, bio, ak_chain_add);
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &vouched, &why), 0);
	ak_chain_free(chain);
	X509_free(x);
	EVP_PKEY_free(key);
	world_free(&w);
}

/* One that is broken is not passed over, wherever it is */
static void bundle_broken(void **state)
{
	struct ak_chain *chain = ak_chain_new();
	char why[EVIDENCE_REASON], *data;
	struct enrolment_world w;
	BIO *bio;
	long n;

	(void)state;
	world_init(&w);
	for (int second = 0; second < 2; second++) {
		bio = BIO_new(BIO_s_mem());
		if (second)
			PEM_write_bio_X509(bio, w.ca_certificate);
		BIO_puts(bio, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
		PEM_write_bio_X509(bio, w.ca_certificate);
		n = BIO_get_mem_data(bio, &data);
		assert_int_equal(ak_chain_add(chain, data, (size_t)n, why), -EBADMSG);
		assert_non_null(strstr(why, second ? "certificate 2 " : "certificate 1 "));
		BIO_free(bio);
	}
	bio = BIO_new(BIO_s_mem());
	i2d_X509_bio(bio, w.ca_certificate);
	i2d_X509_bio(bio, w.ca_certificate);
	n = BIO_get_mem_data(bio, &data);
	/* DER has no place for a second one */
	assert_int_equal(ak_chain_add(chain, data, (size_t)n, why), -EBADMSG);
	assert_non_null(strstr(why, "behind certificate 1"));
	/* What fills up an index of a TPM has no place in a file */
	BIO_write(bio, "\0", 1);
	n = BIO_get_mem_data(bio, &data);
	assert_int_equal(ak_chain_add(chain, data, (size_t)n, why), -EBADMSG);
	assert_int_equal(ak_chain_add_crl(chain, data, (size_t)n, why), -EBADMSG);
	assert_string_equal(why, "no revocation list");
	assert_int_equal(ak_chain_add_crl(chain, NULL, 0, why), -EBADMSG);
	BIO_free(bio);
	ak_chain_free(chain);
	world_free(&w);
}

/* The same of revocation lists: what is behind a good one must be one, too */
static void crl_broken(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_CRL *crl = make_crl(EMPTY, "maker", key);
	struct ak_chain *chain = ak_chain_new();
	char why[EVIDENCE_REASON], *data;
	BIO *bio;
	long n;

	(void)state;
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_X509_CRL(bio, crl);
	BIO_puts(bio, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
	n = BIO_get_mem_data(bio, &data);
	assert_int_equal(ak_chain_add_crl(chain, data, (size_t)n, why), -EBADMSG);
	assert_string_equal(why, "revocation list 2 of the file is broken");
	BIO_free(bio);

	bio = BIO_new(BIO_s_mem());
	i2d_X509_CRL_bio(bio, crl);
	n = BIO_get_mem_data(bio, &data);
	assert_int_equal(ak_chain_add_crl(chain, data, (size_t)n, why), 0);
	BIO_write(bio, "\0", 1);
	n = BIO_get_mem_data(bio, &data);
	assert_int_equal(ak_chain_add_crl(chain, data, (size_t)n, why), -EBADMSG);
	BIO_free(bio);
	X509_CRL_free(crl);
	EVP_PKEY_free(key);
	ak_chain_free(chain);
}

/* --- The operator's list --------------------------------------------------------------------------- */

#define HEX	"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define BEGIN	"-----BEGIN PUBLIC KEY-----\n"
#define END	"-----END PUBLIC KEY-----\n"

static const struct list_case {
	const char *name;
	const char *text;
	size_t count;
	unsigned int line;	/* that is refused; 0: none */
} list_cases[] = {
	{ "empty list", "", 0, 0 },
	{ "comments", "# hosts\n\n  \n", 0, 0 },
	{ "digest", HEX "\n", 1, 0 },
	{ "digest without newline", HEX, 1, 0 },
	{ "digest with carriage return", HEX "\r\n" HEX "\r\n", 2, 0 },
	{ "digest and note", "# x\n" HEX " host17, rack 3\n" HEX "\thost18\n", 2, 0 },
	{ "digest too short", HEX "\n0011\n", 0, 2 },
	{ "digest too long", HEX "00\n", 0, 1 },
	{ "digest is no hex", "x" HEX "\n", 0, 1 },
	{ "blank in front", " " HEX "\n", 0, 1 },
	{ "note without blank", HEX ":host\n", 0, 1 },
	{ "key that is none", "#\n" BEGIN "AAAA\n" END, 0, 2 },
	{ "key without end", HEX "\n" BEGIN "AAAA\n", 0, 2 },
	{ "end without key", END, 0, 1 },
	{ "certificate", "-----BEGIN CERTIFICATE-----\n", 0, 1 },
};

static void list_case(void **state)
{
	const struct list_case *c = *state;
	struct ek_list *list = ek_list_new();
	char why[EVIDENCE_REASON] = "", line[32];

	assert_int_equal(ek_list_add(list, c->text, strlen(c->text), why), c->line ? -EBADMSG : 0);
	snprintf(line, sizeof(line), "line %u ", c->line);
	if (c->line)
		assert_non_null(strstr(why, line));
	else
		assert_int_equal(ek_list_count(list), c->count);
	ek_list_free(list);
}

static void list_zero(void **state)
{
	struct ek_list *list = ek_list_new();
	char why[EVIDENCE_REASON];

	(void)state;
	assert_int_equal(ek_list_add(list, "\0", 1, why), -EBADMSG);
	assert_int_equal(ek_list_add(list, HEX "\0\n", 66, why), -EBADMSG);
	ek_list_free(list);
}

static int add_pem(struct ak_chain *chain, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char why[EVIDENCE_REASON], *data;
	long n;
	int rc;

	BIO_puts(bio, "# a key\n");
	assert_true(PEM_write_bio_PUBKEY(bio, key));
	BIO_puts(bio, HEX " and another\n");
	n = BIO_get_mem_data(bio, &data);
	rc = ak_chain_add_list(chain, data, (size_t)n, why);
	BIO_free(bio);
	return rc;
}

/* The key itself, or its digest as a refusal tells it */
static void listed(void **state)
{
	struct ak_chain *none = ak_chain_new(), *list = ak_chain_new(), *other = ak_chain_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char text[EVIDENCE_REASON];
	struct enrolment_world w;
	enum vouched vouched = VOUCHED_CERTIFICATE;
	const char *why = NULL, *digest;

	(void)state;
	world_init(&w);
	world_seal(&w);
	OPENSSL_free(w.e.ek_certificate.data);
	w.e.ek_certificate = (struct blob){ NULL, 0 };
	assert_int_equal(ak_chain_check(none, &w.e, NOW, &vouched, &why), -EKEYREJECTED);
	assert_non_null(strstr(why, "no EK certificate"));
	assert_int_equal(add_pem(other, key), 0);
	assert_int_equal(ak_chain_check(other, &w.e, NOW, &vouched, &why), -EKEYREJECTED);
	digest = strrchr(why, ' ');
	assert_true(digest && strlen(digest + 1) == 64);
	assert_int_equal(ak_chain_add_list(none, digest + 1, 64, text), 0);
	assert_int_equal(ak_chain_check(none, &w.e, NOW, &vouched, &why), 0);
	assert_int_equal(vouched, VOUCHED_LIST);
	vouched = VOUCHED_CERTIFICATE;
	assert_int_equal(add_pem(list, w.ek), 0);
	assert_int_equal(ak_chain_check(list, &w.e, NOW, &vouched, &why), 0);
	assert_int_equal(vouched, VOUCHED_LIST);
	/* Whoever vouches for the EK does not vouch for what it is used with */
	w.e.ak_public.data[7] ^= 1;	/* attributes: restricted */
	assert_int_equal(ak_chain_check(list, &w.e, NOW, &vouched, &why), -EKEYREJECTED);
	ak_chain_free(none);
	ak_chain_free(list);
	ak_chain_free(other);
	EVP_PKEY_free(key);
	world_free(&w);
}

/* A key is one key, however its point is written */
static void list_compressed(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-384"), *again;
	struct ak_chain *chain = ak_chain_new();
	struct ek_list *list = ek_list_new();
	unsigned char digest[32];
	char why[EVIDENCE_REASON], *data;
	BIO *bio = BIO_new(BIO_s_mem());
	long n;

	(void)state;
	again = EVP_PKEY_dup(key);
	assert_true(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
						   "compressed"));
	assert_true(PEM_write_bio_PUBKEY(bio, key));
	n = BIO_get_mem_data(bio, &data);
	assert_int_equal(ek_list_add(list, data, (size_t)n, why), 0);
	assert_true(ek_list_has(list, again, digest));
	BIO_free(bio);
	EVP_PKEY_free(key);
	EVP_PKEY_free(again);
	ek_list_free(list);
	ak_chain_free(chain);
}

/* A certificate counts beside a list that does not have the key, if there are authorities */
static void listed_or_certified(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct enrolment_world w;
	struct ak_chain *chain;
	enum vouched vouched;
	const char *why = NULL;

	(void)state;
	world_init(&w);
	world_seal(&w);
	chain = chain_of(w.ca_certificate);
	assert_int_equal(add_pem(chain, key), 0);
	assert_int_equal(ak_chain_check(chain, &w.e, NOW, &vouched, &why), 0);
	assert_int_equal(vouched, VOUCHED_CERTIFICATE);
	ak_chain_free(chain);
	EVP_PKEY_free(key);
	world_free(&w);
}

int main(void)
{
	static struct CMUnitTest tests[64];
	size_t n = 0;

	ADD(path_cases, path_case);
	ADD(list_cases, list_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(bundle);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(bundle_broken);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(crl_broken);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(list_zero);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(listed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(list_compressed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(listed_or_certified);
	return _cmocka_run_group_tests("ek_chain", tests, n, NULL, NULL);
}
