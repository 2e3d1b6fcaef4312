/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that the host gave away and that nobody runs on yet is parked: in a page of code of
 * its own, under page tables that map nothing of the kernel.  On AMD that code can run a guest,
 * of which KVM puts a copy into the slot, and takes it out again.  The guest's caretaker runs
 * there as it does under KVM; for that the CPU is lent three pages of its slot.
 *
 * Who writes which field of its state page stands beside it.  caretaker_park_code.S is the
 * only code of the kernel that runs there, beside the trampoline.
 */
#ifndef _ASM_X86_CARETAKER_PARK_H
#define _ASM_X86_CARETAKER_PARK_H

/* Places in the 2 MiB slot of a parked CPU; nothing else is mapped */
#define CARETAKER_PARK_CODE	0x11000	/* r-x, one page for all of them */
#define CARETAKER_PARK_STATE	0x13000	/* rw- */
#define CARETAKER_PARK_LAPIC	0x15000	/* rw- uncached, where the host is in xAPIC mode */
#define CARETAKER_PARK_IDT	0x16000	/* r-- */
#define CARETAKER_PARK_GDT	0x17000	/* rw-, since LTR writes to it; the TSS behind it */
#define CARETAKER_PARK_STACK	0x18000	/* rw- */
#define CARETAKER_PARK_CONTROL	0x19000	/* rw-, AMD: the VMCB of the guest that runs there */
#define CARETAKER_PARK_GAP	0x1a000	/* r--, struct caretaker_gap of its payload */
#define CARETAKER_PARK_PEERS	0x1b000	/* r--, struct caretaker_peers of its VM */
#define CARETAKER_PARK_FPU	0x1c000	/* rw-, AMD: four pages, of XSAVE's standard format */

/* Vector by which the host makes a parked CPU look at its request */
#define CARETAKER_PARK_KICK	0x20
/* And that of its LAPIC's timer */
#define CARETAKER_PARK_TIMER	0x21

/* caretaker_park_state.request */
#define CARETAKER_PARK_STAY	0
#define CARETAKER_PARK_STOP	1
#define CARETAKER_PARK_RUN	2	/* the guest that is in the slot */

/* caretaker_park_state.state; 0 before it has arrived */
#define CARETAKER_PARK_PARKED	1
#define CARETAKER_PARK_STOPPED	2	/* LAPIC off, interrupts off: for INIT alone */
#define CARETAKER_PARK_FAILED	3	/* an exception; otherwise as stopped */
#define CARETAKER_PARK_RUNNING	4	/* the guest runs */
#define CARETAKER_PARK_BLOCKED	5	/* the guest waits: it had an exit, or its payload broke */

/* No CPU gives this exit code: it stands in the VMCB until VMRUN, and if the payload has failed */
#define CARETAKER_PARK_NOT_RUN	0x4354524e

/* In caretaker_park_state.regs, since the guest's RAX and RSP are in the VMCB */
#define CARETAKER_PARK_ENTER	0	/* address where the trampoline is entered */
#define CARETAKER_PARK_FAULT	4	/* address of the word where it says what was wrong */

/* caretaker_park_state.timer: what its LAPIC's timer counts; 0: it has none that can be used */
#define CARETAKER_PARK_COUNTS	1	/* down, from a number of its own ticks */
#define CARETAKER_PARK_DEADLINE	2	/* nothing: it waits for a value of the TSC */

#define CARETAKER_PARK_MSRS	8
#define CARETAKER_PARK_FPU_SIZE	(4 * 4096)

#ifndef __ASSEMBLER__

#include <linux/linkage.h>
#include <linux/types.h>

