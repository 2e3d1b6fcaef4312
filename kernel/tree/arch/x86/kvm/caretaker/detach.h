/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A vCPU that goes on without KVM: KVM_CARETAKER_VCPU.
 *
 * detach.c	it goes, and comes back
 * detach_check.c	which can, and when
 * gap.c	its interrupts and its timer
 */
#ifndef __KVM_X86_CARETAKER_DETACH_H
#define __KVM_X86_CARETAKER_DETACH_H

#include <linux/kvm_host.h>
#include <linux/spinlock.h>

struct caretaker_park_room;
struct file;

/**
 * struct kvm_caretaker_detached - a vCPU that goes on without KVM: detach.c
 * @lock: of the rest; no lock is taken within
 * @core: where; NULL: it is attached
 * @cpu: of @core
 * @left: that CPU has given it back, and nothing runs it
 * @exit_waits: it had an exit there, which its next KVM_RUN handles; of the vCPU's thread
 * @gap: CARETAKER_GAP_*: what its payload was given of it
 * @halted: it was halted when it was detached
 * @since: when, in ns
 */
struct kvm_caretaker_detached {
	raw_spinlock_t lock;	/* of the rest */
	struct file *core;
	unsigned int cpu;
	bool left;
	bool lost;		/* it did not leave when it had to: nobody waits for that again */
	bool exit_waits;
	u32 gap;
	bool halted;
	u64 since;
};

/* detach_check.c */
bool caretaker_has_requests(struct kvm_vcpu *vcpu);
int caretaker_detach_check(struct kvm_vcpu *vcpu);

/* gap.c */
bool caretaker_gap_deals(struct kvm_vcpu *vcpu);
bool caretaker_gap_wakes(struct kvm_vcpu *vcpu);
void caretaker_gap_lend(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room);
void caretaker_gap_take(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room);

/* detach.c */
#ifdef CONFIG_KVM_CARETAKER_CORES
int kvm_caretaker_detach_check_extension(void);
int kvm_vcpu_caretaker(struct kvm_vcpu *vcpu, void __user *argp);
bool kvm_caretaker_exit_waits(struct kvm_vcpu *vcpu);
int kvm_caretaker_handle_exit(struct kvm_vcpu *vcpu);
#else
static inline int kvm_caretaker_detach_check_extension(void) { return 0; }

static inline int kvm_vcpu_caretaker(struct kvm_vcpu *vcpu, void __user *argp)
{
	return -ENOTTY;
}

static inline bool kvm_caretaker_exit_waits(struct kvm_vcpu *vcpu) { return false; }
static inline int kvm_caretaker_handle_exit(struct kvm_vcpu *vcpu) { return 1; }
#endif

#endif /* __KVM_X86_CARETAKER_DETACH_H */
