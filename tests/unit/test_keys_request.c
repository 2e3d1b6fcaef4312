// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys request and certify, and list --cert: certificates for keys that are there, and whether a kernel has one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/x509v3.h>

#include "../../keys/cmd_keys_certify.c"

#include "certificate.h"
#include "kernel_trust.h"
#include "key_request.h"
#include "own_directory.h"
#include "signing_fixture.h"
#include "signing_output.h"

static char *folder;

static void shell(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

static X509 *read_back(const char *path)
{
	struct reason why;
	X509 *cert;

	if (certificate_load(path, &cert, &why))
		fail_msg("%s: %s: %s", path, why.word, why.text);
	return cert;
}

static int prepare(void **state)
{
	struct keypair_request ca = { .cn = "ca", .type = "p384", .days = 30, .ca = 1 };
	struct signer authority;
	struct reason why;

	(void)state;
	if (own_directory((void **)&folder) || chdir(folder))
		return -1;
	assert_int_equal(keypair_make(&ca, &authority.key, &authority.cert, &why), 0);
	signer_save("ours", signer_make("ours", "p256"), NULL);
	signer_save("curve", signer_make("curve", "p384"), NULL);
	signer_save("rsa", signer_make("rsa", "rsa2048"), NULL);
	signer_save("short", signer_make("short", "rsa1024"), NULL);
	signer_save("locked", signer_make("locked", "p256"), "secret");
	fixture_save("pass", "secret\n", 7);
	shell("openssl req -new -key ours.key -subj /O=theirs/CN=wish -addext basicConstraints=critical,CA:TRUE "
	      "-out wish.csr 2>/dev/null && openssl req -in wish.csr -outform DER -out wish.der");
	shell("openssl req -new -key short.key -subj /CN=x -out short.csr 2>/dev/null");
	shell("openssl genpkey -algorithm ed25519 -out ed.key && openssl req -new -key ed.key -subj /CN=x -out ed.csr");
	shell("(cat wish.der; echo) > behind.der && head -c 100 wish.der > cut.der && : > nothing");
	shell("cat wish.csr short.csr > two.csr; cat wish.csr ours.pem > beside.csr; cat ours.key curve.key > two.key");
	shell("(openssl req -in wish.csr -text; echo Ask Eve) > noted.csr");
	/* The last byte is the signature's. */
	shell("s=$(stat -c %s wish.der) && (head -c $((s - 1)) wish.der; tail -c 1 wish.der | tr '\\000-\\377' "
	      "'\\001-\\377\\000') > false.der");
	signer_save("ca", authority, NULL);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || no_directory((void **)&folder);
}

#define BY_CA "--ca-key ca.key --ca-cert ca.pem "

static const struct line_case {
	const char *name;
	int (*verb)(int argc, char **argv);
	const char *line;
	int status;
} cases[] = {
	{ "a request", cmd_keys_request, "--key ours.key --cn ours --out out", 0 },
	{ "of an RSA key", cmd_keys_request, "--key rsa.key --cn rsa --out out", 0 },
	{ "of a key on P-384", cmd_keys_request, "--key curve.key --cn curve --out out", 0 },
	{ "of a locked key", cmd_keys_request, "--key locked.key --passphrase-file pass --cn x --out out", 0 },
	{ "of a short key", cmd_keys_request, "--key short.key --cn x --out out", 1 },
	{ "of a key of another type", cmd_keys_request, "--key ed.key --cn x --out out", 1 },
	{ "of one of two keys", cmd_keys_request, "--key two.key --cn x --out out", 3 },
	{ "of a key that is none", cmd_keys_request, "--key ours.pem --cn x --out out", 3 },
	{ "request without a name", cmd_keys_request, "--key ours.key --out out", 2 },
	{ "request with an empty name", cmd_keys_request, "--key ours.key --cn= --out out", 2 },
	{ "request without a key", cmd_keys_request, "--cn x --out out", 2 },
	{ "request without an output", cmd_keys_request, "--key ours.key --cn x", 2 },

	{ "a certificate for a request", cmd_keys_certify, BY_CA "--request wish.csr --days 9 --out out", 0 },
	{ "... in DER", cmd_keys_certify, BY_CA "--request wish.der --days 9 --out out", 0 },
	{ "... of a short key", cmd_keys_certify, BY_CA "--request short.csr --days 9 --out out", 1 },
	{ "... of a key of another type", cmd_keys_certify, BY_CA "--request ed.csr --days 9 --out out", 1 },
	{ "... that another key signed", cmd_keys_certify, BY_CA "--request false.der --days 9 --out out", 1 },
	{ "... with bytes behind", cmd_keys_certify, BY_CA "--request behind.der --days 9 --out out", 3 },
	{ "... that is cut", cmd_keys_certify, BY_CA "--request cut.der --days 9 --out out", 3 },
	{ "... that is empty", cmd_keys_certify, BY_CA "--request nothing --days 9 --out out", 3 },
	{ "... that is a certificate", cmd_keys_certify, BY_CA "--request ours.pem --days 9 --out out", 3 },
	{ "... beside another", cmd_keys_certify, BY_CA "--request two.csr --days 9 --out out", 3 },
	{ "... beside a certificate", cmd_keys_certify, BY_CA "--request beside.csr --days 9 --out out", 3 },
	{ "... with text around it", cmd_keys_certify, BY_CA "--request noted.csr --days 9 --out out", 0 },
	{ "... by who is no CA", cmd_keys_certify,
		"--ca-key ours.key --ca-cert ours.pem --request wish.csr --days 9 --out out", 1 },
	{ "... by nobody", cmd_keys_certify, "--request wish.csr --days 9 --out out", 2 },
	{ "a certificate for a key", cmd_keys_certify, BY_CA "--key ours.key --cn x --days 9 --out out", 0 },
	{ "... by itself", cmd_keys_certify, "--key ours.key --cn x --days 9 --out out", 0 },
	{ "... that is short", cmd_keys_certify, BY_CA "--key short.key --cn x --days 9 --out out", 1 },
	{ "... without a name", cmd_keys_certify, "--key ours.key --days 9 --out out", 2 },
	{ "... and a request", cmd_keys_certify,
		BY_CA "--key ours.key --request wish.csr --cn x --days 9 --out out", 2 },
	{ "... without an end", cmd_keys_certify, "--key ours.key --cn x --out out", 2 },
	{ "... with half a CA", cmd_keys_certify, "--key ours.key --cn x --days 9 --ca-key ca.key --out out", 2 },
};

static void run_case(void **state)
{
	const struct line_case *test = *state;

	unlink("out");
	assert_int_equal(output_run(test->verb, "verb", test->line), test->status);
	assert_int_equal(access("out", F_OK), test->status || !strstr(test->line, "--out out") ? -1 : 0);
}

/* What others read in it */
static void request_is_one(void **state)
{
	(void)state;
	unlink("out");
	assert_int_equal(output_run(cmd_keys_request, "request", "--key curve.key --cn curve --out out"), 0);
	shell("openssl req -verify -in out -noout 2>/dev/null");
	shell("openssl req -in out -noout -subject | grep -q 'CN = curve'");
	shell("openssl req -in out -noout -text | grep -q 'Code Signing'");
	shell("openssl req -in out -noout -pubkey > a && openssl pkey -in curve.key -pubout > b && cmp a b");
}

/* What the request wishes is for the CA to say. */
static void wishes(void **state)
{
	X509 *ca = read_back("ca.pem"), *ours = read_back("ours.pem"), *made;
	char *name;

	(void)state;
	unlink("out");
	assert_int_equal(output_run(cmd_keys_certify, "certify", BY_CA "--request wish.csr --days 9 --out out"), 0);
	made = read_back("out");
	assert_int_equal(X509_check_ca(made), 0);
	assert_int_equal(X509_get_key_usage(made), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(made), XKU_CODE_SIGN);
	assert_int_equal(X509_verify(made, X509_get0_pubkey(ca)), 1);
	assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(made), X509_get0_pubkey(ours)), 1);
	name = certificate_name(X509_get_subject_name(made));
	assert_string_equal(name, "CN=wish,O=theirs");
	free(name);
	X509_free(made);
	unlink("out");
	assert_int_equal(output_run(cmd_keys_certify, "certify", BY_CA "--request wish.csr --cn named --ca --days 9 "
				    "--out out"), 0);
	made = read_back("out");
	assert_int_equal(X509_check_ca(made), 1);
	name = certificate_name(X509_get_subject_name(made));
	assert_string_equal(name, "CN=named");
	free(name);
	X509_free(made);
	X509_free(ours);
	X509_free(ca);
}

