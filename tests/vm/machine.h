/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtual machine made with raw KVM ioctls, and the guest that it runs. */
#ifndef MACHINE_H
#define MACHINE_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest.h"

enum guest_mode {
	MODE_LONG,	/* 64-bit, ring 0 */
	MODE_RING3,	/* 64-bit, ring 3 */
	MODE_PROT32,	/* 32-bit, with EIP that wraps */
	MODE_STEP,	/* the guest steps itself */
	MODE_SHADOW,	/* interrupts behind STI */
	MODE_FAULT,	/* CPUID faulting */
	MODE_DEBUG,	/* the VMM steps the guest */
	MODE_WATCHED,	/* the VMM has breakpoints in use: every exit is KVM's, but for a quarter */
	MODE_CR4,	/* the VMM changes CR4.OSXSAVE, and with it CPUID, in between */
	MODE_TIMER,	/* its APIC timer runs all the while, on Intel by the preemption timer */
	MODE_DEADLINE,	/* its APIC timer fires again and again */
	MODE_PAUSE,	/* it spins */
	MODE_XSETBV,	/* XCR0 is written, every other time with what is there */
	MODE_TSX,	/* the VMM hides TSX by TSX_CTRL, and with it bits of leaf 7, in between */
	MODE_STOPS,	/* it looks for times at which it did not run (stops.c) */
	MODES
};

struct vcpu {
	int fd;
	unsigned int id;
	struct kvm_run *run;
	unsigned int port_writes;	/* in between, each with the right value */
	const char *failure;		/* NULL: the guest reached its end */
	char detail[160];
	struct kvm_regs regs;		/* at the end */
	uint64_t *trace;		/* MODE_DEBUG: RIP at each stop */
	size_t traced;
};

struct machine {
	int kvm;
	int fd;
	enum guest_mode mode;
	unsigned int count;
	unsigned int every;
	unsigned int leaves;
	unsigned char *memory;
	size_t memory_size;
	unsigned char *last_page;
	size_t run_size;
	struct kvm_cpuid2 *cpuid;
	unsigned int vcpus;
	struct vcpu vcpu[GUEST_MAX_VCPUS];
};

const char *mode_name(enum guest_mode mode);

/* All: 0, or -errno with *what naming the step that failed. */
int machine_create(struct machine *machine, const char **what);
int machine_add_vcpu(struct machine *machine, const char **what);
/* Both, with so many vCPUs, or the end of the program: die() of trial.h */
void machine_new(struct machine *machine, unsigned int vcpus);
void machine_load_guest(struct machine *machine, enum guest_mode mode,
			unsigned int count, unsigned int every);
/* The same for one vCPU that comes later, or again */
void machine_fill_area(struct machine *machine, unsigned int vcpu);
/* As they are at the guest's first instruction */
int machine_set_registers(struct machine *machine, struct vcpu *vcpu);
/* Runs it in this thread; whether the guest reached its end */
bool machine_run_vcpu(struct machine *machine, struct vcpu *vcpu);
/* Runs every vCPU in a thread of its own; returns the number that failed. */
unsigned int machine_run(struct machine *machine);
/*
 * Whether the guest took an interrupt between STI and the instruction behind it, which
 * no CPU does (AMD64 manual, volume 2, 15.21.5 "Interrupt Shadows").
 */
bool machine_lost_shadow(const struct machine *machine, unsigned int vcpu);
void machine_destroy(struct machine *machine);

unsigned char *machine_area(const struct machine *machine, unsigned int vcpu);

#endif
