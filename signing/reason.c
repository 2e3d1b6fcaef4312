// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why something was refused or could not be done.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "reason.h"
#include "verb.h"

static void fill(struct reason *why, const char *word, const char *fmt, va_list args)
{
	snprintf(why->word, sizeof(why->word), "%s", word);
	vsnprintf(why->text, sizeof(why->text), fmt, args);
}

int reason_set(struct reason *why, int ret, const char *word, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(why, word, fmt, args);
	va_end(args);
	return ret;
}

int reason_openssl(struct reason *why, int ret, const char *word, const char *fmt, ...)
{
	unsigned long error = ERR_peek_error();
	const char *detail = error ? ERR_reason_error_string(error) : NULL;
	size_t used;
	va_list args;

	va_start(args, fmt);
	fill(why, word, fmt, args);
	va_end(args);
	used = strlen(why->text);
	if (detail)
		snprintf(why->text + used, sizeof(why->text) - used, ": %s", detail);
	ERR_clear_error();
	return ret;
}

int reason_exit(int ret)
{
	if (!ret)
		return EXIT_ACCEPTED;
	return ret == REFUSED ? EXIT_REJECTED : EXIT_UNABLE;
}
