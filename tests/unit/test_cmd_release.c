// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker release: what gets a manifest, what is in it, and what gets none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../policy/release/cmd_release.c"

#include "own_directory.h"
#include "payload_image.h"
#include "release_fixture.h"
#include "signature.h"
#include "signing_output.h"

static char *folder;

/* The payload with another security version */
static struct blob other_image(const struct signer *signer)
{
	unsigned char image[IMAGE_SIZE];
	struct reason why = { 0 };
	struct blob der, file;

	payload_image_make(image);
	payload_image_patch(image, AT_NOTE(svn), 4, 9);
	der = cms_make(image, sizeof(image), signer, EVP_sha256(), CMS_AS_SIGN_FILE);
	assert_int_equal(signature_append(image, sizeof(image), &der, &file, &why), 0);
	blob_free(&der);
	return file;
}

static void save_reference(const char *name, json_t *payload)
{
	json_t *root = policy_reference_new();
	char *text;

	json_array_append_new(json_object_get(root, "boot"), json_pack("{s:s, s:s, s:{s:s}}", "kind",
			      "kernel", "description", "a kernel", "digests", "sha256",
			      "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"));
	if (payload)
		json_array_append_new(json_object_get(root, "payloads"), payload);
	text = json_dumps(root, 0);
	fixture_save(name, text, strlen(text));
	free(text);
	json_decref(root);
}

static int prepare(void **state)
{
	struct signer payload, by, late;
	struct blob file, other;

	(void)state;
	if (own_directory((void **)&folder) || chdir(folder) || mkdir("sub", 0755))
		return -1;
	payload = signer_make("payload", "p256");
	by = signer_make("by", "rsa2048");
	late = signer_make_dated("late", "p256", -9, -1);
	file = signed_image(&payload);
	other = other_image(&payload);
	fixture_save("signed", file.data, file.size);
	fixture_save("same", file.data, file.size);
	fixture_save("other", other.data, other.size);
	fixture_save("sub/signed", other.data, other.size);
	fixture_save("odd\xc3\xa4", other.data, other.size);
	fixture_save("unsigned", file.data, IMAGE_SIZE);
	file.data[file.size - 41] ^= 1;
	fixture_save("broken", file.data, file.size);
	fixture_save("text", "text", 4);
	fixture_save("large", "", 0);
	assert_int_equal(truncate("large", PAYLOAD_MAX_BYTES + 1), 0);
	save_reference("kernels.json", NULL);
	save_reference("unverified.json", json_pack("{s:s, s:s, s:i, s:{s:s}, s:s}", "name", "test-payload",
		       "version", "1.2.3", "svn", 7, "digests", "sha256",
		       "0000000000000000000000000000000000000000000000000000000000000000", "signature",
		       "verified"));
	blob_free(&file);
	blob_free(&other);
	signer_save("payload", payload, NULL);
	signer_save("by", by, "secret");
	signer_save("late", late, NULL);
	fixture_save("pass", "secret\n", 7);
	fixture_save("wrong", "other\n", 6);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || no_directory((void **)&folder);
}

#define BY	"--key by.key --cert by.pem --passphrase-file pass "
#define SIGNER	"--signer payload.pem "
#define ORIGIN	"--builder " FIXTURE_BUILDER " --build-type " FIXTURE_BUILD_TYPE " --source " FIXTURE_SOURCE \
		" --revision " FIXTURE_REVISION " "
#define WITHOUT_BUILDER	"--build-type a:b --source a:b --revision " FIXTURE_REVISION " "
#define ALL	BY SIGNER ORIGIN "--out out "

