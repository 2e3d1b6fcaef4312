// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify --timestamp: what a token proves, and what is wrong with one that proves nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../signing/cmd_verify.c"

#include "certificate.h"
#include "keypair.h"
#include "own_directory.h"
#include "payload_image.h"
#include "signature.h"
#include "signing_output.h"
#include "tsa_world.h"

#define CODE	"critical,codeSigning"
#define STAMP	"critical,timeStamping"

static char *folder;
static struct signer root, between, lapsed_ca, other_root;
static struct signer tsa, past, plain, loose, both_uses, other_tsa, weak, sha1_signed;
static struct signer release_ca, release, next, issued;

static const struct made_cert {
	struct signer *out;
	struct tsa_cert cert;
} certs[] = {
	{ &root, { "root", NULL, -4000, 4000, NULL, 1, "p256" } },
	{ &between, { "between", &root, -4000, 4000, NULL, 1, "p256" } },
	{ &other_root, { "other root", NULL, -4000, 4000, NULL, 1, "p256" } },
	{ &tsa, { "tsa", &between, -1000, 1000, STAMP, 0, "rsa2048" } },
	{ &past, { "past", &between, -1000, -100, STAMP, 0, "p256" } },
	{ &plain, { "plain", &between, -1000, 1000, CODE, 0, "p256" } },
	{ &loose, { "loose", &between, -1000, 1000, "timeStamping", 0, "p256" } },
	{ &both_uses, { "both uses", &between, -1000, 1000, STAMP ",codeSigning", 0, "p256" } },
	{ &other_tsa, { "tsa", &other_root, -1000, 1000, STAMP, 0, "p256" } },
	{ &weak, { "weak", &between, -1000, 1000, STAMP, 0, "rsa1024" } },
	{ &sha1_signed, { "sha1", &between, -1000, 1000, STAMP, 0, "p256" } },
	{ &release_ca, { "release ca", NULL, -1000, -150, NULL, 1, "p256" } },
	{ &lapsed_ca, { "lapsed ca", NULL, -1000, -600, NULL, 1, "p256" } },
	/* What signs: it expired 200 days ago. */
	{ &release, { "release", &release_ca, -900, -200, CODE, 0, "p256" } },
	{ &issued, { "issued", &lapsed_ca, -900, -200, CODE, 0, "p256" } },
	{ &next, { "next", &release_ca, -300, 300, CODE, 0, "rsa2048" } },
};

static const struct made_token {
	const char *name;
	struct tsa_token token;
	int number;		/* of the signature in "both" */
} tokens[] = {
	{ "good", { &tsa, &between, -500, TSA_GOOD }, 0 },
	{ "next.good", { &tsa, &between, -100, TSA_GOOD }, 1 },
	{ "past", { &past, &between, -500, TSA_GOOD }, 0 },
	{ "late", { &tsa, &between, -199, TSA_GOOD }, 0 },
	{ "early", { &tsa, &between, -901, TSA_GOOD }, 0 },
	{ "past.late", { &past, &between, -99, TSA_GOOD }, 0 },
	{ "past.early", { &past, &between, -1001, TSA_GOOD }, 0 },
	{ "plain", { &plain, &between, -500, TSA_GOOD }, 0 },
	{ "loose", { &loose, &between, -500, TSA_GOOD }, 0 },
	{ "both.uses", { &both_uses, &between, -500, TSA_GOOD }, 0 },
	{ "other.tsa", { &other_tsa, NULL, -500, TSA_GOOD }, 0 },
	{ "weak", { &weak, &between, -500, TSA_GOOD }, 0 },
	{ "lone", { &tsa, NULL, -500, TSA_GOOD }, 0 },
	{ "bare", { &tsa, NULL, -500, TSA_NO_CERTIFICATE }, 0 },
	{ "unnamed", { &tsa, &between, -500, TSA_UNNAMED }, 0 },
	{ "two", { &tsa, &past, -500, TSA_TWO_SIGNERS }, 0 },
	{ "sha1", { &tsa, &between, -500, TSA_SHA1 }, 0 },
	{ "sha1.imprint", { &tsa, &between, -500, TSA_SHA1_IMPRINT }, 0 },
	{ "version", { &tsa, &between, -500, TSA_VERSION }, 0 },
	{ "critical", { &tsa, &between, -500, TSA_CRITICAL }, 0 },
	{ "own.name", { &tsa, &between, -500, TSA_OWN_NAME }, 0 },
	{ "other.name", { &tsa, &between, -500, TSA_OTHER_NAME }, 0 },
	{ "changed", { &tsa, &between, -500, TSA_CHANGED }, 0 },
	{ "fraction", { &tsa, &between, -500, TSA_FRACTION }, 0 },
	{ "rejected", { &tsa, &between, -500, TSA_REJECTED }, 0 },
	{ "content", { &tsa, &between, -500, TSA_OTHER_CONTENT }, 0 },
};

