// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker policy reference: whose payloads it takes, and that it says what it did not verify.
 * caretaker policy lint: what it refuses, and what it warns of.
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
#include "release_fixture.h"
#include "signing_fixture.h"
#include "signing_output.h"

static uint32_t pinned;

/* Evidence is read by a room above: here it only says what was asked of it */
static int no_evidence(json_t *ref, const char *path, uint32_t pins, char why[POLICY_REASON])
{
	(void)ref;
	(void)path;
	(void)why;
	pinned = pins;
	return 0;
}

int cmd_policy(int argc, char **argv)
{
	return policy_verb(argc, argv, no_evidence);
}

static char *folder;
static struct blob shipped_policy, shipped_rules;

static void save(const char *name, const void *data, size_t size)
{
	assert_int_equal(file_write_atomic(name, data, size, 0644), 0);
}

/* A manifest about @file, of @a, signed by @b; with one value changed */
static void save_release(const char *name, const struct signer *a, const struct signer *b,
			 const struct blob *file, const char *path, const char *value)
{
	json_t *statement = release_fixture_statement(a, file);
	struct blob made;

	release_fixture_change(statement, path, value);
	made = release_fixture_sign(statement, RELEASE_PAYLOAD_TYPE, b);
	save(name, made.data, made.size);
	blob_free(&made);
	json_decref(statement);
}

static void save_releases(const struct signer *a, const struct signer *b, const struct blob *file)
{
	static const char hash[] = "\"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"";
	char pcrs[256];

	snprintf(pcrs, sizeof(pcrs), "{\"sha256\":{\"7\":[%s],\"14\":[%s]}}", hash, hash);
	save_release("release", a, b, file, "more", "1");
	save_release("release-pcrs", a, b, file, "predicate/caretaker_release/reference/pcrs", pcrs);
	save_release("release-odd", a, b, file, "predicate/caretaker_release/reference/more", "1");
	save_release("release-pcr", a, b, file, "predicate/caretaker_release/reference/pcrs",
		     "{\"sha256\":{\"16\":[]}}");
}

static int prepare(void **state)
{
	struct signer a, b;
	struct blob pem, other, file;
	struct reason why;
	char both[8192];

	(void)state;
	if (file_read("policy/measure.ima", POLICY_MAX_FILE, &shipped_policy) ||
	    file_read("policy/rules.json", POLICY_MAX_FILE, &shipped_rules))
		return -1;
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
	save_releases(&a, &b, &file);
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
	blob_free(&shipped_policy);
	blob_free(&shipped_rules);
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
		said("PCR 14 is not pinned");
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

/* --- reference values from a release ------------------------------------------------------ */

static void release_refused(const char *line, int status, const char *what)
{
	unlink("out");
	assert_int_equal(run_quietly(line), status);
	said(what);
	assert_int_equal(access("out", F_OK), -1);
}

static json_t *compiled(const char *line)
{
	json_t *root;

	assert_int_equal(run_quietly(line), 0);
	said(NULL);
	root = json_load_file("out", 0, NULL);
	assert_non_null(root);
	return root;
}

static void releases(void **state)
{
	json_t *root, *plain, *pcrs;

	(void)state;
	root = compiled("reference --release release --release-by b.pem --out out");
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(root,
			    "payloads"), 0), "signature")), "verified");
	/* What the same payload and signer give by themselves, in that order too */
	plain = compiled("reference --payload signed --signer a.pem --out out");
	assert_true(json_equal(root, plain));
	json_decref(root);
	root = compiled("reference --release release --release-by b.pem --payload signed --signer a.pem --out "
			"out");
	assert_true(json_equal(root, plain));
	json_decref(plain);
	json_decref(root);
	root = compiled("reference --release release-pcrs --release release --release-by ba.pem --out out");
	pcrs = json_object_get(json_object_get(root, "pcrs"), "sha256");
	assert_int_equal(json_object_size(pcrs), 2);
	assert_int_equal(json_array_size(json_object_get(pcrs, "14")), 1);
	json_decref(root);

	release_refused("reference --release release --release-by a.pem --out out", 1,
			"release: envelope-unknown-key: ");
	release_refused("reference --release release-odd --release-by b.pem --out out", 1, "more");
	release_refused("reference --release release-pcr --release-by b.pem --out out", 1, "PCR 16");
	release_refused("reference --release signed --release-by b.pem --out out", 1, "signed: json: ");
	release_refused("reference --release nothing --release-by b.pem --out out", 3, "nothing: No such");
	release_refused("reference --release release --release-by signed --out out", 3, "certificate-file");
	release_refused("reference --release release --out out", 2, "usage");
	release_refused("reference --release-by b.pem --out out", 2, "usage");
	/* A manifest is an input that is not overwritten */
	assert_int_equal(run_quietly("reference --release release --release-by b.pem --out release"), 2);
	release_refused("reference --release release --release-by b.pem --out b.pem", 2, "is an input");
}

