// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify: CAs, revocation lists, times, the security version, and many files in one call.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "../../signing/cmd_verify.c"

#include "keypair.h"
#include "own_directory.h"
#include "payload_image.h"
#include "signature.h"
#include "signing_fixture.h"
#include "signing_output.h"

static char *folder;
static struct signer root, mid, mid2, leaf, old, self, stranger, fake;

/* One whose certificate @issuer made, from a day to another one */
static struct signer issued(const char *cn, bool ca, const struct signer *issuer, int from, int to)
{
	struct keypair_request request = {
		.cn = cn, .type = strcmp(cn, "root") ? "p256" : "rsa2048", .days = 365, .ca = ca, .ca_cert = issuer ? issuer->cert : NULL,
		.ca_key = issuer ? issuer->key : NULL,
	};
	struct signer signer = { 0 };
	struct reason why;

	if (keypair_make(&request, &signer.key, &signer.cert, &why))
		fail_msg("%s: %s", why.word, why.text);
	X509_time_adj_ex(X509_getm_notBefore(signer.cert), from, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(signer.cert), to, 0, NULL);
	assert_true(X509_sign(signer.cert, issuer ? issuer->key : signer.key, EVP_sha256()));
	return signer;
}

/* What the owner of @issuer, who is no CA, has signed as if he were one */
static struct signer issued_without_right(const char *cn, const struct signer *issuer)
{
	struct signer signer = signer_make(cn, "p256");
	X509_EXTENSION *extension;
	X509V3_CTX context;
	int at;

	X509V3_set_ctx(&context, issuer->cert, signer.cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
	at = X509_get_ext_by_NID(signer.cert, NID_authority_key_identifier, -1);
	X509_EXTENSION_free(X509_delete_ext(signer.cert, at));
	assert_true(X509_add_ext(signer.cert, extension, at));
	assert_true(X509_set_issuer_name(signer.cert, X509_get_subject_name(issuer->cert)));
	assert_true(X509_sign(signer.cert, issuer->key, EVP_sha256()));
	X509_EXTENSION_free(extension);
	return signer;
}

static void save_cert(const char *name, const struct signer *a, const struct signer *b)
{
	BIO *bio = BIO_new_file(name, "w");

	assert_true(PEM_write_bio_X509(bio, a->cert));
	if (b)
		assert_true(PEM_write_bio_X509(bio, b->cert));
	BIO_free(bio);
}

/* With SHA-1, and by RSASSA-PSS, where the file's name says so */
static void sign_list(X509_CRL *list, EVP_PKEY *key, const char *file)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;

	assert_int_equal(EVP_DigestSignInit(context, &how, strstr(file, "sha1") ? EVP_sha1() : EVP_sha256(), NULL,
					    key), 1);
	if (strstr(file, "pss"))
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
	assert_true(X509_CRL_sign_ctx(list, context));
	EVP_MD_CTX_free(context);
}

/* The list of @name's owner, signed by @key, from a day to another one (0: it does not say) */
static void save_list(const char *file, const struct signer *name, const struct signer *key, int from, int to,
		      const struct signer *revoked)
{
	X509_CRL *list = X509_CRL_new();
	ISSUING_DIST_POINT *point = ISSUING_DIST_POINT_new();
	ASN1_TIME *time = ASN1_TIME_new();
	BIO *bio = BIO_new_file(file, "w");

	X509_CRL_set_version(list, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(list, X509_get_subject_name(name->cert));
	X509_CRL_set1_lastUpdate(list, X509_time_adj_ex(time, from, 0, NULL));
	if (to)
		X509_CRL_set1_nextUpdate(list, X509_time_adj_ex(time, to, 0, NULL));
	if (revoked) {
		X509_REVOKED *entry = X509_REVOKED_new();

		X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->cert));
		X509_REVOKED_set_revocationDate(entry, X509_time_adj_ex(time, from, 0, NULL));
		assert_true(X509_CRL_add0_revoked(list, entry));
	}
	if (!strcmp(file, "partial.crl"))
		assert_int_equal(X509_CRL_add1_ext_i2d(list, NID_issuing_distribution_point, point, 1, 0), 1);
	ISSUING_DIST_POINT_free(point);
	sign_list(list, key->key, file);
	assert_true(PEM_write_bio_X509_CRL(bio, list));
	BIO_free(bio);
	X509_CRL_free(list);
	ASN1_TIME_free(time);
}

