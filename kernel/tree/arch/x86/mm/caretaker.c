// SPDX-License-Identifier: GPL-2.0
/*
 * The caretaker window: slots, and the pages of them that the host maps too.
 *
 * A caretaker runs at an address that must be the same whichever kernel is alive,
 * so it has a top-level entry of its own, in a hole of the upper half that neither
 * KASLR nor the number of paging levels moves; see mm.rst.  The host's page tables
 * carry in it what must be valid under both roots, and nothing else.
 *
 * Built in even where KVM is a module: init_mm is not for modules.
 */
#include <linux/idr.h>
#include <linux/init.h>
#include <linux/kvm_caretaker.h>
#include <linux/kvm_types.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include <asm/caretaker.h>
#include <asm/caretaker_payload.h>
#include <asm/tlbflush.h>

static DEFINE_IDA(caretaker_slots);
static bool caretaker_window_ready __ro_after_init;

/**
 * caretaker_slot_get - reserve a slot of the window
 *
 * The first page of the window belongs to nobody, so neither does slot 0.
 *
 * Return: the slot's number, or -errno.
 */
int caretaker_slot_get(void)
{
	if (!caretaker_window_ready)
		return -EOPNOTSUPP;
	return ida_alloc_range(&caretaker_slots, 1,
			       CARETAKER_WINDOW_SIZE / CARETAKER_SLOT_SIZE - 1,
			       GFP_KERNEL);
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_slot_get, "kvm");

void caretaker_slot_put(int slot)
{
	ida_free(&caretaker_slots, slot);
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_slot_put, "kvm");

unsigned long caretaker_slot_address(int slot)
{
	return CARETAKER_WINDOW + (unsigned long)slot * CARETAKER_SLOT_SIZE;
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_slot_address, "kvm");

struct host_leaf {
	struct page *page;
	pgprot_t prot;
};

static int host_set_leaf(pte_t *pte, unsigned long address, void *data)
{
	const struct host_leaf *leaf = data;

	if (WARN_ON_ONCE(!pte_none(ptep_get(pte))))
		return -EBUSY;
	set_pte_at(&init_mm, address, pte, mk_pte(leaf->page, leaf->prot));
	return 0;
}

static int host_clear_leaf(pte_t *pte, unsigned long address, void *data)
{
	pte_clear(&init_mm, address, pte);
	return 0;
}

/**
 * caretaker_host_map - map one page of a slot in the host's page tables
 * @address: in the window, a multiple of PAGE_SIZE
 * @page: what to map
 * @prot: never both writable and executable, never global
 *
 * Return: 0, or -ENOMEM.
 */
int caretaker_host_map(unsigned long address, struct page *page, pgprot_t prot)
{
	struct host_leaf leaf = {
		.page = page,
		.prot = __pgprot(pgprot_val(prot) & ~_PAGE_GLOBAL),
	};

	if (WARN_ON_ONCE(address < CARETAKER_WINDOW ||
			 address >= CARETAKER_WINDOW + CARETAKER_WINDOW_SIZE ||
			 ((pgprot_val(prot) & _PAGE_RW) && !(pgprot_val(prot) & _PAGE_NX))))
		return -EINVAL;
	return apply_to_page_range(&init_mm, address, PAGE_SIZE, host_set_leaf, &leaf);
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_host_map, "kvm");

/**
 * caretaker_host_clear - take a range of a slot out of the host's page tables
 * @address: in the window
 * @size: bytes; pages of it that were never mapped are passed over
 *
 * CPUs may hold translations of it until caretaker_host_flush(): what was mapped must not
 * be freed before.
 */
void caretaker_host_clear(unsigned long address, unsigned long size)
{
	apply_to_existing_page_range(&init_mm, address, size, host_clear_leaf, NULL);
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_host_clear, "kvm");

/**
 * caretaker_host_flush - forget translations of what was cleared
 * @start: in the window; nothing is flushed where it is not below @end
 * @end: behind the last byte
 *
 * Each CPU is interrupted for it, so all slots that go together share one.  A few pages are
 * flushed by themselves; where there are more, or some of slots far apart, it is the whole TLB.
 * When it returns no CPU holds a translation of the range under a host root.
 */
void caretaker_host_flush(unsigned long start, unsigned long end)
{
	if (start < end)
		flush_tlb_kernel_range(start, end);
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_host_flush, "kvm");

/**
 * caretaker_image_nonglobal - take the global bit out of what is mapped early in the boot
 *
 * head_64.S maps the image, before there is a command line, and what has parsed the command
 * line by now may have mapped a device in the fixmap (earlycon).  For init_mem_mapping(), which
 * flushes afterwards: nothing has split an entry or changed its rights by then.
 *
 * No process may have an ASID that only INVLPGB keeps up to date: what must be flushed of
 * the kernel under all PCIDs is then remembered for the others, flush_tlb_one_kernel().
 */
void __init caretaker_image_nonglobal(void)
{
	const unsigned int pages = FIXMAP_PMD_NUM * PTRS_PER_PTE;
	pmd_t *pmd;
	pte_t *pte;

	setup_clear_cpu_cap(X86_FEATURE_INVLPGB);
	for (pmd = level2_kernel_pgt; pmd < level2_kernel_pgt + PTRS_PER_PMD; pmd++) {
		if (pmd_present(*pmd))
			set_pmd(pmd, pmd_clear_flags(*pmd, _PAGE_GLOBAL));
	}
	for (pte = level1_fixmap_pgt; pte < level1_fixmap_pgt + pages; pte++) {
		if (pte_present(*pte))
			set_pte(pte, pte_clear_flags(*pte, _PAGE_GLOBAL));
	}
}

/**
 * caretaker_isolation_possible - can a root without the kernel be trusted to hide it?
 *
 * A global translation survives a load of CR3 (Intel SDM Vol. 3 4.10.4.1, AMD APM
 * Vol. 2 5.5.2), so the kernel's must not be global.  Page-table isolation alone is
 * not enough: entry code and cpu_entry_area stay global, exception stacks among them.
 *
 * Return: true if it can.
 */
bool caretaker_isolation_possible(void)
{
	return caretaker_nonglobal;
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_isolation_possible, "kvm");

/*
 * Fill the top-level entry before any process has copied the kernel's part of
 * init_mm, so that there is never anything to synchronise.  As
 * preallocate_vmalloc_pages() does.
 */
static int __init caretaker_window_init(void)
{
	struct host_leaf leaf = {
		.page = ZERO_PAGE(0),
		.prot = PAGE_KERNEL_RO,
	};
	int ret;

	ret = apply_to_page_range(&init_mm, CARETAKER_WINDOW, PAGE_SIZE, host_set_leaf, &leaf);
	if (ret)
		return ret;
	caretaker_host_clear(CARETAKER_WINDOW, PAGE_SIZE);
	caretaker_host_flush(CARETAKER_WINDOW, CARETAKER_WINDOW + PAGE_SIZE);

	if (caretaker_nonglobal)
		pr_info("caretaker: kernel mappings are not global\n");
	caretaker_window_ready = true;
	return 0;
}
core_initcall(caretaker_window_init);
