/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A linear sweep of text: where each instruction begins, where it leads, and from
 * which of them a way leads back to the host.
 */
#ifndef CARETAKER_LINT_SWEEP_H
#define CARETAKER_LINT_SWEEP_H

#include <stddef.h>

#include <capstone/capstone.h>
#include <linux/types.h>

enum flow {
	FLOW_NEXT,	/* to the next instruction; also what a CALL does, when it is back */
	FLOW_BRANCH,	/* to the next one or to the target */
	FLOW_JUMP,	/* to the target */
	FLOW_LEAVE,	/* RET, a fault, an indirect jump: out of what can be followed */
};

/* An instruction, or a byte that begins none */
struct swept {
	__u32 at;		/* offset in the text */
	__u8 size;
	__u8 decoded;
	__u8 flow;
	__u8 direct;		/* a direct branch or call, to @target */
	__u8 leaves;		/* a way leads out */
	__u64 target;		/* address */
	__u32 from, other;	/* who jumps here; who else jumps where this jumps; 1-based */
	__u32 todo;
};

struct sweep {
	csh capstone;
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
