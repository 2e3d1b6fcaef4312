// SPDX-License-Identifier: GPL-2.0
/*
 * What changes of a slot while its vCPU goes on without KVM: the VMCB is another, and the payload
 * has some pages in place of KVM.
 *
 * Nothing runs it when they come and go.  None of them is preserved with the slot.
 */
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include <asm/svm.h>

#include "slot.h"

#define R	CARETAKER_PROT_READ
#define W	CARETAKER_PROT_WRITE

static const struct {
	u32 offset;
	u8 prot;
	const char *name;
} gap_place[CARETAKER_GAP_PAGES] = {
	{ CARETAKER_GAP, R | W, "gap" },
	{ CARETAKER_POSTED, R | W, "posted" },
	{ CARETAKER_PEERS, R, "peers" },
};

/**
 * caretaker_slot_gap_page - what a payload without KVM has at a place of its slot
 * @slot: the slot
 * @offset: of the place
 * @name: what it is called, if there is any
 *
 * Return: the page, or NULL.
 */
struct page *caretaker_slot_gap_page(const struct kvm_caretaker_slot *slot, unsigned long offset,
				     const char **name)
{
	unsigned int i;

	for (i = 0; i < CARETAKER_GAP_PAGES; i++) {
		if (gap_place[i].offset == offset) {
			*name = gap_place[i].name;
			return slot->gap[i];
		}
	}
	return NULL;
}

static void slot_set_gap(struct kvm_caretaker_slot *slot, u64 *table, struct page *const *gap)
{
	unsigned int i;

	for (i = 0; i < CARETAKER_GAP_PAGES; i++) {
		const struct caretaker_leaf leaf = {
			.page = gap ? gap[i] : NULL,
			.prot = gap_place[i].prot,
		};
		u64 *entry = &table[gap_place[i].offset >> PAGE_SHIFT];

		slot->gap[i] = leaf.page;
		*entry = leaf.page ? caretaker_leaf_entry(&leaf) : 0;
	}
	slot->switch_area->entry = slot->base + CARETAKER_IMAGE +
				   slot->caretaker->payload->image.entry +
				   (gap ? CARETAKER_ENTRY_GAP : 0);
	slot->ccb->request = gap ? CARETAKER_DETACHED : 0;
}

/**
 * caretaker_slot_set_control - the payload enters another VMCB, and has KVM or not
 * @slot: of a vCPU of AMD that runs nowhere.  Each entry flushes what was translated before
 * @control: the page that it is in
 * @gap: what a payload with CARETAKER_FEATURE_DETACH has in place of KVM, in the order of
 * gap_place[]; or NULL
 */
void caretaker_slot_set_control(struct kvm_caretaker_slot *slot, struct page *control,
				struct page *const *gap)
{
	u64 *table = page_address(slot->tables[slot->nr_tables - 1]);
	unsigned int i;

	slot_set_gap(slot, table, gap);

	for (i = 0; i < slot->nr_leaves; i++) {
		struct caretaker_leaf *leaf = &slot->leaves[i];

		if (leaf->kind != CARETAKER_RANGE_VMCB)
			continue;
		leaf->page = control;
		table[leaf->offset >> PAGE_SHIFT] = caretaker_leaf_entry(leaf);
	}
	slot->switch_area->vmcb_pa = __sme_set(page_to_phys(control));
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(caretaker_slot_set_control);
