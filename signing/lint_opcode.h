/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bytes are that a payload must not execute, read from the bytes alone.  No
 * disassembler is asked: each release of one knows other instructions, and takes those
 * that it does not know for others.
 */
#ifndef CARETAKER_LINT_OPCODE_H
#define CARETAKER_LINT_OPCODE_H

#include <stddef.h>

#include "lint_rules.h"

struct opcode {
	enum lint_rule rule;	/* the rule against it; LINT_NONE: no table has it */
	const char *name;	/* as the manuals have it; NULL: of a range that has no name here */
	size_t at;		/* where the opcode begins, behind the prefixes */
	size_t size;		/* of all of it but immediates, at most 15; 0 if no table has it */
	int hides;		/* privileged, or ends isolation: must not hide in other bytes */
};

/*
 * lint_opcode - the instruction that begins at @code
 * @code:	text
 * @size:	how much of it there is; behind it are zeros, as behind the text in its page
 *
 * Return: what it is; .rule is LINT_NONE for what the tables do not have.
 * Source: Linux, arch/x86/lib/x86-opcode-map.txt; APM Vol. 3, appendix A.
 */
struct opcode lint_opcode(const unsigned char *code, size_t size);

#endif
