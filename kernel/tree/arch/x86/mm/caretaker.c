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
#include <linux/cpufeature.h>
#include <linux/idr.h>
#include <linux/init.h>
#include <linux/kvm_types.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgalloc.h>
#include <linux/pgtable.h>
#include <linux/random.h>
#include <kunit/visibility.h>

#include <asm/caretaker.h>
#include <asm/caretaker_payload.h>
#include <asm/set_memory.h>
#include <asm/setup.h>
#include <asm/tlbflush.h>

/* Numbers of slots; the first page of the window belongs to nobody, so neither does slot 0 */
#define CARETAKER_FIRST_SLOT	1
#define CARETAKER_LAST_SLOT	(CARETAKER_WINDOW_SIZE / CARETAKER_SLOT_SIZE - 1)

static DEFINE_IDA(caretaker_slots);
static bool caretaker_window_ready __ro_after_init;

unsigned long caretaker_slot_address(int slot)
{
	return CARETAKER_WINDOW + (unsigned long)slot * CARETAKER_SLOT_SIZE;
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_slot_address, "kvm");

/*
 * Every host root maps a slot's trampoline and switch page, and in shared mode all of the
 * payload.  Their address shall not be known without a leak, as with cpu_entry_area.
 */
bool caretaker_slots_random(void)
{
	return kaslr_enabled();
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_slots_random);

/* The first that is free, from a random one on or of all */
static int slot_number_get(void)
{
	unsigned int first = CARETAKER_FIRST_SLOT;
	int slot;

	if (caretaker_slots_random())
		first += get_random_u32_below(CARETAKER_LAST_SLOT);
	slot = ida_alloc_range(&caretaker_slots, first, CARETAKER_LAST_SLOT, GFP_KERNEL);
	if (slot == -ENOSPC && first > CARETAKER_FIRST_SLOT)
		slot = ida_alloc_range(&caretaker_slots, CARETAKER_FIRST_SLOT, first - 1,
				       GFP_KERNEL);
	return slot;
}

/* A slot has an entry for itself, and a table.  As __pte_alloc_kernel(), but for the charge */
static int slot_table_get(int slot)
{
	unsigned long address = caretaker_slot_address(slot);
	p4d_t *p4d = p4d_offset(pgd_offset_k(address), address);
	pmd_t *pmd = pmd_alloc(&init_mm, pud_offset(p4d, address), address);
	struct ptdesc *table;

	BUILD_BUG_ON(CARETAKER_SLOT_SIZE != PMD_SIZE);

	if (!pmd)
		return -ENOMEM;
	table = pagetable_alloc(GFP_PGTABLE_USER, 0);
	if (!table)
		return -ENOMEM;
	if (!pagetable_pte_ctor(&init_mm, table)) {
		pagetable_free(table);
		return -ENOMEM;
	}
	ptdesc_set_kernel(table);

	guard(spinlock)(&init_mm.page_table_lock);
	smp_wmb(); /* See pmd_install() */
	pmd_populate_kernel(&init_mm, pmd, ptdesc_address(table));
	return 0;
}

/**
 * caretaker_slot_get - reserve a slot of the window, and its page table in the host's
 *
 * The table is charged to the caller.  That of the level above is not: there are 512 of them
 * at most, which stay.
 *
 * Return: the slot's number, or -errno.
 */
int caretaker_slot_get(void)
{
	int slot, ret;

	if (!caretaker_window_ready)
		return -EOPNOTSUPP;
	slot = slot_number_get();
	if (slot < 0)
		return slot;
	ret = slot_table_get(slot);
	if (ret) {
		ida_free(&caretaker_slots, slot);
		return ret;
	}
	return slot;
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_slot_get, "kvm");

/**
 * caretaker_slot_unmap - take a slot out of the host's page tables
 * @slot: its number
 *
 * CPUs may hold translations of it, and its table, until caretaker_host_flush().
 *
 * Return: the table, for caretaker_slot_put() after that.
 */
pte_t *caretaker_slot_unmap(int slot)
{
	pmd_t *pmd = pmd_off_k(caretaker_slot_address(slot));
	pte_t *table = (pte_t *)pmd_page_vaddr(*pmd);

	/* ptdump_walk_pgd() reads the tables of the kernel with this lock held for writing */
	mmap_read_lock(&init_mm);
	pmd_clear(pmd);
	mmap_read_unlock(&init_mm);
	return table;
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_slot_unmap, "kvm");

/**
 * caretaker_slot_put - give a slot back
 * @slot: its number
 * @table: what caretaker_slot_unmap() returned
 */
