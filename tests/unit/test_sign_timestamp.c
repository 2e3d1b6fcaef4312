// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign with a TSA, which is openssl ts: the question, the answer, and that both files are there or
 * none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../signing/cmd_sign.c"

#include "certificate.h"
#include "payload_image.h"
#include "sign_world.h"
#include "signing_fixture.h"
#include "signing_output.h"
#include "timestamp.h"
#include "verify.h"

static const char configuration[] =
	"[tsa]\n"
	"default_tsa = one\n"
	"[one]\n"
	"serial = $ENV::TSA.serial\n"
	"signer_cert = $ENV::TSA.pem\n"
	"signer_key = $ENV::TSA.key\n"
	"certs = $ENV::TSA.pem\n"
	"signer_digest = sha256\n"
	"digests = sha256, sha384, sha512\n"
	"default_policy = 1.2.3.4.1\n"
	"ess_cert_id_chain = no\n";

/* NAME.key and NAME.pem, issued by root, with these extensions */
static void make_tsa(const char *name, const char *days, const char *usage)
{
	char line[1024];

	snprintf(line, sizeof(line), "printf 'extendedKeyUsage=%s\\nkeyUsage=critical,digitalSignature\\n' > %s.ext && "
		 "openssl req -newkey rsa:2048 -nodes -keyout %s.key -out %s.csr -subj /CN=%s 2>/dev/null && "
		 "openssl x509 -req -in %s.csr -CA root.pem -CAkey root.key -CAcreateserial -out %s.pem "
		 "-extfile %s.ext %s 2>/dev/null", usage, name, name, name, name, name, name, name, days);
	shell(line);
}

static int prepare(void **state)
{
	if (sign_world_open(state))
		return -1;
	shell("cp payload payload.tsr");
	fixture_save("tsa.cnf", configuration, strlen(configuration));
	shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=root -days 99 "
	      "2>/dev/null");
	shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=other -days 99 "
	      "2>/dev/null");
	make_tsa("tsa", "-days 9", "critical,timeStamping");
	make_tsa("past", "-days -1", "critical,timeStamping");
	setenv("TSA", "tsa", 1);
	shell("printf 'TSA=$1 exec openssl ts -reply -queryfile /dev/stdin -config tsa.cnf\\n' > ask");
	shell("mkdir nowhere.d into");
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem payload signed"), 0);
	assert_int_equal(run_words("--key p256.key --cert p256.pem --add --signed-by rsa.pem signed both"), 0);
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem --detached payload detached.cms"), 0);
	shell("openssl dgst -sha256 -sign rsa.key -out value payload");
	shell("openssl ts -query -data value -sha256 -cert -no_nonce -out query 2>/dev/null");
	shell("openssl ts -query -data payload -sha256 -cert -no_nonce -out other.query 2>/dev/null");
	shell("sh ask tsa < query > good.tsr 2>/dev/null");
	shell("sh ask tsa < other.query > other.tsr 2>/dev/null");
	shell("echo before > before");
	return 0;
}

#define KEY(rest)	"--key rsa.key --cert rsa.pem " rest
#define ASK(command)	"--timestamp-command '" command "' --tsa-certs root.pem "
#define TSA_ASK		ASK("sh ask tsa 2>/dev/null")
#define DONE(rest)	"--idempotent --key missing --cert rsa.pem " rest