/* An image that @signers (up to a NULL) have signed, which carries @carried (up to a NULL) */
static void save_signed(const char *name, const struct signer *const *signers,
			const struct signer *const *carried)
{
	unsigned int flags = CMS_AS_SIGN_FILE | CMS_PARTIAL;
	unsigned char image[IMAGE_SIZE], *der = NULL;
	struct reason why;
	struct blob blob, file;
	CMS_ContentInfo *cms;
	BIO *bio;
	int size;

	payload_image_make(image);
	bio = BIO_new_mem_buf(image, sizeof(image));
	cms = CMS_sign(NULL, NULL, NULL, bio, flags);
	for (; *signers; signers++)
		assert_non_null(CMS_add1_signer(cms, (*signers)->cert, (*signers)->key, EVP_sha256(), flags));
	for (; *carried; carried++)
		assert_int_equal(CMS_add1_cert(cms, (*carried)->cert), 1);
	assert_int_equal(CMS_final(cms, bio, NULL, flags), 1);
	size = i2d_CMS_ContentInfo(cms, &der);
	assert_true(size > 0);
	blob = (struct blob){ der, (size_t)size };
	if (signature_append(image, sizeof(image), &blob, &file, &why))
		fail_msg("%s", why.text);
	fixture_save(name, file.data, file.size);
	blob_free(&file);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
}

#define LIST(...) ((const struct signer *const []){ __VA_ARGS__, NULL })
#define NOBODY ((const struct signer *const []){ NULL })

static void save_lists(void)
{
	save_list("root.crl", &root, &root, -1, 9, NULL);
	save_list("root-mid.crl", &root, &root, -1, 9, &mid);
	save_list("mid.crl", &mid, &mid, -1, 9, NULL);
	save_list("mid-leaf.crl", &mid, &mid, -1, 9, &leaf);
	save_list("mid-old.crl", &mid, &mid, -9, -1, NULL);
	save_list("mid-early.crl", &mid, &mid, 1, 9, NULL);
	save_list("mid-endless.crl", &mid, &mid, -1, 0, NULL);
	save_list("partial.crl", &mid, &mid, -1, 9, NULL);
	save_list("mid-false.crl", &mid, &stranger, -1, 9, NULL);
	save_list("mid-sha1.crl", &mid, &mid, -1, 9, NULL);
	save_list("root-pss.crl", &root, &root, -1, 9, NULL);
	save_list("root-pss-sha1.crl", &root, &root, -1, 9, NULL);
	save_list("mid2.crl", &mid2, &mid2, -1, 9, NULL);
	save_list("stranger.crl", &stranger, &stranger, -1, 9, NULL);
	assert_int_equal(system("cat root.crl mid.crl > both.crl && (echo words; cat mid.crl) > words.crl && "
				"openssl crl -in mid-leaf.crl -outform DER -out mid-leaf.der && "
				"(cat mid-leaf.der; echo) > behind.der && cat mid.crl mid.pem > mixed.crl && "
				"sed 3d mid.crl > cut.crl && : > nothing.crl && "
				"sed 's/X509 CRL/CERTIFICATE/' mid.crl > named.crl"), 0);
}

