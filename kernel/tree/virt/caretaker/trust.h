/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the built-in files of virt/caretaker/ share with each other and with
 * their KUnit test.  Each mechanism works on a state that it is handed, so that
 * the test can try a one-way switch without throwing the kernel's own.
 */
#ifndef _CARETAKER_TRUST_H
#define _CARETAKER_TRUST_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/kvm_caretaker.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "elf.h"

struct caretaker_trailer;
struct kho_caretaker;
struct kimage;
struct seq_file;

/*
 * The loader's own rules, which continue the parser's (rules.h).  They go into the
 * record of a refusal, so a number keeps its meaning for ever.
 */
enum caretaker_loader_rule {
	CARETAKER_RULE_READ		= CARETAKER_RULE_LOADER, /* not readable, or not allowed */
	CARETAKER_RULE_UNSIGNED		= 129,	/* unsigned, and a signature is required */
	CARETAKER_RULE_CAPABILITY	= 130,	/* not vouched for, and no CAP_SYS_MODULE */
	CARETAKER_RULE_SIGNATURE	= 131,	/* not a valid signature of these bytes */
	CARETAKER_RULE_SIGNER_UNKNOWN	= 132,	/* no trusted key knows the signer */
	CARETAKER_RULE_SIGNER_REVOKED	= 133,
	CARETAKER_RULE_PAYLOAD_REVOKED	= 134,	/* its digest is on the blacklist */
	CARETAKER_RULE_SVN		= 135,	/* below the floor of its name */
	CARETAKER_RULE_BUDGET		= 136,	/* too many records; only in the kernel log */
	CARETAKER_RULE_LATE		= 137,	/* a signature came to be required meanwhile */
	CARETAKER_RULE_LSM		= 140,	/* not vouched for, and an LSM says no */
};

/* --- svn.c: floors of security versions ---------------------------------- */

#define CARETAKER_SVN_FLOORS	32

/**
 * struct caretaker_floors - the lowest SVN that each payload name may have
 * @lock:	guards all the rest
 * @closed:	a floor was asked for at boot that cannot be held; nothing is
 *		known to reach it, so nothing passes
 * @raised:	how often a floor went up
 * @count:	entries in use
 * @floor:	names (NUL-padded, as in the note) and their floors
 */
struct caretaker_floors {
	spinlock_t lock;	/* the rest of this struct */
	bool closed;
	unsigned int raised;
	unsigned int count;
	struct {
		char name[CARETAKER_NAME_LEN];
		u32 svn;
	} floor[CARETAKER_SVN_FLOORS];
};

int caretaker_floors_raise(struct caretaker_floors *floors, char *text, char sep);
void caretaker_floors_close(struct caretaker_floors *floors);
int caretaker_floors_check(struct caretaker_floors *floors, const char *name,
			   u32 svn, bool *set);
u32 caretaker_floors_get(struct caretaker_floors *floors, const char *name);
u32 caretaker_floors_state(struct caretaker_floors *floors, struct caretaker_boot_floor *to);
void caretaker_floors_show(struct caretaker_floors *floors, struct seq_file *m);
bool caretaker_floors_set(struct caretaker_floors *floors);
void caretaker_floors_save(struct caretaker_floors *floors, struct kho_caretaker *to);
int caretaker_floors_inherit(struct caretaker_floors *floors, const char *name, u32 svn);

/* --- switch.c: boot parameter, latch ------------------------------------- */

/**
 * struct caretaker_switches - what the operator asked for
 * @isolated:	caretakers are allowed that have page tables of their own
 * @any:	and those on the host's; without either there are none
 * @enforce:	a signature is required; never goes back to false
 * @nonglobal:	no kernel mapping is global, X86_FEATURE_NONGLOBAL
 * @builtin:	builtin keys alone vouch
 * @no_machine:	the machine owner's keys do not
 * @floors:	SVN floors
 */
struct caretaker_switches {
	bool isolated;
	bool any;
	bool enforce;
	bool nonglobal;
	bool builtin;
	bool no_machine;
	struct caretaker_floors floors;
};

#define CARETAKER_SWITCHES_INIT(name) \
	{ .floors.lock = __SPIN_LOCK_UNLOCKED((name).floors.lock) }

extern struct caretaker_switches caretaker_switches;

void caretaker_switches_parse(struct caretaker_switches *sw, char *words);
bool caretaker_switches_allow(const struct caretaker_switches *sw, bool shared);
int caretaker_switches_enforce(struct caretaker_switches *sw, const char *text);
u32 caretaker_switches_state(struct caretaker_switches *sw);
bool caretaker_switches_set(struct caretaker_switches *sw);
void caretaker_switches_save(struct caretaker_switches *sw, struct kho_caretaker *to);

