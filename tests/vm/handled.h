/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What KVM had in front of it at each exit that it handled, general registers and the
 * control block (VMCB or VMCS), compared between two vCPUs that run the same program, one
 * of them under a caretaker.  Needs the lab's module exit_log.
 */
#ifndef TESTS_VM_HANDLED_H
#define TESTS_VM_HANDLED_H

#include <stdbool.h>
#include <stddef.h>

struct handled {
	int device;
	int stock, taken;		/* descriptors of the two vCPUs */
	unsigned long compared;		/* exits that KVM handled in both */
	unsigned long words;		/* of their control blocks */
	unsigned long answered;		/* exits that it handled in the first alone */
	bool shadow_lost;		/* what differed was the interrupt shadow alone */
	bool flip;			/* tests of the test: change a bit before comparing */
};

/* Starts both logs; ends the program with status 3 without the module */
void handled_start(struct handled *handled, int stock, int taken);
void handled_end(struct handled *handled);

/* Forgets what is in the logs */
void handled_forget(struct handled *handled);

/*
 * Compares what is in the logs, and empties them: each exit that KVM handled of the
 * second it must have handled of the first, with the same registers and control block, in
 * this order; what it handled of the first alone must be of a kind that caretakers
 * answer.  Exits that are not the program's doing do not count, nor words that are the
 * host's: those are named, with the reason, in handled.c.
 *
 * Return: whether it is so; else @why says what differs, in at most @size bytes.
 */
bool handled_same(struct handled *handled, char *why, size_t size);

#endif