static int prepare(void **state)
{
	struct blob large = { calloc(1, PAYLOAD_MAX_BYTES + 1), PAYLOAD_MAX_BYTES + 1 };

	(void)state;
	if (own_directory((void **)&folder) || chdir(folder))
		return -1;
	root = issued("root", true, NULL, -99, 999);
	mid = issued("mid", true, &root, -50, 500);
	mid2 = issued("mid", true, &root, -50, 500);
	leaf = issued("leaf", false, &mid, -9, 99);
	old = issued("old", false, &mid, -9, -5);
	self = signer_make("self", "rsa2048");
	stranger = issued("stranger", true, NULL, -9, 99);
	fake = issued_without_right("fake", &leaf);
	save_cert("root.pem", &root, NULL);
	save_cert("mid.pem", &mid, NULL);
	save_cert("mid2.pem", &mid2, NULL);
	save_cert("chain.pem", &mid, &root);
	save_cert("leaf.pem", &leaf, NULL);
	save_cert("old.pem", &old, NULL);
	save_cert("self.pem", &self, NULL);
	save_cert("stranger.pem", &stranger, NULL);
	save_signed("signed", LIST(&leaf), NOBODY);
	save_signed("carries", LIST(&leaf), LIST(&leaf));
	save_signed("carries2", LIST(&leaf), LIST(&leaf, &mid));
	save_signed("carries-mid", LIST(&leaf), LIST(&mid));
	save_signed("carries-beside", LIST(&self), LIST(&leaf));
	save_signed("old.signed", LIST(&old), NOBODY);
	save_signed("self.signed", LIST(&self), NOBODY);
	save_signed("carries-fake", LIST(&fake), LIST(&fake));
	save_signed("both.signed", LIST(&self, &leaf), NOBODY);
	save_lists();
	fixture_save("large", large.data, large.size);
	fixture_save("text", "no payload", 10);
	blob_free(&large);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	signer_free(&root);
	signer_free(&mid);
	signer_free(&mid2);
	signer_free(&leaf);
	signer_free(&old);
	signer_free(&self);
	signer_free(&stranger);
	signer_free(&fake);
	return chdir("/") || no_directory((void **)&folder);
}

#define MID	"--cert leaf.pem --issuer mid.pem "
#define CHAIN	"--cert leaf.pem --issuer chain.pem "

