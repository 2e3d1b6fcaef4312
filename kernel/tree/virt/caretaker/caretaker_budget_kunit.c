// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of who may cause how many records: one user can use up what is theirs, and
 * nothing of what is another's.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "trust.h"

/* What budget.c promises: numbers that its comment reckons with */
#define USER_AT_ONCE	120
#define USER_SECONDS	2
#define VM_AT_ONCE	30
#define VM_SECONDS	8

/* Bytes of the longest record in IMA's log, and what may come in ten minutes */
#define RECORD		622
#define TEN_MINUTES	600
#define LIMIT		(256 * 1024)

static struct caretaker_budgets *new_budgets(struct kunit *test)
{
	struct caretaker_budgets *all = kunit_kzalloc(test, sizeof(*all), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, all);
	spin_lock_init(&all->lock);
	return all;
}

/* In a VM of its own, as a VMM that wants much would; its end is paid for */
static bool take(struct caretaker_budgets *all, u64 account, unsigned int records, u64 now)
{
	struct caretaker_bucket vm = { .end_paid = true };

	return caretaker_budgets_take(all, account, &vm, records, now);
}

static unsigned int take_all(struct caretaker_budgets *all, u64 account, u64 now)
{
	unsigned int taken = 0;

	while (take(all, account, 1, now))
		taken++;
	return taken;
}

static void test_at_once(struct kunit *test)
{
	struct caretaker_budgets *all = new_budgets(test);

	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50), USER_AT_ONCE);
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50 + USER_SECONDS - 1), 0);
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50 + USER_SECONDS), 1);
	/* The half of a step that was over counts for the next one */
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50 + 3 * USER_SECONDS + 1), 2);
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50 + 4 * USER_SECONDS), 1);
	/* To have been quiet for long is worth no more than the beginning */
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 1000000), USER_AT_ONCE);
}

/* Of two threads the one that looked at the clock first may come second */
static void test_clock_of_another(struct kunit *test)
{
	struct caretaker_budgets *all = new_budgets(test);

	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50), USER_AT_ONCE);
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50 + USER_SECONDS), 1);
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50), 0);
	KUNIT_EXPECT_EQ(test, take_all(all, 1001, 49), USER_AT_ONCE);
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50 + USER_SECONDS), 0);
}

/* The arithmetic of budget.c: whoever tries each second for ten minutes */
static void test_ten_minutes(struct kunit *test)
{
	struct caretaker_budgets *all = new_budgets(test);
	unsigned int taken = 0;
	u64 now;

	for (now = 7; now <= 7 + TEN_MINUTES; now++)
		taken += take_all(all, 1000, now);
	KUNIT_EXPECT_EQ(test, taken, USER_AT_ONCE + TEN_MINUTES / USER_SECONDS);
	KUNIT_EXPECT_LT(test, taken * RECORD, LIMIT);
	KUNIT_EXPECT_LT(test, taken, TEN_MINUTES);
}

static void test_others_have_theirs(struct kunit *test)
{
	struct caretaker_budgets *all = new_budgets(test);

	take_all(all, 1000, 50);
	KUNIT_EXPECT_EQ(test, take_all(all, 1001, 50), USER_AT_ONCE);
	KUNIT_EXPECT_EQ(test, take_all(all, CARETAKER_ACCOUNT_NAMESPACE | 1000, 50), USER_AT_ONCE);
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50), 0);
}

static void test_vm(struct kunit *test)
{
	struct caretaker_budgets *all = new_budgets(test);
	struct caretaker_bucket vm = { .end_paid = true }, other = {};
	unsigned int i;

	for (i = 0; i < VM_AT_ONCE; i++)
		KUNIT_ASSERT_TRUE(test, caretaker_budgets_take(all, 1000, &vm, 1, 50));
	KUNIT_EXPECT_FALSE(test, caretaker_budgets_take(all, 1000, &vm, 1, 50));
	KUNIT_EXPECT_FALSE(test, caretaker_budgets_take(all, 1000, &vm, 1, 50 + VM_SECONDS - 1));
	KUNIT_EXPECT_TRUE(test, caretaker_budgets_take(all, 1000, &vm, 1, 50 + VM_SECONDS));
	KUNIT_EXPECT_TRUE(test, caretaker_budgets_take(all, 1000, &other, 3, 50 + VM_SECONDS));
}