#define CERTS (sizeof(certs) / sizeof(certs[0]))
#define TOKENS (sizeof(tokens) / sizeof(tokens[0]))

static void save_cert(const struct signer *signer)
{
	char *subject = certificate_name(X509_get_subject_name(signer->cert));
	char name[64], *at = name;
	struct reason why;
	struct blob pem;

	/* Behind "CN=" */
	snprintf(name, sizeof(name), "%s.pem", signer == &other_tsa ? "other tsa" : subject + 3);
	free(subject);
	for (; *at; at++)
		if (*at == ' ')
			*at = '.';
	assert_int_equal(keypair_encode_cert(signer->cert, &pem, &why), 0);
	fixture_save(name, pem.data, pem.size);
	blob_free(&pem);
}

/* Signed by @a, and by @b beside it */
static struct blob sign_image(const struct signer *a, const struct signer *b)
{
	unsigned char image[IMAGE_SIZE];
	struct blob first, der, file;
	struct reason why = { 0 };

	payload_image_make(image);
	der = cms_make(image, sizeof(image), a, EVP_sha256(), CMS_AS_SIGN_FILE);
	if (b) {
		first = der;
		der = cms_make(image, sizeof(image), b, EVP_sha256(), CMS_AS_SIGN_FILE);
		assert_int_equal(signature_join(&first, &der, &why), 0);
		blob_free(&first);
	}
	assert_int_equal(signature_append(image, sizeof(image), &der, &file, &why), 0);
	blob_free(&der);
	return file;
}

static void save_token(const struct made_token *made, const struct blob *value)
{
	struct blob answer = tsa_answer(&made->token, value->data, value->size);
	struct blob token;
	char name[64];

	snprintf(name, sizeof(name), "%s.tsr", made->name);
	fixture_save(name, answer.data, answer.size);
	if (made->token.fault != TSA_REJECTED) {
		token = tsa_token_of(&answer);
		snprintf(name, sizeof(name), "%s.token", made->name);
		fixture_save(name, token.data, token.size);
		blob_free(&token);
	}
	blob_free(&answer);
}

static void save_damaged(void)
{
	struct blob answer;
	unsigned char *big = calloc(1, TIMESTAMP_MAX + 1);

	assert_int_equal(file_read("good.tsr", TIMESTAMP_MAX, &answer), 0);
	fixture_save("truncated.tsr", answer.data, answer.size - 1);
	answer.data = realloc(answer.data, answer.size + 1);
	answer.data[answer.size] = 0;
	fixture_save("trailing.tsr", answer.data, answer.size + 1);
	blob_free(&answer);
	fixture_save("garbage.tsr", "no timestamp", 12);
	fixture_save("empty.tsr", "", 0);
	fixture_save("big.tsr", big, TIMESTAMP_MAX + 1);
	free(big);
}

