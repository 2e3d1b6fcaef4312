// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify: which certificates count, and which manifest of a release.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/pem.h>

#include "../../signing/cmd_verify.c"

#include "keypair.h"
#include "own_directory.h"
#include "release_fixture.h"
#include "signing_fixture.h"
#include "signing_output.h"

static char *folder;

/* A PEM file with the certificates of both, in this order; @b may be NULL */
static void save(const char *name, const struct signer *a, const struct signer *b)
{
	struct blob pem[2] = { 0 };
	struct reason why;
	char both[8192];

	assert_int_equal(keypair_encode_cert(a->cert, &pem[0], &why), 0);
	if (b)
		assert_int_equal(keypair_encode_cert(b->cert, &pem[1], &why), 0);
	memcpy(both, pem[0].data, pem[0].size);
	if (b)
		memcpy(both + pem[0].size, pem[1].data, pem[1].size);
	assert_int_equal(file_write_atomic(name, both, pem[0].size + pem[1].size, 0644), 0);
	blob_free(&pem[0]);
	blob_free(&pem[1]);
}

static void save_public_key(const char *name, const struct signer *signer)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long size;

	assert_true(PEM_write_bio_PUBKEY(bio, signer->key));
	size = BIO_get_mem_data(bio, &text);
	assert_int_equal(file_write_atomic(name, text, (size_t)size, 0644), 0);
	BIO_free(bio);
}

/* A manifest that @by has signed, with one value of it changed */
static void save_manifest(const char *name, const struct signer *payload, const struct blob *file,
			  const char *path, const char *value, const struct signer *by)
{
	json_t *statement = release_fixture_statement(payload, file);
	struct blob made;

	release_fixture_change(statement, path, value);
	made = release_fixture_sign(statement, RELEASE_PAYLOAD_TYPE, by);
	assert_int_equal(file_write_atomic(name, made.data, made.size, 0644), 0);
	blob_free(&made);
	json_decref(statement);
}

/* By whom who signed the payload, and by somebody else; of this file, and of none that is here */
static void save_releases(const struct signer *a, const struct signer *b, const struct blob *file)
{
	static const char zeros[] = "{\"sha256\":\"0000000000000000000000000000000000000000000000000000"
				    "000000000000\"}";
	struct blob large = { calloc(1, DSSE_MAX_BYTES + 1), DSSE_MAX_BYTES + 1 };

	save_manifest("release-a", a, file, "more", "1", a);
	save_manifest("release-b", a, file, "more", "1", b);
	save_manifest("release-none", a, file, "subject/0/digest", zeros, b);
	save_manifest("release-svn", a, file, "predicate/caretaker_release/payloads/0/svn", "1", b);
	save_public_key("b.pub", b);
	save_public_key("a.pub", a);
	assert_int_equal(file_write_atomic("release-large", large.data, large.size, 0644), 0);
	blob_free(&large);
	assert_int_equal(system("cat a.pub b.pub > ab.pub && cat b a.pub > mixed.pub && "
				"sed 2d b.pub > cut.pub"), 0);
}

static int prepare(void **state)
{
	struct signer a, b, c;
	struct blob file;

	if (own_directory((void **)&folder) || chdir(folder))
		return -1;
	(void)state;
	a = signer_make("a", "p256");
	b = signer_make("b", "p256");
	c = signer_make("c", "p256");
	save("a", &a, NULL);
	save("b", &b, NULL);
	save("ab", &a, &b);
	save("ba", &b, &a);
	save("bc", &b, &c);
	file = signed_image(&a);
	file_write_atomic("signed", file.data, file.size, 0644);
	save_releases(&a, &b, &file);
	file.data[file.size - 41] ^= 1;
	file_write_atomic("broken", file.data, file.size, 0644);
	blob_free(&file);
	signer_free(&a);
	signer_free(&b);
	signer_free(&c);
	return file_write_atomic("text", "no certificate", 14, 0644);
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || no_directory((void **)&folder);
}

