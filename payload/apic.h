/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's local APIC where there is no KVM: which interrupts are requested, and which are in
 * service.  Registers are where the APIC has them, by their offset in its page (SDM Vol. 3 12.4.1).
 *
 * A vector comes from the guest.  Eight bits of it address one of eight words.
 */
#ifndef PAYLOAD_APIC_H
#define PAYLOAD_APIC_H

#include "payload.h"

#define APIC_TPR		0x080
#define APIC_ISR		0x100
#define APIC_IRR		0x200
#define APIC_ICR		0x300
#define APIC_ICR2		0x310
#define APIC_LVTT		0x320

#define APIC_VECTOR		0xffU
#define APIC_FIRST_VECTOR	16U		/* below it there are none */
#define APIC_LVT_MASKED		(1U << 16)

/* SDM Vol. 3 12.12.1 */
#define MSR_TSC_DEADLINE	0x6e0U
#define MSR_X2APIC_TPR		0x808U
#define MSR_X2APIC_EOI		0x80bU
#define MSR_X2APIC_ICR		0x830U
#define MSR_X2APIC_SELF_IPI	0x83fU

inlined u32 *apic_register(struct caretaker_gap *gap, u32 offset)
{
	return &gap->apic[offset / sizeof(gap->apic[0])];
}

/* The word of such a register that has the vector's bit */
inlined u32 *apic_word(struct caretaker_gap *gap, u32 offset, u32 vector)
{
	return apic_register(gap, offset + (vector & APIC_VECTOR) / 32 * 0x10);
}

inlined void apic_set(struct caretaker_gap *gap, u32 offset, u32 vector)
{
	*apic_word(gap, offset, vector) |= 1U << vector % 32;
}

inlined void apic_clear(struct caretaker_gap *gap, u32 offset, u32 vector)
{
	*apic_word(gap, offset, vector) &= ~(1U << vector % 32);
}

/* 0: none */
inlined u32 apic_highest(struct caretaker_gap *gap, u32 offset)
{
	for (u32 i = 8; i > 0; i--) {
		u32 word = *apic_register(gap, offset + (i - 1) * 0x10);

		if (word)
			return (i - 1) * 32 + 31 - (u32)__builtin_clz(word);
	}
	return 0;
}

/* What waits for the guest, but for what TPR holds up: SDM Vol. 3 12.8.3.1; 0: nothing */
inlined u32 apic_pending(struct caretaker_gap *gap)
{
	u32 requested = apic_highest(gap, APIC_IRR), served = apic_highest(gap, APIC_ISR);

	return requested >> 4 > served >> 4 ? requested : 0;
}

/* Nothing is in service: that counts as done, too.  False: the EOI is KVM's business */
inlined bool apic_eoi(struct caretaker_gap *gap)
{
	u32 vector = apic_highest(gap, APIC_ISR);

	if (gap->level[vector / 64] >> vector % 64 & 1)
		return false;
	apic_clear(gap, APIC_ISR, vector);
	return true;
}

/* The timer is due: what KVM does in apic_timer_expired() and kvm_apic_inject_pending_timer_irqs() */
inlined void apic_fire(struct caretaker_gap *gap, u64 tsc)
{
	u32 lvtt = *apic_register(gap, APIC_LVTT);

	if (!gap->timer || tsc + gap->tsc_offset < gap->timer)
		return;
	gap->timer = 0;
	if (!(lvtt & APIC_LVT_MASKED) && (lvtt & APIC_VECTOR) >= APIC_FIRST_VECTOR)
		apic_set(gap, APIC_IRR, lvtt);
}

#endif /* PAYLOAD_APIC_H */