/* The first record of a VM costs those of its end as well; one that is refused none */
static void test_end(struct kunit *test)
{
	struct caretaker_budgets *all = new_budgets(test);
	struct caretaker_bucket vm = {}, other = {};

	KUNIT_EXPECT_TRUE(test, caretaker_budgets_take(all, 1000, &vm, 1, 50));
	KUNIT_EXPECT_EQ(test, vm.spent, 1 + CARETAKER_END_RECORDS);
	KUNIT_EXPECT_TRUE(test, caretaker_budgets_take(all, 1000, &vm, 1, 50));
	KUNIT_EXPECT_EQ(test, vm.spent, 2 + CARETAKER_END_RECORDS);
	while (all->user[0].spent < USER_AT_ONCE - CARETAKER_END_RECORDS)
		KUNIT_ASSERT_TRUE(test, take(all, 1000, 1, 50));
	/* Enough for the record, not for the end */
	KUNIT_EXPECT_FALSE(test, caretaker_budgets_take(all, 1000, &other, 1, 50));
	KUNIT_EXPECT_FALSE(test, other.end_paid);
	KUNIT_EXPECT_EQ(test, other.spent, 0);
	KUNIT_EXPECT_TRUE(test, caretaker_budgets_take(all, 1000, &vm, 1, 50));
}

/* What the VM cannot pay is not taken from the user, nor the other way round */
static void test_both_or_none(struct kunit *test)
{
	struct caretaker_budgets *all = new_budgets(test);
	struct caretaker_bucket vm = { .end_paid = true };

	KUNIT_EXPECT_FALSE(test, caretaker_budgets_take(all, 1000, &vm, VM_AT_ONCE + 1, 50));
	KUNIT_EXPECT_FALSE(test, caretaker_budgets_take(all, 1000, &vm, UINT_MAX, 50));
	KUNIT_EXPECT_EQ(test, take_all(all, 1000, 50), USER_AT_ONCE);
	KUNIT_EXPECT_FALSE(test, caretaker_budgets_take(all, 1000, &vm, 1, 50));
	KUNIT_EXPECT_TRUE(test, caretaker_budgets_take(all, 1001, &vm, VM_AT_ONCE, 50));
}

/* More users than buckets: those who have one keep it, the others share one */
static void test_table_is_full(struct kunit *test)
{
	struct caretaker_budgets *all = new_budgets(test);
	unsigned int i;

	for (i = 0; i < CARETAKER_ACCOUNTS; i++)
		KUNIT_ASSERT_TRUE(test, take(all, i, 3, 50));
	KUNIT_EXPECT_EQ(test, take_all(all, CARETAKER_ACCOUNTS, 50), USER_AT_ONCE);
	KUNIT_EXPECT_EQ(test, take_all(all, CARETAKER_ACCOUNTS + 1, 50), 0);
	KUNIT_EXPECT_EQ(test, take_all(all, 0, 50), USER_AT_ONCE - 3);
	/* All the others owe nothing by now, and theirs may be given away */
	KUNIT_EXPECT_EQ(test, take_all(all, CARETAKER_ACCOUNTS + 1, 50 + 3 * USER_SECONDS),
			USER_AT_ONCE);
	KUNIT_EXPECT_EQ(test, take_all(all, 0, 50 + 3 * USER_SECONDS), 3);
}

/* A user's namespaces are the user's, those that root made for others are their own */
static void test_account(struct kunit *test)
{
	struct user_namespace *outer = kunit_kzalloc(test, sizeof(*outer), GFP_KERNEL);
	struct user_namespace *inner = kunit_kzalloc(test, sizeof(*inner), GFP_KERNEL);
	struct cred *cred = kunit_kzalloc(test, sizeof(*cred), GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, outer && inner && cred);
	cred->uid = KUIDT_INIT(1000);
	cred->euid = KUIDT_INIT(1001);
	cred->user_ns = &init_user_ns;
	KUNIT_EXPECT_EQ(test, caretaker_account(cred), 1000);

	outer->parent = &init_user_ns;
	outer->owner = KUIDT_INIT(1000);
	inner->parent = outer;
	inner->owner = KUIDT_INIT(100001);
	cred->uid = KUIDT_INIT(100002);
	cred->user_ns = outer;
	KUNIT_EXPECT_EQ(test, caretaker_account(cred), 1000);
	cred->user_ns = inner;
	KUNIT_EXPECT_EQ(test, caretaker_account(cred), 1000);

	outer->owner = GLOBAL_ROOT_UID;
	outer->ns.inum = 77;
	KUNIT_EXPECT_EQ(test, caretaker_account(cred), CARETAKER_ACCOUNT_NAMESPACE | 77);
}

static struct kunit_case budget_cases[] = {
	KUNIT_CASE(test_at_once),
	KUNIT_CASE(test_clock_of_another),
	KUNIT_CASE(test_ten_minutes),
	KUNIT_CASE(test_others_have_theirs),
	KUNIT_CASE(test_vm),
	KUNIT_CASE(test_end),
	KUNIT_CASE(test_both_or_none),
	KUNIT_CASE(test_table_is_full),
	KUNIT_CASE(test_account),
	{}
};

static struct kunit_suite budget_suite = {
	.name = "caretaker-budget",
	.test_cases = budget_cases,
};

kunit_test_suite(budget_suite);

MODULE_DESCRIPTION("KUnit tests of the budgets of records of KVM caretakers");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
