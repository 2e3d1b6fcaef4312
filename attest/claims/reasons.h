/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a verdict is no: stable words for programs, a sentence for people.  A word,
 * once published, keeps its meaning; docs/attestation.md lists them.
 *
 * A sentence says what is wrong with the evidence and where, never which value
 * would have been right (CVE-2023-38201).
 */
#ifndef CARETAKER_VERDICT_REASONS_H
#define CARETAKER_VERDICT_REASONS_H

#include <stdbool.h>
#include <stddef.h>

#define REASONS_MAX	64	/* more than there are words */

struct reason {
	const char *word;
	char text[256];
};

struct reasons {
	struct reason reason[REASONS_MAX];
	size_t count;	/* more than REASONS_MAX are counted, not kept, but for the first of each word */
};

void reasons_add(struct reasons *r, const char *word, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds all of @from, in their order, as far as there is room */
void reasons_append(struct reasons *r, const struct reasons *from);
bool reasons_have(const struct reasons *r, const char *word);

#endif
