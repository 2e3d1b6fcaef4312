// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test of slot.c: whatever the layout of a payload, the image and the page
 * tables that are built equal what its program headers say, byte for byte, and
 * nothing else is mapped.
 *
 * Layouts are random and valid.  What must come out is worked out here, from the
 * program headers in the file and from <asm/caretaker_payload.h>, and not from what
 * the parser or slot.c made of them.
 *
 * The module's parameter "seed" repeats a run; a failure names the layout.
 */
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/random.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include <kunit/test.h>

#include <asm/caretaker.h>

#include "caretaker.h"
#include "layout_kunit.h"
#include "slot.h"

#define R	CARETAKER_PROT_READ
#define W	CARETAKER_PROT_WRITE
#define X	CARETAKER_PROT_EXEC

#define LEAVES		(CARETAKER_SLOT_SIZE / PAGE_SIZE)

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "of the random layouts; 0: another one each time");

static unsigned int layouts = 50;
module_param(layouts, uint, 0444);
MODULE_PARM_DESC(layouts, "how many of each kind");

/* What is in a slot whichever payload it is for: see <asm/caretaker_payload.h> */
static const struct {
	u32 offset;
	u32 bytes;
	u8 prot;	/* in the caretaker's tables */
	u8 host;	/* in the host's, if the caretaker is isolated */
} fixed[] = {
	{ CARETAKER_TRAMPOLINE,	PAGE_SIZE,		R | X,	R | X },
	{ CARETAKER_SWITCH,	PAGE_SIZE,		R,	R | W },
	{ CARETAKER_IDT,	PAGE_SIZE,		R,	R },
	{ CARETAKER_NMI_STACK,	PAGE_SIZE,		R | W,	R | W },
	{ CARETAKER_CONFIG,	sizeof(struct caretaker_config), R, 0 },
	{ CARETAKER_TELEMETRY,	sizeof(struct caretaker_telemetry), R | W, 0 },
	{ CARETAKER_VMCB,	PAGE_SIZE,		R | W,	0 },
	{ CARETAKER_STACK,	CARETAKER_STACK_SIZE,	R | W,	0 },
};

/* One layout, what its slot must look like, and what it does */
struct trial {
	struct layout layout;
	u8 *bytes;			/* of the slot */
	u8 prot[LEAVES];		/* 0: not mapped */
	u8 host[LEAVES];
	u64 leaf[LEAVES];		/* what slot.c made */
	u64 seen[512];			/* page frames in use; none may be there twice */
	unsigned int nr_seen;

	struct page *trampoline, *control;
	struct kvm_vcpu vcpu;
	struct caretaker_payload payload;
	struct kvm_caretaker caretaker;
};

/* --- What must come out ----------------------------------------------------- */

static void want_pages(struct trial *t, u32 offset, u64 bytes, u8 prot, u8 host)
{
	u64 at;

	for (at = 0; at < bytes; at += PAGE_SIZE) {
		t->prot[(offset + at) / PAGE_SIZE] = prot;
		t->host[(offset + at) / PAGE_SIZE] = host;
	}
}

static void want_ccb(struct caretaker_ccb *ccb)
{
	ccb->magic = CARETAKER_CCB_MAGIC;
	ccb->abi = CARETAKER_ABI_VERSION;
	ccb->size = sizeof(*ccb);
	ccb->state = CARETAKER_ATTACHED;
	ccb->request = 0;
}

static void want_slot(struct trial *t, bool shared)
{
	const Elf64_Ehdr *header = (void *)t->layout.file;
	const Elf64_Phdr *table = (void *)t->layout.file + header->e_phoff, *p;
	unsigned int i;

	memset(t->bytes, 0, CARETAKER_SLOT_SIZE);
	memset(t->prot, 0, sizeof(t->prot));
	memset(t->host, 0, sizeof(t->host));
	for (i = 0; i < ARRAY_SIZE(fixed); i++)
		want_pages(t, fixed[i].offset, fixed[i].bytes, fixed[i].prot,
			   fixed[i].host | (shared ? fixed[i].prot : 0));

	for (p = table; p < table + header->e_phnum; p++) {
		u8 prot = R | (p->p_flags & PF_W ? W : 0) | (p->p_flags & PF_X ? X : 0);

		if (p->p_type != PT_LOAD)
			continue;
		want_pages(t, CARETAKER_IMAGE + p->p_vaddr, p->p_memsz, prot, shared ? prot : 0);
		memcpy(t->bytes + CARETAKER_IMAGE + p->p_vaddr, t->layout.file + p->p_offset,
		       p->p_filesz);
	}
	for (p = table; p < table + header->e_phnum; p++) {
		if (p->p_type == PT_CARETAKER_CCB)
			want_ccb((void *)t->bytes + CARETAKER_IMAGE + p->p_vaddr);
	}
	memcpy(t->bytes + CARETAKER_TRAMPOLINE, page_address(t->trampoline), PAGE_SIZE);
	memcpy(t->bytes + CARETAKER_VMCB, page_address(t->control), PAGE_SIZE);
}

