/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of the lint, each in one place: names and sentences, what may occur
 * anywhere, and which rule stands against what may not.
 */
#ifndef CARETAKER_LINT_RULES_H
#define CARETAKER_LINT_RULES_H

#include <stddef.h>

#include <capstone/capstone.h>

enum lint_rule {
	LINT_NONE,
	/* What an instruction is; signing/lint_allow.c can make exceptions of these. */
	LINT_CONTROL_REGISTER,
	LINT_DEBUG_REGISTER,
	LINT_DESCRIPTOR_TABLE,
	LINT_SEGMENT,
	LINT_MSR,
	LINT_VIRTUALIZATION,
	LINT_TRANSLATION,
	LINT_PORT,
	LINT_INTERRUPT_FLAG,
	LINT_INTERRUPT,
	LINT_HALT,
	LINT_SYSTEM_CALL,
	LINT_FAR_BRANCH,
	LINT_VECTOR,
	LINT_UNLISTED,
	/* How it is written, or where it leads: no exceptions. */
	LINT_UNDECODABLE,
	LINT_PREFIX,
	LINT_INDIRECT_BRANCH,
	LINT_BRANCH_TARGET,
	LINT_TEXT_END,
	LINT_ENDLESS_LOOP,
	LINT_STACK_POINTER,
	LINT_ADDRESS,
	LINT_HIDDEN,
	LINT_RULES
};

#define LINT_EXCEPTABLE(rule) ((rule) < LINT_UNDECODABLE)

const char *lint_rule_name(enum lint_rule rule);
const char *lint_rule_text(enum lint_rule rule);

/* The rule against an instruction as such, with detail; LINT_NONE if it may occur anywhere */
enum lint_rule lint_rule_of(const cs_insn *insn);

/* The same for an operand that is a register */
enum lint_rule lint_rule_of_register(x86_reg reg);

#endif
