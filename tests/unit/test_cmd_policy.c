// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker policy reference: whose payloads it takes, and that it says what it did not verify.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../policy/cmd_lint.c"
#include "../../policy/cmd_policy.c"
#include "../../policy/cmd_reference.c"

#include "keypair.h"
#include "own_directory.h"
#include "payload_image.h"
#include "signing_fixture.h"
#include "signing_output.h"

/* The verb, but for evidence, which a room above reads */
int cmd_policy(int argc, char **argv)
{
	return policy_verb(argc, argv, NULL);
}

static char *folder;

static void save(const char *name, const void *data, size_t size)
{
	assert_int_equal(file_write_atomic(name, data, size, 0644), 0);
}

static int prepare(void **state)
{
	struct signer a, b;
	struct blob pem, other, file;
	struct reason why;
	char both[8192];

	(void)state;
	if (own_directory((void **)&folder) || chdir(folder))
		return -1;
	a = signer_make("a", "p256");
	b = signer_make("b", "p256");
	keypair_encode_cert(a.cert, &pem, &why);
	keypair_encode_cert(b.cert, &other, &why);
	save("a.pem", pem.data, pem.size);
	save("b.pem", other.data, other.size);
	memcpy(both, other.data, other.size);
	memcpy(both + other.size, pem.data, pem.size);
	save("ba.pem", both, other.size + pem.size);
	file = signed_image(&a);
	save("signed", file.data, file.size);
	save("unsigned", file.data, IMAGE_SIZE);
	file.data[file.size - 41] ^= 1;
	save("broken", file.data, file.size);
	blob_free(&pem);
	blob_free(&other);
	blob_free(&file);
	signer_free(&a);
	signer_free(&b);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || no_directory((void **)&folder);
}

static const struct reference_case {
	const char *name, *line;
	int status;
	const char *signature;	/* of the payload */
	const char *warning;	/* on standard error; NULL: nothing is said */
} cases[] = {
	{ "verified", "--signer a.pem --payload signed --out out", 0, "verified", NULL },
	{ "signer behind the payload", "--payload signed --signer a.pem --out out", 0, "verified", NULL },
	{ "second of two signers", "--payload signed --signer b.pem --signer a.pem --out out", 0,
		"verified", NULL },
	{ "second of a bundle", "--payload signed --signer ba.pem --out out", 0, "verified", NULL },
	{ "no signer", "--payload signed --out out", 0, "unverified",
		"signed: not verified: its signature" },
	{ "unsigned", "--payload unsigned --out out", 0, "unsigned",
		"unsigned: not verified: it has no signature" },
	{ "broken", "--payload broken --signer a.pem --out out", 1, NULL, "bad-signature" },
	{ "broken, signer first", "--signer a.pem --payload broken --out out", 1, NULL,
		"bad-signature" },
	{ "signed by another", "--payload signed --signer b.pem --out out", 1, NULL, "unknown-key" },
	{ "unsigned, with a signer", "--payload unsigned --signer a.pem --out out", 1, NULL,
		"unsigned: no signature" },
	{ "one good, one broken", "--signer a.pem --payload signed --payload broken --out out", 1, NULL,
		"bad-signature" },
	{ "no certificate", "--signer signed --payload signed --out out", 1, NULL, "certificate-file" },
	{ "output is an input", "--signer a.pem --payload signed --out ./a.pem", 2, NULL,
		"is an input" },
	{ "no output", "--signer a.pem --payload signed", 2, NULL, "usage" },
	{ "no such payload", "--signer a.pem --payload nothing --out out", 3, NULL, "nothing: No such" },
	{ "output that is full", "--signer a.pem --payload signed --out /dev/full", 3, NULL, "/dev/full" },
};

/* What the verb says on standard error goes to the file "said". */
static int run_quietly(const char *line)
{
	int saved, status;

	fflush(stderr);
	saved = dup(STDERR_FILENO);
	assert_non_null(freopen("said", "w", stderr));
	status = output_run(cmd_policy, "policy", line);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	return status;
}

static void check_said(const char *what, bool is)
{
	char text[4097] = "";
	struct blob blob;

	assert_int_equal(file_read("said", sizeof(text) - 1, &blob), 0);
	memcpy(text, blob.data, blob.size);
	blob_free(&blob);
	if (what ? !strstr(text, what) == is : *text)
		fail_msg("said: %s", text);
}

static void said(const char *what)
{
	check_said(what, true);
}

static void reference_line(void **state)
{
	const struct reference_case *test = *state;
	char line[256];
	json_t *root;

	unlink("out");
	snprintf(line, sizeof(line), "reference %s", test->line);
	assert_int_equal(run_quietly(line), test->status);
	said(test->warning);
	root = json_load_file("out", 0, NULL);
	assert_int_equal(!!root, !test->status);
	if (root)
		assert_string_equal(json_string_value(json_object_get(json_array_get(
				    json_object_get(root, "payloads"), 0), "signature")),
				    test->signature);
	json_decref(root);
	/* The reader of reference values is told as well. */
	if (!test->status && strcmp(test->signature, "verified")) {
		assert_int_equal(run_quietly("lint out"), 0);
		said("its signature was not verified");
	} else if (!test->status) {
		assert_int_equal(run_quietly("lint out"), 0);
		check_said("its signature was not verified", false);
		said("PCR 2 and 7 are not both pinned");
	}
}

/* Both certificates of a bundle are written. */
static void bundle_of_signers(void **state)
{
	json_t *root;

	(void)state;
	assert_int_equal(run_quietly("reference --signer ba.pem --out out"), 0);
	root = json_load_file("out", 0, NULL);
	assert_int_equal(json_array_size(json_object_get(root, "signers")), 2);
	json_decref(root);
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	struct CMUnitTest tests[CASES + 1] = { cmocka_unit_test(bundle_of_signers) };

	for (size_t i = 0; i < CASES; i++)
		tests[1 + i] = (struct CMUnitTest){ cases[i].name, reference_line, NULL, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("cmd_policy", tests, prepare, clean);
}
