/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The signer's exceptions from the lint: which function of a payload may hold an
 * instruction that no other may.
 */
#ifndef CARETAKER_LINT_ALLOW_H
#define CARETAKER_LINT_ALLOW_H

#include <stddef.h>

#include "lint_rules.h"

struct lint_exception {
	const char *function;		/* by the symbol table of the payload */
	enum lint_rule rule;		/* one that LINT_EXCEPTABLE() holds for */
	const char *instruction;	/* the manuals' name: "VMRUN" */
	const char *why;
};

extern const struct lint_exception lint_exceptions[];
extern const size_t lint_exceptions_count;

#endif