static const struct path_case {
	const char *name, *line;
	int status;
	const char *word;	/* NULL: it holds, or there is no object */
} cases[] = {
	{ "an intermediate CA", MID "signed", 0, NULL },
	{ "a root over an intermediate one", CHAIN "signed", 0, NULL },
	{ "a root, and none between", "--cert leaf.pem --issuer root.pem signed", 1, "not-issued" },
	{ "a root, and the one between is carried", "--cert leaf.pem --issuer root.pem carries2", 0, NULL },
	{ "another CA", "--cert leaf.pem --issuer stranger.pem signed", 1, "not-issued" },
	{ "one of two CAs", MID "--issuer stranger.pem signed", 0, NULL },
	{ "self-signed, with an issuer", "--cert self.pem --issuer root.pem self.signed", 1, "not-issued" },
	{ "one of two signers leads nowhere", MID "--cert self.pem both.signed", 1, "not-issued" },
	{ "who is unknown need lead nowhere", MID "both.signed", 0, NULL },

	{ "a CA vouches for nobody who is not carried", "--anchor mid.pem signed", 1, "unknown-key" },
	{ "a CA vouches", "--anchor mid.pem carries", 0, NULL },
	{ "a CA vouches over another", "--anchor root.pem carries2", 0, NULL },
	{ "the first CA vouches", "--anchor mid.pem carries2", 0, NULL },
	{ "one of two vouches", "--anchor stranger.pem --anchor mid.pem carries", 0, NULL },
	{ "beside a certificate", "--cert self.pem --anchor mid.pem carries", 0, NULL },
	{ "a certificate beside it", "--cert self.pem --anchor mid.pem self.signed", 0, NULL },
	{ "a CA that is not the next one", "--anchor root.pem carries", 1, "unknown-key" },
	{ "another CA vouches not", "--anchor stranger.pem carries2", 1, "unknown-key" },
	{ "the CA is carried, the signer not", "--anchor root.pem carries-mid", 1, "unknown-key" },
	{ "a certificate of --cert vouches for nobody else", "--cert mid.pem carries", 1, "unknown-key" },
	{ "who is no CA vouches for nobody", "--anchor leaf.pem carries-fake", 1, "unknown-key" },

	{ "not revoked", MID "--crl mid.crl signed", 0, NULL },
	{ "not revoked, nor is its issuer", CHAIN "--crl root.crl --crl mid.crl signed", 0, NULL },
	{ "two lists in a file", CHAIN "--crl both.crl signed", 0, NULL },
	{ "words around a list", MID "--crl words.crl signed", 0, NULL },
	{ "revoked", MID "--crl mid-leaf.crl signed", 1, "certificate-revoked" },
	{ "revoked, in DER", MID "--crl mid-leaf.der signed", 1, "certificate-revoked" },
	{ "revoked, in the second list", MID "--crl mid.crl --crl mid-leaf.crl signed", 1, "certificate-revoked" },
	{ "revoked, with an anchor", "--anchor mid.pem --crl mid-leaf.crl carries", 1, "certificate-revoked" },
	{ "not revoked, with an anchor", "--anchor mid.pem --crl mid.crl carries", 0, NULL },
	{ "the issuer is revoked", CHAIN "--crl root-mid.crl --crl mid.crl signed", 1, "certificate-revoked" },
	{ "what is carried beside is revoked", "--cert self.pem --anchor self.pem --issuer mid.pem --crl mid-leaf.crl "
		"carries-beside", 1, "certificate-revoked" },
	{ "one of two signers is revoked", MID "--issuer self.pem --cert self.pem --crl mid-leaf.crl both.signed", 1,
		"certificate-revoked" },
	{ "a list of the issuer's issuer alone", CHAIN "--crl root.crl signed", 1, "crl-missing" },
	{ "a list of the issuer alone, which is given, below a root", CHAIN "--crl mid.crl signed", 0, NULL },
	{ "a list of the issuer alone, which is carried, below a root",
		"--cert leaf.pem --issuer root.pem --crl root.crl carries2", 1, "crl-missing" },
	{ "a list of another issuer of the name", "--cert leaf.pem --issuer mid.pem --issuer mid2.pem --crl mid2.crl signed", 1,
		"crl-missing" },
	{ "a list of some of the certificates", MID "--crl partial.crl signed", 1, "crl-untrusted" },
	{ "a list with SHA-1", MID "--crl mid-sha1.crl signed", 1, "crl-untrusted" },
	{ "a list with RSASSA-PSS", CHAIN "--crl root-pss.crl --crl mid.crl signed", 0, NULL },
	{ "a list with RSASSA-PSS and SHA-1", CHAIN "--crl root-pss-sha1.crl --crl mid.crl signed", 1, "crl-untrusted" },
	{ "self-signed, with a list", "--cert self.pem --issuer mid.pem --crl mid.crl self.signed", 1, "not-issued" },
	{ "a list that is old", MID "--crl mid-old.crl signed", 1, "crl-expired" },
	{ "a list that is old, beside a good one", MID "--crl mid.crl --crl mid-old.crl signed", 1, "crl-expired" },
	{ "a list of tomorrow", MID "--crl mid-early.crl signed", 1, "crl-early" },
	{ "a list without an end", MID "--crl mid-endless.crl signed", 1, "crl-expired" },
	{ "a list that another signed", MID "--crl mid-false.crl signed", 1, "crl-untrusted" },
	{ "a list of somebody else", MID "--crl mid.crl --crl stranger.crl signed", 1, "crl-untrusted" },
	{ "the list of a root that is not given", MID "--crl mid.crl --crl root.crl signed", 1, "crl-untrusted" },
	{ "expired, and lists forget", "--cert old.pem --issuer mid.pem --crl mid.crl old.signed", 1,
		"certificate-expired" },
	{ "no list", MID "--crl mid.pem signed", 3, NULL },
	{ "a list beside a certificate", MID "--crl mixed.crl signed", 3, NULL },
	{ "a list by another name", MID "--crl named.crl signed", 3, NULL },
	{ "a list that is cut", MID "--crl cut.crl signed", 3, NULL },
	{ "bytes behind a list", MID "--crl behind.der signed", 3, NULL },
	{ "an empty list", MID "--crl nothing.crl signed", 3, NULL },
	{ "a list that is not there", MID "--crl missing signed", 3, NULL },
	{ "a list without an issuer", "--cert leaf.pem --crl mid.crl signed", 2, NULL },

	{ "expired, and nobody asks", "--cert old.pem old.signed", 0, NULL },
	{ "expired, and an issuer", "--cert old.pem --issuer mid.pem old.signed", 0, NULL },
	{ "a time before all", MID "--at 2000-01-01T00:00:00Z signed", 1, "certificate-early" },
	{ "a time behind all", MID "--at 2200-01-01T00:00:00Z signed", 1, "certificate-expired" },
	{ "a time before, without issuers", "--cert self.pem --at 2000-01-01T00:00:00Z self.signed", 1,
		"certificate-early" },
	{ "a time behind, without issuers", "--cert self.pem --at 2200-01-01T00:00:00Z self.signed", 1,
		"certificate-expired" },
	{ "a time behind, with an anchor", "--anchor mid.pem --at 2200-01-01T00:00:00Z carries", 1,
		"certificate-expired" },
	{ "a list that is old then", MID "--crl mid.crl --at 2200-01-01T00:00:00Z signed", 1, "crl-expired" },
	{ "a date alone", MID "--at 2026-11-30 signed", 2, NULL },
	{ "another zone", MID "--at 2026-11-30T12:00:00+01:00 signed", 2, NULL },
	{ "no such day", MID "--at 2026-11-31T12:00:00Z signed", 2, NULL },
	{ "a fraction", MID "--at 2026-11-30T12:00:00.5Z signed", 2, NULL },
	{ "a sign", MID "--at 2026-+1-30T12:00:00Z signed", 2, NULL },
	{ "two times", MID "--at 2026-11-30T12:00:00Z --at 2026-11-30T12:00:00Z signed", 2, NULL },
	{ "a time, and a token's", MID "--at 2026-11-30T12:00:00Z --timestamp t --tsa-certs root.pem signed", 2, NULL },

	{ "its security version", MID "--min-svn 7 signed", 0, NULL },
	{ "a security version below", MID "--min-svn 8 signed", 1, "svn-low" },
	{ "the higher of two", MID "--min-svn 8 --min-svn 1 signed", 1, "svn-low" },
	{ "no number", MID "--min-svn x signed", 2, NULL },
	{ "a negative one", MID "--min-svn -1 signed", 2, NULL },

	{ "a file that is too large", MID "large", 1, "file-large" },
	{ "a file that is not there", MID "missing", 3, NULL },
	{ "a token for two files", MID "--timestamp t --tsa-certs root.pem signed signed", 2, NULL },
	{ "standard input twice", MID "- -", 2, NULL },
	{ "a manifest from standard input for two", MID "--release - signed signed", 2, NULL },
};

