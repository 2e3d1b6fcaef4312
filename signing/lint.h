/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lint of a payload's text, made before it is signed: a linear sweep with
 * Capstone, and the rules of lint_rules.h for each instruction.
 *
 * It says what a payload must not hold.  What a payload does with the instructions
 * that it may hold is not decided here; docs/payload.md says what is left open.
 */
#ifndef CARETAKER_LINT_H
#define CARETAKER_LINT_H

#include <jansson.h>

#include "payload.h"

#define LINT_KEPT 64

/* Said with the first finding: most of what is found then is found for that. */
#define LINT_NAMELESS "no symbol names a function, as in a stripped file, so nothing is excepted"

struct lint_finding {
	__u64 offset;		/* in the file */
	__u64 address;		/* in the image */
	const char *rule;	/* its name, stable: "msr" */
	const char *text;	/* the rule as a sentence */
	char function[64];	/* by the symbol table; "" if it names none */
	char instruction[192];	/* AT&T syntax, or the bytes that are none */
};

struct lint {
	size_t count;		/* findings; the first LINT_KEPT are kept, by address */
	int nameless;		/* no symbol names a function, so nothing is excepted */
	struct lint_finding finding[LINT_KEPT];
};

/*
 * Sweeps the r-x segment of a payload that payload_parse() took.
 * Return: 0, whatever was found; -errno if it could not be looked at.
 */
int lint_payload(const struct payload *payload, struct lint *out, struct reason *why);

/* REFUSED with the first finding as the reason; 0 if there is none. */
int lint_refuse(const struct lint *lint, struct reason *why);

/* {"clean", "count", "findings": [...]} */
json_t *lint_describe(const struct lint *lint);

#endif
