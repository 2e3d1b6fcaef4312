// SPDX-License-Identifier: GPL-2.0
/*
 * What a vCPU takes along of its local APIC when it is detached, and what it brings back.
 *
 * Its payload, if it has CARETAKER_FEATURE_DETACH, has the interrupts that were requested and in
 * service, and the timer, and does with them what KVM does.  KVM's own registers are not lent: what
 * others request meanwhile is posted, or is there until it is attached (posted.c).
 *
 * What comes back is no more than a guest could have asked for, whatever the payload wrote.
 */
#include <linux/bitmap.h>
#include <linux/kvm_host.h>

#include <asm/caretaker_park.h>
#include <asm/caretaker_payload.h>

#include "../irq.h"
#include "../lapic.h"
#include "../x86.h"
#include "caretaker.h"
#include "detach.h"
#include "slot.h"

/* What a payload may have written into the lower half of ICR: vector, assert, shorthand */
#define SENT_ICR	(APIC_VECTOR_MASK | APIC_INT_ASSERT | APIC_SHORT_MASK)

/* A word of 32 vectors, in the payload's registers */
static u32 *gap_word(struct caretaker_gap *gap, unsigned int reg, unsigned int word)
{
	return &gap->apic[(reg + word * 0x10) / sizeof(u32)];
}

static bool waits_for_tsc(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.apic->lapic_timer.timer_mode == APIC_LVT_TIMER_TSCDEADLINE;
}

/* May the payload answer what the guest asks of its timer? */
static bool timer_can_go(struct kvm_vcpu *vcpu)
{
	return waits_for_tsc(vcpu) &&
	       kvm_msr_allowed(vcpu, MSR_IA32_TSC_DEADLINE, KVM_MSR_FILTER_READ) &&
	       kvm_msr_allowed(vcpu, MSR_IA32_TSC_DEADLINE, KVM_MSR_FILTER_WRITE);
}

/* It has fired, or it goes along */
static void lend_timer(struct kvm_vcpu *vcpu, struct caretaker_gap *gap)
{
	hrtimer_cancel(&vcpu->arch.apic->lapic_timer.timer);
	kvm_inject_apic_timer_irqs(vcpu);
	gap->timer = kvm_get_lapic_tscdeadline_msr(vcpu);
	/* The core looks at it before it enters the payload */
	gap->deadline = gap->timer ? gap->timer - gap->tsc_offset : 0;
	kvm_set_lapic_tscdeadline_msr(vcpu, 0);
}

static void lend_level(struct kvm_vcpu *vcpu, struct caretaker_gap *gap)
{
	unsigned int i;

	BUILD_BUG_ON(sizeof(gap->level) != 256 / BITS_PER_BYTE);

	for (i = 0; i < CARETAKER_APIC_WORDS; i++) {
		u32 pending = *gap_word(gap, APIC_IRR, i) | *gap_word(gap, APIC_ISR, i);
		u64 level = caretaker_posted_level(vcpu, i, pending);

		gap->level[i / 2] |= level << i % 2 * 32;
	}
}

/**
 * caretaker_gap_deals - will the payload deal with the vCPU's interrupts?
 * @vcpu: it; it has a slot
 *
 * An xAPIC is memory, and each access an exit that KVM emulates.
 *
 * Return: true if it will.
 */
bool caretaker_gap_deals(struct kvm_vcpu *vcpu)
{
	const struct kvm_caretaker_slot *slot = vcpu->arch.caretaker->slot;

	return slot->config->features & CARETAKER_FEATURE_DETACH &&
	       apic_x2apic_mode(vcpu->arch.apic) && kvm_lapic_enabled(vcpu);
}

/**
 * caretaker_gap_wakes - will the payload wake it?
 * @vcpu: it; it has halted
 *
 * If it takes interrupts: by what it has requested, by the timer, or by what it is sent there.
 * What KVM would wake it for now, and does not go along, keeps it here.
 *
 * Return: true if it will.
 */
bool caretaker_gap_wakes(struct kvm_vcpu *vcpu)
{
	if (!caretaker_gap_deals(vcpu) || vcpu->arch.pv.pv_unhalted || kvm_cpu_has_extint(vcpu) ||
	    !kvm_x86_call(get_if_flag)(vcpu))
		return false;
	return caretaker_posted_can(vcpu) || kvm_apic_has_interrupt(vcpu) >= 0 ||
	       (timer_can_go(vcpu) && kvm_get_lapic_tscdeadline_msr(vcpu));
}

/* Either this sees what others request, or they see that it has to be posted */
static void lend_apic(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct kvm_lapic *apic = vcpu->arch.apic;
	struct caretaker_gap *gap = room->gap;
	unsigned int i;

	guard(raw_spinlock_irqsave)(&d->post_lock);

	if (caretaker_posted_can(vcpu)) {
		d->gap |= CARETAKER_GAP_POSTED;
		caretaker_posted_begin(vcpu, room);
	}
	memcpy(gap->apic, apic->regs, sizeof(gap->apic));
	for (i = 0; i < CARETAKER_APIC_WORDS; i++)
		*gap_word(gap, APIC_IRR, i) = xchg(caretaker_apic_word(apic, APIC_IRR, i), 0);
	/* Behind that: what was requested is in TMR by then */
	lend_level(vcpu, gap);
}