static void check_error(const json_t *object, const char *word)
{
	const char *error = json_string_value(json_object_get(object, "error"));

	if (!word && error)
		fail_msg("%s", error);
	if (word && (!error || strncmp(error, word, strlen(word)) || error[strlen(word)] != ':'))
		fail_msg("%s, not %s", error, word);
	assert_int_equal(json_is_true(json_object_get(object, "valid")), !word);
}

static void verify_line(void **state)
{
	const struct path_case *test = *state;
	char line[256];
	json_t *json;

	snprintf(line, sizeof(line), "%s --json", test->line);
	assert_int_equal(output_run_json(cmd_verify, "verify", line, &json), test->status);
	assert_int_equal(!!json, test->status < 2);
	if (json)
		check_error(json, test->word);
	json_decref(json);
}

/* A list that was good then is, and what it did not know yet is not revoked. */
static void as_of(void **state)
{
	char line[256], when[24];
	json_t *json;

	(void)state;
	timestamp_text(time(NULL) - 6 * 86400, when);
	snprintf(line, sizeof(line), "--json --cert old.pem --issuer mid.pem --crl mid-old.crl --at %s old.signed", when);
	assert_int_equal(output_run_json(cmd_verify, "verify", line, &json), 0);
	assert_string_equal(json_string_value(json_object_get(json, "at")), when);
	json_decref(json);
	timestamp_text(time(NULL) - 3 * 86400, when);
	snprintf(line, sizeof(line), "--json --cert old.pem --issuer mid.pem --crl mid-old.crl --at %s old.signed", when);
	assert_int_equal(output_run_json(cmd_verify, "verify", line, &json), 1);
	check_error(json, "certificate-expired");
	json_decref(json);
	timestamp_text(time(NULL) - 3600 * 24 * 365, when);
	snprintf(line, sizeof(line), "--json --cert old.pem --issuer mid.pem --crl mid-old.crl --at %s old.signed", when);
	assert_int_equal(output_run_json(cmd_verify, "verify", line, &json), 1);
	check_error(json, "crl-early");
	assert_non_null(strstr(json_string_value(json_object_get(json, "error")), when));
	json_decref(json);
}

