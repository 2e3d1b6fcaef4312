// SPDX-License-Identifier: GPL-2.0-only
/*
 * One JSON object, read strictly: whatever could be read in two ways is refused.
 */
#include <string.h>

#include "json_object.h"
#include "printable.h"

int json_object_read(const void *data, size_t size, const char *what, json_t **out,
		     struct reason *why)
{
	json_error_t error;
	const char *word;

	/* jansson takes no NUL in a string, and no byte behind the object, unless it is told to. */
	*out = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
	if (!*out) {
		word = json_error_code(&error) == json_error_duplicate_key ? "json-duplicate" :
									     "json";
		printable(error.text);
		return reason_set(why, REFUSED, word, "%s: line %d, column %d: %.100s", what, error.line,
				  error.column, error.text);
	}
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return reason_set(why, REFUSED, "json", "%s is no JSON object", what);
}

bool json_is_hex(const json_t *value, size_t bytes)
{
	const char *text = json_string_value(value);

	return text && json_string_length(value) == 2 * bytes &&
	       strspn(text, "0123456789abcdef") == 2 * bytes;
}
