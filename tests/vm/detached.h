/* SPDX-License-Identifier: GPL-2.0-only */
/* A ticker that continues on a core of its own: what the tests of KVM_CARETAKER_VCPU share. */
#ifndef TESTS_VM_DETACHED_H
#define TESTS_VM_DETACHED_H

#include <linux/kvm.h>
#include <stdint.h>
#include <time.h>

#include "ticker.h"

#define HANDOVER	KVM_CARETAKER_VM_HANDOVER

/* ticker_head.quiet */
#define SILENT		5	/* no exit at all */
#define ONLY_OUT	4
#define ONLY_CPUID	1

/* Exit codes: APM Vol. 2, appendix C */
#define EXIT_CPUID	0x72
#define EXIT_IOIO	0x7b

extern const char *payloads;
extern int core;		/* descriptor of it */
extern unsigned int *detached;	/* how often that succeeded; children count too */

/* Takes the core of a CPU, and sets the rest up.  All end the program with status 3 if they cannot */
void detached_begin(const char *folder, unsigned int cpu);
void core_take(unsigned int cpu);
unsigned int core_state(void);

struct kvm_caretaker_vcpu_op vcpu_op_init(unsigned int op);
/* 0 or the errno, as all that follow */
int vcpu_op(int vcpu, struct kvm_caretaker_vcpu_op *op);
int detach_to(int vcpu, int to);
int detach_once(int vcpu);	/* to @core */
int attach(int vcpu);
struct kvm_caretaker_vcpu_op state_of(int vcpu);

/* A ticker that has run under its caretaker */
void detached_guest(struct ticker *ticker);
volatile struct ticker_head *head(const struct ticker *ticker);
/* In the guest for some milliseconds, without an exit to user space */
int run_silently(struct ticker *ticker);
/* As a VMM does it: what KVM must finish first is finished by running once more */
int detach(struct ticker *ticker);

/*
 * SIGUSR1 ends KVM_RUN of this thread again and again, by a timer of its own, to be deleted by
 * timer_delete(): who has to be woken to send a signal preempts the vCPU
 */
timer_t alarm_begin(void);

/* A counter of the guest's comes that far, or that much farther, within five seconds */
int reaches(const volatile uint32_t *what, uint32_t value);
int grows(const volatile uint32_t *what, uint32_t by);
/* Time and ticks at one moment: between two there are as many as periods, but for those at the ends */
struct ticks_look {
	uint32_t ticks;
	uint64_t tsc;
};

struct ticks_look ticks_look(const volatile uint32_t *ticks, uint32_t period);

/* Does it count, though nobody calls KVM_RUN? */
int counts(const struct ticker *ticker);
int stands_still(const struct ticker *ticker);
/* Within two seconds */
int becomes(const struct ticker *ticker, unsigned int state);
/* Reports: all that it has is there, and exits reach the VMM */
void goes_on(const char *name, struct ticker *ticker);

/* A process that ends with this one; and its end.  As fork() and waitpid() */
int child(void);
int wait_for(int pid);

/*
 * A VMM whose guest is detached, with that in ticker_head.quiet; @make is detached_guest() or another
 * that runs it under its caretaker.  @kept gets what a keeper has of it
 */
int detached_vmm(struct ticker *kept, void (*make)(struct ticker *), uint32_t quiet);

#endif
