// SPDX-License-Identifier: GPL-2.0
/*
 * One vCPU's slot: a copy of the image, a stack, the pages that the payload shares with the
 * kernel, and page tables that map these and nothing else.
 *
 * asm/caretaker_payload.h has the layout.  Everything is allocated page by page, so
 * that it can be handed to the next kernel page by page.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/crc32.h>
#include <linux/kvm_host.h>
#include <linux/pgtable.h>
#include <linux/vmalloc.h>
#include <kunit/visibility.h>

#include <asm/caretaker.h>
#include <asm/desc.h>
#include <asm/svm.h>

#include "caretaker.h"
#include "slot.h"

DEFINE_STATIC_KEY_FALSE(kvm_caretaker_in_use);
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_caretaker_in_use);

#define R	CARETAKER_PROT_READ
#define W	CARETAKER_PROT_WRITE
#define X	CARETAKER_PROT_EXEC

void kvm_caretaker_put(struct kvm_caretaker *caretaker)
{
	if (refcount_dec_and_test(&caretaker->refs)) {
		caretaker_image_free(caretaker);
		caretaker_payload_put(caretaker->payload);
		kfree(caretaker);
	}
}

static struct page *slot_alloc_page(void)
{
	return alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
}

/*
 * Note a leaf; caretaker_slot_build() maps them all at the end.  @page is NULL for
 * a page that the slot owns.
 */
static struct page *slot_add_leaf(struct kvm_caretaker_slot *slot, u32 offset, u8 kind,
				  u8 prot, u8 host, struct page *page)
{
	struct caretaker_leaf *leaf = &slot->leaves[slot->nr_leaves];

	if (WARN_ON_ONCE(slot->nr_leaves == ARRAY_SIZE(slot->leaves)))
		return NULL;

	*leaf = (struct caretaker_leaf){
		.page = page ?: slot_alloc_page(),
		.owned = !page,
		.offset = offset,
		.kind = kind,
		.prot = prot,
		.host = slot->caretaker->flags & KVM_CARETAKER_SHARED ? host | prot : host,
	};
	if (!leaf->page)
		return NULL;
	slot->nr_leaves++;
	return leaf->page;
}

static int slot_add_pages(struct kvm_caretaker_slot *slot, u32 offset, unsigned int pages,
			  u8 kind, u8 prot, u8 host)
{
	unsigned int i;

	for (i = 0; i < pages; i++) {
		if (!slot_add_leaf(slot, offset + i * PAGE_SIZE, kind, prot, host, NULL))
			return -ENOMEM;
	}
	return 0;
}

static int slot_add_image(struct kvm_caretaker_slot *slot)
{
	const struct caretaker_payload *payload = slot->caretaker->payload;
	const struct caretaker_image *image = &payload->image;
	unsigned int i;

	for (i = 0; i < image->segments; i++) {
		const struct caretaker_segment *seg = &image->segment[i];
		u8 prot = R | (seg->flags & PF_W ? W : 0) | (seg->flags & PF_X ? X : 0);
		u64 done;

		for (done = 0; done < seg->memsz; done += PAGE_SIZE) {
			u64 at = seg->vaddr + done;
			struct page *page = slot_add_leaf(slot, CARETAKER_IMAGE + at,
							  CARETAKER_RANGE_IMAGE, prot, 0,
							  slot->caretaker->image[at >> PAGE_SHIFT]);

			if (!page)
				return -ENOMEM;
			if (prot & W)
				caretaker_image_fill(page, payload, seg, done);
			if (i == image->ccb)
				slot->ccb = page_address(page);
		}
	}
	return 0;
}

