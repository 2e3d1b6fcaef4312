/* SPDX-License-Identifier: GPL-2.0-only */
/* How rules and reference values read JSON: strictly, and with the key in the error. */
#ifndef CARETAKER_POLICY_JSON_H
#define CARETAKER_POLICY_JSON_H

#include <jansson.h>

#include "policy_rules.h"

/* An object of @format, version 1; NULL with @why */
json_t *policy_json_load(const void *data, size_t size, const char *format, char *why);

int policy_json_fail(char *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Lower-case hex of exactly @size bytes; of 1..64 bytes if @size is 0 */
int policy_json_digest(json_t *value, const char *key, size_t size, struct policy_digest *out,
		       char *why);
int policy_json_digests(json_t *array, const char *key, size_t size, struct policy_digest **out,
			size_t *count, char *why);

#endif
