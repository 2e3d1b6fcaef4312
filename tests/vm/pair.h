/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest of two vCPUs that send each other numbered interrupts, and count what comes.
 *
 * In a round a vCPU sends one interrupt, which the other answers by another one; then the next
 * round begins, with a CPUID.  So if one is lost its rounds stand still, and if one comes twice
 * there is an answer to nothing.  Each may have a timer, too: a deadline is one period behind the
 * last, however late that came.
 */
#ifndef TESTS_VM_PAIR_H
#define TESTS_VM_PAIR_H

#include <stdint.h>

#include "ticker.h"

#define PAIR_KNOCK	0x63	/* vector that is counted, and not answered */

/* pair_vcpu.mode: how it waits for the answer */
#define PAIR_HALTS	0
#define PAIR_LOOKS	1
#define PAIR_TO_ALL	2	/* sends it to all others, and looks */
#define PAIR_IDLE	3	/* sends nothing, and halts */
#define PAIR_KNOCKS	4	/* sends what is not answered, and looks at the other's count */
#define PAIR_SLEEPS	5	/* halts with interrupts off: a kick of KVM's ends that, and is a round */
#define PAIR_KICKS	6	/* kicks the other once, which is a round, and is idle */

/* One for each vCPU; but for the mode the guest's */
struct pair_vcpu {
	uint32_t sent;
	uint32_t answers;
	uint32_t calls;		/* that it has answered */
	uint32_t knocks;
	uint32_t wrong;		/* answers to nothing */
	uint32_t mode;		/* VMM */
	uint32_t rounds;	/* of knocking, of kicks */
	uint32_t ticks;
	uint32_t period;	/* VMM, in ticks of the TSC; 0: no timer */
	uint32_t deadline[2];
	uint32_t early;		/* ticks before their deadline */
	uint32_t talks;		/* VMM: the number of each round goes to a port */
	uint32_t vendor;	/* EBX of CPUID leaf 0: TICKER_VENDOR */
	uint32_t ready;		/* its APIC is enabled */
	uint32_t counts;	/* VMM: ns of a periodic timer that counts; 0: none */
};

/* The first vCPU is the ticker's */
struct pair {
	struct ticker ticker;
	int second;
	struct kvm_run *second_run;
	int core[2];		/* descriptors of the cores that they are detached to */
	uint32_t said[2];	/* the last number that came to the port */
};

/* Ends the program with status 3 if it cannot */
void pair_new(struct pair *pair, uint32_t period);
volatile struct pair_vcpu *pair_vcpu(const struct pair *pair, unsigned int vcpu);
/* From descriptors, as ticker_map() */
void pair_map(struct pair *pair);
/* Both: 0 or the errno.  A vCPU runs some milliseconds before it is detached, or more often */
int pair_detach(struct pair *pair, unsigned int vcpu);
int pair_attach(struct pair *pair, unsigned int vcpu);
/* It may have halted: it is woken */
void pair_set_mode(const struct pair *pair, unsigned int vcpu, uint32_t mode);
int pair_fd(const struct pair *pair, unsigned int vcpu);
/*
 * Those of a mask run under KVM for that long, each in a thread, and what they write to the port is
 * in pair.said: 0, or -1 if KVM_RUN ended otherwise
 */
int pair_run(struct pair *pair, unsigned int mask, unsigned int us);
void pair_close(struct pair *pair);

#endif