static void slot_fill_gdt(struct kvm_caretaker_slot *slot)
{
	static const u8 kept[] = {
		GDT_ENTRY_KERNEL32_CS, GDT_ENTRY_KERNEL_CS, GDT_ENTRY_KERNEL_DS,
		GDT_ENTRY_DEFAULT_USER32_CS, GDT_ENTRY_DEFAULT_USER_DS, GDT_ENTRY_DEFAULT_USER_CS
	};
	struct caretaker_switch *area = slot->switch_area;
	struct desc_ptr gdtr = {
		.size = sizeof(area->gdt) - 1,
		.address = slot->base + CARETAKER_SWITCH + offsetof(struct caretaker_switch, gdt),
	};
	const struct desc_struct *gdt = get_cpu_gdt_rw(raw_smp_processor_id());
	unsigned int i;

	BUILD_BUG_ON(ARRAY_SIZE(area->gdt) < GDT_ENTRIES);

	/*
	 * Flat segments are the same on every CPU.  DS and ES may still have the VMM's
	 * segments, and a CPU may read their descriptors again at #VMEXIT (APM Vol. 2
	 * 15.6).  Set the accessed bit now: the CPU would set it (APM Vol. 2 4.7.1), and
	 * the page is read-only for the payload.
	 */
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		memcpy(&area->gdt[kept[i]], &gdt[kept[i]], sizeof(u64));
		area->gdt[kept[i]] |= BIT_ULL(40);
	}
	memcpy(area->gdtr, &gdtr, sizeof(gdtr));
}

static void slot_fill_idt(struct kvm_caretaker_slot *slot)
{
	struct desc_ptr idtr = {
		.size = 256 * sizeof(gate_desc) - 1,
		.address = slot->base + CARETAKER_IDT,
	};
	unsigned int vector;

	/* Exceptions; on Intel also NMIs of the host, which a clear GIF blocks on AMD */
	for (vector = 0; vector < 32; vector++) {
		unsigned long stub = slot->base + CARETAKER_TRAMPOLINE +
				     CARETAKER_TRAMPOLINE_FAULT + vector * 16;

		slot->idt[vector] = (gate_desc) {
			.offset_low = (u16)stub,
			.offset_middle = (u16)(stub >> 16),
			.offset_high = (u32)(stub >> 32),
			.segment = __KERNEL_CS,
			.bits = { .type = GATE_INTERRUPT, .p = 1 },
		};
	}
	memcpy(slot->switch_area->idtr, &idtr, sizeof(idtr));
}

static u64 table_entry(struct page *table)
{
	return __sme_set(page_to_phys(table)) | _PAGE_PRESENT | _PAGE_RW |
	       _PAGE_ACCESSED | _PAGE_DIRTY;
}

/* What a page table has for it */
u64 caretaker_leaf_entry(const struct caretaker_leaf *leaf)
{
	u64 entry = __sme_set(page_to_phys(leaf->page)) | _PAGE_PRESENT | _PAGE_ACCESSED;

	if (leaf->prot & W)
		entry |= _PAGE_RW | _PAGE_DIRTY;
	if (!(leaf->prot & X))
		entry |= _PAGE_NX & __supported_pte_mask;
	return entry;
}

/* A slot is 2 MiB and aligned: it needs one table for each level */
static int slot_build_tables(struct kvm_caretaker_slot *slot)
{
	unsigned int levels = pgtable_l5_enabled() ? 5 : 4;
	unsigned int level, i;
	u64 *table;

	BUILD_BUG_ON(CARETAKER_SLOT_SIZE != PMD_SIZE);

	for (level = 0; level < levels; level++) {
		slot->tables[level] = slot_alloc_page();
		if (!slot->tables[level])
			return -ENOMEM;
		slot->nr_tables++;
		if (level) {
			unsigned int shift = PAGE_SHIFT + 9 * (levels - level);

			table = page_address(slot->tables[level - 1]);
			table[(slot->base >> shift) & 511] = table_entry(slot->tables[level]);
		}
	}

	table = page_address(slot->tables[levels - 1]);
	for (i = 0; i < slot->nr_leaves; i++) {
		const struct caretaker_leaf *leaf = &slot->leaves[i];

		table[leaf->offset >> PAGE_SHIFT] = caretaker_leaf_entry(leaf);
	}

	slot->root = __sme_set(page_to_phys(slot->tables[0]));
	return 0;
}

static void slot_map_host(struct kvm_caretaker_slot *slot)
{
	unsigned int i;

	for (i = 0; i < slot->nr_leaves; i++) {
		const struct caretaker_leaf *leaf = &slot->leaves[i];
		pgprot_t prot = leaf->host & X ? PAGE_KERNEL_ROX :
				leaf->host & W ? PAGE_KERNEL : PAGE_KERNEL_RO;

		if (leaf->host)
			caretaker_host_map(slot->base + leaf->offset, leaf->page, prot);
	}
}

