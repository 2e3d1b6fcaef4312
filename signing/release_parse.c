// SPDX-License-Identifier: GPL-2.0-only
/*
 * Release manifests: reading a statement.
 */
#include <string.h>

#include <asm/caretaker_payload.h>

#include "json_object.h"
#include "release.h"

#define URI_MAX	1024	/* bytes */

const struct release_digest release_digest[RELEASE_DIGESTS] = {
	{ "sha256", "SHA256", 32 }, { "sha384", "SHA384", 48 }, { "sha512", "SHA512", 64 },
};

static int refuse(struct reason *why, const char *word, const char *what)
{
	return reason_set(why, REFUSED, word, "%s", what);
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

/* RFC 3986, 3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":" */
bool release_is_uri(const char *text)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	const char *at = text + strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+-.");

	if (!*text || !strchr(lower, *text) || *at != ':' || !at[1] || strlen(text) > URI_MAX)
		return false;
	for (const char *c = at; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}", *c))
			return false;
	if (at[1] == '/' && at[2] == '/')
		for (const char *c = at + 3; *c && !strchr("/?#", *c); c++)
			if (*c >= 'A' && *c <= 'Z')
				return false;
	return true;
}

/* NULL unless it is one: what is printed of a manifest is such. */
static const char *uri_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && release_is_uri(text) ? text : NULL;
}

/* Other algorithms say nothing (digest_set.md, "Guidelines"). */
static bool has_digests(const json_t *digests)
{
	const json_t *value;
	size_t found = 0;

	for (size_t i = 0; i < RELEASE_DIGESTS; i++) {
		value = json_object_get(digests, release_digest[i].name);
		if (value && !json_is_hex(value, release_digest[i].size))
			return false;
		found += value != NULL;
	}
	return found;
}

static int read_subjects(struct release *out, struct reason *why)
{
	json_t *subject;
	size_t i;

	out->subjects = json_object_get(out->statement, "subject");
	if (!json_is_array(out->subjects) || !json_array_size(out->subjects) ||
	    json_array_size(out->subjects) > RELEASE_MAX_SUBJECTS)
		return reason_set(why, REFUSED, "subject-form", "\"subject\" is no array of 1 to %d",
				  RELEASE_MAX_SUBJECTS);
	json_array_foreach(out->subjects, i, subject) {
		if (!json_string_length(json_object_get(subject, "name")))
			return reason_set(why, REFUSED, "subject-form", "subject %zu has no name", i + 1);
		if (!has_digests(json_object_get(subject, "digest")))
			return reason_set(why, REFUSED, "subject-form",
					  "subject %zu has no digest by SHA-256, SHA-384 or "
					  "SHA-512, or one of the wrong form", i + 1);
	}
	return 0;
}

/* The dependency that is the source itself has its commit. */
static const char *revision_of(const json_t *dependencies, const char *source)
{
	const json_t *value, *commit;
	size_t i;

	json_array_foreach(dependencies, i, value) {
		commit = json_object_get(json_object_get(value, "digest"), "gitCommit");
		if (is_text(json_object_get(value, "uri"), source) &&
		    (json_is_hex(commit, 20) || json_is_hex(commit, 32)))
			return json_string_value(commit);
	}
	return NULL;
}

/* "Verifiers SHOULD reject unrecognized or unexpected fields within externalParameters." (SLSA) */
static int read_provenance(const json_t *predicate, struct release *out, struct reason *why)
{
	const json_t *build = json_object_get(predicate, "buildDefinition");
	const json_t *parameters = json_object_get(build, "externalParameters");
	const json_t *builder = json_object_get(json_object_get(predicate, "runDetails"), "builder");

	out->build_type = uri_of(build, "buildType");
	out->builder = uri_of(builder, "id");
	if (!out->build_type || !out->builder || !json_is_object(parameters))
		return refuse(why, "provenance-form", "buildType or builder.id is no URI, or there "
			      "are no externalParameters");
	out->source = uri_of(parameters, "source");
	if (!out->source || json_object_size(parameters) != 1)
		return refuse(why, "external-parameters",
			      "externalParameters is not \"source\", a URI, alone");
	out->revision = revision_of(json_object_get(build, "resolvedDependencies"), out->source);
	if (!out->revision)
		return refuse(why, "provenance-form",
			      "resolvedDependencies has no gitCommit of the source");
	return 0;
}

/* The fields of release_describe(), no other, and within what a note can hold */
static bool is_payload(json_t *object, const json_t *subject)
{
	json_t *name, *text, *version, *build_id;
	json_int_t svn, abi;

	if (json_unpack(object, "{s:o, s:o, s:o, s:I, s:I, s:o !}", "subject", &name, "name", &text,
			"version", &version, "svn", &svn, "abi", &abi, "build_id", &build_id))
		return false;
	return json_equal(name, json_object_get(subject, "name")) && json_is_string(text) &&
	       json_is_string(version) && json_is_hex(build_id, CARETAKER_BUILD_ID_LEN) &&
	       svn >= 0 && svn <= UINT32_MAX && abi >= 0 && abi <= UINT32_MAX;
}

static int read_ours(json_t *object, struct release *out, struct reason *why)
{
	json_int_t version;
	json_t *payload;
	size_t i;

	if (!object)
		return refuse(why, "release-form", "the predicate has no \"caretaker_release\"");
	if (json_unpack(object, "{s:I, s:o, s:o !}", "version", &version, "payloads", &out->payloads,
			"reference", &out->reference) || version != RELEASE_VERSION ||
	    !json_is_object(out->reference))
		return reason_set(why, REFUSED, "release-form",
				  "\"caretaker_release\" is not version %d, payloads and reference alone", RELEASE_VERSION);
	if (!json_is_array(out->payloads) ||
	    json_array_size(out->payloads) != json_array_size(out->subjects))
		return refuse(why, "release-form", "there is not a payload for each subject");
	json_array_foreach(out->payloads, i, payload)
		if (!is_payload(payload, json_array_get(out->subjects, i)))
			return reason_set(why, REFUSED, "release-form",
					  "payload %zu is not that of subject %zu", i + 1, i + 1);
	return 0;
}

static int read_statement(struct release *out, struct reason *why)
{
	json_t *predicate = json_object_get(out->statement, "predicate");
	int ret;

	if (!is_text(json_object_get(out->statement, "_type"), RELEASE_STATEMENT_TYPE))
		return refuse(why, "statement-type", "\"_type\" is not " RELEASE_STATEMENT_TYPE);
	if (!is_text(json_object_get(out->statement, "predicateType"), RELEASE_PREDICATE_TYPE))
		return refuse(why, "predicate-type",
			      "\"predicateType\" is not " RELEASE_PREDICATE_TYPE);
	ret = read_subjects(out, why);
	if (!ret)
		ret = read_provenance(predicate, out, why);
	return ret ? ret : read_ours(json_object_get(predicate, "caretaker_release"), out, why);
}

int release_parse(const void *data, size_t size, struct release *out, struct reason *why)
{
	int ret;

	*out = (struct release){ 0 };
	ret = json_object_read(data, size, "the statement", &out->statement, why);
	if (!ret)
		ret = read_statement(out, why);
	if (ret)
		release_free(out);
	return ret;
}

void release_free(struct release *release)
{
	json_decref(release->statement);
	*release = (struct release){ 0 };
}