void caretaker_slot_put(int slot, pte_t *table)
{
	pte_free_kernel(&init_mm, table);
	ida_free(&caretaker_slots, slot);
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_slot_put, "kvm");

/**
 * caretaker_host_map - map one page of a slot in the host's page tables
 * @address: in a slot, a multiple of PAGE_SIZE
 * @page: what to map
 * @prot: never both writable and executable; the global bit is left out
 */
void caretaker_host_map(unsigned long address, struct page *page, pgprot_t prot)
{
	pte_t *pte;

	if (WARN_ON_ONCE(address < CARETAKER_WINDOW ||
			 address >= CARETAKER_WINDOW + CARETAKER_WINDOW_SIZE ||
			 ((pgprot_val(prot) & _PAGE_RW) && !(pgprot_val(prot) & _PAGE_NX))))
		return;
	pte = pte_offset_kernel(pmd_off_k(address), address);
	if (WARN_ON_ONCE(!pte_none(ptep_get(pte))))
		return;
	set_pte_at(&init_mm, address, pte,
		   mk_pte(page, __pgprot(pgprot_val(prot) & ~_PAGE_GLOBAL)));
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_host_map, "kvm");

/**
 * caretaker_host_flush - forget translations of slots that were unmapped
 * @start: in the window; nothing is flushed where it is not below @end
 * @end: behind the last byte that was mapped
 *
 * Each CPU is interrupted for it, so all slots that go together share one.  A few pages are
 * flushed by themselves; where there are more, or some of slots far apart, it is the whole TLB.
 * When it returns no CPU holds a translation of the range, or a table of it, under a host root.
 *
 * The window has no global translations.  Where the rest of the kernel has, a flush of single
 * pages leaves other PCIDs alone: then it is the whole TLB, too.
 */
void caretaker_host_flush(unsigned long start, unsigned long end)
{
	if (start >= end)
		return;
	if (cpu_feature_enabled(X86_FEATURE_NONGLOBAL))
		flush_tlb_kernel_range(start, end);
	else
		flush_tlb_all();
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_host_flush, "kvm");

/**
 * caretaker_text_show - give pages their address in the direct map back
 * @pages: what caretaker_text_hide() took
 * @count: how many
 *
 * Before they are freed.  It cannot fail, since the direct map was split when they went.
 */
void caretaker_text_show(struct page **pages, unsigned int count)
{
	while (count--)
		WARN_ON_ONCE(set_direct_map_default_noflush(pages[count]));
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_text_show, "kvm");

/**
 * caretaker_text_hide - take pages that will be executed out of the direct map
 * @pages: complete: nobody can write them afterwards
 * @count: how many
 *
 * Who can write where he likes must not find text there, and a caretaker in shared mode has
 * the direct map too.  Where that uses large pages it is split, as for memfd_secret().
 *
 * Return: 0, or -ENOMEM, and they are all where they were.
 */
int caretaker_text_hide(struct page **pages, unsigned int count)
{
	unsigned long start = ULONG_MAX, end = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < count && !ret; i++) {
		unsigned long address = (unsigned long)page_address(pages[i]);

		ret = set_direct_map_invalid_noflush(pages[i]);
		start = min(start, address);
		end = max(end, address + PAGE_SIZE);
	}
	if (ret)
		caretaker_text_show(pages, i - 1);
	else if (count)
		flush_tlb_kernel_range(start, end);
	return ret;
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_text_hide, "kvm");

/**
 * caretaker_isolation_possible - can a root without the kernel be trusted to hide it?
 *
 * Only where none of the kernel's translations is global: nonglobal.c.
 *
 * Return: true if it can.
 */
bool caretaker_isolation_possible(void)
{
	return cpu_feature_enabled(X86_FEATURE_NONGLOBAL);
}
EXPORT_SYMBOL_FOR_MODULES(caretaker_isolation_possible, "kvm");

/*
 * Fill the top-level entry before any process has copied the kernel's part of
 * init_mm, so that there is never anything to synchronise.  As
 * preallocate_vmalloc_pages() does.
 */
static int __init caretaker_window_init(void)
{
	p4d_t *p4d = p4d_alloc(&init_mm, pgd_offset_k(CARETAKER_WINDOW), CARETAKER_WINDOW);

	BUILD_BUG_ON(CARETAKER_WINDOW != CARETAKER_BASE_ADDR);

	if (!p4d || !pud_alloc(&init_mm, p4d, CARETAKER_WINDOW))
		return -ENOMEM;
	caretaker_window_ready = true;
	return 0;
}
core_initcall(caretaker_window_init);
