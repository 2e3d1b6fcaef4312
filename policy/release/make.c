// SPDX-License-Identifier: GPL-2.0-only
/*
 * A release in the making: the payloads, each verified, and the statement about them.
 */
#include <errno.h>
#include <string.h>

#include "certificate.h"
#include "hex.h"
#include "make.h"
#include "verify.h"

static int no_memory(struct reason *why)
{
	return reason_set(why, -ENOMEM, "memory", "no memory");
}

int release_making_init(struct release_making *making)
{
	*making = (struct release_making){
		.signers = sk_X509_new_null(), .subjects = json_array(), .payloads = json_array(),
		.own = policy_reference_new(),
	};
	return making->signers && making->subjects && making->payloads && making->own ? 0 : -ENOMEM;
}

void release_making_free(struct release_making *making)
{
	sk_X509_pop_free(making->signers, X509_free);
	json_decref(making->subjects);
	json_decref(making->payloads);
	json_decref(making->own);
	*making = (struct release_making){ 0 };
}

int release_add_signer(struct release_making *making, const void *data, size_t size,
		       struct reason *why)
{
	char text[POLICY_REASON] = "";
	int ret = certificate_parse(data, size, making->signers, why);

	if (ret)
		return ret;
	ret = policy_reference_add_signer(making->own, data, size, text);
	if (ret == -ENOMEM)
		return no_memory(why);
	/* By its identifier records and reference values name it. */
	return ret ? reason_set(why, -EINVAL, "certificate-key-id", "%s", text) : 0;
}

static json_t *digests_of(const void *data, size_t size)
{
	json_t *digests = json_object();

	for (size_t i = 0; i < RELEASE_DIGESTS; i++) {
		unsigned char value[EVP_MAX_MD_SIZE];
		char text[2 * EVP_MAX_MD_SIZE + 1];
		size_t length;

		if (!EVP_Q_digest(NULL, release_digest[i].hash, NULL, data, size, value, &length))
			goto failed;
		hex_encode(value, length, text);
		if (json_object_set_new(digests, release_digest[i].name, json_string(text)))
			goto failed;
	}
	return digests;
failed:
	json_decref(digests);
	return NULL;
}

/* Where two subjects have one name or one content, nobody can tell which is meant. */
static int check_subject(const struct release_making *making, const json_t *subject,
			 struct reason *why)
{
	const json_t *name = json_object_get(subject, "name"), *other;
	size_t i;

	for (const char *c = json_string_value(name); *c; c++)
		if (*c < ' ' || *c > '~')
			return reason_set(why, REFUSED, "release-name", "its name is no printable ASCII");
	if (json_array_size(making->subjects) == RELEASE_MAX_SUBJECTS)
		return reason_set(why, REFUSED, "release-many", "more than %d payloads",
				  RELEASE_MAX_SUBJECTS);
	json_array_foreach(making->subjects, i, other)
		if (json_equal(name, json_object_get(other, "name")) ||
		    json_equal(json_object_get(subject, "digest"),
			       json_object_get(other, "digest")))
			return reason_set(why, REFUSED, "release-twice",
					  "payload %zu has its name, or is the same", i + 1);
	return 0;
}

static int add_reference(struct release_making *making, const void *data, size_t size,
			 struct reason *why)
{
	char text[POLICY_REASON] = "";
	const char *signature = "";
	int ret = policy_reference_add_payload(making->own, data, size, making->signers, &signature,
					       text);

	if (ret == -ENOMEM)
		return no_memory(why);
	/* Without a signer it takes what nobody verified, and says so. */
	if (ret || strcmp(signature, "verified"))
		return reason_set(why, REFUSED, "release-unverified", "its signature was not verified%s%s",
				  *text ? ": " : "", text);
	return 0;
}

int release_add_payload(struct release_making *making, const char *name, const void *data,
			size_t size, struct reason *why)
{
	struct payload payload;
	json_t *subject;
	X509 *signer;
	int ret;

	ret = verify_payload(data, size, making->signers, &payload, &signer, why);
	if (ret)
		return ret;
	ret = add_reference(making, data, size, why);
	if (ret)
		return ret;
	subject = json_pack("{s:s, s:o}", "name", name, "digest", digests_of(data, size));
	if (!subject)
		return no_memory(why);
	ret = check_subject(making, subject, why);
	if (ret)
		json_decref(subject);
	else if (json_array_append_new(making->subjects, subject) ||
		 json_array_append_new(making->payloads, release_describe(name, &payload)))
		ret = no_memory(why);
	return ret;
}

