// SPDX-License-Identifier: GPL-2.0-only
/* Collects the reasons of a verdict. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "claims/reasons.h"

void reasons_add(struct reasons *r, const char *word, const char *fmt, ...)
{
	struct reason *reason;
	va_list args;

	if (r->count++ >= REASONS_MAX)
		return;
	reason = &r->reason[r->count - 1];
	reason->word = word;
	va_start(args, fmt);
	vsnprintf(reason->text, sizeof(reason->text), fmt, args);
	va_end(args);
	/* Else a host could choose what a terminal does, or lose the reason in JSON */
	printable(reason->text);
}

void reasons_append(struct reasons *r, const struct reasons *from)
{
	for (size_t i = 0; i < from->count && i < REASONS_MAX; i++)
		if (r->count + i < REASONS_MAX)
			r->reason[r->count + i] = from->reason[i];
	r->count += from->count;
}

bool reasons_have(const struct reasons *r, const char *word)
{
	for (size_t i = 0; i < r->count && i < REASONS_MAX; i++)
		if (!strcmp(r->reason[i].word, word))
			return true;
	return false;
}
