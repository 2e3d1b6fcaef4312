// SPDX-License-Identifier: GPL-2.0
/*
 * From a file descriptor to a payload that may be installed.
 *
 * The file is read once; all that follows is about that one copy.  Nothing of the
 * ELF is looked at before the signature holds.  The order of the checks is part of
 * the ABI, since it decides which error user space sees:
 *
 *	read, with the hooks of LSMs and IMA
 *	trailer			where the signed bytes end
 *	blacklist		are these bytes revoked
 *	signature, or the permission to go without
 *	ELF and note		is it a caretaker that this kernel can run
 *	SVN			is it new enough
 *
 * What an operator can make stricter is asked once more when the record is made.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kernel_read_file.h>
#include <linux/kvm_types.h>
#include <linux/minmax.h>
#include <linux/module_signature.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <kunit/visibility.h>

#include "trust.h"

/* elf.c and trailer.c know nothing of the kernel, so their exports are here */
EXPORT_SYMBOL_IF_KUNIT(caretaker_trailer_parse);
EXPORT_SYMBOL_IF_KUNIT(caretaker_elf_parse);

#define MAX_BYTES	(CARETAKER_MAX_FILE + CARETAKER_MAX_SIGNATURE + \
			 sizeof(struct module_signature) +		\
			 sizeof(MODULE_SIGNATURE_MARKER) - 1)

#define NO_HEADER	(~0U)

static const char *loader_rule_text(u32 rule)
{
	switch (rule) {
	case CARETAKER_RULE_READ:
		return "the file cannot be read, or must not be";
	case CARETAKER_RULE_UNSIGNED:
		return "unsigned payload";
	case CARETAKER_RULE_CAPABILITY:
		return "not signed by a trusted key, and the caller lacks CAP_SYS_MODULE";
	case CARETAKER_RULE_SIGNATURE:
		return "the signature is not valid";
	case CARETAKER_RULE_SIGNER_UNKNOWN:
		return "no trusted key knows the signer";
	case CARETAKER_RULE_SIGNER_REVOKED:
		return "a key that signed it is revoked";
	case CARETAKER_RULE_PAYLOAD_REVOKED:
		return "the payload itself is revoked";
	case CARETAKER_RULE_SVN:
		return "the SVN is below the floor";
	case CARETAKER_RULE_LSM:
		return "not signed by a trusted key, and a security module forbids that";
	case CARETAKER_RULE_LATE:
		return "not signed by a trusted key, and a signature has come to be required";
	}
	return caretaker_rule_text(rule);
}

/* Why a signature was required, for people */
static const char *enforced_text(u32 enforce)
{
	static const char * const text[] = {
		"",
		": enforced by secure boot",
		": enforced by lockdown",
		": enforced by secure boot, lockdown",
		": enforced by switch",
		": enforced by secure boot, switch",
		": enforced by lockdown, switch",
		": enforced by secure boot, lockdown, switch",
	};

	BUILD_BUG_ON((CARETAKER_ENFORCE_SECURE_BOOT | CARETAKER_ENFORCE_LOCKDOWN |
		      CARETAKER_ENFORCE_SWITCH) != ARRAY_SIZE(text) - 1);
	return text[enforce & (ARRAY_SIZE(text) - 1)];
}

/*
 * A line for each refusal, so that whoever tries a set of files is told about all
 * of them; yet anyone with /dev/kvm can be refused as often as they like, and must
 * not drown what else is in the log.  Over time this is less than the usual 10
 * lines in 5 seconds.
 */
static DEFINE_RATELIMIT_STATE(refusals_logged, 300 * HZ, 256);

static void log_refusal(const struct caretaker_record *rec, int err,
			const struct caretaker_broken *broken)
{
	const char *why = "";
	char where[64] = "";

	if (!__ratelimit(&refusals_logged))
		return;
	if (broken->rule == CARETAKER_RULE_UNSIGNED ||
	    broken->rule == CARETAKER_RULE_SIGNER_UNKNOWN ||
	    broken->rule == CARETAKER_RULE_LATE)
		why = enforced_text(rec->enforce);
	else if (broken->rule < CARETAKER_RULE_LOADER && broken->index != NO_HEADER)
		scnprintf(where, sizeof(where), ", header %u, offset %#llx",
			  broken->index, broken->offset);
	else if (broken->rule < CARETAKER_RULE_LOADER)
		scnprintf(where, sizeof(where), ", offset %#llx", broken->offset);

	pr_warn("payload refused (%pe) for %s[%d]: %s%s (rule %u%s)\n", ERR_PTR(err),
		current->comm, task_pid_nr(current), loader_rule_text(broken->rule), why,
		broken->rule, where);
}

