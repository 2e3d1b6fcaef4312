/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A linear sweep of text: where each instruction begins, where it leads, and from
 * which of them a way leads back to the host.
 */
#ifndef CARETAKER_LINT_SWEEP_H
#define CARETAKER_LINT_SWEEP_H

#include <stddef.h>

#include <linux/types.h>

#include <capstone/capstone.h>
#include "lint_stack.h"

enum flow {
	FLOW_NEXT,	/* to the next instruction */
	FLOW_CALL,	/* to the target, and to the next one when it is back */
	FLOW_BRANCH,	/* to the next one or to the target */
	FLOW_JUMP,	/* to the target */
	FLOW_RETURN,	/* RET */
	FLOW_LEAVE,	/* a fault, an indirect jump: out of what can be followed */
};

/* Where the stack is when an instruction begins */
enum frame {
	FRAME_UNSEEN,	/* nothing leads here */
	FRAME_ENTRY,	/* @depth is from the top of the stack; there is nowhere to return to */
	FRAME_CALLED,	/* @depth is from the return address that a CALL has put there */
	FRAME_LOST,	/* ways lead here that differ in it; @depth is of the shortest */
};

struct stack_place {
	__u8 frame;
	__u8 visits;		/* how often @used grew */
	__s32 depth;		/* RSP, from there: 0 or less */
	__u32 used;		/* bytes of the stack, at most, over all ways */
	__u32 function;		/* its first instruction, 1-based; 0: none, or of several */
	/* What registers point to, from the return address, or STACK_ELSEWHERE */
	__s16 points[STACK_REGISTERS];
};

#define STACK_ELSEWHERE	(-0x8000)

/* An instruction, or a byte that begins none */
struct swept {
	__u32 at;		/* offset in the text */
	__u8 size;
	__u8 decoded;
	__u8 flow;
	__u8 direct;		/* a direct branch or call, to @target */
	__u8 leaves;		/* a way leads out */
	__u8 nothing;		/* NOP */
	__u8 returns;		/* a way leads to a RET of this function */
	__u8 over;		/* a CALL that pushes and jumps, over INT3 at most */
	__u8 queued;
	__u8 faults;		/* of enum stack_fault */
	__u64 target;		/* address */
	__u32 from, other;	/* who jumps here; who else jumps where this jumps; 1-based */
	__u32 todo;
	__s32 reach;		/* of a function: how far above its return address it writes */
	struct stack_effect effect;
	struct stack_place place;
};

struct sweep {
	csh handle;
	const unsigned char *code;	/* borrowed */
	size_t size;
	__u64 address;			/* of the first byte */
	struct swept *insn;
	size_t count;
	__u32 *begins;			/* for each byte: the instruction, 1-based, or 0 */
};

/* Return: 0, or -ENOMEM.  sweep_free() is safe in any case. */
int sweep_text(const unsigned char *code, size_t size, __u64 address, struct sweep *out);
void sweep_free(struct sweep *sweep);

/* The instruction that begins at @address, NULL if none does */
struct swept *sweep_at(const struct sweep *sweep, __u64 address);

/* Decodes one that sweep_text() decoded.  @insn is from cs_malloc(). */
int sweep_decode(const struct sweep *sweep, const struct swept *swept, cs_insn *insn);

#endif