/* A root over a key that is there, and what it certifies signs. */
static void root(void **state)
{
	(void)state;
	assert_int_equal(output_run(cmd_keys_certify, "certify", "--key rsa.key --cn root --ca --days 9 --out root.pem"),
			 0);
	assert_int_equal(output_run(cmd_keys_request, "request", "--key ours.key --cn leaf --out leaf.csr"), 0);
	assert_int_equal(output_run(cmd_keys_certify, "certify", "--ca-key rsa.key --ca-cert root.pem --request "
				    "leaf.csr --days 9 --out leaf.pem"), 0);
	shell("openssl verify -CAfile root.pem -purpose codesign leaf.pem >/dev/null 2>&1 || "
	      "openssl verify -CAfile root.pem leaf.pem >/dev/null");
}

static void nothing_is_overwritten(void **state)
{
	(void)state;
	shell("cp ours.pem kept && cp ours.pem there");
	assert_int_equal(output_run(cmd_keys_certify, "certify", "--key ours.key --cn x --days 9 --out there"), 3);
	assert_int_equal(output_run(cmd_keys_request, "request", "--key ours.key --cn x --out there"), 3);
	shell("cmp there kept");
}

static json_t *ring(const char *name, const char *type, const char *format, const char *hex)
{
	char text[256];

	snprintf(text, sizeof(text), format, hex);
	return json_pack("{s:s, s:s, s:[{s:s, s:s, s:s}]}", "name", name, "id", "0x00000001", "keys", "id", "0x00000002",
			 "type", type, "description", text);
}

