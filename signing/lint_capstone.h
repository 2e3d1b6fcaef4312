/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capstone, opened when text is looked at: it is most of what the dynamic linker would do.
 * The members are the library's functions, with their own types, without their prefix.
 */
#ifndef CARETAKER_LINT_CAPSTONE_H
#define CARETAKER_LINT_CAPSTONE_H

#include <capstone/capstone.h>

#define CAPSTONE(F)						\
	F(close)						\
	F(disasm_iter)						\
	F(free)							\
	F(insn_group)						\
	F(malloc)						\
	F(open)							\
	F(option)						\
	F(regs_access)

struct capstone {
#define MEMBER(name) __typeof__(cs_##name) *name;
	CAPSTONE(MEMBER)
#undef MEMBER
};

/* A library that is not there ends the program: late.h */
const struct capstone *capstone(void);

#endif
