// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test of cores that are given away: which can be, on which hosts, and what the page
 * tables of a parked CPU map.  No CPU is taken.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <kunit/test.h>

#include <asm/apic.h>
#include <asm/caretaker_park_guest.h>
#include <asm/caretaker_payload.h>

#include "cores.h"

/* --- Which core --------------------------------------------------------------------- */

static const struct core_case {
	const char *name;
	struct caretaker_core_view view;
	int err;
} core_cases[] = {
	{ "one thread", { .online = true }, 0 },
	{ "the whole core, of one thread", { .online = true, .whole = true }, 0 },
	{ "the whole core, of two", { .online = true, .whole = true, .others = 1 }, 0 },
	{ "one thread of two", { .online = true, .others = 1 }, -EUSERS },
	{ "offline", { }, -ENODEV },
	{ "offline, with others", { .others = 1, .whole = true }, -ENODEV },
	{ "taken, and so offline", { .taken = true }, -EEXIST },
	{ "the boot CPU's", { .online = true, .boot = true }, -EBUSY },
	{ "the boot CPU's, whole", { .online = true, .boot = true, .others = 1, .whole = true },
	  -EBUSY },
	{ "at the end of the host", { .online = true, .closed = true }, -ESHUTDOWN },
	{ "at the end, the boot CPU's", { .online = true, .closed = true, .boot = true },
	  -ESHUTDOWN },
};

KUNIT_ARRAY_PARAM_DESC(core, core_cases, name);

static void test_core(struct kunit *test)
{
	const struct core_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, caretaker_core_check(&c->view), c->err);
}

static void test_argument_size(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, caretaker_argument_size(0, 56), -EINVAL);
	KUNIT_EXPECT_EQ(test, caretaker_argument_size(55, 56), -EINVAL);
	KUNIT_EXPECT_EQ(test, caretaker_argument_size(56, 56), 0);
	KUNIT_EXPECT_EQ(test, caretaker_argument_size(PAGE_SIZE, 56), 0);
	KUNIT_EXPECT_EQ(test, caretaker_argument_size(PAGE_SIZE + 1, 56), -E2BIG);
}

/* --- Which host --------------------------------------------------------------------- */

static const struct host_case {
	const char *name;
	struct caretaker_park_host host;
	const char *why;
} host_cases[] = {
	{ "fit", { .nonglobal = true }, NULL },
	{ "global mappings", { }, "global" },
	{ "FRED", { .nonglobal = true, .fred = true }, "FRED" },
	{ "hybrid", { .nonglobal = true, .hybrid = true }, "more than one kind" },
	{ "tboot", { .nonglobal = true, .tboot = true }, "tboot" },
	{ "confidential guest", { .nonglobal = true, .guest_encrypted = true }, "confidential" },
	{ "other hypervisor", { .nonglobal = true, .other_play_dead = true }, "hypervisor" },
	{ "SNP", { .nonglobal = true, .snp = true }, "SEV-SNP" },
};

KUNIT_ARRAY_PARAM_DESC(host, host_cases, name);

static void test_host(struct kunit *test)
{
	const struct host_case *c = test->param_value;
	const char *why = caretaker_park_unfit_why(&c->host);

	if (c->why)
		KUNIT_EXPECT_NOT_NULL(test, strstr(why ?: "", c->why));
	else
		KUNIT_EXPECT_NULL(test, why);
}

/* --- What a parked CPU reaches ------------------------------------------------------ */

#define W	_PAGE_RW
#define N	_PAGE_NX
#define RIGHTS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_NX | _PAGE_USER | _PAGE_GLOBAL)

static const struct {
	u32 offset;
	u64 rights;
} mapped[] = {
	{ CARETAKER_PARK_CODE, 0 },
	{ CARETAKER_PARK_STATE, W | N },
	{ CARETAKER_PARK_IDT, N },
	{ CARETAKER_PARK_GDT, W | N },
	{ CARETAKER_PARK_STACK, W | N },
	{ CARETAKER_PARK_CONTROL, W | N },
	{ CARETAKER_PARK_GAP, N },
};

static bool runs_guests(void)
{
	return boot_cpu_has(X86_FEATURE_SVM) && boot_cpu_has(X86_FEATURE_XSAVE);
}

static u64 expected(unsigned int index)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mapped); i++) {
		if (mapped[i].offset >> PAGE_SHIFT == index)
			return mapped[i].rights | _PAGE_PRESENT;
	}
	if (index >= CARETAKER_PARK_FPU >> PAGE_SHIFT &&
	    index < (CARETAKER_PARK_FPU + CARETAKER_PARK_FPU_SIZE) >> PAGE_SHIFT)
		return runs_guests() ? W | N | _PAGE_PRESENT : 0;
	return index == CARETAKER_PARK_LAPIC >> PAGE_SHIFT && !x2apic_mode ?
	       W | N | _PAGE_PRESENT : 0;
}

