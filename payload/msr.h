/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RDMSR and WRMSR from the table that KVM resolved.  An entry holds what kvm_emulate_rdmsr()
 * would read, or says that kvm_emulate_wrmsr() would take any value and drop it.  An MSR
 * that has a side effect, that a filter of the VMM hides or that would fault has none.
 *
 * Most that a guest accesses are KVM's, which plain.h knows by caretaker_config.msr_hash.
 *
 * The index comes from the guest.  It is compared, never used to address memory.
 */
#ifndef PAYLOAD_MSR_H
#define PAYLOAD_MSR_H

#include "payload.h"

/* Is there an entry for the MSR that ECX names, with this flag? */
inlined const struct caretaker_msr *find_msr(const struct caretaker_config *config,
					     const struct guest *guest, u32 flag)
{
	u32 index = (u32)guest->regs->rcx;
	u32 count = config->msr_count <= CARETAKER_MSR_MAX ? config->msr_count : 0;
	const struct caretaker_msr *end = config->msr + count;

	for (const struct caretaker_msr *entry = config->msr; entry < end; entry++) {
		if (entry->index == index)
			return entry->flags & flag ? entry : NULL;
	}
	return NULL;
}

/* Registers get 32 bits, the upper half becomes zero. */
inlined enum verdict answer_msr_read(const struct caretaker_config *config, struct guest *guest)
{
	const struct caretaker_msr *entry = find_msr(config, guest, CARETAKER_MSR_READ);

	if (!entry)
		return ROUTE_MSR;
	guest->rax = (u32)entry->value;
	guest->regs->rdx = entry->value >> 32;
	return ANSWERED;
}

inlined enum verdict answer_msr_write(const struct caretaker_config *config, struct guest *guest)
{
	return find_msr(config, guest, CARETAKER_MSR_WRITE) ? ANSWERED : ROUTE_MSR;
}

#endif /* PAYLOAD_MSR_H */