/* --- pins --------------------------------------------------------------------------------- */

static const struct pin_case {
	const char *list;
	uint32_t pins;		/* 0: refused */
} pin_cases[] = {
	{ "0", 1 << 0 }, { "9", 1 << 9 }, { "14", 1 << 14 }, { "0,2,7,14", 1 << 0 | 1 << 2 | 1 << 7 | 1 << 14 },
	{ "14,7", 1 << 14 | 1 << 7 },
	{ "15", 0 }, { "13", 0 }, { "12", 0 }, { "11", 0 }, { "10", 0 }, { "2,15", 0 }, { "1,4,", 0 },
	{ "14,15", 0 }, { "24", 0 }, { "46", 0 }, { "140", 0 }, { "4294967310", 0 }, { ",14", 0 }, { "14,", 0 },
	{ "7-14", 0 }, { "+14", 0 }, { "0x14", 0 }, { "sha256:14", 0 },
};

static void pins(void **state)
{
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(pin_cases) / sizeof(pin_cases[0]); i++) {
		const struct pin_case *test = &pin_cases[i];

		pinned = 0;
		snprintf(line, sizeof(line), "reference --from-evidence e --pin-pcrs %s --out out",
			 test->list);
		if (run_quietly(line) != (test->pins ? 0 : 2) || pinned != test->pins)
			fail_msg("%s", test->list);
		said(test->pins ? NULL : "--pin-pcrs: a list of registers, each once: 0 to 9, and 14");
	}
	/* Twice */
	assert_int_equal(run_quietly("reference --from-evidence e --pin-pcrs 7,7 --out out"), 2);
	/* Of nothing */
	assert_int_equal(run_quietly("reference --pin-pcrs 14 --out out"), 2);
	/* Two lists are one */
	assert_int_equal(run_quietly("reference --from-evidence e --pin-pcrs 7 --pin-pcrs 14 --out out"), 0);
	assert_int_equal(pinned, 1 << 7 | 1 << 14);
}

/* --- lint --------------------------------------------------------------------------------- */

/* The shipped policy or rules, with one text in the place of another */
static const struct lint_case {
	const char *name, *from, *to;
	int status;
	const char *said;	/* on standard error; NULL: nothing is said */
} policy_cases[] = {
	{ "the shipped policy", "", "", 0, NULL },
	{ "policy without our records", "label=caretaker\n", "label=caretakers\n", 1,
		"p.ima: error: does not record critical data of label caretaker" },
	{ "policy without a kexec", "|ima_kexec|", "|", 1,
		"p.ima: error: does not record a kexec (label=ima_kexec)" },
	{ "policy without command lines", "measure func=KEXEC_CMDLINE\n", "", 1,
		"(func=KEXEC_CMDLINE)" },
	{ "policy without kernels", "measure func=KEXEC_KERNEL_CHECK template=ima-modsig\n", "", 1,
		"(func=KEXEC_KERNEL_CHECK)" },
	{ "policy without itself", "label=ima_policy", "label=ima_other", 0,
		"p.ima: warning: does not measure the policy itself" },
	{ "policy that hides our records", "measure func=CRITICAL_DATA label=caretaker\n",
		"dont_measure func=CRITICAL_DATA label=caretaker\n", 1, "p.ima:5: error: hides" },
	{ "policy that cannot be loaded", "measure func=FIRMWARE_CHECK\n", "measure func=FIRMWARE\n", 1,
		"error: \"func=FIRMWARE\" is not understood here" },
	{ "policy that measures payload files", "measure func=FIRMWARE_CHECK\n",
		"measure func=CARETAKER_CHECK\n", 0, "warning: measures payload files" },
}, rules_cases[] = {
	{ "the shipped rules", "", "", 0, NULL },
	{ "rules for SHA-1", "\"bank\": \"sha256\"", "\"bank\": \"sha1\"", 1, "rules: error: quote.bank: " },
	{ "rules with a key that is unknown", "\"require_policy\"", "\"require_policies\"", 1, "rules: error: " },
	{ "rules that allow a word that decides", "\"lsm\", ", "", 0, "rules: warning: boot.forbidden_words allows lsm" },
	{ "rules that are cut", "\"caretaker\": {", "", 1, "rules: error: " },
};