static const json_t *signer_of(const json_t *json, size_t i)
{
	return json_array_get(json_object_get(json, "signers"), i);
}

static void is_text(const json_t *object, const char *field, const char *text)
{
	const char *value = json_string_value(json_object_get(object, field));

	if (!text != !value || (text && !strstr(value, text)))
		fail_msg("%s is %s, not %s", field, value, text);
}

/* In the order of the signature, which is that of DER */
static void each_signer(void **state)
{
	const json_t *first, *second;
	json_t *json;
	char *text;
	int status;

	(void)state;
	assert_int_equal(output_run_json(cmd_verify, "verify", "--json --cert self.pem both.signed", &json), 0);
	assert_int_equal(json_array_size(json_object_get(json, "signers")), 2);
	first = signer_of(json, 0);
	second = signer_of(json, 1);
	if (json_is_null(json_object_get(first, "by"))) {
		const json_t *other = first;

		first = second;
		second = other;
	}
	is_text(first, "certificate", "CN=self");
	is_text(first, "key", "RSA 2048");
	is_text(first, "hash", "sha256");
	is_text(first, "algorithm", "rsaEncryption");
	is_text(first, "by", "certificate");
	is_text(first, "error", NULL);
	is_text(second, "certificate", NULL);
	is_text(second, "key", NULL);
	is_text(second, "issuer", "CN=mid");
	is_text(second, "algorithm", "ecdsa-with-SHA256");
	is_text(second, "error", "unknown-key: ");
	json_decref(json);
	text = output_run_text(cmd_verify, "verify", "--cert self.pem both.signed", &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "  issuer CN=mid, serial "));
	free(text);

	assert_int_equal(output_run_json(cmd_verify, "verify", "--json --anchor mid.pem --crl mid-leaf.crl carries",
					 &json), 1);
	is_text(signer_of(json, 0), "by", "anchor");
	is_text(signer_of(json, 0), "key", "P-256");
	is_text(signer_of(json, 0), "certificate", "CN=leaf");
	is_text(signer_of(json, 0), "error", "certificate-revoked: ");
	is_text(json, "error", "certificate-revoked: ");
	is_text(json, "signer", NULL);
	json_decref(json);
}

static int verifications;

