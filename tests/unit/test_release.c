// SPDX-License-Identifier: GPL-2.0-only
/*
 * Release manifests: which statement is read, whether it is about a file, and what is said otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "release_fixture.h"
#include "verify_release.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ZEROS64	"\"0000000000000000000000000000000000000000000000000000000000000000\""
#define ZEROS96	"\"0000000000000000000000000000000000000000000000000000000000000000" \
		"00000000000000000000000000000000\""

static struct signer signer;
static struct blob file;

static int prepare(void **state)
{
	(void)state;
	signer = signer_make("signer", "p256");
	file = signed_image(&signer);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	blob_free(&file);
	signer_free(&signer);
	return 0;
}

/* --- What is read, and what fits the file: a change, and the word ------------------------- */

#define PREDICATE	"predicate/"
#define BUILD		"predicate/buildDefinition/"
#define OURS		"predicate/caretaker_release/"

static const struct change {
	const char *name, *path, *value, *word;		/* @word NULL: it holds */
} changes[] = {
	{ "as it was made", "more", "1", NULL },
	{ "a field of the subject", "subject/0/annotations", "{\"a\":1}", NULL },
	{ "a field of the predicate", PREDICATE "other_field", "[]", NULL },
	{ "a field of the builder", "predicate/runDetails/builder/version", "{\"make\":\"4.3\"}", NULL },
	{ "metadata", "predicate/runDetails/metadata", "{\"invocationId\":\"7\"}", NULL },
	{ "internal parameters", BUILD "internalParameters", "{\"jobs\":2}", NULL },
	{ "another dependency", BUILD "resolvedDependencies/1", "{\"uri\":\"pkg:deb/debian/gcc\"}", NULL },
	{ "a digest of another algorithm", "subject/0/digest/sha3_256", "\"xyz\"", NULL },
	{ "no SHA-512", "subject/0/digest/sha512", NULL, NULL },
	{ "a commit by SHA-256", BUILD "resolvedDependencies/0/digest/gitCommit", ZEROS64, NULL },

	{ "no type", "_type", NULL, "statement-type" },
	{ "the type of version 0.1", "_type", "\"https://in-toto.io/Statement/v0.1\"", "statement-type" },
	{ "the type as a number", "_type", "1", "statement-type" },
	{ "no predicate type", "predicateType", NULL, "predicate-type" },
	{ "another predicate type", "predicateType", "\"https://slsa.dev/provenance/v0.2\"", "predicate-type" },

	{ "no subject", "subject", NULL, "subject-form" },
	{ "an empty list of subjects", "subject", "[]", "subject-form" },
	{ "subjects as an object", "subject", "{}", "subject-form" },
	{ "a subject without a name", "subject/0/name", NULL, "subject-form" },
	{ "a subject with an empty name", "subject/0/name", "\"\"", "subject-form" },
	{ "a subject without digests", "subject/0/digest", NULL, "subject-form" },
	{ "a subject with none that counts", "subject/0/digest", "{\"md5\":\"00\"}", "subject-form" },
	{ "a digest that is short", "subject/0/digest/sha256", "\"00\"", "subject-form" },
	{ "a digest that is too long", "subject/0/digest/sha256", ZEROS96, "subject-form" },
	{ "a digest in capitals", "subject/0/digest/sha256", "\"A000000000000000000000000000000000000000"
		"000000000000000000000000\"", "subject-form" },
	{ "a digest as null", "subject/0/digest/sha384", "null", "subject-form" },

	{ "no predicate", "predicate", NULL, "provenance-form" },
	{ "no build definition", "predicate/buildDefinition", NULL, "provenance-form" },
	{ "no build type", BUILD "buildType", NULL, "provenance-form" },
	{ "an empty build type", BUILD "buildType", "\"\"", "provenance-form" },
	{ "no builder", "predicate/runDetails/builder", NULL, "provenance-form" },
	{ "a builder as null", "predicate/runDetails/builder/id", "null", "provenance-form" },
	{ "a builder that is no URI", "predicate/runDetails/builder/id", "\"builder\"", "provenance-form" },
	{ "a builder that steers a terminal", "predicate/runDetails/builder/id", "\"a:\\u001b[31m\"",
		"provenance-form" },
	{ "no external parameters", BUILD "externalParameters", NULL, "provenance-form" },
	{ "a parameter more", BUILD "externalParameters/flags", "\"-O0\"", "external-parameters" },
	{ "no source", BUILD "externalParameters/source", NULL, "external-parameters" },
	{ "a source that is no URI", BUILD "externalParameters/source", "\"x\"", "external-parameters" },
	{ "no dependencies", BUILD "resolvedDependencies", NULL, "provenance-form" },
	{ "no revision of this source", BUILD "resolvedDependencies/0/uri", "\"git+https://example.org/other\"",
		"provenance-form" },
	{ "a revision that is short", BUILD "resolvedDependencies/0/digest/gitCommit", "\"7fd1a60\"",
		"provenance-form" },

	{ "nothing of ours", "predicate/caretaker_release", NULL, "release-form" },
	{ "ours as a text", "predicate/caretaker_release", "\"\"", "release-form" },
	{ "another version", OURS "version", "2", "release-form" },
	{ "a field more", OURS "more", "1", "release-form" },
	{ "no reference values", OURS "reference", NULL, "release-form" },
	{ "reference values as a list", OURS "reference", "[]", "release-form" },
	{ "payloads as an object", OURS "payloads", "{}", "release-form" },
	{ "no payload", OURS "payloads", "[]", "release-form" },
	{ "a subject more", "subject/1", "{\"name\":\"other\",\"digest\":{\"sha256\":" ZEROS64 "}}",
		"release-form" },
	{ "the payload of another subject", OURS "payloads/0/subject", "\"other\"", "release-form" },
	{ "a payload with a field more", OURS "payloads/0/more", "1", "release-form" },
	{ "a payload without an ABI", OURS "payloads/0/abi", NULL, "release-form" },
	{ "an SVN as a text", OURS "payloads/0/svn", "\"7\"", "release-form" },
	{ "an SVN that is too large", OURS "payloads/0/svn", "4294967296", "release-form" },
	{ "an SVN below zero", OURS "payloads/0/svn", "-1", "release-form" },
	{ "an ABI that is too large", OURS "payloads/0/abi", "4294967298", "release-form" },
	{ "a build id that is short", OURS "payloads/0/build_id", "\"00\"", "release-form" },
	{ "a name as a number", OURS "payloads/0/name", "1", "release-form" },

	{ "another file", "subject/0/digest", "{\"sha256\":" ZEROS64 ",\"sha384\":" ZEROS96 "}",
		"not-in-release" },
	{ "one digest of another file", "subject/0/digest/sha256", ZEROS64, "subject-digest" },
	{ "another digest of another file", "subject/0/digest/sha384", ZEROS96, "subject-digest" },
	{ "another SVN", OURS "payloads/0/svn", "8", "release-differs" },
	{ "another ABI", OURS "payloads/0/abi", "1", "release-differs" },
	{ "another build id", OURS "payloads/0/build_id", ZEROS64, "release-differs" },
	{ "another version of the payload", OURS "payloads/0/version", "\"9\"", "release-differs" },
	{ "another name of the payload", OURS "payloads/0/name", "\"x\"", "release-differs" },
};

