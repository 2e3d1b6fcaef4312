// SPDX-License-Identifier: GPL-2.0
/*
 * Evidence: each event in the life of a caretaker is one IMA critical-data record,
 * and so is what this kernel is, how it was made stricter, and which may follow it.
 *
 * IMA drops a measurement that it has seen before, so that a payload that goes and
 * comes back would leave no trace.  A sequence number over the whole boot makes
 * each record new, and shows a verifier that none is missing.  Before the first of
 * them stands what this kernel says of itself (boot.c).
 *
 * User space may extend the register as well, with bytes that look like a record.  So
 * each record commits to a secret that the next one reveals.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/ima.h>
#include <linux/kho/abi/caretaker.h>
#include <linux/kvm_types.h>
#include <linux/lockdep.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <crypto/sha2.h>
#include <kunit/visibility.h>

#include "trust.h"

static const char * const event_names[] = {
	[CARETAKER_RECORD_INSTALL]	= "caretaker-install",
	[CARETAKER_RECORD_UPDATE]	= "caretaker-update",
	[CARETAKER_RECORD_REMOVE]	= "caretaker-remove",
	[CARETAKER_RECORD_TEARDOWN]	= "caretaker-teardown",
	[CARETAKER_RECORD_REFUSE]	= "caretaker-refuse",
	[CARETAKER_RECORD_DETACH]	= "caretaker-detach",
	[CARETAKER_RECORD_ATTACH]	= "caretaker-attach",
	[CARETAKER_RECORD_ADOPT]	= "caretaker-adopt",
	[CARETAKER_RECORD_BREAK]	= "caretaker-break",
	[CARETAKER_RECORD_BOOT]		= "caretaker-boot",
	[CARETAKER_RECORD_SWITCH]	= "caretaker-switch",
	[CARETAKER_RECORD_KEXEC]	= "caretaker-kexec",
};

/* Without the text that may stand behind it; 0 for no such event */
static size_t struct_size_of(u32 event)
{
	switch (event) {
	case CARETAKER_RECORD_INSTALL ... CARETAKER_RECORD_BREAK:
		return sizeof(struct caretaker_record);
	case CARETAKER_RECORD_BOOT:
		return sizeof(struct caretaker_boot_record);
	case CARETAKER_RECORD_SWITCH:
		return sizeof(struct caretaker_switch_record);
	case CARETAKER_RECORD_KEXEC:
		return sizeof(struct caretaker_kexec_record);
	default:
		return 0;
	}
}

/*
 * Unhashed, so that a verifier can read the record in the log itself.  What the kernel is,
 * what was made stricter and what may follow it is recorded whatever the policy says:
 * nothing of user space's comes before it, and the chain begins with the kernel.  What a
 * VMM can cause is recorded where a rule asks for it.
 */
static int measure(const char *event, const void *rec, size_t size)
{
	const struct caretaker_record_header *h = rec;

	if (h->event >= CARETAKER_RECORD_BOOT)
		return ima_measure_caretaker(event, rec, size);
	return ima_measure_critical_data(CARETAKER_RECORD_LABEL, event, rec, size, false,
					 NULL, 0);
}

struct caretaker_log caretaker_boot_log = {
	.lock = __MUTEX_INITIALIZER(caretaker_boot_log.lock),
	.kernel = 1,
	.introduce = caretaker_boot_record,
	.measure = measure,
	.missed = ima_tpm_missed,
};

/*
 * The IMA log takes memory that is never given back.  A caller who lives on a budget
 * has paid for the record (budget.c); this is for the others.  The next record says how
 * many were dropped, so the kernel log need not.
 */
static struct ratelimit_state refusals =
	RATELIMIT_STATE_INIT_FLAGS(refusals, 300 * HZ, 32, RATELIMIT_MSG_ON_RELEASE);

/*
 * A number and a secret are used up only by a record that IMA took, so a verifier that
 * finds a gap knows that a record was removed.
 *
 * Once the TPM has missed a measurement its register does not lead to IMA's list any more.
 * What is recorded then is no evidence, and never will be: -EIO.
 */
static int append(struct caretaker_log *log, struct caretaker_record_header *h, size_t size)
{
	u8 next[sizeof(log->secret)];
	int err;

	lockdep_assert_held(&log->lock);

	/* The first record is made early: what is drawn before there is entropy is no secret */
	err = get_random_bytes_wait(next, sizeof(next));
	if (err)
		return err;

	h->magic = CARETAKER_RECORD_MAGIC;
	h->abi = CARETAKER_ABI_VERSION;
	h->size = size;
	h->sequence = log->sequence + 1;
	memcpy(h->reveal, log->secret, sizeof(h->reveal));
	sha256(next, sizeof(next), h->commit);

	err = log->measure(event_names[h->event], h, size);
	if (err) {
		h->sequence = 0;
		memzero_explicit(h->reveal, sizeof(h->reveal));
	} else {
		log->sequence = h->sequence;
		memcpy(log->secret, next, sizeof(log->secret));
	}
	memzero_explicit(next, sizeof(next));
	if (!err && log->missed && log->missed())
		return -EIO;
	return err > 0 ? -ENOENT : err;
}

