// SPDX-License-Identifier: GPL-2.0-only
/*
 * Release manifests: whose one is, and whether it is about a file.
 */
#include <errno.h>
#include <string.h>

#include "hex.h"
#include "release.h"

int release_open(const void *data, size_t size, const struct public_keys *keys,
		 struct release *out, struct reason *why)
{
	struct dsse envelope;
	EVP_PKEY *signer;
	int ret;

	*out = (struct release){ 0 };
	ret = dsse_parse(data, size, &envelope, why);
	if (ret)
		return ret;
	ret = dsse_verify(&envelope, keys, &signer, why);
	if (!ret && strcmp(envelope.type, RELEASE_PAYLOAD_TYPE))
		ret = reason_set(why, REFUSED, "payload-type", "\"payloadType\" is not "
				 RELEASE_PAYLOAD_TYPE);
	if (!ret)
		ret = release_parse(envelope.payload.data, envelope.payload.size, out, why);
	if (!ret)
		ret = public_key_id(signer, out->signer, why);
	if (ret)
		release_free(out);
	dsse_free(&envelope);
	return ret;
}

json_t *release_describe(const char *subject, const struct payload *payload)
{
	const struct caretaker_note *note = &payload->image.note;
	char build_id[2 * CARETAKER_BUILD_ID_LEN + 1];

	hex_encode(note->build_id, sizeof(note->build_id), build_id);
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "subject", subject, "name", note->name,
			 "version", note->version, "svn", (json_int_t)note->svn, "abi",
			 (json_int_t)note->abi, "build_id", build_id);
}

/* In the order of release_digest */
struct file_digests {
	char text[RELEASE_DIGESTS][2 * EVP_MAX_MD_SIZE + 1];
};

static int compute(const void *file, size_t size, struct file_digests *out, struct reason *why)
{
	unsigned char value[EVP_MAX_MD_SIZE];
	size_t length;

	for (size_t i = 0; i < RELEASE_DIGESTS; i++) {
		if (!EVP_Q_digest(NULL, release_digest[i].hash, NULL, file, size, value, &length))
			return reason_openssl(why, -EIO, "digest", "cannot compute %s",
					      release_digest[i].hash);
		hex_encode(value, length, out->text[i]);
	}
	return 0;
}

/* How many of the subject's digests are those of the file, and how many are not */
static void compare(const json_t *subject, const struct file_digests *file, size_t *same,
		    size_t *other)
{
	const json_t *digests = json_object_get(subject, "digest");

	*same = *other = 0;
	for (size_t i = 0; i < RELEASE_DIGESTS; i++) {
		const char *text = json_string_value(json_object_get(digests, release_digest[i].name));

		if (text)
			*(strcmp(text, file->text[i]) ? other : same) += 1;
	}
}

/* The note is part of the file, so whoever says something else of it has not looked. */
static int check_payload(const json_t *said, const struct payload *payload, struct reason *why)
{
	const char *subject = json_string_value(json_object_get(said, "subject"));
	json_t *real = release_describe(subject, payload);
	const json_t *value;
	const char *key;
	int ret = 0;

	if (!real)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	json_object_foreach(real, key, value)
		if (!ret && !json_equal(value, json_object_get(said, key)))
			ret = reason_set(why, REFUSED, "release-differs",
					 "the manifest says another \"%s\" than the payload's note", key);
	json_decref(real);
	return ret;
}

int release_check_file(const struct release *release, const void *file, size_t size,
		       const struct payload *payload, struct reason *why)
{
	size_t i, same, other, found = 0;
	struct file_digests digests;
	const json_t *subject;
	int ret;

	ret = compute(file, size, &digests, why);
	json_array_foreach(release->subjects, i, subject) {
		if (ret)
			return ret;
		compare(subject, &digests, &same, &other);
		if (!same)
			continue;
		if (other)
			return reason_set(why, REFUSED, "subject-digest",
					  "subject %zu has one digest of the file, and another of "
					  "another file", i + 1);
		found++;
		ret = check_payload(json_array_get(release->payloads, i), payload, why);
	}
	if (!ret && !found)
		ret = reason_set(why, REFUSED, "not-in-release",
				 "the file is none of the %zu subjects of the manifest", i);
	return ret;
}

int release_check_origin(const struct release *release, const char *builder, const char *source,
			 struct reason *why)
{
	if (builder && strcmp(builder, release->builder))
		return reason_set(why, REFUSED, "other-builder", "the manifest names another builder");
	if (source && strcmp(source, release->source))
		return reason_set(why, REFUSED, "other-source", "the manifest names another source");
	return 0;
}