static int break_rule(struct caretaker_broken *broken, u32 rule, int err)
{
	broken->rule = rule;
	broken->index = NO_HEADER;
	broken->offset = 0;
	return err;
}

/*
 * Nobody vouches for the payload.  /dev/kvm must never be enough to get code into
 * ring 0, so it takes what loading an unsigned module takes: a kernel that enforces
 * nothing, and CAP_SYS_MODULE in the initial namespace.
 */
static int waive(struct caretaker_record *rec, u32 rule, int err,
		 struct caretaker_broken *broken)
{
	if (rec->enforce)
		return break_rule(broken, rule, err);
	if (!capable(CAP_SYS_MODULE))
		return break_rule(broken, CARETAKER_RULE_CAPABILITY, -EPERM);
	/* Lockdown itself was among what is enforced; this asks the others */
	if (security_locked_down(LOCKDOWN_CARETAKER))
		return break_rule(broken, CARETAKER_RULE_LSM, -EPERM);
	rec->enforce |= CARETAKER_WAIVED_SIGNATURE;
	return 0;
}

static int check_signature(struct caretaker_record *rec, const void *data,
			   const struct caretaker_trailer *trailer,
			   struct caretaker_broken *broken)
{
	u32 rule;
	int err;

	err = caretaker_verify(data, trailer, rec, &rule);
	if (!err)
		return 0;
	if (rule == CARETAKER_RULE_UNSIGNED || rule == CARETAKER_RULE_SIGNER_UNKNOWN)
		return waive(rec, rule, err, broken);
	return break_rule(broken, rule, err);
}

static int check_image(struct caretaker_record *rec, struct caretaker_payload *payload,
		       struct caretaker_broken *broken)
{
	const struct caretaker_note *note = &payload->image.note;
	bool floor;
	int err;

	err = caretaker_elf_parse(payload->data, payload->signed_size,
				  &payload->image, broken);
	if (err)
		return err;

	rec->payload_abi = note->abi;
	rec->svn = note->svn;
	rec->mandatory = note->mandatory;
	rec->optional = note->optional;
	memcpy(rec->name, note->name, sizeof(rec->name));
	memcpy(rec->version, note->version, sizeof(rec->version));

	err = caretaker_svn_check(note->name, note->svn, &floor);
	if (floor)
		rec->enforce |= CARETAKER_ENFORCE_SVN_FLOOR;
	rec->svn_floor = caretaker_svn_floor(note->name);
	if (err)
		return break_rule(broken, CARETAKER_RULE_SVN, err);
	return 0;
}

static int check(struct caretaker_record *rec, struct caretaker_payload *payload,
		 struct caretaker_broken *broken)
{
	struct caretaker_trailer trailer;
	int err;

	/* -ENODATA: unsigned, and all of the file is payload */
	err = caretaker_trailer_parse(payload->data, payload->size, &trailer, broken);
	if (err && err != -ENODATA)
		return err;
	payload->signed_size = trailer.signed_size;

	err = check_signature(rec, payload->data, &trailer, broken);
	if (err)
		return err;
	return check_image(rec, payload, broken);
}

/*
 * What kernel_read_file() would allocate is charged to nobody, and each vCPU may have a
 * payload of its own: so the memory is the VMM's.  A file that is larger by the time that
 * it is read does not fit, and is refused as one that is too large.
 */
static int read_payload(int fd, struct caretaker_payload *payload)
{
	CLASS(fd, f)(fd);
	ssize_t size;

	if (fd_empty(f) || !(fd_file(f)->f_mode & FMODE_READ))
		return -EBADF;
	size = clamp_t(loff_t, i_size_read(file_inode(fd_file(f))), 1, MAX_BYTES);
	payload->data = __vmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!payload->data)
		return -ENOMEM;
	size = kernel_read_file(fd_file(f), 0, &payload->data, size, NULL, READING_CARETAKER);
	if (size < 0)
		return size;
	payload->size = size;
	return 0;
}

/* What says nothing about a file leaves no evidence */
static bool is_refusal(int err)
{
	return err != -EBADF && err != -ENOMEM && err != -EINTR && err != -ERESTARTSYS;
}

