/* SPDX-License-Identifier: GPL-2.0 */
/* A guest on a parked CPU: what it is lent, and what it is told.  See caretaker_park_guest.c. */
#ifndef _ASM_X86_CARETAKER_PARK_GUEST_H
#define _ASM_X86_CARETAKER_PARK_GUEST_H

#include <asm/caretaker_park.h>

struct page;

/* What the CPU reaches of the guest's slot, beside its own: as the kernel's own tables do */
struct caretaker_park_loan {
	unsigned long base;	/* of that slot */
	struct page *trampoline, *switch_area, *idt;
	struct page *peers;	/* of the VM, for the CPU's own slot; or NULL */
};

void caretaker_park_lend(const struct caretaker_park_room *room,
			 const struct caretaker_park_loan *loan);
void caretaker_park_unlend(const struct caretaker_park_room *room, unsigned long base);
bool caretaker_park_try_loan(unsigned int cpu, const struct caretaker_park_loan *loan, bool lend);
int caretaker_park_run(unsigned int cpu);
int caretaker_park_leave(unsigned int cpu);
void caretaker_park_again(unsigned int cpu);

#endif /* _ASM_X86_CARETAKER_PARK_GUEST_H */