static int prepare(void **state)
{
	struct blob both, alone, other, value[3];

	(void)state;
	if (own_directory((void **)&folder) || chdir(folder))
		return -1;
	for (size_t i = 0; i < CERTS; i++)
		*certs[i].out = tsa_cert_make(&certs[i].cert);
	/* A certificate over SHA-1, which OpenSSL signs where it is told to */
	assert_true(X509_sign(sha1_signed.cert, between.key, EVP_sha1()));
	for (size_t i = 0; i < CERTS; i++)
		save_cert(certs[i].out);
	both = sign_image(&release, &next);
	alone = sign_image(&release, NULL);
	other = sign_image(&issued, NULL);
	fixture_save("both", both.data, both.size);
	fixture_save("alone", alone.data, alone.size);
	fixture_save("issued", other.data, other.size);
	for (int i = 0; i < 2; i++)
		value[i] = tsa_value(&both, i);
	value[2] = tsa_value(&other, 0);
	for (size_t i = 0; i < TOKENS; i++)
		save_token(&tokens[i], &value[tokens[i].number]);
	save_token(&(struct made_token){ "issued", { &tsa, &between, -500, TSA_GOOD }, 0 }, &value[2]);
	save_token(&(struct made_token){ "sha1.chain", { &sha1_signed, &between, -500, TSA_GOOD }, 0 },
		   &value[0]);
	save_token(&(struct made_token){ "payload", { &tsa, &between, -500, TSA_GOOD }, 0 },
		   &(struct blob){ both.data, IMAGE_SIZE });
	save_damaged();
	both.data[0x2100] ^= 1;
	fixture_save("broken", both.data, both.size);
	blob_free(&both);
	blob_free(&alone);
	blob_free(&other);
	for (int i = 0; i < 3; i++)
		blob_free(&value[i]);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < CERTS; i++)
		signer_free(certs[i].out);
	return chdir("/") || no_directory((void **)&folder);
}

struct token_case {
	const char *name;
	const char *line;
	int status;
	const char *says;	/* who signed, or the word of the reason; NULL: exit status 2 or 3 */
};

#define OLD(token)	"--cert release.pem --timestamp " token " --tsa-certs root.pem both"

