/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts that the guest's vCPUs are sent where there is no KVM: struct caretaker_posted.
 *
 * An interrupt to vCPUs that are all detached is posted here; of any other KVM decides, and the
 * guest waits for that.  What is sent is as in the guest's ICR (SDM Vol. 3 12.6.1, 12.12.9), of
 * which the simple cases are answered: fixed, by edge, to a vCPU's x2APIC ID or by a shorthand.
 *
 * A number of a vCPU comes from KVM or from the guest.  Six bits of it address one of 64 vCPUs.
 */
#ifndef PAYLOAD_IPI_H
#define PAYLOAD_IPI_H

#include "apic.h"

#define ICR_ASSERT		(1U << 14)
#define ICR_SHORTHAND		(3U << 18)
#define ICR_TO_SELF		(1U << 18)
#define ICR_TO_ALL		(2U << 18)

inlined u32 own_number(const struct caretaker_config *config)
{
	return config->vcpu_id % CARETAKER_PEERS_MAX;
}

/* What others have posted */
inlined void take_posted(struct caretaker_gap *gap, struct caretaker_posted *posted, u32 self)
{
	for (u32 i = 0; i < 8; i++) {
		u32 *from = &posted->requested[self][i];

		if (READ_ONCE(*from))
			*apic_register(gap, APIC_IRR + i * 0x10) |=
				__atomic_exchange_n(from, 0, __ATOMIC_SEQ_CST);
	}
}

/* The vCPUs that it is for, a bit each; 0: that is not known here, or there is none */
inlined u64 ipi_targets(const struct caretaker_peers *peers, u32 self, u64 icr)
{
	u64 all = READ_ONCE(peers->all);
	u32 shorthand = (u32)icr & ICR_SHORTHAND;

	if (!shorthand)
		return icr >> 32 < CARETAKER_PEERS_MAX ? 1ULL << (icr >> 32) : 0;
	if (shorthand == ICR_TO_SELF)
		return 1ULL << self;
	return shorthand == ICR_TO_ALL ? all : all & ~(1ULL << self);
}

/*
 * To vCPUs that must be detached for as long as this lasts: KVM waits for it.  False: one is not,
 * and nothing is posted
 */
inlined bool post(struct caretaker_posted *posted, const struct caretaker_peers *peers, u32 self,
		  u64 to, u32 vector)
{
	bool all_there;

	/* A full barrier: it is seen before the look */
	__atomic_exchange_n(&posted->sending[self], 1, __ATOMIC_SEQ_CST);
	all_there = !(to & ~READ_ONCE(peers->detached));
	for (; all_there && to; to &= to - 1)
		__atomic_fetch_or(&posted->requested[__builtin_ctzll(to)][vector / 32],
				  1U << vector % 32, __ATOMIC_SEQ_CST);
	WRITE_ONCE(posted->sending[self], 0);
	return all_there;
}

/**
 * ipi_send - the guest writes its ICR
 * @gap:	gap page
 * @posted:	of the VM, as @peers
 * @self:	number of the vCPU
 * @icr:	what it writes
 *
 * Return: false if that is KVM's business.
 */
inlined bool ipi_send(struct caretaker_gap *gap, struct caretaker_posted *posted,
		      const struct caretaker_peers *peers, u32 self, u64 icr)
{
	u32 vector = (u32)icr & APIC_VECTOR;
	u64 to = ipi_targets(peers, self, icr), itself = 1ULL << self;

	if ((u32)icr & ~(APIC_VECTOR | ICR_ASSERT | ICR_SHORTHAND) ||
	    vector < APIC_FIRST_VECTOR || !to || !post(posted, peers, self, to & ~itself, vector))
		return false;
	if (to & itself)
		apic_set(gap, APIC_IRR, vector);
	gap->kicks |= to & ~itself;
	*apic_register(gap, APIC_ICR) = (u32)icr;
	*apic_register(gap, APIC_ICR2) = (u32)(icr >> 32);
	return true;
}

#endif /* PAYLOAD_IPI_H */
