// SPDX-License-Identifier: GPL-2.0-only
/* Collects the reasons of a verdict. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "claims/reasons.h"

/*
 * Where one more goes, or NULL.  Who chooses how many of one word there are must not choose
 * that another one is not seen: it takes the place of the last that repeats a word.
 */
static struct reason *room(struct reasons *r, const char *word)
{
	if (r->count++ < REASONS_MAX)
		return &r->reason[r->count - 1];
	if (reasons_have(r, word))
		return NULL;
	for (size_t i = REASONS_MAX; i-- > 1;) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(r->reason[i].word, r->reason[j].word))
				continue;
			memmove(&r->reason[i], &r->reason[i + 1],
				(REASONS_MAX - 1 - i) * sizeof(r->reason[0]));
			return &r->reason[REASONS_MAX - 1];
		}
	}
	return NULL;
}

void reasons_add(struct reasons *r, const char *word, const char *fmt, ...)
{
	struct reason *reason = room(r, word);
	va_list args;

	if (!reason)
		return;
	reason->word = word;
	va_start(args, fmt);
	vsnprintf(reason->text, sizeof(reason->text), fmt, args);
	va_end(args);
	/* Else a host could choose what a terminal does, or lose the reason in JSON */
	printable(reason->text);
}

void reasons_append(struct reasons *r, const struct reasons *from)
{
	struct reason *reason;
	size_t i;

	for (i = 0; i < from->count && i < REASONS_MAX; i++) {
		reason = room(r, from->reason[i].word);
		if (reason)
			*reason = from->reason[i];
	}
	r->count += from->count - i;
}

bool reasons_have(const struct reasons *r, const char *word)
{
	for (size_t i = 0; i < r->count && i < REASONS_MAX; i++)
		if (!strcmp(r->reason[i].word, word))
			return true;
	return false;
}
