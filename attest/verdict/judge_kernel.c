// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judges what each kernel said of itself, and each kernel that was loaded.
 *
 * A kernel that is loaded may take over at any time: by kexec, or, if it is for a
 * crash, with the TPM's registers as they are.  Of that moment no evidence remains in
 * the second case.  So the load itself is judged, as the kernel that it brings.
 */
#include <stdio.h>
#include <string.h>

#include "claims/command_line.h"
#include "claims/words.h"
#include "verdict/judge.h"

/* ima=off counts in a dump kernel only, and there it would hide that it runs */
static char *const ima_off[] = { "ima=off*" };

static void judge_line(const struct policy_rules *rules, const char *line, size_t size,
		       const char *whose, struct reasons *why)
{
	static const struct policy_words none;

	if (rules->require_command_line)
		command_line_check(line, size, whose, &rules->required_words,
				   &rules->forbidden_words, why);
	else
		command_line_check(line, size, whose, &none, &none, why);
}

static void judge_statement(const struct policy_rules *rules, const struct claims_kernel *k,
			    struct reasons *why)
{
	char whose[32];

	snprintf(whose, sizeof(whose), "kernel %llu", (unsigned long long)k->record.kernel);
	if (rules->require_secure_boot && k->record.secure_boot != CARETAKER_SECURE_BOOT_ON)
		reasons_add(why, "secure-boot-off", "%s does not use Secure Boot", whose);
	if (k->record.lockdown < rules->require_lockdown)
		reasons_add(why, "lockdown-too-low", "%s did not start locked down as it must",
			    whose);
	if (rules->require_command_line)
		judge_line(rules, k->command_line, k->record.command_line_len, whose, why);
}

/* The firmware's log is a second witness of the first kernel */
static void compare_with_firmware(const struct claims_kernel *k, const struct claims_boot *boot,
				  struct reasons *why)
{
	char line[CLAIMS_COMMAND_LINE];

	if (k->record.kernel != 1)
		return;
	if (boot->secure_boot == UEFI_SECURE_BOOT_OFF &&
	    k->record.secure_boot == CARETAKER_SECURE_BOOT_ON)
		reasons_add(why, "kernel-contradiction",
			    "the kernel says that Secure Boot is on, the firmware or shim that it is off");
	if (!boot->command_line_proven)
		return;
	/* efi_convert_cmdline() stops there; configuration and bootconfig may add words */
	strcpy(line, boot->command_line);
	line[strcspn(line, "\n")] = '\0';
	if (!words_contain(k->command_line, line))
		reasons_add(why, "kernel-contradiction",
			    "the kernel's command line is not the one that the stub measured");
}

static void judge_load(const struct verdict_input *in, const struct claims_load *load,
		       struct reasons *why)
{
	static const struct policy_words none, off = { (char **)ima_off, 1 };
	char whose[48];

	snprintf(whose, sizeof(whose), "IMA record %u, a kernel that was loaded", load->number);
	if (!(load->record.flags & CARETAKER_KEXEC_FILE)) {
		reasons_add(why, "kexec-unknown", "%s: by kexec_load(), which says nothing of it",
			    whose);
		return;
	}
	if (in->rules->require_known_boot &&
	    !policy_reference_file(in->reference, load->record.image))
		reasons_add(why, "unknown-kernel", "%s: the reference does not list its file", whose);
	judge_line(in->rules, load->command_line, load->record.command_line_len, whose, why);
	if (!words_refuse(load->command_line, load->record.command_line_len))
		command_line_check(load->command_line, load->record.command_line_len, whose, &none,
				   &off, why);
}

/*
 * After a crash it runs with the registers of the kernel before it, and may know that
 * one's memory, secrets included: what was proven until then stays provable.  Loads of
 * former kernels count, for the next one may be what a dump kernel made up.
 */
static void judge_crash(const struct policy_rules *rules, const struct claims_kernels *k,
			struct reasons *why)
{
	const struct claims_load *load = claims_kernel_for_crash(k);

	if (load && !rules->allow_crash_kernel)
		reasons_add(why, "crash-kernel-loaded",
			    "IMA record %u: after a crash nothing would say which kernel and VMs there are",
			    load->number);
}

void verdict_judge_kernels(const struct verdict_input *in, struct verdict *v)
{
	const struct claims_kernels *k = &v->ima.caretaker.kernels;

	if (!k->kernels && in->rules->require_kernel_statement &&
	    !reasons_have(&v->why, "kernel-statement-missing"))
		reasons_add(&v->why, "kernel-statement-missing",
			    "no kernel said what it is");
	for (size_t i = 0; i < k->kernels; i++)
		judge_statement(in->rules, &k->kernel[i], &v->why);
	if (v->booted && k->kernels)
		compare_with_firmware(&k->kernel[0], &v->boot, &v->why);
	for (size_t i = 0; i < k->loads; i++)
		judge_load(in, &k->load[i], &v->why);
	judge_crash(in->rules, k, &v->why);
}
