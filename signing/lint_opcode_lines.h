/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of lint_opcode.c: bytes, names and rules of what must not be executed.
 */
#ifndef CARETAKER_LINT_OPCODE_LINES_H
#define CARETAKER_LINT_OPCODE_LINES_H

#include <linux/types.h>
#include <stddef.h>

/* Maps of opcodes; those of VEX and EVEX by their number, behind the legacy ones */
enum map { ONE, TWO, THREE_38, THREE_3A, VEX, VEX_LAST = VEX + 31, XOP };

/* The prefix that belongs to the opcode */
enum prefix { ANY = 0, P_66 = 1, P_F3 = 2, P_F2 = 4, NO_PREFIX = 8, REX_W = 16, NO_REX_W = 32 };

/* What its ModRM byte must be; @arg: values of its reg field, as bits, or the byte itself */
enum form { ALWAYS, MEMORY, REGISTER, EITHER, IS };

struct line {
	const char *name;
	__u8 rule, map, first, last, prefix, form, arg, hides;
};

/* By map, all of VEX in one; in each the first line that fits counts */
extern const struct opcode_table {
	const struct line *lines;
	size_t count;
} opcode_tables[VEX + 1];

#endif
