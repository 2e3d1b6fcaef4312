// SPDX-License-Identifier: GPL-2.0
/*
 * Evidence of what was made stricter at run time: the latch, a floor, lockdown.
 *
 * Without it a verifier sees that the latch is thrown, and not whether it was when an
 * earlier caretaker came.  To make something stricter is never refused for want of a
 * record: each later record says what is enforced by then.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "trust.h"

/**
 * caretaker_lockdown - how far the kernel is locked down
 *
 * Return: CARETAKER_LOCKDOWN_*
 */
u32 caretaker_lockdown(void)
{
	switch (lockdown_level()) {
	case LOCKDOWN_CONFIDENTIALITY_MAX:
		return CARETAKER_LOCKDOWN_CONFIDENTIALITY;
	case LOCKDOWN_INTEGRITY_MAX:
		return CARETAKER_LOCKDOWN_INTEGRITY;
	default:
		return CARETAKER_LOCKDOWN_NONE;
	}
}

/**
 * caretaker_switched - leave evidence that something was made stricter
 * @what: CARETAKER_SWITCHED_*
 * @name: of the floor that was raised, or NULL
 * @svn: that floor
 */
void caretaker_switched(u32 what, const char *name, u32 svn)
{
	struct caretaker_switch_record rec = {
		.h.event = CARETAKER_RECORD_SWITCH,
		.what = what,
		.lockdown = caretaker_lockdown(),
		.enforce = caretaker_enforced(),
		.switches = caretaker_switches_state(&caretaker_switches),
		.uid = from_kuid(&init_user_ns, current_uid()),
		.svn = svn,
	};
	int err;

	if (name)
		strscpy_pad(rec.name, name);
	err = caretaker_log_append(&caretaker_boot_log, &rec.h, sizeof(rec));
	if (err)
		pr_notice("a switch is stricter now, and IMA made no record of it: %pe\n",
			  ERR_PTR(err));
}

/*
 * security/lockdown: somebody raises it through securityfs.  Not between the last look at
 * it and the record of what was decided.
 */
void caretaker_lockdown_begin(void)
{
	mutex_lock(&caretaker_decision);
}

void caretaker_lockdown_end(bool raised)
{
	if (raised)
		caretaker_switched(CARETAKER_SWITCHED_LOCKDOWN, NULL, 0);
	mutex_unlock(&caretaker_decision);
}
