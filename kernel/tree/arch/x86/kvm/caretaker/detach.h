/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A vCPU that goes on without KVM: KVM_CARETAKER_VCPU.
 *
 * detach.c	it goes, and comes back
 * detach_check.c	which can, and when
 * gap.c	its interrupts and its timer
 * posted.c	interrupts that others send to it
 * preempted.c	what its guest believes of it
 */
#ifndef __KVM_X86_CARETAKER_DETACH_H
#define __KVM_X86_CARETAKER_DETACH_H

#include <linux/kvm_host.h>
#include <linux/spinlock.h>

#include "../lapic.h"
#include "caretaker.h"

struct caretaker_park_room;
struct file;
struct kvm_caretaker_vm;

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
 * @post_lock: of @posts; also in interrupts
 * @posts: what its APIC accepts is posted to @cpu
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
	raw_spinlock_t post_lock;
	bool posts;
};

/* detach_check.c */
bool caretaker_has_requests(struct kvm_vcpu *vcpu);
int caretaker_detach_check(struct kvm_vcpu *vcpu);

/* gap.c */
bool caretaker_gap_deals(struct kvm_vcpu *vcpu);
bool caretaker_gap_wakes(struct kvm_vcpu *vcpu);
bool caretaker_gap_at_hlt(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room);
void caretaker_gap_lend(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room);
void caretaker_gap_take(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room);

#define CARETAKER_APIC_WORDS	(256 / 32)

/* A word of 32 vectors, in KVM's registers */
static inline u32 *caretaker_apic_word(struct kvm_lapic *apic, unsigned int reg, unsigned int word)
{
	return apic->regs + reg + word * 0x10;
}

/* posted.c */
int caretaker_posted_prepare(struct kvm_caretaker_vm *vm);
bool caretaker_posted_can(struct kvm_vcpu *vcpu);
void caretaker_posted_begin(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room);
void caretaker_posted_tell(struct kvm_vcpu *vcpu);
void caretaker_posted_end(struct kvm_vcpu *vcpu);
u32 caretaker_posted_level(struct kvm_vcpu *vcpu, unsigned int word, u32 pending);
u32 caretaker_posted_take(struct kvm_vcpu *vcpu, unsigned int word);
void caretaker_post(struct kvm_vcpu *vcpu);
bool caretaker_post_timer(struct kvm_vcpu *vcpu);

/* preempted.c */
bool caretaker_clear_preempted(struct kvm_vcpu *vcpu);

#ifdef CONFIG_KVM_CARETAKER_CORES
static inline struct kvm_caretaker_detached *caretaker_detached_of(struct kvm_vcpu *vcpu)
{
	/* Pairs with vcpu_state() */
	struct kvm_caretaker_vcpu *state = smp_load_acquire(&vcpu->arch.caretaker);

	/* Pairs with detached_new() */
	return state ? smp_load_acquire(&state->detached) : NULL;
}

/* Its APIC has accepted an interrupt: a vCPU without KVM has to be told */
static inline void kvm_caretaker_post(struct kvm_vcpu *vcpu)
{
	if (kvm_caretaker_is_in_use())
		caretaker_post(vcpu);
}

/* Its APIC's timer has expired; true: it is delivered at once, as nothing enters the guest */
static inline bool kvm_caretaker_post_timer(struct kvm_vcpu *vcpu)
{
	return kvm_caretaker_is_in_use() && caretaker_post_timer(vcpu);
}

/* detach.c */
int kvm_caretaker_detach_check_extension(void);
int kvm_vcpu_caretaker(struct kvm_vcpu *vcpu, void __user *argp);
bool kvm_caretaker_exit_waits(struct kvm_vcpu *vcpu);
int kvm_caretaker_handle_exit(struct kvm_vcpu *vcpu);
#else
static inline void kvm_caretaker_post(struct kvm_vcpu *vcpu) {}
static inline bool kvm_caretaker_post_timer(struct kvm_vcpu *vcpu) { return false; }
static inline int kvm_caretaker_detach_check_extension(void) { return 0; }

static inline int kvm_vcpu_caretaker(struct kvm_vcpu *vcpu, void __user *argp)
{
	return -ENOTTY;
}

static inline bool kvm_caretaker_exit_waits(struct kvm_vcpu *vcpu) { return false; }
static inline int kvm_caretaker_handle_exit(struct kvm_vcpu *vcpu) { return 1; }
#endif

#endif /* __KVM_X86_CARETAKER_DETACH_H */