/* --- Reference values -------------------------------------------------------- */

/* The word in the file is not ours: what it calls verified nobody here has looked at. */
static int check_payloads(const json_t *payloads, const json_t *own, struct reason *why)
{
	const json_t *payload, *mine;
	bool found;
	size_t i, j;

	json_array_foreach(payloads, i, payload) {
		found = false;
		json_array_foreach(own, j, mine)
			found |= json_equal(payload, mine);
		if (!found)
			return reason_set(why, REFUSED, "release-unverified", "payload %zu of the "
					  "reference values is none that was verified here", i + 1);
	}
	return 0;
}

/* Appends what of @key is not there yet */
static int merge(json_t *to, const json_t *from, const char *key, struct reason *why)
{
	json_t *value;
	size_t i;

	json_array_foreach(json_object_get(from, key), i, value)
		if (policy_reference_append(json_object_get(to, key), json_incref(value)))
			return no_memory(why);
	return 0;
}

int release_reference(const struct release_making *making, const void *data, size_t size,
		      json_t **out, struct reason *why)
{
	struct policy_reference parsed;
	char text[POLICY_REASON] = "";
	int ret;

	*out = NULL;
	if (!data) {
		*out = json_incref(making->own);
		return 0;
	}
	ret = policy_reference_parse(data, size, &parsed, text);
	if (ret == -ENOMEM)
		return no_memory(why);
	if (ret)
		return reason_set(why, REFUSED, "reference-values", "%s", text);
	policy_reference_free(&parsed);
	*out = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
	if (!*out)
		return no_memory(why);
	ret = check_payloads(json_object_get(*out, "payloads"),
			     json_object_get(making->own, "payloads"), why);
	if (!ret)
		ret = merge(*out, making->own, "payloads", why);
	if (!ret)
		ret = merge(*out, making->own, "signers", why);
	if (ret) {
		json_decref(*out);
		*out = NULL;
	}
	return ret;
}

/* --- The statement ----------------------------------------------------------- */

static bool is_commit(const char *text)
{
	size_t length = strlen(text);

	return (length == 40 || length == 64) && strspn(text, "0123456789abcdef") == length;
}

int release_check_words(const struct release_origin *origin, struct reason *why)
{
	const struct {
		const char *name, *text;
	} uris[] = {
		{ "--builder", origin->builder }, { "--build-type", origin->build_type },
		{ "--source", origin->source },
	};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		if (!release_is_uri(uris[i].text))
			return reason_set(why, REFUSED, "release-origin",
					  "%s: no URI, with scheme and host in lower case", uris[i].name);
	if (!is_commit(origin->revision))
		return reason_set(why, REFUSED, "release-origin", "--revision: no git commit: 40 or "
				  "64 hexadecimal digits in lower case");
	return 0;
}

int release_statement(const struct release_making *making, const struct release_origin *origin,
		      json_t *reference, struct blob *out, struct reason *why)
{
	json_t *statement;
	char *text;

	statement = json_pack("{s:s, s:O, s:s, s:{s:{s:s, s:{s:s}, s:[{s:s, s:{s:s}}]}, s:{s:{s:s}}, "
			      "s:{s:i, s:O, s:o}}}",
			      "_type", RELEASE_STATEMENT_TYPE, "subject", making->subjects,
			      "predicateType", RELEASE_PREDICATE_TYPE, "predicate",
			      "buildDefinition", "buildType", origin->build_type,
			      "externalParameters", "source", origin->source,
			      "resolvedDependencies", "uri", origin->source,
			      "digest", "gitCommit", origin->revision,
			      "runDetails", "builder", "id", origin->builder,
			      "caretaker_release", "version", RELEASE_VERSION,
			      "payloads", making->payloads, "reference", reference);
	/* Keys in the order in which they were put there: the same bytes of the same */
	text = statement ? json_dumps(statement, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(statement);
	*out = (struct blob){ (unsigned char *)text, text ? strlen(text) : 0 };
	return text ? 0 : no_memory(why);
}
