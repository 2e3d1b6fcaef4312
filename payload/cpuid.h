/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID from the table that KVM resolved.  Equal to kvm_cpuid() and
 * kvm_emulate_cpuid() bit for bit; what those compute at run time KVM has put
 * into the table, or marked CARETAKER_CPUID_ROUTE.
 *
 * Function and index come from the guest.  They are compared.  A hash of the function, which
 * is one byte, is an index as well: whatever it is, it is inside caretaker_config.cpuid_start,
 * and what is found there, a byte too, is inside the table.  So there is nothing to steer under
 * speculation.
 */
#ifndef PAYLOAD_CPUID_H
#define PAYLOAD_CPUID_H

#include <stddef.h>
#include "payload.h"

#define CPUID_TOPOLOGY		0x0b
#define CPUID_TOPOLOGY_V2	0x1f

/*
 * The first match in table order, as kvm_find_cpuid_entry2() has it: what is in front of where
 * the search begins has another function.  If KVM did not say where, or wrongly, it is looked
 * at last: a leaf that is there is found.
 */
inlined const struct caretaker_cpuid *find(const struct caretaker_config *config,
					  u32 function, u32 index)
{
	u32 count = config->cpuid_count < CARETAKER_CPUID_MAX ?
		    config->cpuid_count : CARETAKER_CPUID_MAX;
	u32 i = config->cpuid_start[CARETAKER_CPUID_HASH(function)];

	for (u32 left = count; left; left--, i++) {
		const struct caretaker_cpuid *entry;

		if (i >= count)
			i = 0;
		entry = &config->cpuid[i];
		if (entry->function != function)
			continue;
		if (!(entry->flags & CARETAKER_CPUID_INDEXED) || entry->index == index)
			return entry;
	}
	return NULL;
}

/* Registers get 32 bits, the upper half becomes zero. */
inlined enum verdict answer_with(struct guest *guest, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	guest->rax = eax;
	guest->regs->rbx = ebx;
	guest->regs->rcx = ecx;
	guest->regs->rdx = edx;
	return ANSWERED;
}

/*
 * A leaf that is not in the table is all zeros on AMD.  Except that a topology
 * leaf, where there is one, passes CL through and gives the x2APIC ID in EDX for
 * any index; there is one exactly if it has an index 1.
 */
inlined enum verdict answer_unknown(const struct caretaker_config *config, struct guest *guest,
				   u32 function, u32 index)
{
	const struct caretaker_cpuid *entry;

	if (config->flags & CARETAKER_CONFIG_CPUID_REDIRECT)
		return ROUTE_CPUID_UNKNOWN;
	if (function != CPUID_TOPOLOGY && function != CPUID_TOPOLOGY_V2)
		return answer_with(guest, 0, 0, 0, 0);

	entry = find(config, function, 1);
	if (!entry)
		return answer_with(guest, 0, 0, 0, 0);
	if (entry->flags & CARETAKER_CPUID_ROUTE)
		return ROUTE_CPUID_LEAF;
	return answer_with(guest, 0, 0, index & 0xff, entry->edx);
}

inlined enum verdict answer_cpuid(const struct caretaker_config *config, struct guest *guest)
{
	u32 function = (u32)guest->rax;
	u32 index = (u32)guest->regs->rcx;
	const struct caretaker_cpuid *entry;

	entry = find(config, function, index);
	if (!entry)
		return answer_unknown(config, guest, function, index);
	if (entry->flags & CARETAKER_CPUID_ROUTE)
		return ROUTE_CPUID_LEAF;
	return answer_with(guest, entry->eax, entry->ebx, entry->ecx, entry->edx);
}

#endif /* PAYLOAD_CPUID_H */
