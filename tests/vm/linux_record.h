/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a Linux guest has in its memory of itself, for whoever has that memory: linux_guest.c finds
 * the page by its first words.
 */
#ifndef TESTS_VM_LINUX_RECORD_H
#define TESTS_VM_LINUX_RECORD_H

#include <stdint.h>

#define LINUX_CPUS	2
#define LINUX_TICK_MS	10
#define LINUX_LOST_S	4

/* The first words of a page */
#define LINUX_MAGIC_0	0x9d2f6e14c0a87b35ULL
#define LINUX_MAGIC_1	0x61b8f30d5e9a2c47ULL

struct linux_cpu {
	uint64_t hashes;	/* of the same bytes */
	uint64_t wrong;		/* hashes, or sums of the FPU, that were not what they were before */
	uint64_t reads;		/* of the clock */
	uint64_t ticks;		/* a sleep of LINUX_TICK_MS each, behind the last */
	uint64_t answers;	/* turns: each CPU wakes the other, and waits for that */
	uint64_t lost;		/* turns for which it has waited for LINUX_LOST_S */
	uint64_t late_ns;	/* by which the latest tick came too late */
};

struct linux_record {
	uint64_t magic[2];
	uint64_t cpus;
	uint64_t stop;		/* VMM: the guest says what it has seen, and ends */
	uint64_t latest;	/* reading of the clock, in ns, by any CPU */
	uint64_t back;		/* readings that were before one that was read before */
	struct linux_cpu cpu[LINUX_CPUS];
};

#endif