/* --- What did --------------------------------------------------------------- */

#define WRONG(test, fmt, ...) ({ KUNIT_FAIL(test, fmt, ##__VA_ARGS__); false; })

static void see(struct trial *t, u64 frame)
{
	if (t->nr_seen < ARRAY_SIZE(t->seen))
		t->seen[t->nr_seen++] = frame;
}

/* From CR3 down: one entry a table, and the leaves, which are copied to @t */
static bool check_tables(struct kunit *test, struct trial *t,
			 const struct kvm_caretaker_slot *slot)
{
	const u64 table_flags = __sme_set(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY);
	unsigned int shift = __read_cr4() & X86_CR4_LA57 ? 48 : 39, i, at;
	u64 next = slot->root & PTE_PFN_MASK;
	const u64 *table;

	for (; shift > PAGE_SHIFT; shift -= 9) {
		see(t, next >> PAGE_SHIFT);
		table = phys_to_virt(next);
		at = slot->base >> shift & 511;
		for (i = 0; i < 512; i++) {
			if (i != at && table[i])
				return WRONG(test, "entry %u of the table for bit %u: %#llx",
					     i, shift, table[i]);
		}
		if ((table[at] & ~PTE_PFN_MASK) != table_flags)
			return WRONG(test, "flags of the table for bit %u: %#llx", shift,
				     table[at]);
		next = table[at] & PTE_PFN_MASK;
	}
	see(t, next >> PAGE_SHIFT);
	memcpy(t->leaf, phys_to_virt(next), sizeof(t->leaf));
	return true;
}

static u64 leaf_flags(u8 prot)
{
	u64 flags = __sme_set(_PAGE_PRESENT | _PAGE_ACCESSED);

	if (prot & W)
		flags |= _PAGE_RW | _PAGE_DIRTY;
	if (!(prot & X) && boot_cpu_has(X86_FEATURE_NX))
		flags |= _PAGE_NX;
	return flags;
}

static bool bytes_are_known(unsigned int page)
{
	u32 offset = page * PAGE_SIZE;

	return offset >= CARETAKER_STACK || offset == CARETAKER_TRAMPOLINE ||
	       offset == CARETAKER_NMI_STACK || offset == CARETAKER_VMCB;
}

/* Text of the image has no address in the direct map, so it is mapped to be read */
static bool has_bytes(u64 frame, const u8 *bytes)
{
	struct page *page = pfn_to_page(frame >> PAGE_SHIFT);
	const u8 *at = vmap(&page, 1, VM_MAP, PAGE_KERNEL_RO);
	bool same = at && !memcmp(at, bytes, PAGE_SIZE);

	vunmap(at);
	return same;
}

static bool is_in_direct_map(u64 frame)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)phys_to_virt(frame), &level);

	return pte && pte_present(*pte);
}

static bool check_leaves(struct kunit *test, struct trial *t)
{
	unsigned int i;
	u64 frame;

	for (i = 0; i < LEAVES; i++) {
		if (!t->prot[i]) {
			if (t->leaf[i])
				return WRONG(test, "page %u must not be mapped: %#llx", i,
					     t->leaf[i]);
			continue;
		}
		if ((t->leaf[i] & ~PTE_PFN_MASK) != leaf_flags(t->prot[i]))
			return WRONG(test, "flags of page %u, which is %x: %#llx", i, t->prot[i],
				     t->leaf[i]);
		frame = t->leaf[i] & PTE_PFN_MASK;
		see(t, frame >> PAGE_SHIFT);
		if (bytes_are_known(i) && !has_bytes(frame, t->bytes + i * PAGE_SIZE))
			return WRONG(test, "page %u has other bytes", i);
		if (i >= CARETAKER_IMAGE / PAGE_SIZE &&
		    is_in_direct_map(frame) == !!(t->prot[i] & X))
			return WRONG(test, "page %u, %x, and the direct map", i, t->prot[i]);
	}
	return true;
}