static int check(const json_t *statement, struct reason *why)
{
	char *text = json_dumps(statement, 0);
	struct release release;
	struct payload payload;
	int ret;

	assert_int_equal(payload_parse(file.data, file.size, &payload, why), 0);
	ret = release_parse(text, strlen(text), &release, why);
	assert_int_equal(!release.statement, ret != 0);
	if (!ret)
		ret = release_check_file(&release, file.data, file.size, &payload, why);
	release_free(&release);
	free(text);
	return ret;
}

static void change_line(void **state)
{
	const struct change *test = *state;
	json_t *statement = release_fixture_statement(&signer, &file);
	struct reason why = { 0 };
	int ret;

	release_fixture_change(statement, test->path, test->value);
	ret = check(statement, &why);
	if (ret != (test->word ? REFUSED : 0) || (ret && strcmp(why.word, test->word)))
		fail_msg("%d, %s: %s", ret, why.word, why.text);
	json_decref(statement);
}

/* What could be read in two ways is not read, and what is no object neither. */
static void duplicate(void **state)
{
	static const struct {
		const char *text, *word;
	} texts[] = {
		{ "{\"_type\":\"a\",\"_type\":\"" RELEASE_STATEMENT_TYPE "\"}", "json-duplicate" },
		{ "{\"a\":[{\"b\":1,\"b\":1}]}", "json-duplicate" },
		{ "[]", "json" }, { "", "json" }, { "{} {}", "json" },
	};
	struct release release;
	struct reason why;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(release_parse(texts[i].text, strlen(texts[i].text), &release, &why), REFUSED);
		assert_string_equal(why.word, texts[i].word);
	}
}

