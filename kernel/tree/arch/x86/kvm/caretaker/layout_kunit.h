/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Payloads of random layout, for the KUnit test of slot.c.
 */
#ifndef __KVM_X86_CARETAKER_LAYOUT_KUNIT_H
#define __KVM_X86_CARETAKER_LAYOUT_KUNIT_H

#include <linux/elf.h>
#include <linux/prandom.h>

#include <asm/caretaker_payload.h>

#define LAYOUT_FILE_BYTES	(128 * PAGE_SIZE)	/* more than any layout needs */

/**
 * struct layout - a payload with a random layout that keeps all rules
 * @rnd: where the random numbers come from; seeded by the caller
 * @file: LAYOUT_FILE_BYTES of the caller's, vmalloc
 * @signed_size: what the parser is to see
 * @size: with bytes behind that nobody may map
 * @load: its PT_LOAD headers
 * @loads: how many
 * @text, @note, @ccb: which of them is r-x, holds the note, is the control block
 */
struct layout {
	struct rnd_state rnd;
	u8 *file;
	u64 signed_size;
	u64 size;
	Elf64_Phdr load[CARETAKER_MAX_SEGMENTS];
	unsigned int loads;
	unsigned int text, note, ccb;
};

void layout_draw(struct layout *l, unsigned int loads);

#endif /* __KVM_X86_CARETAKER_LAYOUT_KUNIT_H */