static const struct verify_case {
	const char *name, *line;
	int status;
	const char *word;	/* NULL: any */
} cases[] = {
	{ "one certificate", "--cert a signed", 0, NULL },
	{ "another", "--cert b signed", 1, NULL },
	{ "first of a bundle", "--cert ab signed", 0, NULL },
	{ "second of a bundle", "--cert ba signed", 0, NULL },
	{ "none of a bundle", "--cert bc signed", 1, NULL },
	{ "two files", "--cert b --cert a signed", 0, NULL },
	{ "two bundles", "--cert bc --cert ba signed", 0, NULL },
	{ "broken, first of a bundle", "--cert ab broken", 1, NULL },
	{ "broken, second of a bundle", "--cert ba broken", 1, NULL },
	{ "no certificate", "--cert text signed", 3, NULL },
	{ "one that is none among others", "--cert a --cert text signed", 3, NULL },
	{ "nothing to verify with", "signed", 2, NULL },

	{ "in a release", "--cert a --release release-a signed", 0, NULL },
	{ "in a release by another", "--cert a --release release-b signed", 1, "envelope-unknown-key" },
	{ "whose certificate is given", "--cert a --release release-b --release-by b signed", 0, NULL },
	{ "whose public key is given", "--cert a --release release-b --release-by b.pub signed", 0, NULL },
	{ "one of two public keys", "--cert a --release release-b --release-by a.pub --release-by b.pub signed",
		0, NULL },
	{ "who is named for the release counts alone", "--cert a --release release-a --release-by b signed", 1,
		"envelope-unknown-key" },
	{ "the payload's signature is not the release's", "--cert b --release release-b signed", 1,
		"unknown-key" },
	{ "a broken payload", "--cert a --release release-a broken", 1, "bad-signature" },
	{ "in another release", "--cert a --release release-none --release-by b signed", 1, "not-in-release" },
	{ "in a release that says another SVN", "--cert a --release release-svn --release-by b signed", 1,
		"release-differs" },
	{ "the builder", "--cert a --release release-a --builder " FIXTURE_BUILDER " --source " FIXTURE_SOURCE
		" signed", 0, NULL },
	{ "another builder", "--cert a --release release-a --builder https://example.org signed", 1,
		"other-builder" },
	{ "another source", "--cert a --release release-a --source https://example.org signed", 1,
		"other-source" },
	{ "a manifest that is none", "--cert a --release signed signed", 1, "json" },
	{ "a manifest that is too large", "--cert a --release release-large signed", 1, "envelope-size" },
	{ "no such manifest", "--cert a --release nothing signed", 3, NULL },
	{ "two public keys in a file", "--cert a --release release-b --release-by ab.pub signed", 3, NULL },
	{ "a certificate beside a public key", "--cert a --release release-b --release-by mixed.pub signed", 3, NULL },
	{ "a public key that is broken", "--cert a --release release-b --release-by cut.pub signed", 3, NULL },
	{ "two manifests", "--cert a --release release-b --release release-a signed", 2, NULL },
	{ "two builders", "--cert a --release release-a --builder a:b --builder " FIXTURE_BUILDER " signed", 2, NULL },
	{ "a builder without a release", "--cert a --builder a:b signed", 2, NULL },
	{ "a source without a release", "--cert a --source a:b signed", 2, NULL },
	{ "a key without a release", "--cert a --release-by b signed", 2, NULL },
	{ "standard input twice", "--cert a --release - -", 2, NULL },
	{ "standard input is the token, too", "--cert a --timestamp - --tsa-certs a -", 2, NULL },
	{ "token and manifest from standard input", "--cert a --timestamp - --tsa-certs a --release - signed", 2,
		NULL },
	{ "a release without its certificate", "--release release-a --release-by a signed", 2, NULL },
};

static void check_word(const char *error, const char *word)
{
	if (!error || strncmp(error, word, strlen(word)) || error[strlen(word)] != ':')
		fail_msg("%s, not %s", error, word);
}

static void check_release(const json_t *release, const struct verify_case *test)
{
	if (test->status) {
		assert_true(json_is_null(release));
		return;
	}
	assert_string_equal(json_string_value(json_object_get(release, "builder")), FIXTURE_BUILDER);
	assert_string_equal(json_string_value(json_object_get(release, "build_type")), FIXTURE_BUILD_TYPE);
	assert_string_equal(json_string_value(json_object_get(release, "source")), FIXTURE_SOURCE);
	assert_string_equal(json_string_value(json_object_get(release, "revision")), FIXTURE_REVISION);
	assert_int_equal(json_string_length(json_object_get(release, "signer")), 64);
}

static void verify_line(void **state)
{
	const struct verify_case *test = *state;
	char line[256];
	json_t *json;

	snprintf(line, sizeof(line), "%s --json", test->line);
	assert_int_equal(output_run_json(cmd_verify, "verify", line, &json), test->status);
	assert_int_equal(!!json, test->status < 2);
	if (json)
		assert_int_equal(json_is_true(json_object_get(json, "valid")), !test->status);
	if (test->word)
		check_word(json_string_value(json_object_get(json, "error")), test->word);
	/* What is there of the release is there if all holds, and if it was asked for. */
	if (json && strstr(test->line, "--release"))
		check_release(json_object_get(json, "release"), test);
	else if (json)
		assert_true(json_is_null(json_object_get(json, "release")));
	json_decref(json);
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	struct CMUnitTest tests[CASES];

	for (size_t i = 0; i < CASES; i++)
		tests[i] = (struct CMUnitTest){ cases[i].name, verify_line, NULL, NULL,
						(void *)&cases[i] };
	return cmocka_run_group_tests_name("cmd_verify", tests, prepare, clean);
}