/* Held to make a switch stricter, and from the last look at all of them to the record */
extern struct mutex caretaker_decision;

int caretaker_svn_check(const char *name, u32 svn, bool *set);
u32 caretaker_svn_floor(const char *name);
u32 caretaker_lockdown(void);

/* --- record.c: evidence --------------------------------------------------- */

/**
 * struct caretaker_log - the sequence of records
 * @lock:	held over numbering and measuring, so that the numbers in the IMA
 *		log ascend
 * @introduced:	the record of this kernel itself was made
 * @kernel:	number of this kernel since the last reset
 * @sequence:	of the last record that was made
 * @secret:	what that record committed to; zero before the first
 * @dropped:	refusals since then that were not recorded
 * @last_vm:	serial of the last VM
 * @introduce:	what this kernel says of itself before any other record: a record
 *		without its header, but for the size; kfree() it
 * @measure:	makes one record; 0 or a negative errno
 * @missed:	has the TPM missed a measurement?  NULL: never
 */
struct caretaker_log {
	struct mutex lock;	/* from numbering a record to its measurement */
	bool introduced;
	u64 kernel;
	u64 sequence;
	u8 secret[sizeof_field(struct caretaker_record_header, reveal)];
	u32 dropped;
	atomic64_t last_vm;
	struct caretaker_boot_record *(*introduce)(const struct caretaker_log *log);
	int (*measure)(const char *event, const void *rec, size_t size);
	bool (*missed)(void);
};

extern struct caretaker_log caretaker_boot_log;

int caretaker_log_append(struct caretaker_log *log, struct caretaker_record_header *h,
			 size_t size);
int caretaker_log_introduce(struct caretaker_log *log);
int caretaker_append_or_refuse(struct caretaker_record_header *h, size_t size);
void caretaker_log_drop(struct caretaker_log *log);
void caretaker_log_save(struct caretaker_log *log, struct kho_caretaker *to);
void caretaker_log_inherit(struct caretaker_log *log, const struct kho_caretaker *from);

/* --- boot.c: what this kernel says of itself ------------------------------- */

struct caretaker_boot_record *caretaker_boot_record(const struct caretaker_log *log);

/* --- process.c: in whose name something happens ---------------------------- */

void caretaker_describe_executable(struct caretaker_record *rec);
void caretaker_describe(struct caretaker_record *rec);
bool caretaker_unlimited(void);

/* --- budget.c: who may cause how many records ----------------------------- */

#define CARETAKER_ACCOUNTS		256
#define CARETAKER_ACCOUNT_NAMESPACE	BIT_ULL(32) /* above any user id */

/**
 * struct caretaker_rate - how fast a budget may be spent
 * @at_once:	records by one who has been quiet for long
 * @seconds:	after which one more is allowed
 */
struct caretaker_rate {
	unsigned int at_once;
	unsigned int seconds;
};

/**
 * struct caretaker_budgets - buckets of users
 * @lock:	guards all the rest, and the buckets of VMs
 * @user:	those who have spent something lately
 * @others:	shared by who found no bucket
 */
struct caretaker_budgets {
	spinlock_t lock;	/* all buckets */
	struct caretaker_bucket user[CARETAKER_ACCOUNTS];
	struct caretaker_bucket others;
};

struct cred;

bool caretaker_budgets_take(struct caretaker_budgets *all, u64 account,
			    struct caretaker_bucket *vm, unsigned int records, u64 now);
u64 caretaker_account(const struct cred *cred);

/* --- handover.c: from one kernel to the next ------------------------------ */

#ifdef CONFIG_KEXEC_CORE
bool caretaker_handed_over(const struct kimage *image);
#endif

/* offer.c: what became of the handover of the kernel before, CARETAKER_HANDOVER_* */
extern u32 caretaker_handover;
extern bool caretaker_handover_was_offered;

u32 caretaker_handover_end(struct caretaker_switches *sw, bool offered, bool kho_boot, int err);

int caretaker_inherit(struct caretaker_switches *sw, struct caretaker_log *log,
		      const struct kho_caretaker *state, size_t size);

/* --- verify.c: signature and revocation ----------------------------------- */

int caretaker_verify(const void *data, const struct caretaker_trailer *trailer,
		     struct caretaker_record *rec, u32 *rule);

#endif /* _CARETAKER_TRUST_H */