/* As many subjects as there may be, the file the last of them; and one more */
static void many_subjects(void **state)
{
	json_t *statement = release_fixture_statement(&signer, &file);
	json_t *subjects = json_object_get(statement, "subject");
	json_t *payloads = json_object_get(json_object_get(json_object_get(statement, "predicate"),
							   "caretaker_release"), "payloads");
	struct reason why = { 0 };

	(void)state;
	for (int i = 0; i < RELEASE_MAX_SUBJECTS; i++) {
		json_t *payload = json_deep_copy(json_array_get(payloads, json_array_size(payloads) - 1));

		assert_int_equal(check(statement, &why), 0);
		json_array_insert_new(subjects, 0, json_pack("{s:s, s:{s:s}}", "name", "other", "digest",
				      "sha256", "00000000000000000000000000000000"
				      "00000000000000000000000000000000"));
		json_object_set_new(payload, "subject", json_string("other"));
		json_array_insert_new(payloads, 0, payload);
	}
	assert_int_equal(check(statement, &why), REFUSED);
	assert_string_equal(why.word, "subject-form");
	json_decref(statement);
}

/* --- URIs --------------------------------------------------------------------------------- */

static void uris(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} texts[] = {
		{ "https://example.org", true }, { "https://example.org/A?B#C", true }, { "urn:a:B", true },
		{ "git+https://example.org/x@refs/heads/main", true }, { "pkg:deb/debian/a@1", true },
		{ "", false }, { "https", false }, { "https:", false }, { ":a", false }, { "a", false },
		{ "Https://example.org", false }, { "https://Example.org", false }, { "1a:b", false },
		{ "https://example.org/a b", false }, { "https://example.org/\xc3\xa4", false },
		{ "a:<b>", false }, { "a:b\n", false }, { "/a:b", false },
	};
	char text[1027] = "a:";

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (release_is_uri(texts[i].text) != texts[i].good)
			fail_msg("%s", texts[i].text);
	memset(text + 2, 'b', 1022);
	assert_true(release_is_uri(text));
	text[1024] = 'b';
	assert_false(release_is_uri(text));
}

/* --- From an envelope ----------------------------------------------------------------- */

static void open_and_check(const struct blob *envelope, const struct signer *by, const char *word)
{
	struct public_keys keys = { (EVP_PKEY *[]){ by->key }, 1 };
	struct reason why = { 0 };
	char id[PUBLIC_KEY_ID_TEXT];
	struct release release;
	int ret;

	ret = release_open(envelope->data, envelope->size, &keys, &release, &why);
	assert_int_equal(ret, word ? REFUSED : 0);
	if (word) {
		assert_string_equal(why.word, word);
		assert_null(release.statement);
		return;
	}
	assert_int_equal(public_key_id(by->key, id, &why), 0);
	assert_string_equal(release.signer, id);
	assert_string_equal(release.builder, FIXTURE_BUILDER);
	assert_string_equal(release.build_type, FIXTURE_BUILD_TYPE);
	assert_string_equal(release.source, FIXTURE_SOURCE);
	assert_string_equal(release.revision, FIXTURE_REVISION);
	assert_int_equal(release_check_origin(&release, NULL, NULL, &why), 0);
	assert_int_equal(release_check_origin(&release, FIXTURE_BUILDER, FIXTURE_SOURCE, &why), 0);
	assert_int_equal(release_check_origin(&release, FIXTURE_BUILDER "0", NULL, &why), REFUSED);
	assert_string_equal(why.word, "other-builder");
	assert_int_equal(release_check_origin(&release, NULL, "git+https://example.org", &why), REFUSED);
	assert_string_equal(why.word, "other-source");
	release_free(&release);
}

static void envelopes(void **state)
{
	struct signer by = signer_make("by", "p256"), other = signer_make("other", "p256");
	json_t *statement = release_fixture_statement(&signer, &file);
	struct blob good = release_fixture_sign(statement, RELEASE_PAYLOAD_TYPE, &by);
	struct blob type = release_fixture_sign(statement, "application/vnd.in-toto.provenance+json", &by);
	struct blob none;

	(void)state;
	open_and_check(&good, &by, NULL);
	open_and_check(&good, &other, "envelope-unknown-key");
	/* The signature comes first: of what nobody signed nothing is said. */
	open_and_check(&type, &other, "envelope-unknown-key");
	open_and_check(&type, &by, "payload-type");
	json_object_set_new(statement, "_type", json_string("x"));
	none = release_fixture_sign(statement, RELEASE_PAYLOAD_TYPE, &by);
	open_and_check(&none, &other, "envelope-unknown-key");
	open_and_check(&none, &by, "statement-type");
	blob_free(&good);
	blob_free(&type);
	blob_free(&none);
	json_decref(statement);
	signer_free(&by);
	signer_free(&other);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(changes) + 4] = {
		cmocka_unit_test(duplicate), cmocka_unit_test(many_subjects), cmocka_unit_test(uris),
		cmocka_unit_test(envelopes),
	};
	size_t n = 4;

	for (size_t i = 0; i < COUNT(changes); i++)
		tests[n++] = (struct CMUnitTest){ changes[i].name, change_line, NULL, NULL,
						  (void *)&changes[i] };
	return cmocka_run_group_tests_name("release", tests, prepare, clean);
}
