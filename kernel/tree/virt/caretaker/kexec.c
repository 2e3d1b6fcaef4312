// SPDX-License-Identifier: GPL-2.0
/*
 * Evidence of each kernel that was loaded by kexec, and so may follow this one.
 *
 * What IMA says of it hangs on the policy, and of a dump kernel IMA says little: after
 * a crash the TPM's registers are as this kernel left them.  So the load itself is a
 * record, and is refused where a record is required and cannot be made.
 */
#include <linux/cred.h>
#include <linux/kexec.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <crypto/sha2.h>

#include "trust.h"

#ifdef CONFIG_KEXEC_FILE
/* Without the NUL that ends it */
static size_t command_line_length(const struct kimage *image)
{
	return image->file_mode && image->cmdline_buf_len ? image->cmdline_buf_len - 1 : 0;
}

static void describe_files(const struct kimage *image, size_t length,
			   struct caretaker_kexec_record *rec)
{
	if (!image->file_mode)
		return;
	rec->flags |= CARETAKER_KEXEC_FILE;
	sha256(image->kernel_buf, image->kernel_buf_len, rec->image);
	if (image->initrd_buf_len) {
		rec->flags |= CARETAKER_KEXEC_INITRD;
		sha256(image->initrd_buf, image->initrd_buf_len, rec->initrd);
	}
	rec->command_line_len = length;
	sha256((const u8 *)image->cmdline_buf, length, rec->command_line);
	memcpy(rec + 1, image->cmdline_buf, length);
}
#else
static size_t command_line_length(const struct kimage *image)
{
	return 0;
}

static void describe_files(const struct kimage *image, size_t length,
			   struct caretaker_kexec_record *rec)
{
}
#endif

/**
 * caretaker_kexec_record - leave evidence of a kernel that is about to be loaded
 * @image: the kernel, complete, with its files still in memory
 *
 * kexec_load() brings segments of which nothing is known; its record says so.
 *
 * Return: 0, or why it must not be loaded: as caretaker_append_or_refuse(), -ENOMEM.
 */
int caretaker_kexec_record(const struct kimage *image)
{
	const size_t length = command_line_length(image);
	struct caretaker_kexec_record *rec;
	int err;

	rec = kzalloc(sizeof(*rec) + length, GFP_KERNEL);
	if (!rec)
		return -ENOMEM;
	rec->h.event = CARETAKER_RECORD_KEXEC;
	rec->type = image->type == KEXEC_TYPE_CRASH ? CARETAKER_KEXEC_CRASH :
						      CARETAKER_KEXEC_DEFAULT;
	if (image->type != KEXEC_TYPE_CRASH && caretaker_handed_over(image))
		rec->flags |= CARETAKER_KEXEC_HANDOVER;
	rec->uid = from_kuid(&init_user_ns, current_uid());
	describe_files(image, length, rec);
	err = caretaker_append_or_refuse(&rec->h, sizeof(*rec) + length);
	kfree(rec);
	return err;
}
