// SPDX-License-Identifier: GPL-2.0
/*
 * How many records those may cause who have no more than /dev/kvm.
 *
 * IMA's log takes memory that is never given back, and each record is a command to
 * the TPM.  Without a limit any VMM could fill the one and keep the other busy until
 * the host can be attested no more.  So a record is paid for before the file is even
 * read, by the user and by the VM; who cannot pay is refused with EDQUOT, since
 * without evidence there is no caretaker.
 *
 * CAP_SYS_ADMIN in the initial namespace pays nothing: it may measure any file that
 * it likes, by a policy of its own.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kvm_types.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <kunit/visibility.h>

#include "trust.h"

/*
 * A record of 480 bytes takes up to 622 in IMA's log: register, digest of the template,
 * its name, digest (SHA-512 at most) and name of the event, and their lengths.  In ten
 * minutes a user may cause
 *
 *	120 at once + 600 s / 2 s a record = 420 records
 *
 * which is 261,240 bytes of 262,144, and 0.7 commands to the TPM a second.  What a VM may
 * cause is a quarter of that, so that a VMM which goes round in circles leaves something
 * to others of the same user.
 */
static const struct caretaker_rate user_rate = { .at_once = 120, .seconds = 2 };
static const struct caretaker_rate vm_rate = { .at_once = 30, .seconds = 8 };

static struct caretaker_budgets budgets = {
	.lock = __SPIN_LOCK_UNLOCKED(budgets.lock),
};

/* Forgive what time has paid off; what is left of a step counts for the next one */
static void recover(struct caretaker_bucket *b, const struct caretaker_rate *rate, u64 now)
{
	/* Read before the lock was taken: another may have been later, and first */
	u64 steps = now > b->since ? div_u64(now - b->since, rate->seconds) : 0;

	if (steps >= b->spent) {
		b->spent = 0;
		b->since = max(b->since, now);
	} else {
		b->spent -= steps;
		b->since += steps * rate->seconds;
	}
}

static bool affords(const struct caretaker_bucket *b, const struct caretaker_rate *rate,
		    unsigned int records)
{
	return records <= rate->at_once - b->spent;
}

/*
 * A bucket that owes nothing may be given to somebody else.  Where none is left, all
 * who come later share one, so the table is no way to more.
 */
static struct caretaker_bucket *find(struct caretaker_budgets *all, u64 account, u64 now)
{
	struct caretaker_bucket *unused = NULL;
	unsigned int i;

	for (i = 0; i < CARETAKER_ACCOUNTS; i++) {
		struct caretaker_bucket *b = &all->user[i];

		recover(b, &user_rate, now);
		if (b->spent && b->account == account)
			return b;
		if (!b->spent && !unused)
			unused = b;
	}
	if (!unused) {
		recover(&all->others, &user_rate, now);
		return &all->others;
	}
	unused->account = account;
	return unused;
}

/**
 * caretaker_budgets_take - pay for records that may be made
 * @all: buckets of users
 * @account: who pays, caretaker_account()
 * @vm: bucket of the VM for which it is; zero at first, and then it pays for the records
 *	of its end as well
 * @records: how many
 * @now: seconds of a clock that does not go back
 *
 * Return: true if user and VM both had enough; else nothing was taken.
 */
bool caretaker_budgets_take(struct caretaker_budgets *all, u64 account,
			    struct caretaker_bucket *vm, unsigned int records, u64 now)
{
	struct caretaker_bucket *user;

	guard(spinlock)(&all->lock);
	if (!vm->end_paid)
		records += CARETAKER_END_RECORDS;
	user = find(all, account, now);
	recover(vm, &vm_rate, now);
	if (!affords(user, &user_rate, records) || !affords(vm, &vm_rate, records))
		return false;
	user->spent += records;
	vm->spent += records;
	vm->end_paid = true;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_budgets_take);

/**
 * caretaker_account - whose budget a process lives on
 * @cred: its credentials
 *
 * User namespaces give a user as many user ids as the host's administrator lets them
 * have, and as many namespaces as memory allows.  So all that happens below the initial
 * namespace is on the account of who made the outermost one.  If that was root, for a
 * container, the container is the account, or one would live at the cost of another.
 *
 * Return: a number that no other account has.
 */
u64 caretaker_account(const struct cred *cred)
{
	const struct user_namespace *ns = cred->user_ns;

	if (ns == &init_user_ns)
		return __kuid_val(cred->uid);
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	if (uid_eq(ns->owner, GLOBAL_ROOT_UID))
		return CARETAKER_ACCOUNT_NAMESPACE | ns->ns.inum;
	return __kuid_val(ns->owner);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_account);

/**
 * caretaker_spend - pay for the records that a call of the ioctl may leave
 * @vm: bucket of the VM, zero when the VM is made
 * @records: how many
 *
 * Before anything else is done that could leave a record, and without KVM's locks.  The
 * first call of a VM also pays for the VM's end, which cannot be refused.  A refusal for
 * lack of budget leaves no record, but is counted in the next one, like others that have
 * none.
 *
 * Return: 0 or -EDQUOT.
 */
int caretaker_spend(struct caretaker_bucket *vm, unsigned int records)
{
	static DEFINE_RATELIMIT_STATE(logged, 300 * HZ, 16);

	if (caretaker_unlimited() ||
	    caretaker_budgets_take(&budgets, caretaker_account(current_cred()), vm, records,
				   ktime_get_boottime_seconds()))
		return 0;
	if (__ratelimit(&logged))
		pr_warn("refused (%pe) for %s[%d]: its user or VM has caused too many records (rule %u)\n",
			ERR_PTR(-EDQUOT), current->comm, task_pid_nr(current),
			CARETAKER_RULE_BUDGET);
	caretaker_log_drop(&caretaker_boot_log);
	return -EDQUOT;
}
EXPORT_SYMBOL_FOR_KVM(caretaker_spend);