/* --- Descriptor: every physical range, chained over pages as need be --- */

static struct caretaker_descriptor *descriptor_new(struct kvm_caretaker_slot *slot)
{
	struct page *page = slot_alloc_page();
	struct caretaker_descriptor *d;

	if (!page)
		return NULL;
	d = page_address(page);
	d->magic = CARETAKER_DESCRIPTOR_MAGIC;
	d->abi = CARETAKER_ABI_VERSION;
	d->size = sizeof(*d);
	d->slot = slot->number;
	d->root = slot->root;
	return d;
}

static int descriptor_add(struct kvm_caretaker_slot *slot, struct caretaker_descriptor **last,
			  u64 physical, u64 offset, u16 kind, u16 prot)
{
	struct caretaker_descriptor *d = *last;
	struct caretaker_range *r = d->count ? &d->range[d->count - 1] : NULL;

	if (r && r->kind == kind && r->prot == prot &&
	    r->physical + (u64)r->pages * PAGE_SIZE == physical &&
	    (offset == ~0ULL ? r->offset == ~0ULL :
			       r->offset + (u64)r->pages * PAGE_SIZE == offset)) {
		r->pages++;
		return 0;
	}
	if (d->count == ARRAY_SIZE(d->range)) {
		*last = descriptor_new(slot);
		if (!*last)
			return -ENOMEM;
		d->next = virt_to_phys(*last);
		d = *last;
	}
	d->range[d->count++] = (struct caretaker_range){
		.physical = physical,
		.offset = offset,
		.pages = 1,
		.kind = kind,
		.prot = prot,
	};
	return 0;
}

static struct caretaker_descriptor *descriptor_next(const struct caretaker_descriptor *d)
{
	return d->next ? phys_to_virt(d->next) : NULL;
}

static int slot_describe(struct kvm_caretaker_slot *slot)
{
	const struct caretaker_payload *payload = slot->caretaker->payload;
	struct caretaker_descriptor *d;
	unsigned long done;
	unsigned int i;
	int ret = 0;

	slot->descriptor = descriptor_new(slot);
	if (!slot->descriptor)
		return -ENOMEM;
	d = slot->descriptor;

	for (i = 0; i < slot->nr_leaves && !ret; i++)
		ret = descriptor_add(slot, &d, page_to_phys(slot->leaves[i].page),
				     slot->leaves[i].offset, slot->leaves[i].kind,
				     slot->leaves[i].prot);
	for (i = 0; i < slot->nr_tables && !ret; i++)
		ret = descriptor_add(slot, &d, page_to_phys(slot->tables[i]), ~0ULL,
				     CARETAKER_RANGE_TABLES, CARETAKER_PROT_UNMAPPED);
	for (done = 0; done < payload->size && !ret; done += PAGE_SIZE)
		ret = descriptor_add(slot, &d, page_to_phys(vmalloc_to_page(payload->data + done)),
				     ~0ULL, CARETAKER_RANGE_FILE, CARETAKER_PROT_UNMAPPED);

	for (d = slot->descriptor; d; d = descriptor_next(d))
		d->crc = ~crc32_le(~0, (u8 *)d->range, d->count * sizeof(d->range[0]));
	return ret;
}

/* ------------------------------------------------------------------------ */

static void slot_fill_switch(struct kvm_caretaker_slot *slot,
			     const struct kvm_caretaker_vendor *vendor, struct page *control)
{
	struct caretaker_switch *area = slot->switch_area;

	area->generation = 1;
	area->root = slot->caretaker->flags & KVM_CARETAKER_SHARED ? 0 : slot->root;
	area->entry = slot->base + CARETAKER_IMAGE + slot->caretaker->payload->image.entry;
	if (vendor->vendor == CARETAKER_VENDOR_INTEL)
		area->entry += CARETAKER_ENTRY_INTEL;
	area->stack = slot->base + CARETAKER_STACK + CARETAKER_STACK_SIZE;
	if (control)
		area->vmcb_pa = __sme_set(page_to_phys(control));
	slot_fill_gdt(slot);
	slot_fill_idt(slot);
}