static const struct stamp_case {
	const char *name;
	const char *line;
	int status;
	const char *out;	/* the file that "out" must be; NULL: there is none */
	const char *beside;	/* what "out.tsr" must be; "?": a token that holds; NULL: there is none */
} cases[] = {
	{ "query", KEY("--timestamp-query out.tsr payload out"), 0, "signed", "query" },
	{ "query of what is signed", DONE("--timestamp-query out.tsr signed out"), 0, "signed", "query" },
	{ "query of one of two", DONE("--timestamp-query out.tsr both out"), 0, "both", "query" },
	{ "query of what another program signs",
		"--attach value --cert rsa.pem --timestamp-query out.tsr payload out", 0, "signed", "query" },
	{ "query of what is detached", KEY("--detached --timestamp-query out.tsr payload out"), 0, "detached.cms",
		"query" },
	{ "query with the hash of the signature",
		"--key p256.key --cert p256.pem --hash sha512 --timestamp-query q512 payload p512", 0, NULL, NULL },

	{ "a TSA", KEY(TSA_ASK "payload out"), 0, "signed", "?" },
	{ "a TSA, and a name for its answer", KEY(TSA_ASK "--timestamp out.tsr payload out"), 0, "signed", "?" },
	{ "a TSA for what is signed", DONE(TSA_ASK "signed out"), 0, "signed", "?" },
	{ "a TSA for what is detached", KEY(TSA_ASK "--detached payload out"), 0, "detached.cms", "?" },
	{ "an answer of before", KEY(ASK("cat good.tsr") "payload out"), 0, "signed", "good.tsr" },
	{ "a token alone", KEY(ASK("openssl ts -reply -in good.tsr -token_out") "payload out"), 0, "signed", "?" },

	{ "an answer to another question", KEY(ASK("cat other.tsr") "payload out"), 1, NULL, NULL },
	{ "a TSA that had expired", KEY(ASK("sh ask past 2>/dev/null") "payload out"), 1, NULL, NULL },
	{ "a TSA that is not trusted",
		KEY("--timestamp-command 'cat good.tsr' --tsa-certs other.pem payload out"), 1, NULL, NULL },
	{ "a TSA that says no", KEY(ASK("echo x | sh ask tsa 2>/dev/null; true") "payload out"), 1, NULL, NULL },
	{ "garbage", KEY(ASK("echo garbage") "payload out"), 1, NULL, NULL },
	{ "a truncated answer", KEY(ASK("head -c 1000 good.tsr") "payload out"), 1, NULL, NULL },
	{ "a command that fails", KEY(ASK("cat good.tsr; exit 1") "payload out"), 3, NULL, NULL },
	{ "a command that prints nothing", KEY(ASK("true") "payload out"), 3, NULL, NULL },
	{ "a command that prints without end", KEY(ASK("yes") "payload out"), 3, NULL, NULL },
	{ "no TSA is asked for what the lint refuses",
		KEY(ASK("touch called; cat good.tsr") "wrmsr out"), 1, NULL, NULL },
	{ "no TSA is asked where the key does not sign",
		"--key missing --cert rsa.pem " ASK("touch called; cat good.tsr") "payload out", 3, NULL, NULL },
	{ "an output that cannot be written", KEY(TSA_ASK "--timestamp out.tsr payload nowhere/out"), 3, NULL,
		NULL },
	{ "an output that cannot be written, and a query",
		KEY("--timestamp-query out.tsr payload nowhere/out"), 3, NULL, NULL },
	{ "an answer that cannot be written", KEY(TSA_ASK "--timestamp nowhere/t payload out"), 3, NULL, NULL },
	{ "a query that cannot be written", KEY("--timestamp-query nowhere/q payload out"), 3, NULL, NULL },
	{ "a name that is a folder's", KEY("--timestamp-query nowhere.d payload out"), 3, NULL, NULL },
	{ "over the key", KEY("--timestamp-query rsa.key payload out"), 3, NULL, NULL },
	{ "over the certificate", KEY(TSA_ASK "--timestamp rsa.pem payload out"), 3, NULL, NULL },
	{ "over the payload", KEY("--timestamp-query payload payload out"), 3, NULL, NULL },
	{ "over the output", KEY("--timestamp-query out payload out"), 3, NULL, NULL },
	{ "over whom to believe", KEY(TSA_ASK "--timestamp root.pem payload out"), 3, NULL, NULL },
	{ "the output over whom to believe", KEY(TSA_ASK "payload root.pem"), 3, NULL, NULL },

	{ "a command, and nobody to believe", KEY("--timestamp-command x payload out"), 2, NULL, NULL },
	{ "somebody to believe, and no command", KEY("--tsa-certs root.pem payload out"), 2, NULL, NULL },
	{ "a name, and no command", KEY("--timestamp t payload out"), 2, NULL, NULL },
	{ "both ways", KEY(TSA_ASK "--timestamp-query q payload out"), 2, NULL, NULL },
	{ "an empty command", KEY("--timestamp-command '' --tsa-certs root.pem payload out"), 2, NULL, NULL },
	{ "standard output has no name to go by", KEY(TSA_ASK "payload -"), 2, NULL, NULL },
	{ "nothing is signed", "--prepare --timestamp-query q payload out", 2, NULL, NULL },
	{ "a signature is taken off", "--strip --timestamp-query q signed out", 2, NULL, NULL },
	{ "one question for many", KEY("--timestamp-query q --into into payload"), 2, NULL, NULL },
	{ "one answer for many", KEY(TSA_ASK "--timestamp t --into into payload"), 2, NULL, NULL },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* By `openssl ts` over the signature, and by ours over the file */
static void check_token(const char *path)
{
	STACK_OF(X509) *certs = sk_X509_new_null(), *roots = sk_X509_new_null();
	struct timestamp_trust trust = { certs, NULL, roots };
	struct timestamp timestamp;
	struct timestamp_of of;
	struct payload payload;
	struct reason why;
	struct blob file;
	X509 *signer;

	assert_int_equal(certificate_load_all("rsa.pem", certs, &why), 0);
	assert_int_equal(certificate_load_all("root.pem", roots, &why), 0);
	assert_int_equal(file_read("signed", PAYLOAD_MAX_BYTES, &file), 0);
	assert_int_equal(payload_parse(file.data, file.size, &payload, &why), 0);
	of = (struct timestamp_of){ payload.data, payload.size, payload.signature, payload.signature_size };
	assert_int_equal(timestamp_load(path, &timestamp, &why), 0);
	if (timestamp_verify(&timestamp, &of, &trust, &signer, &why))
		fail_msg("%s: %s", why.word, why.text);
	timestamp_free(&timestamp);
	blob_free(&file);
	sk_X509_pop_free(certs, X509_free);
	sk_X509_pop_free(roots, X509_free);
}

static void run_case(void **state)
{
	const struct stamp_case *test = *state;

	unlink("out");
	unlink("out.tsr");
	assert_int_equal(run_words(test->line), test->status);
	if (test->out)
		same_file("out", test->out);
	if (test->beside && !strcmp(test->beside, "?"))
		check_token("out.tsr");
	else if (test->beside)
		same_file("out.tsr", test->beside);
	assert_int_equal(access("out", F_OK), test->out ? 0 : -1);
	assert_int_equal(access("out.tsr", F_OK), test->beside ? 0 : -1);
	assert_int_equal(access("called", F_OK), -1);
}

/* What openssl asks for, and what it says of the answer */
static void as_openssl(void **state)
{
	(void)state;
	shell("test \"$(openssl ts -query -in q512 -text 2>/dev/null | grep -c 'Hash Algorithm: sha512')\" = 1");
	shell("sh ask tsa < query > t 2>/dev/null");
	check_token("t");
	shell("openssl ts -verify -data value -in t -CAfile root.pem >/dev/null 2>&1");
}

/* What is there and holds is not asked for again, what does not hold is. */
static void asked_once(void **state)
{
	(void)state;
	shell("cp signed place; cp good.tsr place.tsr");
	assert_int_equal(run_words(DONE(ASK("touch called; false") "place place")), 0);
	assert_int_equal(access("called", F_OK), -1);
	same_file("place.tsr", "good.tsr");
	shell("cp other.tsr place.tsr");
	assert_int_equal(run_words(DONE(ASK("false") "place place")), 3);
	same_file("place.tsr", "other.tsr");
	assert_int_equal(run_words(DONE(ASK("cat good.tsr") "place place")), 0);
	same_file("place.tsr", "good.tsr");
	same_file("place", "signed");
	/* Without --idempotent an answer is wanted, whatever is there. */
	assert_int_equal(run_words(KEY("--replace " ASK("false") "place place")), 3);
	same_file("place", "signed");
	same_file("place.tsr", "good.tsr");
}

/* A failure leaves what was there, OUT and beside it. */
static void nothing_lost(void **state)
{
	(void)state;
	shell("cp before t; cp payload place");
	assert_int_equal(run_words(KEY(TSA_ASK "--timestamp t payload nowhere/out")), 3);
	same_file("t", "before");
	assert_int_equal(run_words(KEY("--timestamp-query t payload nowhere/out")), 3);
	same_file("t", "before");
	assert_int_equal(run_words(KEY(ASK("false") "place place")), 3);
	same_file("place", "payload");
	assert_int_equal(run_words("--prepare --digest nowhere/d place place"), 3);
	same_file("place", "payload");
	/* What is there and was no answer of a TSA, by its size */
	shell("head -c 70000 /dev/zero > t");
	assert_int_equal(run_words(KEY("--timestamp-query t payload out")), 3);
	shell("test $(stat -c %s t) = 70000");
	unlink("out");
}

static void many(void **state)
{
	(void)state;
	assert_int_equal(run_words(KEY(TSA_ASK "--into into payload wrmsr")), 1);
	same_file("into/payload", "signed");
	check_token("into/payload.tsr");
	assert_int_equal(access("into/wrmsr", F_OK), -1);
	assert_int_equal(access("into/wrmsr.tsr", F_OK), -1);
	/* One's answer would be where the other goes. */
	shell("rm into/*");
	assert_int_equal(run_words(KEY(TSA_ASK "--into into payload payload.tsr")), 3);
	shell("test -z \"$(ls into)\"");
	assert_int_equal(run_words(KEY("--into into payload payload.tsr")), 0);
	/* One's answer would be written through to another's input. */
	shell("cp payload second; rm -f into/*; ln -s ../second into/payload.tsr");
	assert_int_equal(run_words(KEY(TSA_ASK "--into into payload second")), 3);
	same_file("second", "payload");
	shell("rm into/*");
}

/* A TSA that does not answer this one may answer the next. */
static void many_and_no_answer(void **state)
{
	(void)state;
	shell("cp payload second; rm -f into/* been");
	assert_int_equal(run_words(KEY(ASK("test -e been && cat good.tsr; touch been") "--into into payload second")),
			 3);
	assert_int_equal(access("into/payload", F_OK), -1);
	same_file("into/second", "signed");
	same_file("into/second.tsr", "good.tsr");
}

int main(void)
{
	struct CMUnitTest tests[CASES + 5];
	size_t n = 0;

	for (; n < CASES; n++)
		tests[n] = (struct CMUnitTest){ cases[n].name, run_case, NULL, NULL, (void *)&cases[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(as_openssl);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(asked_once);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(nothing_lost);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(many);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(many_and_no_answer);
	return cmocka_run_group_tests_name("sign timestamp", tests, prepare, sign_world_close);
}
