// SPDX-License-Identifier: GPL-2.0
/*
 * What is made stricter at run time, and evidence of it: the latch, a floor, lockdown.
 *
 * /sys/kernel/security/caretaker/enforce takes 1, .../svn_floor takes "NAME N".
 *
 * Without evidence a verifier sees that the latch is thrown, and not whether it was when an
 * earlier caretaker came.  To make something stricter is never refused for want of a
 * record: each later record says what is enforced by then.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "trust.h"

/* "NAME N" and a newline */
#define MAX_WRITE	(CARETAKER_NAME_LEN + 16)

/**
 * switched - leave evidence that something was made stricter
 * @what: CARETAKER_SWITCHED_*
 * @name: of the floor that was raised, or NULL
 * @svn: that floor
 */
static void switched(u32 what, const char *name, u32 svn)
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
		switched(CARETAKER_SWITCHED_LOCKDOWN, NULL, 0);
	mutex_unlock(&caretaker_decision);
}

/* --- securityfs ----------------------------------------------------------- */

/* Copies one short write and cuts its newline off; kfree() the result */
static char *get_line(struct file *file, const char __user *buf, size_t count,
		      loff_t *pos)
{
	char *line;

	/* Mode 0600 is not enough: root of a container may own the file */
	if (!file_ns_capable(file, &init_user_ns, CAP_MAC_ADMIN))
		return ERR_PTR(-EPERM);
	if (*pos || count >= MAX_WRITE)
		return ERR_PTR(-EINVAL);
	line = memdup_user_nul(buf, count);
	if (IS_ERR(line))
		return line;
	if (strlen(line) != count) {
		kfree(line);
		return ERR_PTR(-EINVAL);
	}
	if (count && line[count - 1] == '\n')
		line[count - 1] = '\0';
	return line;
}

static int enforce_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d\n", READ_ONCE(caretaker_switches.enforce));
	return 0;
}

static int enforce_open(struct inode *inode, struct file *file)
{
	return single_open(file, enforce_show, NULL);
}

static ssize_t enforce_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *pos)
{
	char *line = get_line(file, buf, count, pos);
	bool before;
	int err;

	if (IS_ERR(line))
		return PTR_ERR(line);
	scoped_guard(mutex, &caretaker_decision) {
		before = READ_ONCE(caretaker_switches.enforce);
		err = caretaker_switches_enforce(&caretaker_switches, line);
		if (!err && READ_ONCE(caretaker_switches.enforce) != before)
			switched(CARETAKER_SWITCHED_LATCH, NULL, 0);
	}
	kfree(line);
	return err ?: count;
}

static const struct file_operations enforce_ops = {
	.open = enforce_open,
	.read = seq_read,
	.write = enforce_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int svn_floor_show(struct seq_file *m, void *unused)
{
	caretaker_floors_show(&caretaker_switches.floors, m);
	return 0;
}

static int svn_floor_open(struct inode *inode, struct file *file)
{
	return single_open(file, svn_floor_show, NULL);
}

static ssize_t svn_floor_write(struct file *file, const char __user *buf,
			       size_t count, loff_t *pos)
{
	char *line = get_line(file, buf, count, pos);
	unsigned int before;
	int err;

	if (IS_ERR(line))
		return PTR_ERR(line);
	scoped_guard(mutex, &caretaker_decision) {
		before = READ_ONCE(caretaker_switches.floors.raised);
		/* It leaves the name alone in the line */
		err = caretaker_floors_raise(&caretaker_switches.floors, line, ' ');
		if (!err && READ_ONCE(caretaker_switches.floors.raised) != before)
			switched(CARETAKER_SWITCHED_FLOOR, line, caretaker_svn_floor(line));
	}
	kfree(line);
	return err ?: count;
}

static const struct file_operations svn_floor_ops = {
	.open = svn_floor_open,
	.read = seq_read,
	.write = svn_floor_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init caretaker_securityfs_init(void)
{
	struct dentry *dir, *file;

	dir = securityfs_create_dir("caretaker", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	file = securityfs_create_file("enforce", 0600, dir, NULL, &enforce_ops);
	if (IS_ERR(file))
		goto remove;
	file = securityfs_create_file("svn_floor", 0600, dir, NULL, &svn_floor_ops);
	if (IS_ERR(file))
		goto remove;
	return 0;

remove:
	/* The boot parameter still holds; only what would make it stricter is gone */
	pr_err("no switches in securityfs: %pe\n", file);
	securityfs_remove(dir);
	return PTR_ERR(file);
}
late_initcall(caretaker_securityfs_init);