static const struct release_case {
	const char *name, *line;
	int status;
	const char *said;	/* on standard error; NULL: nothing is said */
	int subjects, kernels;	/* in the manifest */
} cases[] = {
	{ "one payload", ALL "signed", 0, NULL, 1, 0 },
	{ "two payloads", ALL "signed other", 0, NULL, 2, 0 },
	{ "two signers", ALL "--signer by.pem signed", 0, NULL, 1, 0 },
	{ "by the payload's signer", "--key payload.key --cert payload.pem " SIGNER ORIGIN "--out out signed", 0,
		NULL, 1, 0 },
	{ "with reference values", ALL "--reference kernels.json signed", 0, NULL, 1, 1 },

	{ "unsigned", ALL "unsigned", 1, "unsigned: unsigned: no signature", 0, 0 },
	{ "broken", ALL "broken", 1, "bad-signature: broken: ", 0, 0 },
	{ "signed by another", BY "--signer by.pem " ORIGIN "--out out signed", 1, "unknown-key: signed: ", 0, 0 },
	{ "the second is unsigned", ALL "signed unsigned", 1, "unsigned: unsigned: no signature", 0, 0 },
	{ "no payload at all", ALL "text", 1, ": text: ", 0, 0 },
	{ "too large to be one", ALL "large", 1, "file-large: large: ", 0, 0 },
	{ "the same twice", ALL "signed same", 1, "release-twice: same: payload 1 ", 0, 0 },
	{ "two of one name", ALL "signed sub/signed", 1, "release-twice: sub/signed: payload 1 ", 0, 0 },
	{ "a name that is no ASCII", ALL "odd\xc3\xa4", 1, "release-name: ", 0, 0 },
	{ "reference values that nobody verified", ALL "--reference unverified.json signed", 1,
		"release-unverified: unverified.json: payload 1 ", 0, 0 },
	{ "reference values that are none", ALL "--reference text signed", 1, "reference-values: text: ", 0, 0 },

	{ "a certificate that has expired", "--key late.key --cert late.pem " SIGNER ORIGIN "--out out signed",
		1, "certificate-expired", 0, 0 },
	{ "a certificate of another key", "--key payload.key --cert by.pem " SIGNER ORIGIN "--out out signed",
		1, "key-mismatch", 0, 0 },
	{ "another passphrase", "--key by.key --cert by.pem --passphrase-file wrong " SIGNER ORIGIN
		"--out out signed", 3, "key-file", 0, 0 },
	{ "a refusal costs no passphrase", "--key by.key --cert by.pem --passphrase-file nothing " SIGNER ORIGIN
		"--out out unsigned", 1, "unsigned: unsigned: ", 0, 0 },
	{ "no such key", "--key nothing --cert by.pem " SIGNER ORIGIN "--out out signed", 3, "key-file", 0, 0 },
	{ "no such payload", ALL "nothing", 3, "input: nothing: No such file", 0, 0 },
	{ "no such signer", BY "--signer nothing " ORIGIN "--out out signed", 3, "input: nothing: ", 0, 0 },
	{ "a signer that is none", BY "--signer text " ORIGIN "--out out signed", 3, "certificate-file: text: ", 0, 0 },
	{ "no such reference values", ALL "--reference nothing signed", 3, "input: nothing: ", 0, 0 },
	{ "output that is full", BY SIGNER ORIGIN "--out /dev/full signed", 3, "output: /dev/full", 0, 0 },
	{ "output in no folder", BY SIGNER ORIGIN "--out nowhere/out signed", 3, "output: nowhere/out", 0, 0 },
	{ "output over the payload", BY SIGNER ORIGIN "--out ./signed signed", 3, "signed: is an input", 0, 0 },
	{ "output over the second payload", BY SIGNER ORIGIN "--out other signed other", 3, "is an input", 0, 0 },
	{ "output over the key", BY SIGNER ORIGIN "--out by.key signed", 3, "is an input", 0, 0 },
	{ "output over the passphrase", BY SIGNER ORIGIN "--out pass signed", 3, "is an input", 0, 0 },
	{ "output over a token's module", BY SIGNER ORIGIN "--pkcs11-module other --out other signed", 3,
		"is an input", 0, 0 },
	{ "output over a signer", BY SIGNER ORIGIN "--out payload.pem signed", 3, "is an input", 0, 0 },
	{ "output over the reference values", BY SIGNER ORIGIN "--reference kernels.json --out kernels.json "
		"signed", 3, "is an input", 0, 0 },

	{ "a builder that is no URI", BY SIGNER "--builder me " WITHOUT_BUILDER "--out out signed", 2,
		"release-origin: --builder", 0, 0 },
	{ "a source that is no URI", BY SIGNER "--builder a:b --build-type a:b --source . --revision "
		FIXTURE_REVISION " --out out signed", 2, "release-origin: --source", 0, 0 },
	{ "a build type that is no URI", BY SIGNER "--builder a:b --build-type make --source a:b --revision "
		FIXTURE_REVISION " --out out signed", 2, "release-origin: --build-type", 0, 0 },
	{ "a revision that is short", BY SIGNER "--builder a:b --build-type a:b --source a:b --revision 7fd1a60 "
		"--out out signed", 2, "release-origin: --revision", 0, 0 },
	{ "a revision by name", BY SIGNER "--builder a:b --build-type a:b --source a:b --revision HEAD "
		"--out out signed", 2, "release-origin: --revision", 0, 0 },
	{ "no signer", BY ORIGIN "--out out signed", 2, "usage", 0, 0 },
	{ "no builder", BY SIGNER WITHOUT_BUILDER "--out out signed", 2, "usage", 0, 0 },
	{ "no output", BY SIGNER ORIGIN "signed", 2, "usage", 0, 0 },
	{ "no payload", ALL, 2, "usage", 0, 0 },
	{ "no key", SIGNER ORIGIN "--out out signed", 2, "usage", 0, 0 },
	{ "two keys", ALL "--key payload.key signed", 2, "usage", 0, 0 },
	{ "two builders", ALL "--builder a:b signed", 2, "usage", 0, 0 },
	{ "two outputs", ALL "--out other-out signed", 2, "usage", 0, 0 },
};

