/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Follows the stack through all ways of a text: what RET returns to, whether RSP stays
 * within the stack, and whether execution stays within the text.
 */
#ifndef CARETAKER_LINT_FRAMES_H
#define CARETAKER_LINT_FRAMES_H

#include "lint_sweep.h"

/* What is wrong at an instruction, as bits of swept.faults */
enum stack_fault {
	FAULT_RETURN = 1,	/* a RET to what no CALL has put there, or a write to that place */
	FAULT_STACK = 2,	/* RSP leaves the stack, or the function's own part of it */
	FAULT_END = 4,		/* goes on behind the end of the text */
};

/*
 * frames_follow - fills in faults of what sweep_text() has found
 * @sweep:	the text
 * @entry:	the addresses where it begins, with RSP at the top of the stack
 * @entries:	how many
 *
 * Functions that nothing calls are taken for called.  Writes are seen through RSP, and
 * through registers while they are at a constant distance from it.  Return: 0, or -ENOMEM.
 */
int frames_follow(struct sweep *sweep, const __u64 *entry, size_t entries);

#endif
