/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For KVM: the window of the upper half in which caretakers run: arch/x86/mm/caretaker.c
 */
#ifndef _ASM_X86_CARETAKER_H
#define _ASM_X86_CARETAKER_H

#include <linux/types.h>
#include <asm/pgtable_types.h>

struct page;

/* What isolated caretakers run under; the kernel gives it to no process (tlb.c) */
#define CARETAKER_PCID		0

bool caretaker_slots_random(void);
int caretaker_slot_get(void);
pte_t *caretaker_slot_unmap(int slot);
void caretaker_slot_put(int slot, pte_t *table);
unsigned long caretaker_slot_address(int slot);

void caretaker_host_map(unsigned long address, struct page *page, pgprot_t prot);
void caretaker_host_flush(unsigned long start, unsigned long end);

int caretaker_text_hide(struct page **pages, unsigned int count);
void caretaker_text_show(struct page **pages, unsigned int count);

bool caretaker_isolation_possible(void);

#endif /* _ASM_X86_CARETAKER_H */
