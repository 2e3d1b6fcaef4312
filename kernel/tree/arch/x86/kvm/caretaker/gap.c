// SPDX-License-Identifier: GPL-2.0
/*
 * What a vCPU takes along of its local APIC when it is detached, and what it brings back.
 *
 * Its payload, if it has CARETAKER_FEATURE_DETACH, has the interrupts that were requested and in
 * service, and the timer, and does with them what KVM does.  KVM's own registers are not lent:
 * what others request meanwhile is there, and the guest gets it when it is attached.
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

#define WORDS	(256 / 32)

/* A word of 32 vectors, in KVM's registers and in those of the payload */
static u32 *kvm_word(struct kvm_lapic *apic, unsigned int reg, unsigned int word)
{
	return apic->regs + reg + word * 0x10;
}

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

/*
 * Devices are told of the EOI of those, or they come again.  Which they are may be about to be
 * found out.
 */
static void lend_level(struct kvm_vcpu *vcpu, struct caretaker_gap *gap)
{
	unsigned int i;

	BUILD_BUG_ON(sizeof(gap->level) != 256 / BITS_PER_BYTE);

	if (kvm_test_request(KVM_REQ_SCAN_IOAPIC, vcpu))
		memset(gap->level, 0xff, sizeof(gap->level));
	else
		bitmap_to_arr64(gap->level, vcpu->arch.ioapic_handled_vectors, 256);
	for (i = 0; i < WORDS; i++)
		gap->level[i / 2] |= (u64)*gap_word(gap, APIC_TMR, i) << i % 2 * 32;
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
 * By what it has requested, or by the timer, since nothing else comes to it there.  What KVM would
 * wake it for now, and does not go along, keeps it here.
 *
 * Return: true if it will.
 */
bool caretaker_gap_wakes(struct kvm_vcpu *vcpu)
{
	if (!caretaker_gap_deals(vcpu) || vcpu->arch.pv.pv_unhalted || kvm_cpu_has_extint(vcpu))
		return false;
	return kvm_apic_has_interrupt(vcpu) >= 0 ||
	       (timer_can_go(vcpu) && kvm_get_lapic_tscdeadline_msr(vcpu));
}

/**
 * caretaker_gap_lend - give a vCPU's payload the interrupts that it has to deal with
 * @vcpu: it; nothing runs it yet
 * @room: of the CPU that will
 */
void caretaker_gap_lend(struct kvm_vcpu *vcpu, const struct caretaker_park_room *room)
{
	struct kvm_caretaker_detached *d = vcpu->arch.caretaker->detached;
	struct kvm_lapic *apic = vcpu->arch.apic;
	struct caretaker_gap *gap = room->gap;
	unsigned int i;

	d->gap = 0;
	if (!caretaker_gap_deals(vcpu))
		return;
	d->gap = CARETAKER_GAP_APIC;
	gap->tsc_offset = vcpu->arch.l1_tsc_offset;
	if (room->state->timer && timer_can_go(vcpu)) {
		d->gap |= CARETAKER_GAP_TIMER;
		lend_timer(vcpu, gap);
	}
	memcpy(gap->apic, apic->regs, sizeof(gap->apic));
	for (i = 0; i < WORDS; i++)
		*gap_word(gap, APIC_IRR, i) = xchg(kvm_word(apic, APIC_IRR, i), 0);
	lend_level(vcpu, gap);
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
	unsigned long bits = vectors;
	unsigned int bit;

	for_each_set_bit(bit, &bits, 32)
		kvm_lapic_set_irr(word * 32 + bit, apic);
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
	for (i = 0; i < WORDS; i++) {
		*kvm_word(apic, APIC_ISR, i) = real_vectors(*gap_word(gap, APIC_ISR, i), i);
		take_requested(apic, real_vectors(*gap_word(gap, APIC_IRR, i), i), i);
	}
	/* What hardware has of TPR is the upper half */
	*kvm_word(apic, APIC_TASKPRI, 0) &= ~0xf;
	*kvm_word(apic, APIC_TASKPRI, 0) |= *gap_word(gap, APIC_TASKPRI, 0) & 0xf;
	/* What KVM remembers of them */
	kvm_apic_update_apicv(vcpu);
	kvm_apic_update_ppr(vcpu);
	if (d->gap & CARETAKER_GAP_TIMER)
		kvm_set_lapic_tscdeadline_msr(vcpu, gap->timer);
	/* With AT_HLT it halts again */
	if (d->halted && gap->waits != CARETAKER_GAP_HALTED)
		kvm_set_mp_state(vcpu, KVM_MP_STATE_RUNNABLE);
	d->gap = 0;
	kvm_make_request(KVM_REQ_EVENT, vcpu);
}
