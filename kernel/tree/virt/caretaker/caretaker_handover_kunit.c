// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what one kernel hands over to the next, and of what the next one makes of
 * a handover that it cannot trust.
 */
#include <kunit/test.h>
#include <linux/kho/abi/caretaker.h>
#include <linux/module.h>
#include <linux/string.h>

#include "trust.h"

/* What is tested in one case: one kernel's state, the page, the next one's state */
struct kernels {
	struct caretaker_switches old, new;
	struct caretaker_log old_log, new_log;
	struct kho_caretaker page;
};

static void raise(struct kunit *test, struct caretaker_switches *sw, const char *line)
{
	char text[64];

	strscpy(text, line);
	KUNIT_ASSERT_EQ(test, caretaker_floors_raise(&sw->floors, text, ' '), 0);
}

static int reach(struct caretaker_switches *sw, const char *name, u32 svn)
{
	return caretaker_floors_check(&sw->floors, name, svn, NULL);
}

static struct kernels *new_kernels(struct kunit *test)
{
	struct kernels *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, k);
	spin_lock_init(&k->old.floors.lock);
	spin_lock_init(&k->new.floors.lock);
	mutex_init(&k->old_log.lock);
	mutex_init(&k->new_log.lock);
	k->old_log.kernel = 1;
	k->new_log.kernel = 1;
	return k;
}

/* As write_state() does when the kernel ends */
static void save(struct kernels *k)
{
	memset(&k->page, 0, sizeof(k->page));
	caretaker_switches_save(&k->old, &k->page);
	caretaker_log_save(&k->old_log, &k->page);
	k->page.version = KHO_CARETAKER_VERSION;
}

static int inherit(struct kernels *k)
{
	return caretaker_inherit(&k->new, &k->new_log, &k->page, sizeof(k->page));
}

static void test_all_arrives(struct kunit *test)
{
	struct kernels *k = new_kernels(test);

	raise(test, &k->old, "a 3");
	raise(test, &k->old, "b 4294967295");
	caretaker_switches_enforce(&k->old, "1");
	k->old_log.sequence = 1ULL << 40;
	k->old_log.dropped = 7;
	k->old_log.kernel = 2;
	memset(k->old_log.secret, 0xa5, sizeof(k->old_log.secret));
	k->old.no_machine = true;
	atomic64_set(&k->old_log.last_vm, 9);
	save(k);

	KUNIT_EXPECT_EQ(test, inherit(k), 0);
	KUNIT_EXPECT_TRUE(test, k->new.enforce);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "a", 2), -ESTALE);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "a", 3), 0);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "b", U32_MAX - 1), -ESTALE);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "b", U32_MAX), 0);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "c", 0), 0);
	KUNIT_EXPECT_EQ(test, k->new_log.sequence, 1ULL << 40);
	KUNIT_EXPECT_EQ(test, k->new_log.dropped, 7);
	KUNIT_EXPECT_EQ(test, k->new_log.kernel, 3);
	KUNIT_EXPECT_MEMEQ(test, k->new_log.secret, k->old_log.secret, sizeof(k->new_log.secret));
	KUNIT_EXPECT_TRUE(test, k->new.no_machine);
	KUNIT_EXPECT_FALSE(test, k->new.builtin);
	KUNIT_EXPECT_EQ(test, atomic64_read(&k->new_log.last_vm), 9);
}

static void test_nothing_set(struct kunit *test)
{
	struct kernels *k = new_kernels(test);

	save(k);
	KUNIT_EXPECT_EQ(test, inherit(k), 0);
	KUNIT_EXPECT_FALSE(test, k->new.enforce);
	KUNIT_EXPECT_FALSE(test, caretaker_switches_set(&k->old));
	KUNIT_EXPECT_EQ(test, reach(&k->new, "a", 0), 0);
}

/* Whose keys vouch is no word of the next command line alone */
static void test_builtin_arrives(struct kunit *test)
{
	struct kernels *k = new_kernels(test);

	k->old.builtin = true;
	KUNIT_EXPECT_TRUE(test, caretaker_switches_set(&k->old));
	save(k);
	k->new.no_machine = true;
	KUNIT_EXPECT_EQ(test, inherit(k), 0);
	KUNIT_EXPECT_TRUE(test, k->new.builtin);
	KUNIT_EXPECT_TRUE(test, k->new.no_machine);
	KUNIT_EXPECT_FALSE(test, k->new.enforce);
}

static void test_closed_stays_closed(struct kunit *test)
{
	struct kernels *k = new_kernels(test);

	caretaker_floors_close(&k->old.floors);
	save(k);
	KUNIT_EXPECT_EQ(test, inherit(k), 0);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "a", U32_MAX), -ESTALE);
}

/* The new kernel's own command line may be stricter; the handover does not undo it */
static void test_own_is_kept(struct kunit *test)
{
	struct kernels *k = new_kernels(test);

	raise(test, &k->old, "a 3");
	raise(test, &k->old, "b 9");
	raise(test, &k->new, "a 5");
	raise(test, &k->new, "b 5");
	caretaker_switches_enforce(&k->new, "1");
	save(k);
	KUNIT_EXPECT_EQ(test, inherit(k), 0);
	KUNIT_EXPECT_TRUE(test, k->new.enforce);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "a", 4), -ESTALE);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "b", 8), -ESTALE);
}

