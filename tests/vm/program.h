/* SPDX-License-Identifier: GPL-2.0-only */
/* Random programs for a guest in 64-bit mode at ring 0, of instructions that leave it. */
#ifndef TESTS_VM_PROGRAM_H
#define TESTS_VM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Guest-physical, and the same virtual: all below GUEST_AREAS */
#define PROGRAM_STUBS		0x180000	/* one for each of 32 exceptions */
#define PROGRAM_COUNTS		0x1f0000	/* how often each was taken, 32 bits each */
#define PROGRAM_CODE		0x200000
#define PROGRAM_CODE_SIZE	0x10000
#define PROGRAM_DATA		0x300000
#define PROGRAM_DATA_SIZE	0x1000
#define PROGRAM_MMIO		0x30000000	/* mapped, and no memory */

#define PROGRAM_PORT		0xed		/* a look, in between */
#define PROGRAM_END		0xee

/* xorshift64; never 0 */
uint64_t program_random(uint64_t *state);

/*
 * Writes a program of @pieces pieces into @memory, which is the guest's from 0, and the
 * stubs that exceptions go to: they go on behind the instruction that faulted.  Behind one
 * of @every pieces is a port write.  Registers may have any value but RSP.
 */
void program_write(unsigned char *memory, uint64_t *random, unsigned int pieces,
		   unsigned int every);

/* No program steps itself: there the host ends with it, in Bochs' SVM, with stock KVM too */
extern bool program_without_steps;

/* Lets the 32 exceptions of the @idt, in guest memory, go to the stubs */
void program_set_idt(uint64_t *idt, uint16_t code_selector);

#endif
