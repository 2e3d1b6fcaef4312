// SPDX-License-Identifier: GPL-2.0
/*
 * Which pages a memslot of a prepared VM has.
 *
 * They are pinned for as long as the VM is prepared, so nobody moves, swaps or frees them, and a
 * fault finds them in a list instead of in the VMM's page tables.  So the second-level tables
 * of a prepared VM can map these pages alone, and an MMU notifier has nothing to take away.
 */
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>
#include <kunit/visibility.h>

#include "memory.h"

/* Pages that are pinned, compared or put at a time: then who waits for the CPU has its turn */
#define PINS_AT_ONCE	512UL

/**
 * caretaker_pins_charge - charge pages to the user that calls
 * @memory: of a VM; gets the user
 * @npages: how many
 *
 * The account is the user's and not that of the address space, which goes away before the
 * pages do.  RLIMIT_MEMLOCK is the limit, but not for CAP_IPC_LOCK.
 *
 * Return: 0 or -ENOMEM.
 */
int caretaker_pins_charge(struct kvm_caretaker_memory *memory, unsigned long npages)
{
	unsigned long limit = capable(CAP_IPC_LOCK) ? ULONG_MAX :
						      rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	struct user_struct *user = current_user();
	long old = atomic_long_read(&user->locked_vm);

	do {
		if (old + npages > limit)
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(&user->locked_vm, &old, old + npages));
	memory->user = get_uid(user);
	memory->charged = npages;
	return 0;
}

/* Could another process map the page, too?  Nobody but who forks shares anonymous memory */
static bool page_is_shared(struct page *page)
{
	struct folio *folio = page_folio(page);

	return !folio_test_anon(folio) && !is_zero_folio(folio);
}

static unsigned int pins_flags(const struct caretaker_pins *pins)
{
	return pins->readonly ? 0 : FOLL_WRITE;
}

/**
 * caretaker_pins_take - pin the pages of a memslot
 * @memory: of the VM
 * @pins: the slot; what was pinned stays, whatever this returns
 *
 * In the VMM's address space.  Who may be handed over has no memory that no other process
 * could map.
 *
 * Return: 0; -EINVAL for memory that cannot be handed over; -EINTR if a fatal signal is
 * pending; -ENOMEM; what pin_user_pages_fast() gives.
 */
int caretaker_pins_take(struct kvm_caretaker_memory *memory, struct caretaker_pins *pins)
{
	pins->pages = __vcalloc(pins->npages, sizeof(*pins->pages), GFP_KERNEL_ACCOUNT);
	if (!pins->pages)
		return -ENOMEM;

	while (pins->pinned < pins->npages) {
		struct page **pages = pins->pages + pins->pinned;
		int i, got;

		if (fatal_signal_pending(current))
			return -EINTR;
		got = pin_user_pages_fast(pins->userspace_addr + (pins->pinned << PAGE_SHIFT),
					  min(pins->npages - pins->pinned, PINS_AT_ONCE),
					  pins_flags(pins) | FOLL_LONGTERM, pages);
		if (got <= 0)
			return got ?: -EFAULT;
		pins->pinned += got;
		for (i = 0; memory->handover && i < got; i++) {
			if (!page_is_shared(pages[i]))
				return -EINVAL;
		}
		cond_resched();
	}
	return 0;
}

/* Nothing maps them any more: unpin, free the lists, and give back what was charged */
void caretaker_pins_put(struct kvm_caretaker_memory *memory)
{
	unsigned long done, n;
	unsigned int i;

	for (i = 0; i < memory->nr_pins; i++) {
		struct caretaker_pins *pins = &memory->pins[i];

		for (done = 0; done < pins->pinned; done += n) {
			n = min(pins->pinned - done, PINS_AT_ONCE);
			unpin_user_pages_dirty_lock(pins->pages + done, n, !pins->readonly);
			cond_resched();
		}
		pins->pinned = 0;
		vfree(pins->pages);
		pins->pages = NULL;
	}
	if (memory->user) {
		atomic_long_sub(memory->charged, &memory->user->locked_vm);
		free_uid(memory->user);
		memory->user = NULL;
	}
}