static const struct token_case cases[] = {
	{ "a TSA's answer", OLD("good.tsr"), 0, "CN=release" },
	{ "its token alone", OLD("good.token"), 0, "CN=release" },
	{ "the TSA's certificate has expired since", OLD("past.tsr"), 0, "CN=release" },
	{ "with a fraction of a second", OLD("fraction.tsr"), 0, "CN=release" },
	{ "with the TSA's name", OLD("own.name.tsr"), 0, "CN=release" },
	{ "an intermediate as anchor", "--cert release.pem --timestamp lone.tsr --tsa-certs between.pem both", 0,
		"CN=release" },
	{ "the TSA's certificate as anchor", "--cert release.pem --timestamp lone.tsr --tsa-certs tsa.pem both", 0,
		"CN=release" },
	{ "the TSA's certificate is not in the token",
		"--cert release.pem --timestamp bare.tsr --tsa-certs tsa.pem both", 0, "CN=release" },
	{ "of several TSAs one",
		"--cert release.pem --timestamp good.tsr --tsa-certs other.root.pem --tsa-certs root.pem both", 0,
		"CN=release" },
	{ "the other signer's", "--cert next.pem --timestamp next.good.tsr --tsa-certs root.pem both", 0,
		"CN=next" },
	{ "both signers known, one token",
		"--cert release.pem --cert next.pem --timestamp next.good.tsr --tsa-certs root.pem both", 0,
		"CN=next" },
	{ "with the signer's issuer", "--issuer release.ca.pem " OLD("good.tsr"), 0, "CN=release" },
	{ "with one of several issuers", "--issuer root.pem --issuer release.ca.pem " OLD("good.tsr"), 0,
		"CN=release" },

	{ "signed after its certificate expired", OLD("late.tsr"), 1, "certificate-expired" },
	{ "signed before its certificate began", OLD("early.tsr"), 1, "certificate-early" },
	{ "another issuer's", "--issuer root.pem " OLD("good.tsr"), 1, "not-issued" },
	{ "an issuer that had expired, but for the dates",
		"--cert issued.pem --timestamp issued.tsr --tsa-certs root.pem issued", 0, "CN=issued" },
	{ "an issuer that had expired",
		"--cert issued.pem --timestamp issued.tsr --tsa-certs root.pem --issuer lapsed.ca.pem issued", 1,
		"not-issued" },
	{ "over a signer that nobody named",
		"--cert release.pem --timestamp next.good.tsr --tsa-certs root.pem both", 1, "unknown-key" },
	{ "over another payload's signature", OLD("issued.tsr"), 1, "timestamp-imprint" },
	{ "over a signature that is not there",
		"--cert release.pem --timestamp next.good.tsr --tsa-certs root.pem alone", 1, "timestamp-imprint" },
	{ "over the payload", OLD("payload.tsr"), 1, "timestamp-imprint" },
	{ "over SHA-1 of the signature", OLD("sha1.imprint.tsr"), 1, "timestamp-digest" },
	{ "with a signature over SHA-1", OLD("sha1.tsr"), 1, "timestamp-digest" },
	{ "the TSA's certificate had expired", OLD("past.late.tsr"), 1, "timestamp-expired" },
	{ "the TSA's certificate had not begun", OLD("past.early.tsr"), 1, "timestamp-early" },
	{ "by a certificate for code", OLD("plain.tsr"), 1, "timestamp-usage" },
	{ "by one whose usage is not critical", OLD("loose.tsr"), 1, "timestamp-usage" },
	{ "by one with another usage, too", OLD("both.uses.tsr"), 1, "timestamp-usage" },
	{ "by one with another usage, which is the anchor itself",
		"--cert release.pem --timestamp plain.tsr --tsa-certs plain.pem both", 1, "timestamp-usage" },
	{ "by another TSA of this name", OLD("other.tsa.tsr"), 1, "timestamp-untrusted" },
	{ "by a TSA that leads to none of these",
		"--cert release.pem --timestamp good.tsr --tsa-certs other.root.pem both", 1, "timestamp-untrusted" },
	{ "without the certificate between", OLD("lone.tsr"), 1, "timestamp-untrusted" },
	{ "without a certificate", OLD("bare.tsr"), 1, "timestamp-untrusted" },
	{ "by a key of 1024 bits", OLD("weak.tsr"), 1, "timestamp-untrusted" },
	{ "by a certificate over SHA-1", OLD("sha1.chain.tsr"), 1, "timestamp-untrusted" },
	{ "by the signer himself", "--cert release.pem --timestamp good.tsr --tsa-certs release.pem both", 1,
		"timestamp-untrusted" },
	{ "changed", OLD("changed.tsr"), 1, "timestamp-signature" },
	{ "with two signers", OLD("two.tsr"), 1, "timestamp-signature" },
	{ "that does not name its certificate", OLD("unnamed.tsr"), 1, "timestamp-certificate" },
	{ "that names another TSA", OLD("other.name.tsr"), 1, "timestamp-certificate" },
	{ "of another version", OLD("version.tsr"), 1, "timestamp-malformed" },
	{ "with a critical extension", OLD("critical.tsr"), 1, "timestamp-malformed" },
	{ "of other content", OLD("content.token"), 1, "timestamp-malformed" },
	{ "that the TSA did not grant", OLD("rejected.tsr"), 1, "timestamp-rejected" },
	{ "truncated", OLD("truncated.tsr"), 1, "timestamp-malformed" },
	{ "with a byte behind it", OLD("trailing.tsr"), 1, "timestamp-malformed" },
	{ "garbage", OLD("garbage.tsr"), 1, "timestamp-malformed" },
	{ "nothing", OLD("empty.tsr"), 1, "timestamp-malformed" },
	{ "a certificate", OLD("root.pem"), 1, "timestamp-malformed" },
	{ "a payload that was changed", "--cert release.pem --timestamp good.tsr --tsa-certs root.pem broken", 1,
		"bad-signature" },

	{ "good, of what is in no release", "--release garbage.tsr " OLD("good.tsr"), 1, "json" },

	{ "too large", OLD("big.tsr"), 3, NULL },
	{ "not there", OLD("missing.tsr"), 3, NULL },
	{ "no certificate of a TSA", "--cert release.pem --timestamp good.tsr --tsa-certs garbage.tsr both", 3,
		NULL },
	{ "nobody to believe", "--cert release.pem --timestamp good.tsr both", 2, NULL },
	{ "nothing to believe", "--cert release.pem --tsa-certs root.pem both", 2, NULL },
	{ "two tokens", "--timestamp good.tsr " OLD("good.tsr"), 2, NULL },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void run_case(void **state)
{
	const struct token_case *test = *state;
	const char *error, *signer;
	char line[512];
	json_t *json;

	snprintf(line, sizeof(line), "%s --json", test->line);
	assert_int_equal(output_run_json(cmd_verify, "verify", line, &json), test->status);
	assert_int_equal(!!json, test->status < 2);
	if (!json)
		return;
	error = json_string_value(json_object_get(json, "error"));
	signer = json_string_value(json_object_get(json, "signer"));
	assert_int_equal(json_is_true(json_object_get(json, "valid")), !test->status);
	assert_int_equal(json_is_object(json_object_get(json, "timestamp")), !test->status);
	if (test->status) {
		assert_non_null(error);
		assert_memory_equal(error, test->says, strlen(test->says));
		assert_int_equal(error[strlen(test->says)], ':');
	} else {
		assert_non_null(strstr(signer, test->says));
	}
	json_decref(json);
}

/* Without a token the dates do not count, and nothing is said of a time. */
static void no_token(void **state)
{
	json_t *json;

	(void)state;
	assert_int_equal(output_run_json(cmd_verify, "verify", "--cert release.pem both --json", &json), 0);
	assert_true(json_is_null(json_object_get(json, "timestamp")));
	json_decref(json);
	/* Nor do those of its issuer */
	assert_int_equal(output_run_json(cmd_verify, "verify", "--cert release.pem --issuer release.ca.pem both --json",
					 &json), 0);
	assert_true(json_is_null(json_object_get(json, "timestamp")));
	json_decref(json);
}

static void what_is_said(void **state)
{
	time_t when = time(NULL) - 500 * 86400;
	const char *text;
	json_t *json, *stamp;
	char day[24];

	(void)state;
	assert_int_equal(output_run_json(cmd_verify, "verify", OLD("past.tsr") " --json", &json), 0);
	stamp = json_object_get(json, "timestamp");
	assert_string_equal(json_string_value(json_object_get(stamp, "tsa")), "CN=past");
	assert_string_equal(json_string_value(json_object_get(stamp, "serial")), "1234");
	text = json_string_value(json_object_get(stamp, "time"));
	assert_int_equal(strlen(text), 20);
	timestamp_text(when, day);
	assert_memory_equal(text, day, 10);
	json_decref(json);
}

/* Whatever is damaged: it holds no more, or says the same. */
static void damaged(void **state)
{
	STACK_OF(X509) *signers = sk_X509_new_null(), *roots = sk_X509_new_null();
	struct timestamp_trust trust = { signers, NULL, roots };
	struct timestamp honest, timestamp;
	int held = 0, refused = 0;
	struct timestamp_of of;
	struct payload payload;
	struct reason why;
	struct blob file, answer;
	X509 *signer;

	(void)state;
	sk_X509_push(signers, release.cert);
	sk_X509_push(roots, root.cert);
	assert_int_equal(file_read("both", PAYLOAD_MAX_BYTES, &file), 0);
	assert_int_equal(payload_parse(file.data, file.size, &payload, &why), 0);
	of = (struct timestamp_of){ payload.data, payload.size, payload.signature, payload.signature_size };
	assert_int_equal(timestamp_load("good.tsr", &honest, &why), 0);
	assert_int_equal(file_read("good.tsr", TIMESTAMP_MAX, &answer), 0);
	for (size_t i = 0; i < answer.size; i++) {
		answer.data[i] ^= 1u << i % 8;
		if (!timestamp_parse(answer.data, answer.size, &timestamp, &why) &&
		    !timestamp_verify(&timestamp, &of, &trust, &signer, &why)) {
			assert_int_equal(timestamp.time, honest.time);
			assert_ptr_equal(signer, release.cert);
			held++;
		} else {
			assert_true(*why.word);
			refused++;
		}
		timestamp_free(&timestamp);
		answer.data[i] ^= 1u << i % 8;
		assert_true(timestamp_parse(answer.data, i, &timestamp, &why));
	}
	assert_true(refused > 10 * held);
	timestamp_free(&honest);
	blob_free(&answer);
	blob_free(&file);
	sk_X509_free(signers);
	sk_X509_free(roots);
}

int main(void)
{
	struct CMUnitTest tests[CASES + 3] = {
		cmocka_unit_test(no_token), cmocka_unit_test(what_is_said), cmocka_unit_test(damaged),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[3 + i] = (struct CMUnitTest){ cases[i].name, run_case, NULL, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("timestamp", tests, prepare, clean);
}