/* The host maps the pages that it must, those of the slot, and none of them globally */
static bool check_host(struct kunit *test, struct trial *t, unsigned long base)
{
	const u64 mask = _PAGE_RW | _PAGE_NX | _PAGE_USER | _PAGE_GLOBAL;
	unsigned int i, level;
	pte_t *pte;

	for (i = 0; i < LEAVES; i++) {
		pte = lookup_address(base + i * PAGE_SIZE, &level);
		if (!t->host[i]) {
			if (pte && pte_val(*pte))
				return WRONG(test, "the host maps page %u: %#lx", i, pte_val(*pte));
			continue;
		}
		if (!pte || level != PG_LEVEL_4K || !pte_present(*pte))
			return WRONG(test, "the host does not map page %u", i);
		if (pte_pfn(*pte) != (t->leaf[i] & PTE_PFN_MASK) >> PAGE_SHIFT ||
		    (pte_val(*pte) & mask) != (leaf_flags(t->host[i]) & mask))
			return WRONG(test, "page %u is %#lx for the host, %#llx for the caretaker",
				     i, pte_val(*pte), t->leaf[i]);
	}
	return true;
}

static int compare_frames(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* No page has two uses, and none is one of the file */
static bool check_frames(struct kunit *test, struct trial *t)
{
	unsigned int i;

	for (i = 0; i < t->layout.size; i += PAGE_SIZE)
		see(t, vmalloc_to_pfn(t->layout.file + i));
	if (t->nr_seen == ARRAY_SIZE(t->seen))
		return WRONG(test, "more pages than can be");
	sort(t->seen, t->nr_seen, sizeof(t->seen[0]), compare_frames, NULL);
	for (i = 1; i < t->nr_seen; i++) {
		if (t->seen[i] == t->seen[i - 1])
			return WRONG(test, "page frame %#llx is used twice", t->seen[i]);
	}
	return true;
}

/* The list for the next kernel names the same leaves, and each of them */
static bool check_descriptor(struct kunit *test, struct trial *t,
			     const struct kvm_caretaker_slot *slot)
{
	const struct caretaker_descriptor *d = slot->descriptor;
	unsigned int mapped = 0, i;
	u64 at;

	for (; d; d = d->next ? phys_to_virt(d->next) : NULL) {
		for (i = 0; i < d->count; i++) {
			const struct caretaker_range *r = &d->range[i];

			for (at = 0; r->offset != ~0ULL && at < r->pages * PAGE_SIZE;
			     at += PAGE_SIZE, mapped++) {
				unsigned int page = (r->offset + at) / PAGE_SIZE;

				if (page >= LEAVES || r->prot != t->prot[page] ||
				    r->physical + at != (t->leaf[page] & PTE_PFN_MASK))
					return WRONG(test, "range %u is not page %u", i, page);
			}
		}
	}
	for (i = 0; i < LEAVES; i++)
		mapped -= t->prot[i] != 0;
	return mapped ? WRONG(test, "%d ranges more than pages", (int)mapped) : true;
}

static bool check_slot(struct kunit *test, struct trial *t,
		       const struct kvm_caretaker_slot *slot, bool shared)
{
	const Elf64_Ehdr *header = (void *)t->layout.file;
	const struct caretaker_switch *area = slot->switch_area;

	t->nr_seen = 0;
	if (!check_tables(test, t, slot) || !check_leaves(test, t) ||
	    !check_host(test, t, slot->base) || !check_frames(test, t) ||
	    !check_descriptor(test, t, slot))
		return false;

	if ((t->leaf[CARETAKER_TRAMPOLINE / PAGE_SIZE] & PTE_PFN_MASK) >> PAGE_SHIFT !=
	    page_to_pfn(t->trampoline) ||
	    (t->leaf[CARETAKER_VMCB / PAGE_SIZE] & PTE_PFN_MASK) >> PAGE_SHIFT !=
	    page_to_pfn(t->control))
		return WRONG(test, "trampoline and VMCB are other pages");
	if (area->entry != slot->base + CARETAKER_IMAGE + header->e_entry ||
	    area->stack != slot->base + CARETAKER_STACK + CARETAKER_STACK_SIZE ||
	    area->root != (shared ? 0 : slot->root))
		return WRONG(test, "switch area: entry %#llx, stack %#llx, root %#llx",
			     area->entry, area->stack, area->root);
	/* It would like all features, and gets what there is */
	if (slot->config->features != CARETAKER_FEATURE_SVM)
		return WRONG(test, "features %#llx", slot->config->features);
	if (slot->config->size != sizeof(struct caretaker_config))
		return WRONG(test, "size of the configuration: %u", slot->config->size);
	return true;
}

static struct page *trial_control(struct kvm_vcpu *vcpu)
{
	return container_of(vcpu, struct trial, vcpu)->control;
}

/* The slot of what was drawn; NULL, and the test has failed, if there is none */
static struct kvm_caretaker_slot *build(struct kunit *test, struct trial *t, bool shared)
{
	const struct kvm_caretaker_vendor vendor = {
		.vendor = CARETAKER_VENDOR_AMD,
		.feature = CARETAKER_FEATURE_SVM,
		.trampoline = t->trampoline,
		.control = trial_control,
	};
	struct kvm_caretaker_slot *slot;
	struct caretaker_broken broken;

	t->payload.data = t->layout.file;
	t->payload.size = t->layout.size;
	t->payload.signed_size = t->layout.signed_size;
	if (caretaker_elf_parse(t->layout.file, t->layout.signed_size, &t->payload.image,
				&broken)) {
		WRONG(test, "the parser refuses: rule %u, header %u, offset %#llx",
		      broken.rule, broken.index, broken.offset);
		return NULL;
	}

	t->caretaker.payload = &t->payload;
	t->caretaker.flags = shared ? KVM_CARETAKER_SHARED : 0;
	if (!t->caretaker.text_hidden && caretaker_image_build(&t->caretaker)) {
		WRONG(test, "no image");
		return NULL;
	}
	slot = caretaker_slot_build(&t->vcpu, &t->caretaker, NULL, &vendor);
	if (IS_ERR(slot)) {
		WRONG(test, "no slot: %pe", slot);
		return NULL;
	}
	return slot;
}

static bool try_layout(struct kunit *test, struct trial *t, bool shared)
{
	struct kvm_caretaker_slot *slot = build(test, t, shared);
	unsigned int level, i;
	unsigned long base;
	bool right;

	if (!slot)
		return false;
	want_slot(t, shared);
	right = check_slot(test, t, slot, shared);
	base = slot->base;
	caretaker_slot_free(slot);
	if (right && lookup_address(base, &level))
		right = WRONG(test, "the host keeps a table of a slot that is gone");
	caretaker_image_free(&t->caretaker);
	for (i = 0; right && i < LEAVES; i++) {
		if (t->prot[i] && !is_in_direct_map(t->leaf[i] & PTE_PFN_MASK))
			right = WRONG(test, "page %u does not come back", i);
	}
	if (refcount_read(&t->caretaker.refs) != 1)
		return WRONG(test, "a reference is left");
	return right;
}

/* --- KUnit ------------------------------------------------------------------ */

struct kind {
	const char *name;
	unsigned int loads;
	bool shared;
};

/* Text, note and control block need a segment each: fewer than three cannot be valid */
static const struct kind kinds[] = {
	{ "3 segments, isolated", 3, false }, { "3 segments, shared", 3, true },
	{ "4 segments, isolated", 4, false }, { "4 segments, shared", 4, true },
	{ "5 segments, isolated", 5, false }, { "5 segments, shared", 5, true },
	{ "6 segments, isolated", 6, false }, { "6 segments, shared", 6, true },
	{ "7 segments, isolated", 7, false }, { "7 segments, shared", 7, true },
	{ "8 segments, isolated", 8, false }, { "8 segments, shared", 8, true },
};

static void kind_desc(const struct kind *kind, char *desc)
{
	strscpy(desc, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_desc);

static void test_layouts(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct trial *t = test->priv;
	unsigned int i;

	KUNIT_ASSERT_GT(test, layouts, 0);
	for (i = 0; i < layouts; i++) {
		prandom_seed_state(&t->layout.rnd, (u64)seed << 32 | (kind - kinds) << 24 | i);
		layout_draw(&t->layout, kind->loads);
		if (!try_layout(test, t, kind->shared)) {
			kunit_info(test, "layout %u of %s, seed=%u\n", i, kind->name, seed);
			return;
		}
	}
}

/* An address that is not known without a leak: nearly never are two slots neighbours */
static void test_addresses(struct kunit *test)
{
	struct kvm_caretaker_slot *slots[8] = {};
	struct trial *t = test->priv;
	int neighbours = 0, i, j;

	if (!caretaker_slots_random())
		kunit_skip(test, "booted without KASLR: slots are in order");
	prandom_seed_state(&t->layout.rnd, seed);
	layout_draw(&t->layout, 3);
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		slots[i] = build(test, t, false);
		if (!slots[i])
			break;
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, slots[i]->base, slots[j]->base);
		neighbours += i && slots[i]->base == slots[i - 1]->base + CARETAKER_SLOT_SIZE;
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(slots));
	KUNIT_EXPECT_LT(test, neighbours, 2);
	while (i--)
		caretaker_slot_free(slots[i]);
	caretaker_image_free(&t->caretaker);
}