/**
 * caretaker_pins_compare - does an address map the pages that are pinned?
 * @pins: a memslot
 * @address: where the calling process says that it has them
 *
 * Return: 0; -EFAULT if not, for the whole of the slot; -EINTR if a fatal signal is pending;
 * -ENOMEM.
 */
int caretaker_pins_compare(const struct caretaker_pins *pins, unsigned long address)
{
	struct page **pages __free(kvfree) = kvmalloc_array(PINS_AT_ONCE, sizeof(*pages),
							    GFP_KERNEL_ACCOUNT);
	unsigned long done, n;
	int got, differ;

	if (!pages)
		return -ENOMEM;
	for (done = 0; done < pins->npages; done += got) {
		if (fatal_signal_pending(current))
			return -EINTR;
		n = min(pins->npages - done, PINS_AT_ONCE);
		got = pin_user_pages_fast(address + (done << PAGE_SHIFT), n, pins_flags(pins),
					  pages);
		if (got <= 0)
			return got == -EINTR || got == -ENOMEM ? got : -EFAULT;
		differ = memcmp(pages, pins->pages + done, got * sizeof(*pages));
		unpin_user_pages(pages, got);
		if (differ)
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/**
 * caretaker_fault_pinned - the page at a frame of a pinned memslot, for a fault
 * @slot: the memslot, pinned a moment ago
 * @gfn: the frame
 * @write: the guest wants to write
 * @pfn: gets the page, or KVM_PFN_ERR_RO_FAULT
 * @writable: gets whether it may be mapped so
 *
 * The caller holds kvm->srcu, which RELEASE waits for before it frees a page: so none is
 * counted.  The caller compares kvm->mmu_invalidate_seq, which RELEASE changes.
 *
 * Return: false if the slot is not pinned any more.
 */
bool caretaker_fault_pinned(struct kvm_memory_slot *slot, gfn_t gfn, bool write,
			    kvm_pfn_t *pfn, bool *writable)
{
	struct page **pages = READ_ONCE(slot->arch.pinned);
	bool readonly = slot->flags & KVM_MEM_READONLY;

	if (!pages)
		return false;
	*writable = !readonly;
	*pfn = readonly && write ? KVM_PFN_ERR_RO_FAULT :
				   page_to_pfn(pages[gfn - slot->base_gfn]);
	return true;
}

/* Are the pages of the huge page around @index one piece of memory, aligned as the guest's is? */
static bool pins_are_huge(struct page *const *pages, unsigned long npages, gfn_t base_gfn,
			  gfn_t gfn, int level)
{
	unsigned long size = KVM_PAGES_PER_HPAGE(level), i, pfn;
	gfn_t first = gfn & ~(size - 1);

	if (first < base_gfn || first + size > base_gfn + npages)
		return false;
	pages += first - base_gfn;
	pfn = page_to_pfn(pages[0]);
	if (pfn & (size - 1))
		return false;
	/* Most that is no huge page is seen at its end */
	for (i = size - 1; i; i--) {
		if (page_to_pfn(pages[i]) != pfn + i)
			return false;
	}
	return true;
}

VISIBLE_IF_KUNIT int caretaker_pins_level(struct page *const *pages, unsigned long npages,
					  gfn_t base_gfn, gfn_t gfn, int max_level)
{
	int level = min_t(int, max_level, PG_LEVEL_1G);

	for (; level > PG_LEVEL_4K; level--) {
		if (pins_are_huge(pages, npages, base_gfn, gfn, level))
			break;
	}
	return max_t(int, level, PG_LEVEL_4K);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_pins_level);

/**
 * caretaker_pinned_level - how large a page can be mapped at a frame of a pinned memslot?
 * @slot: the memslot
 * @gfn: the frame
 * @max_level: no larger than this
 *
 * The pages say so, and not the VMM's page tables, which need not exist.
 *
 * Return: PG_LEVEL_4K, PG_LEVEL_2M or PG_LEVEL_1G.
 */
int caretaker_pinned_level(const struct kvm_memory_slot *slot, gfn_t gfn, int max_level)
{
	struct page **pages = READ_ONCE(slot->arch.pinned);

	if (!pages)
		return PG_LEVEL_4K;
	return caretaker_pins_level(pages, slot->npages, slot->base_gfn, gfn, max_level);
}
