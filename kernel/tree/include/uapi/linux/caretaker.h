/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Cores that the host gives away, so that vCPUs can go on there while the host is busy with
 * itself: for whoever administrates the host.  What a VMM calls is in <linux/kvm.h>.
 *
 * /dev/kvm-caretaker takes a core and gives a descriptor for it.  The host has the core back
 * when the last copy of that descriptor is closed.  docs: Documentation/virt/kvm/caretaker.rst
 */
#ifndef _UAPI_LINUX_CARETAKER_H
#define _UAPI_LINUX_CARETAKER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * The numbers do not encode the size of the argument, since that may grow: the first member
 * of each struct is its size.  Smaller than the first published one is EINVAL.  What the
 * kernel does not know must be zero, or it is E2BIG; what the caller does not know is left out.
 */

/* On /dev/kvm-caretaker: struct caretaker_get_cpu (in, out) */
#define CARETAKER_GET_CPU	_IO(0xAE, 0xdc)
/* On a descriptor of CARETAKER_GET_CPU: struct caretaker_cpu_state (in, out) */
#define CARETAKER_CPU_STATE	_IO(0xAE, 0xdd)

/* caretaker_get_cpu.flags */
#define CARETAKER_CPU_CORE	(1ULL << 0) /* all threads of the core, and not only the one */

struct caretaker_get_cpu {
	__u32 size;		/* sizeof(struct caretaker_get_cpu) */
	__u32 cpu;		/* logical number now */
	__u64 flags;
	__s32 fd;		/* out; with close-on-exec */
	__u32 apic_id;		/* out: what it is called from now on */
	__u64 reserved[4];	/* zero */
};

#define CARETAKER_GET_CPU_SIZE_VER0	56 /* sizeof first published struct */

/* caretaker_cpu_state.state */
#define CARETAKER_CPU_IDLE	0 /* parked; nothing runs there */
#define CARETAKER_CPU_STOPPED	1 /* parked, and waits for the end of the host */
#define CARETAKER_CPU_LOST	2 /* it does not answer, or met an exception */
#define CARETAKER_CPU_RUNNING	3 /* a vCPU runs there: KVM_CARETAKER_VCPU in <linux/kvm.h> */
#define CARETAKER_CPU_BLOCKED	4 /* a vCPU is there, and waits for KVM */

struct caretaker_cpu_state {
	__u32 size;		/* sizeof(struct caretaker_cpu_state) */
	__u32 thread;		/* in: which of the core's, from 0 */
	__u32 threads;		/* out: how many the descriptor has */
	__u32 state;		/* out, and all below */
	__u32 cpu;		/* logical number now */
	__u32 apic_id;
	__u64 strays;		/* interrupts that nobody meant for it */
	__u64 nmis;
	__u64 machine_checks;
	__u32 stray_vector;	/* of the last stray interrupt */
	__u32 fault_vector;	/* if it met an exception; else ~0 */
	__u64 fault_rip;	/* where, in its page of code */
	__u64 reserved[4];
};

#define CARETAKER_CPU_STATE_SIZE_VER0	96 /* sizeof first published struct */

#endif /* _UAPI_LINUX_CARETAKER_H */
