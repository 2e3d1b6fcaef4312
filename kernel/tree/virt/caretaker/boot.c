// SPDX-License-Identifier: GPL-2.0
/*
 * What this kernel says of itself, before the first record of anything else.
 *
 * A verifier that takes the command line, lockdown or Secure Boot from what a boot
 * loader measured must know how each loader measures, and knows nothing of a kernel
 * that kexec started.  This kernel knows what it parsed and what it enforces.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/buildid.h>
#include <linux/efi.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/secure_boot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <asm/setup.h>
#include <crypto/sha2.h>

#include "trust.h"

static u32 secure_boot(void)
{
	if (arch_get_secureboot())
		return CARETAKER_SECURE_BOOT_ON;
	/* As the EFI stub or the boot loader left it */
	return boot_params.secure_boot == efi_secureboot_mode_disabled ?
	       CARETAKER_SECURE_BOOT_OFF : CARETAKER_SECURE_BOOT_UNKNOWN;
}

static void describe_image(struct caretaker_boot_record *rec)
{
	static_assert(sizeof(rec->build_id) == sizeof(vmlinux_build_id));

	if (memchr_inv(vmlinux_build_id, 0, sizeof(vmlinux_build_id))) {
		memcpy(rec->build_id, vmlinux_build_id, sizeof(rec->build_id));
		rec->build_id_len = sizeof(rec->build_id);
	}
	strscpy(rec->release, init_utsname()->release);
}

/**
 * caretaker_boot_record - describe this kernel as it is now
 * @log: the log that it is for
 *
 * Return: the record, with the size of all of it in its header; ERR_PTR(-E2BIG) if the
 * command line is too long for a record, ERR_PTR(-ENOMEM).  kfree() it.
 */
struct caretaker_boot_record *caretaker_boot_record(const struct caretaker_log *log)
{
	const size_t length = strlen(saved_command_line);
	const size_t size = sizeof(struct caretaker_boot_record) + length;
	struct caretaker_boot_record *rec;

	if (size > U16_MAX)
		return ERR_PTR(-E2BIG);
	rec = kzalloc(size, GFP_KERNEL);
	if (!rec)
		return ERR_PTR(-ENOMEM);

	rec->h.size = size;
	rec->kernel = log->kernel;
	rec->lockdown = caretaker_lockdown();
	rec->secure_boot = secure_boot();
	rec->enforce = caretaker_enforced();
	rec->switches = caretaker_switches_state(&caretaker_switches);
	rec->handover = caretaker_handover;
	rec->floors = caretaker_floors_state(&caretaker_switches.floors, rec->floor);
	describe_image(rec);
	rec->command_line_len = length;
	sha256((const u8 *)saved_command_line, length, rec->command_line);
	memcpy(rec + 1, saved_command_line, length);
	return rec;
}

/*
 * A kernel in which no caretaker is ever installed says what it is as well, and before init
 * runs.  IMA came up in an initcall before this one.
 */
static int __init introduce_early(void)
{
	int err = caretaker_log_introduce(&caretaker_boot_log);

	if (err)
		pr_warn("IMA made no record of what this kernel is: %pe\n", ERR_PTR(err));
	return 0;
}
late_initcall_sync(introduce_early);
