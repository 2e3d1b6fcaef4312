/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One JSON object, read strictly: whatever could be read in two ways is refused.
 */
#ifndef CARETAKER_JSON_OBJECT_H
#define CARETAKER_JSON_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "reason.h"

/*
 * Reads @data, UTF-8 to the last byte, and calls it @what in the reason.
 * Return: 0, @out is the caller's; REFUSED, "json-duplicate" where an object anywhere in it has a
 * key twice, "json" for all else that is no JSON object (RFC 8259).
 */
int json_object_read(const void *data, size_t size, const char *what, json_t **out,
		     struct reason *why);

/* Is @value a string of lower-case hexadecimal digits, of @bytes bytes? */
bool json_is_hex(const json_t *value, size_t bytes);

#endif
