/* SPDX-License-Identifier: GPL-2.0 */
/* A caretaker, and one vCPU's copy of it: slot.c and config.c */
#ifndef __KVM_X86_CARETAKER_SLOT_H
#define __KVM_X86_CARETAKER_SLOT_H

#include <linux/caretaker_record.h>
#include <linux/kho/abi/caretaker.h>
#include <linux/kvm_host.h>
#include <linux/llist.h>

#include <asm/caretaker_payload.h>

struct caretaker_payload;
struct caretaker_segment;
struct kvm_caretaker_vendor;

#define CARETAKER_CONFIG_PAGES		(CARETAKER_CONFIG_ROOM / PAGE_SIZE)
#define CARETAKER_STACK_PAGES		(CARETAKER_STACK_SIZE / PAGE_SIZE)
#define CARETAKER_IMAGE_PAGES		(CARETAKER_MAX_MEMORY / PAGE_SIZE)
#define CARETAKER_GAP_PAGES		3
#define CARETAKER_MAX_LEAVES		(CARETAKER_IMAGE_PAGES + 32)

/* Bytes of the switch page that say where the host is: all but the IDT, which is nowhere else */
#define CARETAKER_SWITCH_HOST		offsetof(struct caretaker_switch, host_idtr)

/* One 4 KiB leaf of the caretaker's tables */
struct caretaker_leaf {
	struct page *page;
	u32 offset;		/* in the slot */
	u8 prot;		/* CARETAKER_PROT_* in the caretaker's tables */
	u8 host;		/* CARETAKER_PROT_* in the host's, 0: not there */
	u8 kind;		/* CARETAKER_RANGE_* */
	bool owned;		/* to be freed with the slot */
};

/**
 * struct kvm_caretaker - the caretaker of a VM or, if it was set on a vCPU, of that vCPU
 * @payload: the signed file and what the parser made of it
 * @record: identity as it was measured; the template of later records
 * @flags: KVM_CARETAKER_* that the VMM asked for
 * @refs: the VM and each slot
 * @text_hidden: the executable pages of @image are not in the direct map
 * @image: the pages of its image that nobody writes, by their number in it
 */
struct kvm_caretaker {
	struct caretaker_payload *payload;
	struct caretaker_record record;
	u64 flags;
	refcount_t refs;
	bool text_hidden;
	struct page *image[CARETAKER_IMAGE_PAGES];
};

/**
 * struct kvm_caretaker_slot - one vCPU's copy
 * @caretaker: whose copy it is
 * @base: address of the slot in the window
 * @number: of the slot
 * @switch_area: its switch page, through the direct map
 * @config: its configuration, through a mapping of its own
 * @telemetry: through the direct map, as all that follow; an update has that of the slot before
 * @ccb: the control block, in the image
 * @idt: its gates
 * @gap: what the payload has in place of KVM, in slot_gap.c's order; NULL: it has KVM
 * @root: physical address of the top-level table, for CR3
 * @tables: the table pages, top level first
 * @nr_tables: how many levels there are
 * @descriptor: list of all physical ranges, for preservation
 * @host_table: its page table in the host's, from when it is unmapped there
 * @retired: in the list of those that were left for another
 * @tables_seq: struct kvm_caretaker_vcpu.tables, before @config got a copy of them
 * @pmu_at_exit: as in struct kvm_caretaker_vendor
 * @nr_leaves: entries in use of @leaves
 * @leaves: all that is mapped
 */
struct kvm_caretaker_slot {
	struct kvm_caretaker *caretaker;
	unsigned long base;
	int number;
	struct caretaker_switch *switch_area;
	struct caretaker_config *config;
	struct caretaker_telemetry *telemetry;
	struct caretaker_ccb *ccb;
	gate_desc *idt;
	struct page *gap[CARETAKER_GAP_PAGES];
	u64 root;
	struct page *tables[5];
	unsigned int nr_tables;
	struct caretaker_descriptor *descriptor;
	pte_t *host_table;
	struct llist_node retired;
	unsigned int tables_seq;
	bool pmu_at_exit;
	unsigned int nr_leaves;
	struct caretaker_leaf leaves[CARETAKER_MAX_LEAVES];
};

/* slot.c */
void kvm_caretaker_put(struct kvm_caretaker *caretaker);
struct kvm_caretaker_slot *caretaker_slot_build(struct kvm_vcpu *vcpu,
						struct kvm_caretaker *caretaker,
						const struct kvm_caretaker_slot *before,
						const struct kvm_caretaker_vendor *vendor);
void caretaker_slot_free(struct kvm_caretaker_slot *slot);
void caretaker_slots_free(struct llist_node *list);
u64 caretaker_leaf_entry(const struct caretaker_leaf *leaf);
void caretaker_telemetry_init(struct caretaker_telemetry *telemetry);

/**
 * caretaker_slot_forget_host - leave nothing of the host or of the guest where every root maps it
 * @slot: of a vCPU that does not run
 *
 * The host's part of the switch page would undo KASLR for whoever can read one address, and
 * Intel's trampoline pushes the guest's RAX on the stack that it uses between the roots.  The
 * vendor module writes the host's part again before the vCPU runs.
 */
static inline void caretaker_slot_forget_host(struct kvm_caretaker_slot *slot)
{
	struct caretaker_switch *area = slot->switch_area;
	u64 *pushed = (u64 *)(slot->base + CARETAKER_PENDING) - 1;

	memset(area, 0, CARETAKER_SWITCH_HOST);
	*pushed = 0;
}

/* slot_gap.c */
void caretaker_slot_set_control(struct kvm_caretaker_slot *slot, struct page *control,
				struct page *const *gap);
struct page *caretaker_slot_gap_page(const struct kvm_caretaker_slot *slot, unsigned long offset,
				     const char **name);

/* image.c */
int caretaker_image_build(struct kvm_caretaker *caretaker);
void caretaker_image_free(struct kvm_caretaker *caretaker);
void caretaker_image_fill(struct page *page, const struct caretaker_payload *payload,
			  const struct caretaker_segment *seg, u64 offset);

/* config.c */
void caretaker_config_init(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot,
			   const struct kvm_caretaker_vendor *vendor);
void caretaker_config_copy(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot);
void caretaker_config_inherit(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot,
			      const struct kvm_caretaker_slot *old);
#if IS_ENABLED(CONFIG_KUNIT)
u32 caretaker_config_flags(struct kvm_vcpu *vcpu, bool mediated_pmu);
void caretaker_config_write_tables(struct kvm_vcpu *vcpu);
void caretaker_config_index_cpuid(struct caretaker_config *config);
#endif

#endif /* __KVM_X86_CARETAKER_SLOT_H */
