// SPDX-License-Identifier: GPL-2.0
/*
 * What a caretaker's page tables map, for people: the file "caretaker-audit" in the vCPU's
 * debugfs directory.
 *
 * KVM walks the tables as the CPU does, from the root that the CPU is given, and not from the
 * list that the tables were made from.  That list only names the owner of each leaf: a leaf
 * that is not on it is shown as "unlisted".  Physical addresses are not shown.
 */
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/pgtable.h>
#include <linux/seq_file.h>

#include <asm/caretaker.h>

#include "slot.h"
#include "vm.h"

static const char * const kind_names[] = {
	[CARETAKER_RANGE_IMAGE] = "image",
	[CARETAKER_RANGE_STACK] = "stack",
	[CARETAKER_RANGE_SWITCH] = "switch",
	[CARETAKER_RANGE_IDT] = "idt",
	[CARETAKER_RANGE_NMI_STACK] = "nmi-stack",
	[CARETAKER_RANGE_CONFIG] = "config",
	[CARETAKER_RANGE_TELEMETRY] = "telemetry",
	[CARETAKER_RANGE_VMCB] = "vmcb",
	[CARETAKER_RANGE_TRAMPOLINE] = "trampoline",
};

/* Who owns the leaf at @address?  It must map that owner's page, too. */
static const char *audit_owner(const struct kvm_caretaker_slot *slot, unsigned long address,
			       u64 entry)
{
	const char *name;
	struct page *gap = caretaker_slot_gap_page(slot, address - slot->base, &name);
	unsigned int i;

	if (gap)
		return (entry & PHYSICAL_PAGE_MASK) == page_to_phys(gap) ? name : "another-page";
	for (i = 0; i < slot->nr_leaves; i++) {
		const struct caretaker_leaf *leaf = &slot->leaves[i];

		if (slot->base + leaf->offset != address)
			continue;
		if ((entry & PHYSICAL_PAGE_MASK) != page_to_phys(leaf->page))
			return "another-page";
		return leaf->kind < ARRAY_SIZE(kind_names) ? kind_names[leaf->kind] : NULL;
	}
	return NULL;
}

/* One line: root, address, size, rwx, "global" and "user" bits, whose it is */
static void audit_leaf(struct seq_file *m, const struct kvm_caretaker_slot *slot,
		       const char *root, unsigned long address, int level, u64 entry)
{
	const char *owner = audit_owner(slot, address, entry);

	seq_printf(m, "%s 0x%lx %luk r%c%c%c%c %s\n", root, address,
		   PAGE_SIZE >> 10 << 9 * (level - 1),
		   entry & _PAGE_RW ? 'w' : '-', entry & _PAGE_NX ? '-' : 'x',
		   entry & _PAGE_GLOBAL ? 'g' : '-', entry & _PAGE_USER ? 'u' : '-',
		   level == PG_LEVEL_4K && owner ? owner : "unlisted");
}

/*
 * An upper table can only take rights away (APM Vol. 2 5.6, SDM Vol. 3 4.6).  _PAGE_GLOBAL
 * counts in the leaf alone.
 */
static u64 audit_inherit(u64 entry, u64 above)
{
	entry &= above | ~(u64)(_PAGE_RW | _PAGE_USER);
	return entry | (above & _PAGE_NX);
}

static void audit_table(struct seq_file *m, const struct kvm_caretaker_slot *slot,
			u64 above, int level, unsigned long address)
{
	const u64 *table = __va(above & PHYSICAL_PAGE_MASK);
	unsigned int bits = pgtable_l5_enabled() ? 57 : 48;
	unsigned int i;

	for (i = 0; i < PTRS_PER_PTE; i++) {
		u64 entry = READ_ONCE(table[i]);
		unsigned long at = address | (unsigned long)i << (PAGE_SHIFT + 9 * (level - 1));

		if (!(entry & _PAGE_PRESENT))
			continue;
		entry = audit_inherit(entry, above);
		if (level == PG_LEVEL_4K || (level <= PG_LEVEL_1G && entry & _PAGE_PSE))
			audit_leaf(m, slot, "own", __canonical_address(at, bits), level, entry);
		else
			audit_table(m, slot, entry, level - 1, at);
	}
}

/* What of the slot the kernel's tables map */
static void audit_host(struct seq_file *m, const struct kvm_caretaker_slot *slot)
{
	unsigned long address;

	for (address = slot->base; address < slot->base + CARETAKER_SLOT_SIZE;
	     address += PAGE_SIZE) {
		unsigned int level;
		pte_t *pte = lookup_address(address, &level);

		if (pte && pte_present(*pte))
			audit_leaf(m, slot, "host", address, level, pte_val(*pte));
	}
}

/* Other addresses of what can be executed: there, it must not be written */
static void audit_aliases(struct seq_file *m, const struct kvm_caretaker_slot *slot)
{
	unsigned int i, level;

	for (i = 0; i < slot->nr_leaves; i++) {
		const struct caretaker_leaf *leaf = &slot->leaves[i];
		unsigned long address = (unsigned long)page_address(leaf->page);
		pte_t *pte = lookup_address(address, &level);

		if (leaf->prot & CARETAKER_PROT_EXEC && pte && pte_present(*pte))
			seq_printf(m, "alias 0x%lx %s %s\n", address,
				   pte_write(*pte) ? "rw" : "r-", kind_names[leaf->kind]);
	}
}

static void audit_words(struct seq_file *m, unsigned long address, unsigned int bytes,
			const char *owner)
{
	unsigned long at;

	for (at = address; at < address + bytes; at += sizeof(u64)) {
		if (READ_ONCE(*(const u64 *)at))
			seq_printf(m, "left 0x%lx %s\n", at, owner);
	}
}

/*
 * What is left of the host and of the guest where every root of the host maps it.  There is
 * something while the vCPU runs.  What it is, is not shown.
 */
static void audit_left(struct seq_file *m, const struct kvm_caretaker_slot *slot)
{
	audit_words(m, slot->base + CARETAKER_SWITCH, CARETAKER_SWITCH_HOST, "switch");
	audit_words(m, slot->base + CARETAKER_NMI_STACK, PAGE_SIZE, "nmi-stack");
}

static int audit_show(struct seq_file *m, void *v)
{
	struct kvm_vcpu *vcpu = m->private;
	const struct kvm_caretaker_slot *slot;

	/* Slots come and go under this lock, and do not change in between */
	guard(mutex)(&vcpu->kvm->lock);

	slot = caretaker_vcpu_current_slot(vcpu);
	if (!slot)
		return 0;
	seq_printf(m, "slot 0x%lx\n", slot->base);
	seq_printf(m, "runs-on %s\n", slot->switch_area->root ? "own" : "host");
	/* CR3 has no such bits: the root starts with all rights */
	audit_table(m, slot, (slot->root & PHYSICAL_PAGE_MASK) | _PAGE_RW | _PAGE_USER,
		    pgtable_l5_enabled() ? PG_LEVEL_256T : PG_LEVEL_512G, 0);
	audit_host(m, slot);
	audit_aliases(m, slot);
	audit_left(m, slot);
	return 0;
}

static int audit_open(struct inode *inode, struct file *file)
{
	return single_open(file, audit_show, inode->i_private);
}

const struct file_operations kvm_caretaker_audit_fops = {
	.owner = THIS_MODULE,
	.open = audit_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};
