// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of the evidence parsers.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "log/parse_error.h"

int parse_fail(struct parse_error *err, enum parse_code code, size_t offset, unsigned int record,
	       const char *fmt, ...)
{
	va_list args;

	if (err->code == PARSE_OK) {
		err->code = code;
		err->offset = offset;
		err->record = record;
		va_start(args, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, args);
		va_end(args);
	}
	return code == PARSE_MEMORY ? -ENOMEM : -EBADMSG;
}

void parse_error_line(const struct parse_error *err, char line[PARSE_ERROR_LINE])
{
	if (err->record)
		snprintf(line, PARSE_ERROR_LINE, "record %u, offset %zu: %s", err->record,
			 err->offset, err->text);
	else if (err->code == PARSE_MISMATCH)
		snprintf(line, PARSE_ERROR_LINE, "%s", err->text);	/* the whole does not fit */
	else
		snprintf(line, PARSE_ERROR_LINE, "offset %zu: %s", err->offset, err->text);
}

const char *parse_code_name(enum parse_code code)
{
	static const char *const name[] = {
		[PARSE_OK]	     = "ok",
		[PARSE_EMPTY]	     = "empty",
		[PARSE_TRUNCATED]    = "truncated",
		[PARSE_OVERSIZED]    = "oversized",
		[PARSE_TRAILING]     = "trailing",
		[PARSE_INVALID]	     = "invalid",
		[PARSE_UNSUPPORTED]  = "unsupported",
		[PARSE_INCONSISTENT] = "inconsistent",
		[PARSE_MISMATCH]     = "mismatch",
		[PARSE_MEMORY]	     = "memory",
	};

	return (size_t)code < sizeof(name) / sizeof(name[0]) ? name[code] : "unknown";
}