/* Two slots share what nobody writes, and nothing else */
static void test_shared_pages(struct kunit *test)
{
	struct kvm_caretaker_slot *one, *other;
	struct trial *t = test->priv;
	unsigned int i, shared = 0;
	u64 *leaf;

	leaf = kunit_kcalloc(test, LEAVES, sizeof(*leaf), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, leaf);
	prandom_seed_state(&t->layout.rnd, seed);
	layout_draw(&t->layout, 5);
	want_slot(t, false);
	one = build(test, t, false);
	other = one ? build(test, t, false) : NULL;
	if (other && check_tables(test, t, one)) {
		memcpy(leaf, t->leaf, sizeof(t->leaf));
		KUNIT_EXPECT_TRUE(test, check_tables(test, t, other));
		for (i = CARETAKER_IMAGE / PAGE_SIZE; i < LEAVES; i++) {
			if (!t->prot[i])
				continue;
			KUNIT_EXPECT_EQ_MSG(test, leaf[i] == t->leaf[i], !(t->prot[i] & W),
					    "page %u, %x", i, t->prot[i]);
			shared += leaf[i] == t->leaf[i];
		}
		KUNIT_EXPECT_GT(test, shared, 0);
	}
	if (other)
		caretaker_slot_free(other);
	if (one)
		caretaker_slot_free(one);
	caretaker_image_free(&t->caretaker);
}

