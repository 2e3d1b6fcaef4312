// SPDX-License-Identifier: GPL-2.0
/*
 * In whose name a record is made, and what was the case just then.
 *
 * What a VMM says of itself is its word.  This is what the kernel knows of it: who it
 * is, and what was measured of the program that it runs.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/ima.h>
#include <linux/kvm_types.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <uapi/linux/hash_info.h>

#include "trust.h"

/* VMs that are alive and have no caretaker; kvm.ko may come and go */
static atomic_t vms_without = ATOMIC_INIT(0);

/**
 * caretaker_vms_without - count VMs that have no caretaker
 * @more: 1 for one more, -1 for one less
 */
void caretaker_vms_without(int more)
{
	atomic_add(more, &vms_without);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_vms_without);

/* TCG Algorithm Registry, section 5.5: numbers of digests, and their bytes */
static const struct {
	enum hash_algo hash;
	u16 alg, len;
} digests[] = {
	{ HASH_ALGO_SHA1,	0x0004, 20 },
	{ HASH_ALGO_SHA256,	0x000b, 32 },
	{ HASH_ALGO_SHA384,	0x000c, 48 },
	{ HASH_ALGO_SHA512,	0x000d, 64 },
	{ HASH_ALGO_SM3_256,	0x0012, 32 },
};

static bool set_digest(struct caretaker_record *rec, u32 kind, int hash, const u8 *digest)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(digests); i++) {
		if (digests[i].hash != hash)
			continue;
		rec->exe_kind = kind;
		rec->exe_alg = digests[i].alg;
		rec->exe_len = digests[i].len;
		memcpy(rec->exe, digest, digests[i].len);
		return true;
	}
	return false;
}

/**
 * caretaker_describe_executable - fill in the program of the process that runs
 * @rec: gets its digest, if IMA or fs-verity has one
 *
 * Only what is known already: to digest the file now would let a VMM choose how long
 * that takes.  IMA's comes first, since it is the one of the content.
 *
 * If IMA digests that file just now, this waits for it, and so for whoever serves the file:
 * call it with no lock that others need.
 */
void caretaker_describe_executable(struct caretaker_record *rec)
{
	u8 digest[FS_VERITY_MAX_DIGEST_SIZE];
	enum hash_algo hash;
	struct file *exe;
	int ima;

	static_assert(sizeof(digest) == sizeof(rec->exe));

	rec->exe_kind = CARETAKER_EXE_NONE;
	rec->exe_alg = 0;
	rec->exe_len = 0;
	memset(rec->exe, 0, sizeof(rec->exe));

	/* NULL in a kernel thread, and in a process that ends */
	exe = get_task_exe_file(current);
	if (!exe)
		return;
	ima = ima_inode_hash(file_inode(exe), digest, sizeof(digest));
	if ((ima < 0 || !set_digest(rec, CARETAKER_EXE_IMA, ima, digest)) &&
	    fsverity_get_digest(file_inode(exe), digest, NULL, &hash))
		set_digest(rec, CARETAKER_EXE_VERITY, hash, digest);
	fput(exe);
}

/**
 * caretaker_describe - fill in who acts, and what is the case now
 * @rec: gets uid and pid of the process that runs, the level of lockdown, and how many
 *	VMs have no caretaker
 */
void caretaker_describe(struct caretaker_record *rec)
{
	rec->uid = from_kuid(&init_user_ns, current_uid());
	rec->pid = task_tgid_nr(current);
	rec->lockdown = caretaker_lockdown();
	rec->without = atomic_read(&vms_without);
}

/* May the caller fill IMA's log anyhow?  Not asked for the audit log's sake */
bool caretaker_unlimited(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
}
