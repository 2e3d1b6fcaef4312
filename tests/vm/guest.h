/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are in the test guest's memory, for the guest and for its VMM.
 *
 * Each vCPU has an area of its own; the GS base points to it.  In it are a struct
 * guest_area, the stacks, the log of exceptions and interrupts, and the answers.
 */
#ifndef GUEST_H
#define GUEST_H

#define GUEST_PML4		0x1000
#define GUEST_PDPT		0x2000
#define GUEST_PD		0x3000	/* one GiB in 2 MiB pages, user-accessible */
#define GUEST_CODE		0x8000
#define GUEST_AREAS		0x1000000
#define GUEST_AREA_SIZE		0x400000
#define GUEST_MAX_VCPUS		8

/* The last page below 4 GiB: an instruction at its end wraps to address 0 */
#define GUEST_LAST_PAGE		0xfffff000
#define GUEST_WRAP		0xfffffffe

/* In an area */
#define AREA_COUNT		0x00
#define AREA_LEAVES		0x04
#define AREA_EVERY		0x08
#define AREA_TOGGLE		0x0c	/* flip CR4.OSXSAVE at this step, 0 never */
#define AREA_LOG_COUNT		0x10
#define AREA_HIGH		0x14	/* upper halves that CPUID left, must be 0 */
#define AREA_CLOBBERED		0x18	/* step at which a register was lost, +1 */
#define AREA_RESULTS		0x20	/* guest-physical address */
#define AREA_TOGETHER		0x28	/* from timers' starts to their interrupts, TSC ticks */
#define AREA_SHORTEST		0x30
#define AREA_OVER		0x38	/* the VMM wants an end */
#define AREA_STOPS		0x3c	/* how often the TSC jumped; struct guest_stop in the answers */
#define AREA_LIST		0x80
#define AREA_GDT		0x1000
#define AREA_IDT		0x2000
#define AREA_TSS		0x3000
#define AREA_STACK3		0x6000
#define AREA_STACK		0x8000
#define AREA_LOG		0x8000	/* struct guest_event */
#define AREA_ANSWERS		0x100000

#define GUEST_MAX_LEAVES	400
#define GUEST_MAX_EVENTS	512
#define GUEST_MAX_COUNT		((GUEST_AREA_SIZE - AREA_ANSWERS) / 16)

#define SEL_CODE64		0x08
#define SEL_DATA		0x10
#define SEL_CODE32		0x18
#define SEL_DATA3		0x23
#define SEL_CODE64_3		0x2b
#define SEL_TSS			0x30

/* Ports: a write in between, the end, and "this should not have happened" */
#define PORT_BETWEEN		0x500
#define PORT_DONE		0x501
#define PORT_LOST		0x502

#define IRQ_VECTOR		0x40
/* Timers one after the other, and how long each runs: KVM's APIC counts nanoseconds */
#define DEADLINES		32
#define DEADLINE_NS		2000000
#define STUB_SIZE		16

#ifndef __ASSEMBLER__
#include <stdint.h>

struct guest_leaf {
	uint32_t function;
	uint32_t index;
};

struct guest_area {
	uint32_t count;
	uint32_t leaves;
	uint32_t every;
	uint32_t toggle;
	uint32_t log_count;
	uint32_t high;
	uint32_t clobbered;
	uint32_t reserved;
	uint64_t results;
	uint64_t together;
	uint64_t shortest;
	uint32_t over;
	uint32_t stops;
	uint64_t unused[8];
	struct guest_leaf list[GUEST_MAX_LEAVES];
};

struct guest_answer {
	uint32_t eax, ebx, ecx, edx;
};

/* The TSC before and behind a jump */
struct guest_stop {
	uint64_t begun, ended;
};

struct guest_event {
	uint64_t vector;
	uint64_t error;
	uint64_t rip;
	uint64_t rflags;
};

/* What the blob begins with: 32-bit guest-physical addresses */
struct guest_entries {
	uint32_t loop64;
	uint32_t loop32;
	uint32_t step;
	uint32_t shadow;
	uint32_t fault;
	uint32_t stubs;	/* 256 of STUB_SIZE bytes */
	uint32_t at_zero;	/* code to put at address 0 for the wrap */
	uint32_t spin;
	uint32_t xcr;
	uint32_t deadline;
	uint32_t watch_tsc;
	uint32_t reserved;
};

_Static_assert(sizeof(struct guest_area) <= AREA_GDT, "the area's head fits in a page");
extern const unsigned char guest_blob[], guest_blob_end[];
#endif
#endif