/* Once, and before anything else: what follows is worth what this kernel is */
static int introduce(struct caretaker_log *log)
{
	struct caretaker_boot_record *rec;
	int err;

	lockdep_assert_held(&log->lock);

	if (log->introduced)
		return 0;
	rec = log->introduce(log);
	if (IS_ERR(rec))
		return PTR_ERR(rec);
	rec->h.event = CARETAKER_RECORD_BOOT;
	err = append(log, &rec->h, rec->h.size);
	log->introduced = !err || err == -EIO;
	kfree(rec);
	return err;
}

/**
 * caretaker_log_introduce - let this kernel say what it is, if it has not yet
 * @log: the log
 *
 * Return: 0 or a negative errno; the next record tries again then.
 */
int caretaker_log_introduce(struct caretaker_log *log)
{
	guard(mutex)(&log->lock);
	return introduce(log);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_log_introduce);

/**
 * caretaker_log_append - number a record and measure it
 * @log: the log
 * @h: the header of the record, with its event and result; the rest is filled in, and
 *	@dropped of a struct caretaker_record
 * @size: bytes of the record, with the text behind the struct
 *
 * If this kernel has not said yet what it is, this comes first; and if that cannot be
 * recorded, nothing is.
 *
 * Return: 0; -EINVAL for no such event or too small a size; -E2BIG if @size does not
 * fit into the header; -EIO if the TPM has missed a measurement; what IMA says.
 */
int caretaker_log_append(struct caretaker_log *log, struct caretaker_record_header *h,
			 size_t size)
{
	struct caretaker_record *rec = NULL;
	int err;

	if (!struct_size_of(h->event) || size < struct_size_of(h->event) ||
	    h->event == CARETAKER_RECORD_BOOT)
		return -EINVAL;
	if (size > U16_MAX)
		return -E2BIG;
	if (h->event <= CARETAKER_RECORD_BREAK)
		rec = container_of(h, struct caretaker_record, h);

	guard(mutex)(&log->lock);
	err = introduce(log);
	if (err)
		return err;
	if (rec)
		rec->dropped = log->dropped;
	err = append(log, h, size);
	if (!err && rec)
		log->dropped = 0;
	return err;
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
 * @rec: what happened; the header, @dropped, and what process.c tells are filled in
 *
 * Call it without KVM's locks: IMA allocates, and waits for the TPM.
 *
 * Return: 0, -ENOENT if no IMA rule asks for the label "caretaker" or IMA is not built in,
 * -ENODEV if IMA did not come up, -EIO if the TPM has missed a measurement, this one or one
 * before, or another negative errno.  But for -EIO no record exists then, and no number was
 * used up.
 */
int caretaker_record(struct caretaker_record *rec)
{
	caretaker_describe_executable(rec);
	caretaker_describe(rec);
	return caretaker_log_append(&caretaker_boot_log, &rec->h, sizeof(*rec));
}
EXPORT_SYMBOL_FOR_KVM(caretaker_record);

/* Where a signature is required, somebody relies on the evidence as well */
static int refuse_without(u32 event, int err)
{
	if (!err || !caretaker_enforced())
		return 0;
	pr_warn_ratelimited("refused: IMA made no record of the %s (%d)\n",
			    event_names[event], err);
	return err;
}

/**
 * caretaker_append_or_refuse - leave evidence of what is to happen next
 * @h: the header, as for caretaker_log_append()
 * @size: bytes of the record
 *
 * Return: 0 if it may happen; else what caretaker_log_append() gives.
 */
int caretaker_append_or_refuse(struct caretaker_record_header *h, size_t size)
{
	return refuse_without(h->event, caretaker_log_append(&caretaker_boot_log, h, size));
}

/**
 * caretaker_record_or_refuse - leave evidence of what is to happen next to a caretaker
 * @rec: as for caretaker_record()
 *
 * Return: 0 if it may happen; else what caretaker_record() gives.
 */
int caretaker_record_or_refuse(struct caretaker_record *rec)
{
	return refuse_without(rec->h.event, caretaker_record(rec));
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
 * @id: result: 16 bytes drawn at random, which no VM of any boot or host has
 *
 * Nothing that the VMM says goes into either.
 */
u64 caretaker_vm_serial(u8 *id)
{
	get_random_bytes(id, sizeof_field(struct caretaker_record, vm_id));
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
	to->kernel = log->kernel;
	to->sequence = log->sequence;
	memcpy(to->secret, log->secret, sizeof(to->secret));
	to->dropped = log->dropped;
	to->vm_serial = atomic64_read(&log->last_vm);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_log_save);

/* Before the first record and the first VM */
void caretaker_log_inherit(struct caretaker_log *log, const struct kho_caretaker *from)
{
	guard(mutex)(&log->lock);
	log->kernel = from->kernel + 1;
	log->sequence = from->sequence;
	memcpy(log->secret, from->secret, sizeof(log->secret));
	log->dropped = from->dropped;
	atomic64_set(&log->last_vm, from->vm_serial);
}