/* One way down from the root, in the window, and at its end what is listed and no more */
static void test_tables(struct kunit *test)
{
	unsigned int levels = pgtable_l5_enabled() ? 5 : 4, level, i, at = 0;
	unsigned long base;
	u64 *table, root;

	if (caretaker_park_unfit())
		kunit_skip(test, "no CPU can be parked here: %s", caretaker_park_unfit());
	KUNIT_ASSERT_EQ(test, caretaker_park_prepare(0), 0);
	root = caretaker_park_root(0, &base);
	KUNIT_EXPECT_EQ(test, root & ~PAGE_MASK, 0);
	for (level = 0; level < levels - 1; level++) {
		unsigned int present = 0;

		table = phys_to_virt(__sme_clr(root) & PTE_PFN_MASK);
		for (i = 0; i < 512; i++) {
			if (!table[i])
				continue;
			present++;
			at = i;
		}
		KUNIT_EXPECT_EQ(test, present, 1);
		KUNIT_EXPECT_EQ(test, at, base >> (PAGE_SHIFT + 9 * (levels - 1 - level)) & 511);
		KUNIT_EXPECT_FALSE(test, table[at] & (_PAGE_PSE | _PAGE_USER));
		root = table[at];
	}
	KUNIT_EXPECT_GE(test, base, CARETAKER_WINDOW);
	table = phys_to_virt(__sme_clr(root) & PTE_PFN_MASK);
	for (i = 0; i < 512; i++)
		KUNIT_EXPECT_EQ_MSG(test, table[i] & RIGHTS, expected(i), "page %#x", i);
	if (!x2apic_mode)
		KUNIT_EXPECT_TRUE(test, table[CARETAKER_PARK_LAPIC >> PAGE_SHIFT] & _PAGE_PCD);
	caretaker_park_cancel(0);
}

/* What @root maps of the slot at @base, or NULL */
static u64 *leaves_of(u64 root, unsigned long base)
{
	unsigned int level = pgtable_l5_enabled() ? 5 : 4;
	u64 *table;

	for (;;) {
		table = phys_to_virt(__sme_clr(root) & PTE_PFN_MASK);
		if (!--level)
			return table;
		root = table[base >> (PAGE_SHIFT + 9 * level) & 511];
		if (!root)
			return NULL;
	}
}

static unsigned int entries_of(const u64 *table)
{
	unsigned int i, n = 0;

	for (i = 0; table && i < 512; i++)
		n += !!table[i];
	return n;
}

/*
 * Three pages of another slot, with the rights that the trampoline needs, and one in its own that
 * it reads; and then no more
 */
static void expect_lent(struct kunit *test, u64 root, unsigned long own, unsigned long base,
			struct page *page)
{
	const struct caretaker_park_loan loan = {
		.base = base, .trampoline = page, .switch_area = page + 1, .idt = page + 2,
		.peers = page + 3,
	};
	const unsigned int before = entries_of(leaves_of(root, own));
	u64 *leaves;

	KUNIT_EXPECT_NULL(test, leaves_of(root, base));
	KUNIT_ASSERT_TRUE(test, caretaker_park_try_loan(0, &loan, true));
	leaves = leaves_of(root, base);
	KUNIT_ASSERT_NOT_NULL(test, leaves);
	KUNIT_EXPECT_EQ(test, entries_of(leaves), 3);
	KUNIT_EXPECT_EQ(test, leaves[CARETAKER_TRAMPOLINE >> PAGE_SHIFT] & RIGHTS, _PAGE_PRESENT);
	KUNIT_EXPECT_EQ(test, leaves[CARETAKER_SWITCH >> PAGE_SHIFT] & RIGHTS,
			_PAGE_PRESENT | W | N);
	KUNIT_EXPECT_EQ(test, leaves[CARETAKER_IDT >> PAGE_SHIFT] & RIGHTS, _PAGE_PRESENT | N);
	KUNIT_EXPECT_EQ(test, __sme_clr(leaves[CARETAKER_IDT >> PAGE_SHIFT]) & PTE_PFN_MASK,
			page_to_phys(page + 2));
	KUNIT_EXPECT_EQ(test, entries_of(leaves_of(root, own)), before + 1);
	KUNIT_EXPECT_EQ(test, leaves_of(root, own)[CARETAKER_PARK_PEERS >> PAGE_SHIFT],
			__sme_set(page_to_phys(page + 3)) | _PAGE_PRESENT | _PAGE_ACCESSED |
			(_PAGE_NX & __supported_pte_mask));
	caretaker_park_try_loan(0, &loan, false);
	KUNIT_EXPECT_NULL(test, leaves_of(root, base));
	KUNIT_EXPECT_EQ(test, entries_of(leaves), 0);
	KUNIT_EXPECT_EQ(test, entries_of(leaves_of(root, own)), before);
}

static void test_lent(struct kunit *test)
{
	unsigned long base;
	struct page *page;
	u64 root;

	if (caretaker_park_unfit() || !runs_guests())
		kunit_skip(test, "no guest runs on a parked CPU here");
	page = alloc_pages(GFP_KERNEL, 2);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, caretaker_park_prepare(0), 0);
	root = caretaker_park_root(0, &base);
	/* Another slot nearby, and one that shares no table but the upper ones */
	expect_lent(test, root, base, base ^ CARETAKER_SLOT_SIZE, page);
	expect_lent(test, root, base, base ^ PUD_SIZE, page);
	caretaker_park_cancel(0);
	__free_pages(page, 2);
}

static struct kunit_case cores_cases[] = {
	KUNIT_CASE_PARAM(test_core, core_gen_params),
	KUNIT_CASE(test_argument_size),
	KUNIT_CASE_PARAM(test_host, host_gen_params),
	KUNIT_CASE(test_tables),
	KUNIT_CASE(test_lent),
	{}
};

static struct kunit_suite cores_suite = {
	.name = "caretaker-cores",
	.test_cases = cores_cases,
};

kunit_test_suite(cores_suite);

MODULE_DESCRIPTION("KUnit tests of cores that are given away");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