/* Writes the head of the page; the counters stay */
void caretaker_telemetry_init(struct caretaker_telemetry *telemetry)
{
	telemetry->magic = CARETAKER_TELEMETRY_MAGIC;
	telemetry->abi = CARETAKER_ABI_VERSION;
	telemetry->size = sizeof(*telemetry);
}

static void slot_fill_shared_pages(struct kvm_caretaker_slot *slot)
{
	caretaker_telemetry_init(slot->telemetry);

	slot->ccb->magic = CARETAKER_CCB_MAGIC;
	slot->ccb->abi = CARETAKER_ABI_VERSION;
	slot->ccb->size = sizeof(*slot->ccb);
	slot->ccb->state = CARETAKER_ATTACHED;
	slot->ccb->request = 0;
	/* A payload may have been built for no more of it */
	BUILD_BUG_ON(offsetofend(struct caretaker_ccb, request) > CARETAKER_CCB_HEAD);
}

/* An area of several leaves gets a mapping of its own */
static void *slot_vmap(struct kvm_caretaker_slot *slot, u8 kind)
{
	struct page *pages[CARETAKER_CONFIG_PAGES];
	unsigned int i, n = 0;

	for (i = 0; i < slot->nr_leaves && n < ARRAY_SIZE(pages); i++) {
		if (slot->leaves[i].kind == kind)
			pages[n++] = slot->leaves[i].page;
	}
	return vmap(pages, n, VM_MAP, PAGE_KERNEL);
}

/* An update shares the page with its predecessor, so the counters go on */
static int slot_add_telemetry(struct kvm_caretaker_slot *slot,
			      const struct kvm_caretaker_slot *before)
{
	struct page *page = before ? virt_to_page(before->telemetry) : NULL;

	page = slot_add_leaf(slot, CARETAKER_TELEMETRY, CARETAKER_RANGE_TELEMETRY, R | W, 0, page);
	if (!page)
		return -ENOMEM;
	if (before) {
		get_page(page);
		slot->leaves[slot->nr_leaves - 1].owned = true;
	}
	slot->telemetry = page_address(page);
	BUILD_BUG_ON(sizeof(*slot->telemetry) > CARETAKER_TELEMETRY_ROOM);
	return 0;
}

static int slot_add_fixed(struct kvm_caretaker_slot *slot,
			  const struct kvm_caretaker_slot *before,
			  const struct kvm_caretaker_vendor *vendor, struct page *control)
{
	struct page *page;

	if (!slot_add_leaf(slot, CARETAKER_TRAMPOLINE, CARETAKER_RANGE_TRAMPOLINE,
			   R | X, R | X, vendor->trampoline))
		return -ENOMEM;

	/* The trampoline writes it under the host's root, and the payload only reads it */
	page = slot_add_leaf(slot, CARETAKER_SWITCH, CARETAKER_RANGE_SWITCH, R, R | W, NULL);
	if (!page)
		return -ENOMEM;
	slot->switch_area = page_address(page);

	page = slot_add_leaf(slot, CARETAKER_IDT, CARETAKER_RANGE_IDT, R, R, NULL);
	if (!page)
		return -ENOMEM;
	slot->idt = page_address(page);

	if (slot_add_pages(slot, CARETAKER_NMI_STACK, 1, CARETAKER_RANGE_NMI_STACK,
			   R | W, R | W) ||
	    slot_add_pages(slot, CARETAKER_CONFIG, CARETAKER_CONFIG_PAGES,
			   CARETAKER_RANGE_CONFIG, R, 0) ||
	    slot_add_telemetry(slot, before))
		return -ENOMEM;

	if (control &&
	    !slot_add_leaf(slot, CARETAKER_VMCB, CARETAKER_RANGE_VMCB, R | W, 0, control))
		return -ENOMEM;

	return slot_add_pages(slot, CARETAKER_STACK, CARETAKER_STACK_PAGES,
			      CARETAKER_RANGE_STACK, R | W, 0);
}