/**
 * caretaker_load - decide whether a file may become a caretaker
 * @fd: the file, open for reading and by nobody for writing
 * @rec: the record of the install.  The caller has zeroed it and filled in @vm,
 *	@vcpu, @mode, @vmm_id and @flags; the rest comes from here, except the header
 *	and @sequence.  On success its @event is CARETAKER_RECORD_INSTALL.
 * @out: the payload, with one reference for the caller
 *
 * On failure the refusal has been logged and recorded, and nothing else changed.
 * Call it without KVM's locks.  Documentation/virt/kvm/caretaker.rst lists the errors.
 *
 * Return: 0 or a negative errno.
 */
int caretaker_load(int fd, struct caretaker_record *rec,
		   struct caretaker_payload **out)
{
	struct caretaker_payload *payload;
	struct caretaker_broken broken;
	int err;

	payload = kzalloc_obj(*payload);
	if (!payload)
		return -ENOMEM;
	refcount_set(&payload->refs, 1);

	/* Who serves the file may let it wait for long: caretaker_admit() looks again */
	rec->enforce = caretaker_enforced();
	break_rule(&broken, CARETAKER_RULE_READ, 0);
	err = read_payload(fd, payload);
	if (!err)
		err = check(rec, payload, &broken);
	if (err)
		goto refuse;

	/* May wait for whoever serves that file; nothing is held yet */
	caretaker_describe_executable(rec);
	rec->h.event = CARETAKER_RECORD_INSTALL;
	*out = payload;
	return 0;

refuse:
	if (is_refusal(err)) {
		rec->rule = broken.rule;
		log_refusal(rec, err, &broken);
		caretaker_refuse(rec, err);
	}
	caretaker_payload_put(payload);
	return err;
}
EXPORT_SYMBOL_FOR_KVM(caretaker_load);

/*
 * Are the reasons for which the payload passed still there?  The signature and the format
 * are about bytes, which do not change; these two are about the host.
 */
static int decide(struct caretaker_record *rec)
{
	u32 why = caretaker_enforced();
	bool floor;
	int err;

	lockdep_assert_held(&caretaker_decision);

	rec->enforce = why | (rec->enforce & CARETAKER_WAIVED_SIGNATURE);
	if (why && (rec->enforce & CARETAKER_WAIVED_SIGNATURE)) {
		rec->enforce = why;
		rec->rule = CARETAKER_RULE_LATE;
		return -EPERM;
	}
	err = caretaker_svn_check(rec->name, rec->svn, &floor);
	rec->svn_floor = caretaker_svn_floor(rec->name);
	if (floor)
		rec->enforce |= CARETAKER_ENFORCE_SVN_FLOOR;
	if (err)
		rec->rule = CARETAKER_RULE_SVN;
	return err;
}

/**
 * caretaker_admit - the last decision about a payload, and the record of it
 * @rec: the record of the install or update; its @result is 0
 *
 * Between caretaker_load() and here lies what user space may draw out: a read of a file
 * that somebody serves.  So what an operator can make stricter is asked again, and the
 * record is made, while nobody can.  The caller publishes the payload if this gives 0,
 * and only then.
 *
 * Return: 0; -EPERM if a signature is required meanwhile; -ESTALE if a floor was raised;
 * or what caretaker_append_or_refuse() gives.
 */
int caretaker_admit(struct caretaker_record *rec)
{
	struct caretaker_broken broken;
	int err;

	scoped_guard(mutex, &caretaker_decision) {
		err = decide(rec);
		if (!err) {
			caretaker_describe(rec);
			err = caretaker_append_or_refuse(&rec->h, sizeof(*rec));
			if (err)
				return err;
		}
	}
	if (err) {
		break_rule(&broken, rec->rule, err);
		log_refusal(rec, err, &broken);
		caretaker_refuse(rec, err);
		return err;
	}
	if (rec->enforce & CARETAKER_WAIVED_SIGNATURE) {
		add_taint(TAINT_USER, LOCKDEP_STILL_OK);
		pr_notice("payload %.*s is not signed by a trusted key: allowed for %s[%d], kernel tainted\n",
			  CARETAKER_NAME_LEN, rec->name, current->comm,
			  task_pid_nr(current));
	}
	return 0;
}
EXPORT_SYMBOL_FOR_KVM(caretaker_admit);

/**
 * caretaker_payload_put - drop a reference to a payload
 * @payload: what caretaker_load() gave, or NULL
 */
void caretaker_payload_put(struct caretaker_payload *payload)
{
	if (!payload || !refcount_dec_and_test(&payload->refs))
		return;
	vfree(payload->data);
	kfree(payload);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_payload_put);
