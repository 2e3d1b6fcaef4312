// SPDX-License-Identifier: GPL-2.0-only
/* Strict reading of the JSON files in policy/. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "policy_json.h"
#include "printable.h"

int policy_json_fail(char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, POLICY_REASON, fmt, args);
	va_end(args);
	printable(why);
	return -EBADMSG;
}

json_t *policy_json_load(const void *data, size_t size, const char *format, char *why)
{
	json_error_t error;
	json_t *root, *got;

	root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		policy_json_fail(why, "line %d, column %d: %.100s", error.line, error.column,
				 error.text);
		return NULL;
	}
	got = json_object_get(root, "format");
	if (!json_is_string(got) || strcmp(json_string_value(got), format)) {
		policy_json_fail(why, "\"format\" is not \"%s\"", format);
		goto bad;
	}
	got = json_object_get(root, "version");
	if (!json_is_integer(got) || json_integer_value(got) != 1) {
		policy_json_fail(why, "\"version\" is not 1");
		goto bad;
	}
	return root;
bad:
	json_decref(root);
	return NULL;
}

int policy_json_digest(json_t *value, const char *key, size_t size, struct policy_digest *out,
		       char *why)
{
	size_t n = sizeof(out->value), length = json_string_length(value);
	const char *text = json_string_value(value);

	if (!text || strlen(text) != length || !length || length > 2 * sizeof(out->value) ||
	    hex_decode(text, out->value, &n) || (size && n != size))
		return policy_json_fail(why, "\"%s\": a value is no hex string that fits", key);
	out->size = n;
	return 0;
}

int policy_json_digests(json_t *array, const char *key, size_t size, struct policy_digest **out,
			size_t *count, char *why)
{
	json_t *value;
	size_t i;
	int rc;

	if (!json_is_array(array))
		return policy_json_fail(why, "\"%s\" is no array", key);
	if (!json_array_size(array))
		return 0;
	*out = calloc(json_array_size(array), sizeof(**out));
	if (!*out)
		return -ENOMEM;
	json_array_foreach(array, i, value) {
		rc = policy_json_digest(value, key, size, &(*out)[i], why);
		if (rc)
			return rc;
		(*count)++;
	}
	return 0;
}