/* Both tables together hold more than one: what does not fit must not pass */
static void test_too_many(struct kunit *test)
{
	struct kernels *k = new_kernels(test);
	char line[16];
	int i;

	for (i = 0; i < CARETAKER_SVN_FLOORS; i++) {
		snprintf(line, sizeof(line), "n%d 1", i);
		raise(test, &k->old, line);
	}
	raise(test, &k->new, "other 1");
	save(k);
	KUNIT_EXPECT_EQ(test, inherit(k), -EBADMSG);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "n31", 0), -ESTALE);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "n31", 1), -ESTALE);
}

#define V KHO_CARETAKER_VERSION

/* One break of a page that is right otherwise */
static const struct malformed {
	const char *name;
	u32 version, flags, floors;
	u64 kernels;		/* besides the one that a right page has */
	char first[CARETAKER_NAME_LEN];
	int size;		/* less than that of the struct */
} malformed[] = {
	{ "an earlier version", .version = 1 },
	{ "never written", .version = 0 },
	{ "a later version", .version = V + 1 },
	{ "an unknown flag", .version = V, .flags = 16 },
	{ "one floor too many", .version = V, .floors = 33 },
	{ "a number of floors that overflows", .version = V, .floors = U32_MAX },
	{ "a name that is empty", .version = V, .floors = 1, .first = "" },
	{ "a name with a blank", .version = V, .floors = 1, .first = "a b" },
	{ "a name without an end", .version = V, .floors = 1,
	  .first = { [0 ... CARETAKER_NAME_LEN - 1] = 'x' } },
	{ "no kernel", .version = V, .kernels = -1 },
	{ "a kernel after which there is none", .version = V, .kernels = -2 },
	{ "a page that is too short", .version = V, .size = 1 },
	{ "a page that is too long", .version = V, .size = -1 },
};

KUNIT_ARRAY_PARAM_DESC(malformed, malformed, name);

static void test_malformed(struct kunit *test)
{
	const struct malformed *m = test->param_value;
	struct kernels *k = new_kernels(test);

	k->page.version = m->version;
	k->page.flags = m->flags;
	k->page.floors = m->floors;
	k->page.kernel = 1 + m->kernels;
	memcpy(k->page.floor[0].name, m->first, CARETAKER_NAME_LEN);
	KUNIT_EXPECT_EQ(test, caretaker_inherit(&k->new, &k->new_log, &k->page,
						sizeof(k->page) - m->size), -EBADMSG);
	KUNIT_EXPECT_TRUE(test, k->new.enforce);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "a", U32_MAX), -ESTALE);
}

/* Whether a handover was offered, KHO understood it, and what became of our part */
static const struct ending {
	const char *name;
	bool offered, kho_boot;
	int err;
	u32 result;
} endings[] = {
	{ "a first kernel", false, false, -ENOENT, CARETAKER_HANDOVER_NONE },
	{ "a first kernel without KHO", false, false, -EOPNOTSUPP, CARETAKER_HANDOVER_NONE },
	{ "all is well", true, true, 0, CARETAKER_HANDOVER_TAKEN },
	{ "from a kernel that knows of no caretakers", true, true, -ENOENT,
	  CARETAKER_HANDOVER_NONE },
	{ "KHO of another version", true, false, -ENOENT, CARETAKER_HANDOVER_REFUSED },
	{ "offered to a kernel without KHO", true, false, -EOPNOTSUPP,
	  CARETAKER_HANDOVER_REFUSED },
	{ "ours is malformed", true, true, -EBADMSG, CARETAKER_HANDOVER_REFUSED },
	{ "ours has no size", true, true, -EINVAL, CARETAKER_HANDOVER_REFUSED },
	{ "malformed, and nobody saw an offer", false, true, -EBADMSG,
	  CARETAKER_HANDOVER_REFUSED },
};

KUNIT_ARRAY_PARAM_DESC(ending, endings, name);

static void test_ending(struct kunit *test)
{
	const struct ending *e = test->param_value;
	bool closed = e->result == CARETAKER_HANDOVER_REFUSED;
	struct kernels *k = new_kernels(test);

	KUNIT_EXPECT_EQ(test, caretaker_handover_end(&k->new, e->offered, e->kho_boot, e->err),
			e->result);
	KUNIT_EXPECT_EQ(test, k->new.enforce, closed);
	KUNIT_EXPECT_EQ(test, reach(&k->new, "a", U32_MAX), closed ? -ESTALE : 0);
}

static struct kunit_case handover_cases[] = {
	KUNIT_CASE(test_all_arrives),
	KUNIT_CASE(test_nothing_set),
	KUNIT_CASE(test_builtin_arrives),
	KUNIT_CASE(test_closed_stays_closed),
	KUNIT_CASE(test_own_is_kept),
	KUNIT_CASE(test_too_many),
	KUNIT_CASE_PARAM(test_malformed, malformed_gen_params),
	KUNIT_CASE_PARAM(test_ending, ending_gen_params),
	{}
};

static struct kunit_suite handover_suite = {
	.name = "caretaker-handover",
	.test_cases = handover_cases,
};

kunit_test_suite(handover_suite);

MODULE_DESCRIPTION("KUnit tests of the handover of KVM caretakers across kexec");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