static void slot_test_exit(struct kunit *test)
{
	struct trial *t = test->priv;

	if (!t)
		return;
	vfree(t->layout.file);
	vfree(t->bytes);
	if (t->trampoline)
		__free_page(t->trampoline);
	if (t->control)
		__free_page(t->control);
	kvfree(t);
}

static int slot_test_init(struct kunit *test)
{
	struct trial *t = kvzalloc_obj(*t);

	test->priv = t;
	if (!t)
		return -ENOMEM;
	refcount_set(&t->caretaker.refs, 1);
	t->layout.file = vzalloc(LAYOUT_FILE_BYTES);
	t->bytes = vzalloc(CARETAKER_SLOT_SIZE);
	t->trampoline = alloc_page(GFP_KERNEL);
	t->control = alloc_page(GFP_KERNEL);
	if (!t->layout.file || !t->bytes || !t->trampoline || !t->control)
		return -ENOMEM;
	get_random_bytes(page_address(t->trampoline), PAGE_SIZE);
	get_random_bytes(page_address(t->control), PAGE_SIZE);
	return 0;
}

static int slot_suite_init(struct kunit_suite *suite)
{
	if (!seed)
		seed = get_random_u32();
	kunit_info(suite, "seed=%u layouts=%u\n", seed, layouts);
	return 0;
}

static struct kunit_case slot_cases[] = {
	KUNIT_CASE(test_addresses),
	KUNIT_CASE(test_shared_pages),
	KUNIT_CASE_PARAM(test_layouts, kind_gen_params),
	{}
};

static struct kunit_suite slot_suite = {
	.name = "caretaker-slot",
	.suite_init = slot_suite_init,
	.init = slot_test_init,
	.exit = slot_test_exit,
	.test_cases = slot_cases,
};

kunit_test_suite(slot_suite);

MODULE_DESCRIPTION("KUnit test of the page tables of KVM caretakers");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