/**
 * caretaker_slot_build - build one vCPU's copy of a caretaker, ready to be entered
 * @vcpu: the vCPU
 * @caretaker: what to copy; the slot takes a reference
 * @before: the slot that it will replace, NULL if it is the first
 * @vendor: what the vendor module has for caretakers
 *
 * Return: the slot, or an ERR_PTR; nothing is left behind on failure.
 */
struct kvm_caretaker_slot *caretaker_slot_build(struct kvm_vcpu *vcpu,
						struct kvm_caretaker *caretaker,
						const struct kvm_caretaker_slot *before,
						const struct kvm_caretaker_vendor *vendor)
{
	struct page *control = vendor->control ? vendor->control(vcpu) : NULL;
	struct kvm_caretaker_slot *slot;
	int ret;

	slot = kvzalloc_obj(*slot, GFP_KERNEL_ACCOUNT);
	if (!slot)
		return ERR_PTR(-ENOMEM);

	slot->number = caretaker_slot_get();
	if (slot->number < 0) {
		ret = slot->number;
		kvfree(slot);
		return ERR_PTR(ret);
	}
	slot->base = caretaker_slot_address(slot->number);
	slot->caretaker = caretaker;
	slot->pmu_at_exit = vendor->pmu_at_exit;
	refcount_inc(&caretaker->refs);

	ret = slot_add_fixed(slot, before, vendor, control) ?: slot_add_image(slot);
	if (ret)
		goto fail;

	ret = -ENOMEM;
	slot->config = slot_vmap(slot, CARETAKER_RANGE_CONFIG);
	if (!slot->config)
		goto fail;

	ret = slot_build_tables(slot) ?: slot_describe(slot);
	if (ret)
		goto fail;

	slot_map_host(slot);
	slot_fill_switch(slot, vendor, control);
	slot_fill_shared_pages(slot);
	caretaker_config_init(vcpu, slot, vendor);
	return slot;

fail:
	caretaker_slot_free(slot);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_slot_build);

/* Out of the host's tables; @start and @end grow by what it had there */
static void slot_unmap_host(struct kvm_caretaker_slot *slot, unsigned long *start,
			    unsigned long *end)
{
	unsigned int i;

	slot->host_table = caretaker_slot_unmap(slot->number);
	for (i = 0; i < slot->nr_leaves; i++) {
		unsigned long address = slot->base + slot->leaves[i].offset;

		if (!slot->leaves[i].host)
			continue;
		*start = min(*start, address);
		*end = max(*end, address + PAGE_SIZE);
	}
}

static void slot_free_pages(struct kvm_caretaker_slot *slot)
{
	struct caretaker_descriptor *d, *next;
	unsigned int i;

	if (slot->config)
		vunmap(slot->config);
	for (i = 0; i < slot->nr_leaves; i++) {
		if (slot->leaves[i].owned)
			__free_page(slot->leaves[i].page);
	}
	for (i = 0; i < slot->nr_tables; i++)
		__free_page(slot->tables[i]);
	for (d = slot->descriptor; d; d = next) {
		next = descriptor_next(d);
		free_page((unsigned long)d);
	}
	caretaker_slot_put(slot->number, slot->host_table);
	kvm_caretaker_put(slot->caretaker);
	kvfree(slot);
}

/**
 * caretaker_slots_free - unmap slots everywhere, then free their pages
 * @list: of slots, by @retired; also such as were built in part
 *
 * Their vCPUs must not be able to enter them any more.  Translations under a slot's
 * own root cannot outlive it: they are not global, and entering any caretaker
 * loads CR3 without preserving what the TLB holds for it.
 */
void caretaker_slots_free(struct llist_node *list)
{
	struct kvm_caretaker_slot *slot, *next;
	unsigned long start = ULONG_MAX, end = 0;

	llist_for_each_entry(slot, list, retired)
		slot_unmap_host(slot, &start, &end);
	caretaker_host_flush(start, end);
	llist_for_each_entry_safe(slot, next, list, retired)
		slot_free_pages(slot);
}

/* The same for one */
void caretaker_slot_free(struct kvm_caretaker_slot *slot)
{
	slot->retired.next = NULL;
	caretaker_slots_free(&slot->retired);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_slot_free);
