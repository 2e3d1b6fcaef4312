/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the payload share: the slot that it lives in, the facts of
 * an exit that do not depend on the CPU's vendor, and who decides what.
 *
 *	entry.S		VMRUN, registers, the way back to the host
 *	entry_vmx.S	the same on Intel
 *	svm.c		reads the exit out of the VMCB, completes the instruction
 *	vmx.c		the same with a VMCS
 *	dispatch.h	decides: answer here, or route to KVM
 *	cpuid.h		the answer to CPUID
 *	msr.h		the answers to RDMSR and WRMSR
 *	svm_gap.h	what else is answered where there is no KVM
 *	apic.h		the guest's interrupts there
 *	ipi.h		those that come from others, and go there
 *	telemetry.h	counts it
 *
 * There is no call and no RET in a payload: what the guest trained the predictor of
 * returns to do is never asked.  All C is inlined into the few functions that the assembly
 * jumps to, one a vendor for any exit and others for a frequent one alone; they leave by a
 * jump into the assembly.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <asm/caretaker_payload.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/*
 * The host writes caretaker_ccb.request at any time, and reads the CCB and the
 * telemetry while we run.  One access each, in program order among themselves;
 * x86 keeps stores in order, so that the compiler is all there is to restrain.
 */
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()		__asm__ volatile("" : : : "memory")

#define inlined			static inline __attribute__((always_inline))

/* One link unit: all calls are direct, nothing goes through a GOT or a PLT. */
#pragma GCC visibility push(hidden)

struct vmcb;

#ifdef PAYLOAD_ON_HOST
/* The unit tests bring a slot of their own. */
struct caretaker_ccb *slot_ccb(void);
const struct caretaker_config *slot_config(void);
struct caretaker_telemetry *slot_telemetry(void);
struct vmcb *slot_vmcb(void);
struct caretaker_gap *slot_gap(void);
struct caretaker_posted *slot_posted(void);
const struct caretaker_peers *slot_peers(void);
u64 read_tsc(void);

/* The tests want to know where it went: 1 enter the guest again, 0 route. */
#define exit_function			u32
#define go_on(verdict, enter, route)	return (verdict) == ANSWERED
#else
#define exit_function			__attribute__((noreturn)) void

#define jump_to(label)							\
do {									\
	__asm__ volatile("jmp " #label "\n\tint3" : : : "memory");	\
	__builtin_unreachable();					\
} while (0)

/* The last of an exit function: on to one of two places in the assembly */
#define go_on(verdict, enter, route)					\
do {									\
	if ((verdict) == ANSWERED)					\
		jump_to(enter);						\
	jump_to(route);							\
} while (0)

/*
 * Everything in the slot is at a fixed distance from the image, so its address
 * comes from RIP and needs neither a relocation nor a segment base: after an exit on
 * AMD FS, GS, TR and LDTR are still the guest's (APM Vol. 2, 15.5.2).
 */
#define SLOT_ADDRESS(offset)						\
({									\
	void *address__;						\
									\
	__asm__("lea __image_start - %c1(%%rip), %0"			\
		: "=r" (address__) : "i" (CARETAKER_IMAGE - (offset)));	\
	address__;							\
})

extern struct caretaker_ccb caretaker_ccb;

inlined struct caretaker_ccb *slot_ccb(void)
{
	return &caretaker_ccb;
}

inlined const struct caretaker_config *slot_config(void)
{
	return SLOT_ADDRESS(CARETAKER_CONFIG);
}

inlined struct caretaker_telemetry *slot_telemetry(void)
{
	return SLOT_ADDRESS(CARETAKER_TELEMETRY);
}

inlined struct vmcb *slot_vmcb(void)
{
	return SLOT_ADDRESS(CARETAKER_VMCB);
}

inlined struct caretaker_gap *slot_gap(void)
{
	return SLOT_ADDRESS(CARETAKER_GAP);
}

inlined struct caretaker_posted *slot_posted(void)
{
	return SLOT_ADDRESS(CARETAKER_POSTED);
}

inlined const struct caretaker_peers *slot_peers(void)
{
	return SLOT_ADDRESS(CARETAKER_PEERS);
}

inlined u64 read_tsc(void)
{
	u64 low, high;		/* the upper halves become zero */

	__asm__ volatile("rdtsc" : "=a" (low), "=d" (high));
	return high << 32 | low;
}
#endif

/* Where caretaker.lds has the tables of exits in the image: one instruction finds an entry */
#define SVM_REASON	0x400
#define VMX_REASON	0x500
#define SVM_PLAIN	0x8800	/* behind the control block */
#define VMX_PLAIN	0x8900

/* No instruction is longer (APM Vol. 3, 1.1; SDM Vol. 2, 2.3.11) */
#define LENGTH_MAX	15

/**
 * struct guest - what dispatch needs to know of the guest, for any vendor
 * @regs:	general registers; @rax stands apart, on AMD it is in the VMCB
 * @rax:	in and out
 * @event:	an event was being delivered, or is to be delivered on entry
 * @single_step: the guest traps after each instruction
 */
struct guest {
	struct caretaker_regs *regs;
	u64 rax;
	bool event;
	bool single_step;
};

/* What becomes of an exit, and why.  All but the first go to KVM. */
enum verdict {
	ANSWERED,
	DETACHED,		/* not a way: there is no KVM, which read_state() says */
	TO_CORE,		/* answered; and the core, in place of KVM, has something to do first */
	ROUTE_CONFIG,		/* the configuration page is not one that we know */
	ROUTE_STATE,		/* the vCPU is not attached */
	ROUTE_REQUEST,		/* the host wants another state */
	ROUTE_ALL,		/* KVM wants every exit, or to enter the guest itself */
	ROUTE_EXIT,		/* this kind of exit is KVM's */
	ROUTE_EVENT,		/* an event is in flight */
	ROUTE_SINGLE_STEP,	/* a debug trap is due after the instruction */
	ROUTE_LENGTH,		/* where the instruction ends is not known */
	ROUTE_CPUID_FAULT,	/* CPUID may have to fault */
	ROUTE_CPUID_LEAF,	/* KVM keeps this leaf to itself */
	ROUTE_CPUID_UNKNOWN,	/* a leaf outside of the table, by Intel's rule */
	ROUTE_MSR,		/* KVM keeps this MSR to itself */
	ROUTE_XSETBV,		/* it changes XCR0, or is #GP */
};

#pragma GCC visibility pop

#endif /* PAYLOAD_H */