/* What the verb says on standard error goes to the file "said". */
static int run_quietly(const char *line)
{
	char copy[1024], *argv[48] = { "release" };
	int saved, status, argc;

	assert_true(snprintf(copy, sizeof(copy), "%s", line) < (int)sizeof(copy));
	argc = fixture_words(copy, argv + 1);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	assert_non_null(freopen("said", "w", stderr));
	status = cmd_release(argc + 1, argv);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	return status;
}

static void check_said(const char *what)
{
	char text[8193] = "";
	struct blob blob;

	assert_int_equal(file_read("said", sizeof(text) - 1, &blob), 0);
	if (blob.size)
		memcpy(text, blob.data, blob.size);
	blob_free(&blob);
	if (what ? !strstr(text, what) : *text)
		fail_msg("said: %s", text);
}

static void check_payload_fits(const struct release *release, const char *path)
{
	struct payload payload;
	struct reason why;
	struct blob file;

	assert_int_equal(file_read(path, PAYLOAD_MAX_BYTES, &file), 0);
	assert_int_equal(payload_parse(file.data, file.size, &payload, &why), 0);
	if (release_check_file(release, file.data, file.size, &payload, &why))
		fail_msg("%s: %s", why.word, why.text);
	blob_free(&file);
}

static void check_manifest(const struct release_case *test)
{
	struct public_keys keys = { 0 };
	struct policy_reference reference;
	char *text, reason[POLICY_REASON];
	struct release release;
	struct reason why;
	struct blob file;

	assert_int_equal(file_read("out", DSSE_MAX_BYTES, &file), 0);
	assert_int_equal(public_keys_load(strstr(test->line, "--key by") ? "by.pem" : "payload.pem", &keys,
					  &why), 0);
	if (release_open(file.data, file.size, &keys, &release, &why))
		fail_msg("%s: %s", why.word, why.text);
	assert_int_equal(json_array_size(release.subjects), test->subjects);
	check_payload_fits(&release, "signed");
	if (test->subjects > 1)
		check_payload_fits(&release, "other");
	/* The reference values are such as a verifier reads, and know each payload. */
	text = json_dumps(release.reference, 0);
	assert_int_equal(policy_reference_parse(text, strlen(text), &reference, reason), 0);
	assert_int_equal(reference.payloads, test->subjects);
	for (size_t i = 0; i < reference.payloads; i++)
		assert_true(reference.payload[i].verified);
	assert_int_equal(reference.boots, test->kernels);
	assert_int_equal(reference.signers, strstr(test->line, "--signer by.pem") ? 2 : 1);
	policy_reference_free(&reference);
	free(text);
	release_free(&release);
	public_keys_free(&keys);
	blob_free(&file);
}

static void release_line(void **state)
{
	const struct release_case *test = *state;
	int status;

	unlink("out");
	status = run_quietly(test->line);
	check_said(test->said);
	assert_int_equal(status, test->status);
	/* What is refused leaves nothing, not even a part */
	assert_int_equal(!access("out", F_OK), !test->status);
	if (!test->status)
		check_manifest(test);
}

/* The same files, options and RSA key: the same bytes */
static void repeatable(void **state)
{
	struct blob first, second;

	(void)state;
	assert_int_equal(run_quietly(ALL "signed other"), 0);
	assert_int_equal(file_read("out", DSSE_MAX_BYTES, &first), 0);
	assert_int_equal(run_quietly(ALL "signed other"), 0);
	assert_int_equal(file_read("out", DSSE_MAX_BYTES, &second), 0);
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	blob_free(&first);
	blob_free(&second);
}

/* A manifest that was there stays as it was when the next one is refused. */
static void refused_over_old(void **state)
{
	struct blob old;

	(void)state;
	fixture_save("out", "old", 3);
	assert_int_equal(run_quietly(ALL "unsigned"), 1);
	assert_int_equal(file_read("out", DSSE_MAX_BYTES, &old), 0);
	assert_int_equal(old.size, 3);
	blob_free(&old);
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	struct CMUnitTest tests[CASES + 2] = {
		cmocka_unit_test(repeatable), cmocka_unit_test(refused_over_old),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[i + 2] = (struct CMUnitTest){ cases[i].name, release_line, NULL, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("cmd_release", tests, prepare, clean);
}
