// SPDX-License-Identifier: GPL-2.0-only
/*
 * How verbs speak: errors on standard error, one JSON object on standard output.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "verb.h"

void verb_error(const char *verb, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "caretaker %s: ", verb);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

int verb_print_json(json_t *object)
{
	int failed;

	if (!object)
		return -EIO;
	failed = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(object);
	if (failed || fputc('\n', stdout) == EOF || fflush(stdout))
		return -EIO;
	return 0;
}
