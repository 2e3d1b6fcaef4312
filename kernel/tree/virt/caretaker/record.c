// SPDX-License-Identifier: GPL-2.0
/*
 * Evidence: each event in the life of a caretaker is one IMA critical-data record.
 *
 * IMA drops a measurement that it has seen before, so that a payload that goes and
 * comes back would leave no trace.  A sequence number over the whole boot makes
 * each record new, and shows a verifier that none is missing.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/ima.h>
#include <linux/kho/abi/caretaker.h>
#include <linux/kvm_types.h>
#include <linux/ratelimit.h>
#include <kunit/visibility.h>

#include "trust.h"

static const char * const event_names[] = {
	[CARETAKER_RECORD_INSTALL]	= "caretaker-install",
	[CARETAKER_RECORD_UPDATE]	= "caretaker-update",
	[CARETAKER_RECORD_REMOVE]	= "caretaker-remove",
	[CARETAKER_RECORD_TEARDOWN]	= "caretaker-teardown",
	[CARETAKER_RECORD_REFUSE]	= "caretaker-refuse",
	[CARETAKER_RECORD_DETACH]	= "caretaker-detach",
	[CARETAKER_RECORD_ADOPT]	= "caretaker-adopt",
};

/* Unhashed, so that a verifier can read the record in the log itself */
static int measure(const char *event, const struct caretaker_record *rec)
{
	return ima_measure_critical_data(CARETAKER_RECORD_LABEL, event, rec,
					 sizeof(*rec), false, NULL, 0);
}

struct caretaker_log caretaker_boot_log = {
	.lock = __MUTEX_INITIALIZER(caretaker_boot_log.lock),
	.measure = measure,
};

/*
 * The IMA log takes memory that is never given back.  A caller who lives on a budget
 * has paid for the record (budget.c); this is for the others.  The next record says how
 * many were dropped, so the kernel log need not.
 */
static struct ratelimit_state refusals =
	RATELIMIT_STATE_INIT_FLAGS(refusals, 300 * HZ, 32, RATELIMIT_MSG_ON_RELEASE);

/**
 * caretaker_log_append - number a record and measure it
 * @log: the log
 * @rec: the record; the header, @sequence and @dropped are filled in
 *
 * A number is used up only by a record that IMA took, so a verifier that finds a
 * gap knows that a record was removed.
 *
 * Return: 0 or a negative errno.
 */
int caretaker_log_append(struct caretaker_log *log, struct caretaker_record *rec)
{
	int err;

	if (rec->h.event >= ARRAY_SIZE(event_names) || !event_names[rec->h.event])
		return -EINVAL;

	guard(mutex)(&log->lock);
	rec->h.magic = CARETAKER_RECORD_MAGIC;
	rec->h.abi = CARETAKER_ABI_VERSION;
	rec->h.size = sizeof(*rec);
	rec->h.sequence = log->sequence + 1;
	rec->dropped = log->dropped;

	err = log->measure(event_names[rec->h.event], rec);
	if (err) {
		rec->h.sequence = 0;
		return err < 0 ? err : -ENOENT;
	}
	log->sequence = rec->h.sequence;
	log->dropped = 0;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_log_append);

/* Count a refusal that gets no record; the next record tells how many there were */
void caretaker_log_drop(struct caretaker_log *log)
{
	guard(mutex)(&log->lock);
	if (log->dropped != U32_MAX)
		log->dropped++;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_log_drop);

/**
 * caretaker_record - leave evidence of an event
 * @rec: what happened; the header, @sequence and @dropped are filled in
 *
 * Call it without KVM's locks: IMA allocates, and waits for the TPM.  That the TPM
 * took the extension is not known here (IMA does not tell); a verifier sees it.
 *
 * Return: 0, -ENOENT if no IMA rule asks for the label "caretaker" or IMA is not
 * built in, or another negative errno.  No record exists then, and no number was
 * used up.
 */
int caretaker_record(struct caretaker_record *rec)
{
	return caretaker_log_append(&caretaker_boot_log, rec);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_record);

/**
 * caretaker_record_or_refuse - leave evidence of what is to happen next
 * @rec: as for caretaker_record()
 *
 * Where a signature is required, somebody relies on the evidence as well.
 *
 * Return: 0 if it may happen; else what caretaker_record() gives.
 */
int caretaker_record_or_refuse(struct caretaker_record *rec)
{
	int ret = caretaker_record(rec);

	if (ret && caretaker_enforced()) {
		pr_warn_ratelimited("refused: IMA made no record of the %s (%d)\n",
				    event_names[rec->h.event], ret);
		return ret;
	}
	return 0;
}
EXPORT_SYMBOL_FOR_KVM(caretaker_record_or_refuse);

/**
 * caretaker_refuse - leave evidence of a refusal
 * @rec: what is known of the payload; @event and @result are overwritten
 * @err: the errno that user space gets
 *
 * caretaker_load() calls it for its own refusals; KVM for what it refuses later.  One
 * call of the ioctl leaves one record at most, which caretaker_spend() has paid for.
 */
void caretaker_refuse(struct caretaker_record *rec, int err)
{
	rec->h.event = CARETAKER_RECORD_REFUSE;
	rec->h.result = err;
	if ((caretaker_unlimited() && !__ratelimit(&refusals)) || caretaker_record(rec))
		caretaker_log_drop(&caretaker_boot_log);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_refuse);

/**
 * caretaker_vm_serial - a number for a VM that no other VM of this boot has
 */
u64 caretaker_vm_serial(void)
{
	return atomic64_inc_return(&caretaker_boot_log.last_vm);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_vm_serial);

/* --- kexec: handover.c ---------------------------------------------------- */

/*
 * The IMA log goes on in the next kernel, and so do the numbers in it: a record that
 * equals one of the last kernel would be dropped as a duplicate.
 */
void caretaker_log_save(struct caretaker_log *log, struct kho_caretaker *to)
{
	guard(mutex)(&log->lock);
	to->sequence = log->sequence;
	to->dropped = log->dropped;
	to->vm_serial = atomic64_read(&log->last_vm);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_log_save);

/* Before the first record and the first VM */
void caretaker_log_inherit(struct caretaker_log *log, const struct kho_caretaker *from)
{
	guard(mutex)(&log->lock);
	log->sequence = from->sequence;
	log->dropped = from->dropped;
	atomic64_set(&log->last_vm, from->vm_serial);
}