static void save_changed(const struct lint_case *test, const char *file, const struct blob *b)
{
	const char *at = memmem(b->data, b->size, test->from, strlen(test->from));
	size_t before;
	struct blob out;
	FILE *text;

	assert_non_null(at);
	text = open_memstream((char **)&out.data, &out.size);
	assert_non_null(text);
	before = (size_t)(at - (const char *)b->data);
	fwrite(b->data, 1, before, text);
	fputs(test->to, text);
	fwrite(at + strlen(test->from), 1, b->size - before - strlen(test->from), text);
	assert_int_equal(fclose(text), 0);
	save(file, out.data, out.size);
	free(out.data);
}

/* The same in JSON: valid or not, and each finding an error or a warning */
static void check_findings(const struct lint_case *test, const char *line)
{
	bool error = false;
	json_t *root, *one;
	size_t i;

	assert_int_equal(output_run_json(cmd_policy, "policy", line, &root), test->status);
	assert_int_equal(json_is_true(json_object_get(root, "valid")), !test->status);
	json_array_foreach(json_object_get(root, "findings"), i, one)
		error |= !strcmp(json_string_value(json_object_get(one, "severity")), "error");
	assert_int_equal(i != 0, test->said != NULL);
	assert_int_equal(error, test->status == 1);
	json_decref(root);
}

static void lint_policy(void **state)
{
	const struct lint_case *test = *state;

	save_changed(test, "p.ima", &shipped_policy);
	assert_int_equal(run_quietly("lint p.ima"), test->status);
	said(test->said);
	check_findings(test, "lint --json p.ima");
}

static void lint_rules(void **state)
{
	const struct lint_case *test = *state;

	save_changed(test, "rules", &shipped_rules);
	assert_int_equal(run_quietly("lint rules"), test->status);
	said(test->said);
	check_findings(test, "lint --json rules");
}

/* One file of several that is bad, wherever it stands; one that cannot be read is more than that */
static void lint_several(void **state)
{
	(void)state;
	save("good.ima", shipped_policy.data, shipped_policy.size);
	save("good", shipped_rules.data, shipped_rules.size);
	save("bad.ima", "measure\n", 8);
	assert_int_equal(run_quietly("lint good.ima good"), 0);
	assert_int_equal(run_quietly("lint bad.ima good"), 1);
	assert_int_equal(run_quietly("lint good bad.ima"), 1);
	assert_int_equal(run_quietly("lint nothing good"), 3);
	assert_int_equal(run_quietly("lint nothing bad.ima"), 3);
	assert_int_equal(run_quietly("lint bad.ima nothing"), 3);
	/* A policy by another name is read as rules */
	save("policy", shipped_policy.data, shipped_policy.size);
	assert_int_equal(run_quietly("lint policy"), 1);
	assert_int_equal(run_quietly("lint"), 2);
	assert_int_equal(run_quietly("lint --json"), 2);
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int main(void)
{
	struct CMUnitTest tests[COUNT(cases) + COUNT(policy_cases) + COUNT(rules_cases) + 4] = {
		cmocka_unit_test(bundle_of_signers), cmocka_unit_test(lint_several), cmocka_unit_test(pins),
		cmocka_unit_test(releases),
	};
	size_t n = 4;

	for (size_t i = 0; i < COUNT(cases); i++)
		tests[n++] = (struct CMUnitTest){ cases[i].name, reference_line, NULL, NULL,
						  (void *)&cases[i] };
	for (size_t i = 0; i < COUNT(policy_cases); i++)
		tests[n++] = (struct CMUnitTest){ policy_cases[i].name, lint_policy, NULL, NULL,
						  (void *)&policy_cases[i] };
	for (size_t i = 0; i < COUNT(rules_cases); i++)
		tests[n++] = (struct CMUnitTest){ rules_cases[i].name, lint_rules, NULL, NULL,
						  (void *)&rules_cases[i] };
	return cmocka_run_group_tests_name("cmd_policy", tests, prepare, clean);
}
