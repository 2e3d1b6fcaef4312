// SPDX-License-Identifier: GPL-2.0-only
/*
 * DSSE envelopes: reading one.
 */
#include <errno.h>

#include "base64.h"
#include "dsse.h"
#include "json_object.h"

static int form(struct reason *why, const char *what)
{
	return reason_set(why, REFUSED, "envelope-form", "%s", what);
}

static int decode(json_t *value, const char *name, struct blob *out, struct reason *why)
{
	int ret;

	if (!json_is_string(value))
		return reason_set(why, REFUSED, "envelope-form", "\"%s\" is no string", name);
	ret = base64_decode_either(json_string_value(value), json_string_length(value),
				   DSSE_MAX_BYTES, out);
	if (ret == -ENOMEM)
		return reason_set(why, ret, "memory", "no memory");
	return ret ? reason_set(why, REFUSED, "envelope-base64", "\"%s\" is no base64", name) : 0;
}

/* An unset keyid is as an empty one; so is null, in protobuf's JSON. */
static int add_signature(json_t *object, struct dsse *out, struct reason *why)
{
	struct dsse_signature *to = &out->signature[out->signatures];
	json_t *keyid = json_object_get(object, "keyid");

	if (!json_is_object(object))
		return form(why, "a signature is no object");
	if (keyid && !json_is_null(keyid) && !json_is_string(keyid))
		return form(why, "\"keyid\" is no string");
	to->keyid = json_is_string(keyid) ? json_string_value(keyid) : "";
	out->signatures++;
	return decode(json_object_get(object, "sig"), "sig", &to->value, why);
}

static int add_signatures(json_t *array, struct dsse *out, struct reason *why)
{
	json_t *value;
	size_t i;
	int ret;

	if (!json_is_array(array))
		return form(why, "\"signatures\" is no array");
	if (!json_array_size(array))
		return reason_set(why, REFUSED, "envelope-unsigned", "there is no signature");
	if (json_array_size(array) > DSSE_MAX_SIGNATURES)
		return reason_set(why, REFUSED, "envelope-signatures", "%zu signatures; at most %d",
				  json_array_size(array), DSSE_MAX_SIGNATURES);
	json_array_foreach(array, i, value) {
		ret = add_signature(value, out, why);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_envelope(struct dsse *out, struct reason *why)
{
	json_t *type = json_object_get(out->root, "payloadType");
	int ret;

	if (!json_is_string(type))
		return form(why, "\"payloadType\" is no string");
	out->type = json_string_value(type);
	ret = decode(json_object_get(out->root, "payload"), "payload", &out->payload, why);
	return ret ? ret : add_signatures(json_object_get(out->root, "signatures"), out, why);
}

int dsse_parse(const void *data, size_t size, struct dsse *out, struct reason *why)
{
	int ret;

	*out = (struct dsse){ 0 };
	if (size > DSSE_MAX_BYTES)
		return reason_set(why, REFUSED, "envelope-size", "the envelope has more than %u bytes",
				  DSSE_MAX_BYTES);
	ret = json_object_read(data, size, "the envelope", &out->root, why);
	if (!ret)
		ret = read_envelope(out, why);
	if (ret)
		dsse_free(out);
	return ret;
}

void dsse_free(struct dsse *envelope)
{
	for (size_t i = 0; i < envelope->signatures; i++)
		blob_free(&envelope->signature[i].value);
	blob_free(&envelope->payload);
	json_decref(envelope->root);
	*envelope = (struct dsse){ 0 };
}