/* The library's, counted where it is about a payload and no certificate */
int EVP_DigestVerify(EVP_MD_CTX *context, const unsigned char *value, size_t value_size, const unsigned char *data,
		     size_t size)
{
	int (*of_library)(EVP_MD_CTX *, const unsigned char *, size_t, const unsigned char *, size_t) =
		dlsym(RTLD_NEXT, "EVP_DigestVerify");

	verifications += size >= IMAGE_SIZE;
	return of_library(context, value, value_size, data, size);
}

/* Each signature once, and what is told of the signers is the same. */
static void verified_once(void **state)
{
	struct blob file;
	json_t *json;

	(void)state;
	verifications = 0;
	assert_int_equal(output_run(cmd_verify, "verify", "--cert leaf.pem signed"), 0);
	assert_int_equal(verifications, 1);
	verifications = 0;
	assert_int_equal(output_run_json(cmd_verify, "verify", "--json --cert self.pem --cert leaf.pem both.signed", &json), 0);
	assert_int_equal(verifications, 2);
	is_text(signer_of(json, 0), "by", "certificate");
	is_text(signer_of(json, 1), "by", "certificate");
	json_decref(json);
	verifications = 0;
	assert_int_equal(output_run_json(cmd_verify, "verify", "--json --cert self.pem both.signed", &json), 0);
	assert_int_equal(verifications, 1);
	json_decref(json);
	/* One that is wrong ends that, and of each signer it is still told what it is. */
	assert_int_equal(file_read("both.signed", PAYLOAD_MAX_BYTES, &file), 0);
	file.data[IMAGE_SIZE - 1] ^= 1;
	fixture_save("wrong.signed", file.data, file.size);
	blob_free(&file);
	assert_int_equal(output_run_json(cmd_verify, "verify", "--json --cert self.pem --cert leaf.pem wrong.signed", &json), 1);
	is_text(signer_of(json, 0), "error", "bad-signature: ");
	is_text(signer_of(json, 1), "error", "bad-signature: ");
	json_decref(json);
}

/* All are judged, and the worst is the status; an object for each that could be. */
static void many(void **state)
{
	static const struct {
		const char *files;
		int status;
		const char *said;	/* what `valid` is, in order */
	} calls[] = {
		{ "signed carries", 0, "11" },
		{ "signed self.signed carries", 1, "101" },
		{ "text signed", 1, "01" },
		{ "missing self.signed signed", 3, "01" },
		{ "self.signed missing signed", 3, "01" },
	};
	char command[512], line[256], said[8], *argv[16];
	FILE *out;

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int saved = dup(STDOUT_FILENO), status, at = 0;
		json_t *json;

		snprintf(line, sizeof(line), "verify " MID "--json %s", calls[i].files);
		out = tmpfile();
		fflush(stdout);
		dup2(fileno(out), STDOUT_FILENO);
		status = cmd_verify(fixture_words(line, argv), argv);
		fflush(stdout);
		dup2(saved, STDOUT_FILENO);
		close(saved);
		assert_int_equal(status, calls[i].status);
		rewind(out);
		while ((json = json_loadf(out, JSON_DISABLE_EOF_CHECK, NULL))) {
			said[at++] = json_is_true(json_object_get(json, "valid")) ? '1' : '0';
			snprintf(command, sizeof(command), "%s", calls[i].files);
			assert_non_null(strstr(command, json_string_value(json_object_get(json, "file"))));
			json_decref(json);
		}
		said[at] = '\0';
		assert_string_equal(said, calls[i].said);
		fclose(out);
	}
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	struct CMUnitTest tests[CASES + 4] = {
		cmocka_unit_test(as_of), cmocka_unit_test(each_signer), cmocka_unit_test(verified_once), cmocka_unit_test(many),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[4 + i] = (struct CMUnitTest){ cases[i].name, verify_line, NULL, NULL, (void *)&cases[i] };
	return cmocka_run_group_tests_name("verify path", tests, prepare, clean);
}
