/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prefixes of an instruction that may occur: those that it needs, and no others.
 */
#ifndef CARETAKER_LINT_PREFIX_H
#define CARETAKER_LINT_PREFIX_H

#include <capstone/capstone.h>

/*
 * lint_prefixes_fit - does the instruction need each prefix that it has?
 * @insn:	with detail
 * @branch:	is it a direct branch or call?
 *
 * A prefix can make another instruction of the same opcode, which Capstone may not know
 * (F3 makes LFENCE INCSSP), or another length: of a branch with 66, depending on who made
 * the CPU (APM Vol. 3, 1.2.7).  Return: 0 if it has one that it does not need.
 */
int lint_prefixes_fit(const cs_insn *insn, int branch);

#endif