/* Counters are of the parked CPU alone, and plain: nobody else writes them */
struct caretaker_park_state {
	u32 request;		/* host, before a kick */
	u32 state;		/* parked CPU; last of what it writes */
	u32 x2apic;		/* this and the next three: host, before it parks */
	u32 spiv_off;		/* for the LAPIC's spurious vector register, at the stop */
	u64 root;
	u8 gdtr[10];
	u8 idtr[10];
	u32 timer;		/* this and the next two: host, before it parks */
	u32 timer_lvt;		/* the LAPIC's register for it */
	u32 asleep;		/* parked CPU: the guest waits, and nothing has come yet */
	u64 timer_mult;		/* ticks of the timer in one of the TSC, times 2^32 */
	u64 timers;
	u64 kicks;
	u64 strays;		/* any other vector above the exceptions */
	u64 nmis;
	u64 machine_checks;
	u64 stray_vector;	/* the last */
	u64 fault_vector;	/* this and the rest: where state is CARETAKER_PARK_FAILED */
	u64 fault_error;
	u64 fault_rip;
	u64 fault_cr2;
	u64 mcg_status;		/* of the last machine check */
	u64 exits;		/* of guests */
	u64 exit_code;		/* why the guest waits; this and the next are set with the state */
	u64 blocked_since;	/* TSC; 0 if it does not */
	u32 guest;		/* parked CPU: the guest's state is in its registers */
	u32 nr_msrs;		/* this and the rest: host, before a guest runs */
	u64 vmcb;		/* physical addresses, with the C-bit */
	u64 hsave;
	u64 guest_xcr0;
	u64 host_xcr0;
	u64 xfeatures;		/* of the FPU's state that is the guest's */
	u32 again;		/* host: an access to an MSR that waits may go on now */
	u32 unused;
	u64 regs[16];		/* both; VCPU_REGS_*, and in place of RAX and RSP: above */
	struct caretaker_park_msr {
		u32 index;
		u32 saved;	/* the guest may write it: read it at the end */
		u64 value;
	} msr[CARETAKER_PARK_MSRS];
};

#ifdef CONFIG_KVM_CARETAKER_CORES

struct cpumask;

/* Why the host cannot park CPUs at all */
struct caretaker_park_host {
	bool nonglobal, fred, hybrid, tboot, guest_encrypted, other_play_dead, snp;
};

const char *caretaker_park_unfit_why(const struct caretaker_park_host *host);
const char *caretaker_park_unfit(void);
void caretaker_park_core_mask(unsigned int cpu, struct cpumask *mask);
u32 caretaker_park_apic_id(unsigned int cpu);

int caretaker_park_prepare(unsigned int cpu);
void caretaker_park_cancel(unsigned int cpu);
int caretaker_park_wait(unsigned int cpu);
int caretaker_park_stop(unsigned int cpu);
u64 caretaker_park_root(unsigned int cpu, unsigned long *base);
void caretaker_park_look(unsigned int cpu, struct caretaker_park_state *state);

/* For who runs guests there; @state is to be read and written as the struct says */
struct caretaker_park_room {
	struct caretaker_park_state *state;
	void *control;		/* NULL where this CPU runs no guests */
	void *gap;
	void *fpu;
	unsigned long landing;	/* where the trampoline has to land */
	u32 apic_id;
	/* Of its tables, for caretaker_park_lend(): by 1 GiB, 2 MiB, 4 KiB; two that are free */
	unsigned long base;
	u64 *gigs, *megs, *pages, *lent_megs, *lent_pages;
};

void caretaker_park_room(unsigned int cpu, struct caretaker_park_room *room);
void caretaker_park_kick(unsigned int cpu);

void caretaker_park_dead(void);
asmlinkage void __noreturn caretaker_park_enter(unsigned long code);

extern const u8 caretaker_park_code_start[], caretaker_park_code_end[];
extern const u8 caretaker_park_code_faults[], caretaker_park_code_irqs[];
extern const u8 caretaker_park_code_nmi[], caretaker_park_code_mc[];
extern const u8 caretaker_park_code_landing[];

#else
static inline void caretaker_park_dead(void) { }
#endif

#endif /* __ASSEMBLER__ */
#endif /* _ASM_X86_CARETAKER_PARK_H */