/* Keyrings as keyring_list() tells of them; the name of a key is the kernel's. */
static void kernel_has_one(const char *name)
{
	static const struct {
		const char *ring, *type, *format;
		bool tbs;
		const char *word;	/* NULL: trusted */
	} rings[] = {
		{ ".builtin_trusted_keys", "asymmetric", "Release: ours: %s", false, NULL },
		{ ".secondary_trusted_keys", "asymmetric", "ours: %s", false, NULL },
		{ ".machine", "asymmetric", "ours: %s", false, NULL },
		{ ".platform", "asymmetric", "ours: %s", false, NULL },
		{ ".ima", "asymmetric", "ours: %s", false, "not-in-keyring" },
		{ ".builtin_trusted_keys", "asymmetric", "ours: 00%s", false, "not-in-keyring" },
		{ ".builtin_trusted_keys", "asymmetric", "ours: %s00", false, "not-in-keyring" },
		{ ".builtin_trusted_keys", "keyring", "ours: %s", false, "not-in-keyring" },
		{ ".blacklist", "asymmetric", "ours: %s", false, "certificate-revoked" },
		{ ".blacklist", "blacklist", "tbs:%s", true, "certificate-revoked" },
		{ ".blacklist", "blacklist", "bin:%s", true, NULL },
	};
	char file[64], command[256], tbs[80], *id;
	X509 *cert;
	struct reason why;
	json_t *all, *out;
	FILE *pipe;

	snprintf(file, sizeof(file), "%s.pem", name);
	cert = read_back(file);
	id = certificate_key_id(cert);
	/* By another program: the certificate is a SEQUENCE of what is signed, and the signature. */
	snprintf(command, sizeof(command), "openssl x509 -in %s.pem -outform DER -out tbs.der && openssl asn1parse -inform DER "
		 "-in tbs.der -strparse 4 -noout -out tbs && sha256sum < tbs", name);
	pipe = popen(command, "r");
	assert_int_equal(fread(tbs, 1, 64, pipe), 64);
	tbs[64] = '\0';
	pclose(pipe);
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		all = json_array();
		json_array_append_new(all, ring(rings[i].ring, rings[i].type, rings[i].format,
						rings[i].tbs ? tbs : id));
		if (!strcmp(rings[i].ring, ".blacklist"))
			json_array_append_new(all, ring(".builtin_trusted_keys", "asymmetric", "ours: %s", id));
		assert_int_equal(kernel_trust_find(all, cert, &out, &why), rings[i].word ? REFUSED : 0);
		if (rings[i].word)
			assert_string_equal(why.word, rings[i].word);
		assert_int_equal(json_is_true(json_object_get(out, "trusted")), !rings[i].word);
		json_decref(out);
		json_decref(all);
	}
	free(id);
	X509_free(cert);
}

/* The kernel's hash of what is signed is SHA-256, whichever was signed: that of the second is SHA-384. */
static void kernel_has(void **state)
{
	(void)state;
	kernel_has_one("ours");
	kernel_has_one("ca");
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	struct CMUnitTest tests[CASES + 5] = {
		cmocka_unit_test(request_is_one), cmocka_unit_test(wishes), cmocka_unit_test(root),
		cmocka_unit_test(nothing_is_overwritten), cmocka_unit_test(kernel_has),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[5 + i] = (struct CMUnitTest){ cases[i].name, run_case, NULL, NULL, (void *)&cases[i] };
	return cmocka_run_group_tests_name("keys request", tests, prepare, clean);
}
