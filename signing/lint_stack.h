/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an instruction does to RSP, to registers that point to the stack as RSP does, and
 * to the words that they point at.
 */
#ifndef CARETAKER_LINT_STACK_H
#define CARETAKER_LINT_STACK_H

#include <linux/types.h>

#include <capstone/capstone.h>

/* General registers by their number in ModRM and REX */
#define STACK_REGISTERS	16
#define STACK_RSP	4

struct stack_effect {
	__s32 move;		/* what RSP becomes larger by; what CALL and RET do is not in it */
	__s32 store;		/* where it writes, from @base as it was before */
	__u8 base;		/* a general register */
	__u16 stored;		/* how many bytes it writes there; 0: none */
	__u16 writes;		/* general registers, as bits */
	__u8 copies;		/* register @to becomes @from and @by */
	__u8 to, from;
	__s32 by;
	__u8 tops;		/* RSP becomes the top of the stack */
	__u8 allowed;		/* what it does to RSP may be done */
};

/*
 * stack_effect - of an instruction
 * @capstone:	with detail
 * @insn:	by it
 *
 * RSP may be read; it is written by what keeps it in its place.
 */
struct stack_effect stack_effect(csh handle, const cs_insn *insn);

#endif