/**
 * caretaker_gap_at_hlt - is it at an HLT that the guest has executed?
 * @vcpu: it; nothing runs it any more
 * @room: of the CPU that did
 *
 * To execute that again would be to wait for an interrupt more, if the next one comes before.
 *
 * Return: true if it is: then KVM completes it.
 */
bool caretaker_gap_at_hlt(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room)
{
	const struct caretaker_gap *gap = room->gap;

	return vcpu->arch.caretaker->detached->gap & CARETAKER_GAP_APIC &&
	       gap->waits == CARETAKER_GAP_AT_HLT;
}

/**
 * caretaker_gap_lend - give a vCPU's payload the interrupts that it has to deal with
 * @vcpu: it; nothing runs it yet
 * @room: of the CPU that will
 */
void caretaker_gap_lend(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct caretaker_gap *gap = room->gap;

	d->gap = 0;
	if (!caretaker_gap_deals(vcpu))
		return;
	d->gap = CARETAKER_GAP_APIC;
	gap->tsc_offset = vcpu->arch.l1_tsc_offset;
	if (room->state->timer && timer_can_go(vcpu)) {
		d->gap |= CARETAKER_GAP_TIMER;
		lend_timer(vcpu, gap);
	}
	lend_apic(vcpu, room);
	/* A timer of KVM's that fired before interrupts were posted: caretaker_post_timer() */
	if (READ_ONCE(d->posts))
		kvm_inject_apic_timer_irqs(vcpu);
	gap->flags = d->gap;
	d->halted = vcpu->arch.mp_state == KVM_MP_STATE_HALTED;
	gap->waits = d->halted ? CARETAKER_GAP_HALTED : 0;
}

/* The processor accepts no vector below 16 */
static u32 real_vectors(u32 vectors, unsigned int word)
{
	return word ? vectors : vectors & GENMASK(31, 16);
}

static void take_requested(struct kvm_lapic *apic, u32 vectors, unsigned int word)
{
	unsigned long bits = real_vectors(vectors, word);
	unsigned int bit;

	for_each_set_bit(bit, &bits, 32)
		kvm_lapic_set_irr(word * 32 + bit, apic);
}

/* What it has sent last, if a payload can have sent it; KVM has no APIC of hardware for it */
static void take_icr(struct kvm_lapic *apic, struct caretaker_gap *gap)
{
	u32 icr = *gap_word(gap, APIC_ICR, 0);

	if (icr & ~SENT_ICR)
		return;
	*caretaker_apic_word(apic, APIC_ICR, 0) = icr;
	*caretaker_apic_word(apic, APIC_ICR2, 0) = *gap_word(gap, APIC_ICR2, 0);
}

/**
 * caretaker_gap_take - and take them back
 * @vcpu: it; nothing runs it any more
 * @room: of the CPU that did, or was to
 */
void caretaker_gap_take(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct kvm_lapic *apic = vcpu->arch.apic;
	struct caretaker_gap *gap = room->gap;
	unsigned int i;

	if (!(d->gap & CARETAKER_GAP_APIC))
		return;
	if (d->gap & CARETAKER_GAP_POSTED)
		caretaker_posted_end(vcpu);
	for (i = 0; i < CARETAKER_APIC_WORDS; i++) {
		u32 served = real_vectors(*gap_word(gap, APIC_ISR, i), i);

		*caretaker_apic_word(apic, APIC_ISR, i) = served;
		take_requested(apic, *gap_word(gap, APIC_IRR, i), i);
		if (d->gap & CARETAKER_GAP_POSTED)
			take_requested(apic, caretaker_posted_take(vcpu, i), i);
	}
	take_icr(apic, gap);
	/* What hardware has of TPR is the upper half */
	*caretaker_apic_word(apic, APIC_TASKPRI, 0) &= ~0xf;
	*caretaker_apic_word(apic, APIC_TASKPRI, 0) |= *gap_word(gap, APIC_TASKPRI, 0) & 0xf;
	/* What KVM remembers of them */
	kvm_apic_update_apicv(vcpu);
	kvm_apic_update_ppr(vcpu);
	if (d->gap & CARETAKER_GAP_TIMER)
		kvm_set_lapic_tscdeadline_msr(vcpu, gap->timer);
	/*
	 * With CARETAKER_GAP_AT_HLT it is about to halt again.  Not by kvm_set_mp_state(): another
	 * vCPU may have kicked it meanwhile, and that is for its next HLT.
	 */
	if (d->halted && gap->waits != CARETAKER_GAP_HALTED)
		vcpu->arch.mp_state = KVM_MP_STATE_RUNNABLE;
	d->gap = 0;
	kvm_make_request(KVM_REQ_EVENT, vcpu);
}
