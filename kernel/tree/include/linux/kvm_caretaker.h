/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The built-in half of KVM caretakers: what decides whether a file may become
 * one, and what records that it did.
 *
 * It is built in, and KVM may be a module: the enforce latch, the SVN floors,
 * the record sequence and the VM serial must not start again when kvm.ko does.
 */
#ifndef _LINUX_KVM_CARETAKER_H
#define _LINUX_KVM_CARETAKER_H

#include <linux/caretaker_bucket.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct kimage;

#ifdef CONFIG_KVM_CARETAKER

#include <linux/caretaker_image.h>
#include <linux/caretaker_record.h>

/**
 * struct caretaker_payload - a file that passed every check of caretaker_load()
 * @refs:	drop with caretaker_payload_put()
 * @data:	the whole file as it was read once, signature included (vmalloc)
 * @size:	bytes in @data
 * @signed_size: bytes at its start that the signature covers, or all of them
 * @image:	what the parser found in the signed bytes
 */
struct caretaker_payload {
	refcount_t refs;
	void *data;
	size_t size;
	size_t signed_size;
	struct caretaker_image image;
};

/*
 * Records that a VM may leave when it ends, whatever is left of a budget by then: that
 * its caretaker broke the contract, and that it is gone.  The first install pays them.
 */
#define CARETAKER_END_RECORDS	2

int caretaker_load(int fd, struct caretaker_record *rec,
		   struct caretaker_payload **out);
int caretaker_admit(struct caretaker_record *rec);
void caretaker_payload_put(struct caretaker_payload *payload);

int caretaker_spend(struct caretaker_bucket *vm, unsigned int records);
int caretaker_record(struct caretaker_record *rec);
int caretaker_record_or_refuse(struct caretaker_record *rec);
void caretaker_refuse(struct caretaker_record *rec, int err);
u64 caretaker_vm_serial(u8 *id);
void caretaker_vms_without(int more);
void caretaker_lockdown_begin(void);
void caretaker_lockdown_end(bool raised);

u32 caretaker_enforced(void);
bool caretaker_allowed(bool shared);

void caretaker_handover_offered(void);

#else

static inline void caretaker_handover_offered(void)
{
}

static inline void caretaker_lockdown_begin(void) {}
static inline void caretaker_lockdown_end(bool raised) {}

#endif /* CONFIG_KVM_CARETAKER */

#if defined(CONFIG_KVM_CARETAKER) && defined(CONFIG_KEXEC_CORE)
int caretaker_kexec_check(const struct kimage *image);
int caretaker_kexec_record(const struct kimage *image);
#else
static inline int caretaker_kexec_check(const struct kimage *image)
{
	return 0;
}

static inline int caretaker_kexec_record(const struct kimage *image)
{
	return 0;
}
#endif

#endif /* _LINUX_KVM_CARETAKER_H */
