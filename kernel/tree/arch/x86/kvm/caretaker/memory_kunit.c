// SPDX-License-Identifier: GPL-2.0
/* KUnit test of pins.c and adopt.c: how large a page may be, and whether moves are complete. */
#include <linux/kvm_host.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <kunit/test.h>

#include "memory.h"

#define HUGE	KVM_PAGES_PER_HPAGE(PG_LEVEL_2M)
#define GIB	KVM_PAGES_PER_HPAGE(PG_LEVEL_1G)

/*
 * A slot of @npages at @base_gfn, whose pages are one piece from @pfn on; the page @other, if it
 * is not 0, is another one.  Only numbers of pages are looked at, not what is there.
 */
struct layout {
	const char *name;
	gfn_t base_gfn;
	unsigned long npages, pfn, other;
	gfn_t gfn;
	int max_level, level;
};

static const struct layout layouts[] = {
	{ "aligned", 0, HUGE, HUGE, 0, 5, PG_LEVEL_1G, PG_LEVEL_2M },
	{ "at its end", 0, HUGE, HUGE, 0, HUGE - 1, PG_LEVEL_1G, PG_LEVEL_2M },
	{ "of two", HUGE, 2 * HUGE, 4 * HUGE, 0, 2 * HUGE, PG_LEVEL_1G, PG_LEVEL_2M },
	{ "not wanted", 0, HUGE, HUGE, 0, 5, PG_LEVEL_4K, PG_LEVEL_4K },
	{ "memory off by one", 0, HUGE, HUGE + 1, 0, 5, PG_LEVEL_1G, PG_LEVEL_4K },
	{ "one page too short", 0, HUGE - 1, HUGE, 0, 5, PG_LEVEL_1G, PG_LEVEL_4K },
	{ "begins too late", 1, 2 * HUGE, HUGE + 1, 0, 5, PG_LEVEL_1G, PG_LEVEL_4K },
	{ "behind that", 1, 2 * HUGE, HUGE + 1, 0, HUGE, PG_LEVEL_1G, PG_LEVEL_2M },
	{ "another in between", 0, HUGE, HUGE, 7, 5, PG_LEVEL_1G, PG_LEVEL_4K },
	{ "another second", 0, HUGE, HUGE, 1, 5, PG_LEVEL_1G, PG_LEVEL_4K },
	{ "another at the end", 0, HUGE, HUGE, HUGE - 1, 0, PG_LEVEL_1G, PG_LEVEL_4K },
	{ "another elsewhere", 0, 2 * HUGE, HUGE, HUGE, 5, PG_LEVEL_1G, PG_LEVEL_2M },
	{ "gigantic", 0, GIB, GIB, 0, 5, PG_LEVEL_1G, PG_LEVEL_1G },
	{ "gigantic, not wanted", 0, GIB, GIB, 0, 5, PG_LEVEL_2M, PG_LEVEL_2M },
	{ "gigantic but for one", 0, GIB, GIB, 600, 5, PG_LEVEL_1G, PG_LEVEL_2M },
};

static void layout_name(const struct layout *layout, char *name)
{
	strscpy(name, layout->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

static void test_level(struct kunit *test)
{
	const struct layout *l = test->param_value;
	struct page **pages = vcalloc(l->npages, sizeof(*pages));
	unsigned long i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < l->npages; i++)
		pages[i] = pfn_to_page(l->pfn + i);
	if (l->other)
		pages[l->other] = pfn_to_page(l->pfn + l->npages);
	KUNIT_EXPECT_EQ(test, l->level, caretaker_pins_level(pages, l->npages, l->base_gfn,
							     l->gfn, l->max_level));
	vfree(pages);
}

#define AT	0x10000

/* For slots 2, 5 and 0x10002, of 4, 1 and 4 pages */
struct moves {
	const char *name;
	unsigned int nr;
	struct kvm_caretaker_move move[4];
	int error;
	u32 slot;
};

static const struct moves all_moves[] = {
	{ "complete", 3, { { 2, 0, AT }, { 5, 0, AT }, { 0x10002, 0, AT } }, 0, ~0U },
	{ "in another order", 3, { { 0x10002, 0, AT }, { 2, 0, AT }, { 5, 0, AT } }, 0, ~0U },
	{ "none", 0, { }, -EINVAL, 2 },
	{ "without the first", 2, { { 5, 0, AT }, { 0x10002, 0, AT } }, -EINVAL, 2 },
	{ "without the last", 2, { { 2, 0, AT }, { 5, 0, AT } }, -EINVAL, 0x10002 },
	{ "one for another", 3, { { 2, 0, AT }, { 6, 0, AT }, { 0x10002, 0, AT } }, -EINVAL, 5 },
	{ "one too many", 4, { { 2, 0, AT }, { 5, 0, AT }, { 0x10002, 0, AT }, { 9, 0, AT } },
	  -EINVAL, ~0U },
	{ "twice", 3, { { 2, 0, AT }, { 2, 0, AT }, { 0x10002, 0, AT } }, -EINVAL, 2 },
	{ "twice, and complete", 4,
	  { { 2, 0, AT }, { 5, 0, AT }, { 0x10002, 0, AT }, { 5, 0, AT } }, -EINVAL, 5 },
	{ "reserved", 3, { { 2, 0, AT }, { 5, 1, AT }, { 0x10002, 0, AT } }, -EINVAL, 5 },
	{ "misaligned", 3, { { 2, 0, AT }, { 5, 0, AT + 1 }, { 0x10002, 0, AT } }, -EINVAL, 5 },
	{ "of the kernel", 3, { { 2, 0, AT }, { 5, 0, AT }, { 0x10002, 0, 1ULL << 63 } },
	  -EINVAL, 0x10002 },
	{ "into the kernel", 3, { { 2, 0, -2ULL * PAGE_SIZE }, { 5, 0, AT }, { 0x10002, 0, AT } },
	  -EINVAL, 2 },
};

static void moves_name(const struct moves *moves, char *name)
{
	strscpy(name, moves->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(moves, all_moves, moves_name);

static void test_moves(struct kunit *test)
{
	const struct moves *m = test->param_value;
	struct kvm_caretaker_memory *memory;
	struct kvm_caretaker_move move[ARRAY_SIZE(m->move)];
	u32 slot = 0;

	memory = kunit_kzalloc(test, struct_size(memory, pins, 3), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, memory);
	memory->nr_pins = 3;
	memory->pins[0] = (struct caretaker_pins){ .slot = 2, .npages = 4 };
	memory->pins[1] = (struct caretaker_pins){ .slot = 5, .npages = 1 };
	memory->pins[2] = (struct caretaker_pins){ .slot = 0x10002, .npages = 4 };
	memcpy(move, m->move, sizeof(move));
	KUNIT_EXPECT_EQ(test, m->error, caretaker_moves_check(memory, move, m->nr, &slot));
	KUNIT_EXPECT_EQ(test, m->slot, slot);
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE_PARAM(test_level, layout_gen_params),
	KUNIT_CASE_PARAM(test_moves, moves_gen_params),
	{}
};

static struct kunit_suite memory_suite = {
	.name = "caretaker-memory",
	.test_cases = memory_cases,
};

kunit_test_suite(memory_suite);
