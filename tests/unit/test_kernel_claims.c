// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernels say of themselves and of those that they load: which chains of them get
 * a yes; and that no name of a file turns a verdict.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "attested_lie.h"

static struct caretaker_boot_record *boot_of(struct host_record *r)
{
	return (void *)r->data;
}

static struct caretaker_kexec_record *kexec_of(struct host_record *r)
{
	return (void *)r->data;
}

static struct caretaker_switch_record *switch_of(struct host_record *r)
{
	return (void *)r->data;
}

/* --- Statements ---------------------------------------------------------------------- */

/* Changes the statement of the first kernel */
#define STATED(name, change)								\
static void name(struct host *h)							\
{											\
	struct caretaker_boot_record *rec = boot_of(&h->record[RECORD_BOOT]);		\
											\
	change;										\
}

STATED(odd_kernel, rec->kernel = 0)
STATED(second_first, rec->kernel = 2; rec->handover = CARETAKER_HANDOVER_TAKEN)
STATED(second_untold, rec->kernel = 2)
STATED(first_handed_over, rec->handover = CARETAKER_HANDOVER_TAKEN)
STATED(handover_refused, rec->handover = CARETAKER_HANDOVER_REFUSED)
STATED(odd_handover, rec->handover = 3)
STATED(odd_lockdown, rec->lockdown = 3)
STATED(odd_secure_boot, rec->secure_boot = 3)
STATED(odd_enforce, rec->enforce |= CARETAKER_WAIVED_SIGNATURE)
STATED(odd_switch, rec->switches = 1u << 5)
STATED(all_switches, rec->switches = 31)
STATED(many_floors, rec->floors = 33)
STATED(unused_floor, rec->floors = 0)
STATED(reserved_floor, rec->floor[0].reserved = 1)
STATED(odd_floor, rec->floor[0].name[1] = '\x1b')
STATED(two_floors, rec->floors = 2; rec->floor[1] = rec->floor[0])
STATED(long_build_id, rec->build_id_len = 21)
STATED(loose_build_id, rec->build_id_len = 19; rec->build_id[19] = 1)
STATED(no_build_id, rec->build_id_len = 0; memset(rec->build_id, 0, 20))
STATED(no_release, memset(rec->release, 0, sizeof(rec->release)))
STATED(endless_release, memset(rec->release, 'a', sizeof(rec->release)))
STATED(failed_statement, rec->h.result = -1)
STATED(other_text, ((char *)(rec + 1))[0] ^= 1)
STATED(short_text, h->record[RECORD_BOOT].size--; rec->h.size--)
STATED(other_length, rec->command_line_len--)
STATED(cut_statement, h->record[RECORD_BOOT].size = sizeof(*rec) - 1)
STATED(secure_boot_off, rec->secure_boot = CARETAKER_SECURE_BOOT_OFF)
STATED(secure_boot_unknown, rec->secure_boot = CARETAKER_SECURE_BOOT_UNKNOWN)
STATED(no_lockdown, rec->lockdown = CARETAKER_LOCKDOWN_NONE)

static void zero_in_text(struct host *h)
{
	struct host_record *r = &h->record[RECORD_BOOT];
	struct caretaker_boot_record *rec = boot_of(r);
	char *text = (char *)(rec + 1);

	text[rec->command_line_len - 3] = '\0';
	EVP_Q_digest(NULL, "SHA256", NULL, text, rec->command_line_len, rec->command_line, NULL);
}

static void say(struct host *h, const char *line) { host_set_line(&h->record[RECORD_BOOT], line); }
static void say_more(struct host *h) { say(h, "builtin=1 console=ttyS0 lockdown=integrity quiet -- x"); }
static void say_other(struct host *h) { say(h, "console=ttyS1 lockdown=integrity quiet"); }
static void say_longer(struct host *h) { say(h, "console=ttyS0 lockdown=integrity quieter"); }
static void say_new_line(struct host *h) { say(h, "console=ttyS0 lockdown=integrity quiet\nx"); }
static void say_forbidden(struct host *h) { say(h, "console=ttyS0 lockdown=integrity quiet ima-appraise=log"); }
static void say_nothing(struct host *h) { say(h, ""); }

/* The stub's event is of the text before the new line, the host tells all */
static void measure_new_line(struct host *h)
{
	static const char line[] = "console=ttyS0 lockdown=integrity quiet\nx";
	unsigned char wide[2 * sizeof(line)] = { 0 };

	for (size_t i = 0; i < sizeof(line); i++)
		wide[2 * i] = (unsigned char)line[i];
	EVP_Q_digest(NULL, "SHA256", NULL, wide, sizeof(wide), h->event[EVENT_OPTIONS].digest, NULL);
	strcpy(h->told_line, line);
}

static void firmware_secure_boot_off(struct host *h)
{
	struct host_event *ev = &h->event[EVENT_SECURE_BOOT];

	ev->data[ev->size - 1] = 0;
}

/* GRUB measures its own, and there is an initrd: nothing of it is a proof, or needed */
static void grub_with_initrd(struct host *h)
{
	static const char *const events[] = {
		"grub_cmd: linux /vmlinuz", "kernel_cmdline: /vmlinuz", "grub_cmd: initrd /initrd",
	};

	h->events = EVENT_OPTIONS;
	h->told_line[0] = '\0';
	for (size_t i = 0; i < 3; i++)
		host_add_event(h, 8, 0xd, events[i], strlen(events[i]) + 1, NULL);
	host_add_event(h, 9, 0xd, "/initrd", 8, NULL);
	host_add_event(h, 4, 0x80000003, "image", 5, host_kernel);
}

static void no_statement(struct host *h) { host_drop_record(h, RECORD_BOOT); }
static void late_statement(struct host *h) { host_swap_records(h, RECORD_BOOT, RECORD_INSTALL); }

static void no_records(struct host *h)
{
	host_drop_record(h, RECORD_INSTALL);
	host_drop_record(h, RECORD_BOOT);
}

static void no_records_nor_line(struct host *h)
{
	no_records(h);
	h->told_line[0] = '\0';
}

static void no_records_and_swapped(struct host *h)
{
	struct host_event t = h->event[EVENT_OPTIONS];

	no_records(h);
	h->event[EVENT_OPTIONS] = h->event[EVENT_INITRD];
	h->event[EVENT_INITRD] = t;
}

static void no_records_but_grub(struct host *h)
{
	grub_with_initrd(h);
	no_records(h);
}

static void idle(struct host *h) { host_drop_record(h, RECORD_INSTALL); }
static void said_twice(struct host *h) { host_add_boot(h, 2, 1, host_line); }

static void need_no_statement(struct lie_verifier *v)
{
	v->rules.require_kernel_statement = false;
	v->rules.require_lockdown = CARETAKER_LOCKDOWN_NONE;
}

static void need_no_secure_boot(struct lie_verifier *v) { v->rules.require_secure_boot = false; }
static void need_confidentiality(struct lie_verifier *v) { v->rules.require_lockdown = 2; }
static void need_no_lockdown(struct lie_verifier *v) { v->rules.require_lockdown = 0; }

static const struct lie statements[] = {
	{ "stated: good host", NULL, NULL, NULL, NULL, NULL },
	{ "stated: no VM yet", idle, NULL, NULL, NULL, NULL },
	{ "stated: number 0", odd_kernel, NULL, NULL, NULL, "record-malformed" },
	{ "stated: number 2 first", second_first, NULL, NULL, NULL, "kexec-boot" },
	{ "stated: number 2 that nobody told", second_untold, NULL, NULL, NULL, "record-malformed" },
	{ "stated: a handover to the first", first_handed_over, NULL, NULL, NULL, "record-malformed" },
	{ "stated: a handover refused", handover_refused, NULL, NULL, NULL, NULL },
	{ "stated: handover not known", odd_handover, NULL, NULL, NULL, "record-malformed" },
	{ "stated: lockdown not known", odd_lockdown, NULL, NULL, NULL, "record-malformed" },
	{ "stated: Secure Boot not known", odd_secure_boot, NULL, NULL, NULL, "record-malformed" },
	{ "stated: enforcement not known", odd_enforce, NULL, NULL, NULL, "record-malformed" },
	{ "stated: switch not known", odd_switch, NULL, NULL, NULL, "record-malformed" },
	{ "stated: all switches", all_switches, NULL, NULL, NULL, NULL },
	{ "stated: too many floors", many_floors, NULL, NULL, NULL, "record-malformed" },
	{ "stated: floor beside those in use", unused_floor, NULL, NULL, NULL, "record-malformed" },
	{ "stated: reserved field of a floor", reserved_floor, NULL, NULL, NULL, "record-malformed" },
	{ "stated: floor of no name", odd_floor, NULL, NULL, NULL, "record-malformed" },
	{ "stated: two floors of a name", two_floors, NULL, NULL, NULL, "record-malformed" },
	{ "stated: build id too long", long_build_id, NULL, NULL, NULL, "record-malformed" },
	{ "stated: build id not padded", loose_build_id, NULL, NULL, NULL, "record-malformed" },
	{ "stated: no build id", no_build_id, NULL, NULL, NULL, NULL },
	{ "stated: no release", no_release, NULL, NULL, NULL, "record-malformed" },
	{ "stated: release without end", endless_release, NULL, NULL, NULL, "record-malformed" },
	{ "stated: with an error", failed_statement, NULL, NULL, NULL, "record-malformed" },
	{ "stated: another text than its digest", other_text, NULL, NULL, NULL, "record-malformed" },
	{ "stated: a shorter text", short_text, NULL, NULL, NULL, "record-malformed" },
	{ "stated: another length of the text", other_length, NULL, NULL, NULL, "record-malformed" },
	{ "stated: a zero byte in the text", zero_in_text, NULL, NULL, NULL, "record-malformed" },
	{ "stated: cut off", cut_statement, NULL, NULL, NULL, "record-malformed" },

	{ "words added by configuration", say_more, NULL, NULL, NULL, NULL },
	{ "another line than the stub's", say_other, NULL, NULL, NULL, "kernel-contradiction" },
	{ "a longer word than the stub's", say_longer, NULL, NULL, NULL, "kernel-contradiction" },
	{ "no words at all", say_nothing, NULL, NULL, NULL, "kernel-contradiction" },
	{ "no words where one is required", say_nothing, NULL, NULL, NULL, "command-line-word-missing" },
	{ "a new line in the words", say_new_line, NULL, NULL, NULL, "command-line-malformed" },
	{ "the stub stops at a new line", measure_new_line, NULL, NULL, NULL, NULL },
	{ "a forbidden word", say_forbidden, NULL, NULL, NULL, "command-line-word-forbidden" },
	{ "GRUB and an initrd", grub_with_initrd, NULL, NULL, NULL, NULL },
	{ "the kernel uses no Secure Boot", secure_boot_off, NULL, NULL, NULL, "secure-boot-off" },
	{ "the kernel knows no Secure Boot", secure_boot_unknown, NULL, NULL, NULL, "secure-boot-off" },
	{ "no Secure Boot, and none needed", secure_boot_off, NULL, NULL, need_no_secure_boot, NULL },
	{ "Secure Boot that the firmware denies", firmware_secure_boot_off, NULL, NULL,
	  need_no_secure_boot, "kernel-contradiction" },
	{ "not locked down", no_lockdown, NULL, NULL, NULL, "lockdown-too-low" },
	{ "not locked down, and need not be", no_lockdown, NULL, NULL, need_no_lockdown, NULL },
	{ "not locked down enough", NULL, NULL, NULL, need_confidentiality, "lockdown-too-low" },

	{ "no statement", no_statement, NULL, NULL, NULL, "kernel-statement-missing" },
	{ "no statement, and none needed", no_statement, NULL, NULL, need_no_statement,
	  "kernel-statement-missing" },
	{ "statement behind another record", late_statement, NULL, NULL, NULL, "kernel-statement-missing" },
	{ "a second statement", said_twice, NULL, NULL, NULL, "kexec-boot" },
	{ "no record at all", no_records, NULL, NULL, NULL, "kernel-statement-missing" },
	{ "no record, the stub's line", no_records, NULL, NULL, need_no_statement, NULL },
	{ "no record, no line told", no_records_nor_line, NULL, NULL, need_no_statement,
	  "command-line-unproven" },
	{ "no record, options and initrd swapped", no_records_and_swapped, NULL, NULL,
	  need_no_statement, "command-line-unproven" },
	{ "no record, GRUB's line", no_records_but_grub, NULL, NULL, need_no_statement,
	  "command-line-unproven" },
};

/* --- Kernels that are loaded ---------------------------------------------------------- */

#define NEXT_LINE "console=ttyS0 lockdown=integrity kexec"

/* What IMA's own rules record of a load, and the record of ours */
static struct host_record *load(struct host *h, uint64_t sequence, uint32_t type, const char *line)
{
	host_add_file(h, "ima-modsig", "/boot/vmlinuz");
	host_add_file(h, "ima-ng", "/boot/initrd");
	if (*line)
		host_add_record(h, "ima-buf", "kexec-cmdline", line, strlen(line));
	return host_add_kexec(h, sequence, type, line);
}

static void execute(struct host *h)
{
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
}

static struct host_record *crash(struct host *h)
{
	return load(h, 2, CARETAKER_KEXEC_CRASH, "ro lockdown=integrity");
}

static void dump_kernel(struct host *h) { crash(h); }
static void dump_unknown(struct host *h) { kexec_of(crash(h))->image[0] ^= 1; }
static void dump_ima_off(struct host *h) { load(h, 2, CARETAKER_KEXEC_CRASH, "lockdown=integrity ima=off"); }
static void dump_ima_off_more(struct host *h) { load(h, 2, CARETAKER_KEXEC_CRASH, "lockdown=integrity ima=offline"); }
static void dump_word(struct host *h) { load(h, 2, CARETAKER_KEXEC_CRASH, "lockdown=integrity ima_appraise=off"); }
static void dump_unlocked(struct host *h) { load(h, 2, CARETAKER_KEXEC_CRASH, "ro"); }
static void dump_odd_line(struct host *h) { load(h, 2, CARETAKER_KEXEC_CRASH, "lockdown=integrity\vima=off"); }
static void dump_no_line(struct host *h) { load(h, 2, CARETAKER_KEXEC_CRASH, ""); }

static void dump_unrecorded_by_ima(struct host *h)
{
	host_add_kexec(h, 2, CARETAKER_KEXEC_CRASH, "lockdown=integrity");
}

static void dump_recorded_by_ima_only(struct host *h)
{
	static const char line[] = "lockdown=integrity";

	host_add_record(h, "ima-buf", "kexec-cmdline", line, sizeof(line) - 1);
}

/* IMA drops a line that it has already */
static void dump_twice(struct host *h)
{
	crash(h);
	host_add_kexec(h, 3, CARETAKER_KEXEC_CRASH, "ro lockdown=integrity");
}

static void kexec_load_used(struct host *h)
{
	struct host_record *r = host_add_kexec(h, 2, CARETAKER_KEXEC_DEFAULT, "");
	struct caretaker_kexec_record *rec = kexec_of(r);

	rec->flags = 0;
	memset(rec->image, 0, sizeof(rec->image) * 3);
}

#define LOADED(name, change)								\
static void name(struct host *h)							\
{											\
	struct caretaker_kexec_record *rec = kexec_of(crash(h));			\
											\
	change;										\
}

LOADED(odd_type, rec->type = 3)
LOADED(odd_kexec_flag, rec->flags |= 8)
LOADED(initrd_without_flag, rec->flags &= ~CARETAKER_KEXEC_INITRD)
LOADED(flag_without_initrd, memset(rec->initrd, 0, 32))
LOADED(file_without_digest, memset(rec->image, 0, 32))
LOADED(text_without_file, rec->flags = 0; memset(rec->image, 0, 32); memset(rec->initrd, 0, 32))
LOADED(other_kexec_text, rec->command_line[0] ^= 1)

static void loaded(struct host *h) { load(h, 2, CARETAKER_KEXEC_DEFAULT, NEXT_LINE); }

/* A whole chain, up to the statement of the second kernel */
static struct host_record *second(struct host *h)
{
	loaded(h);
	execute(h);
	return host_add_boot(h, 3, 2, NEXT_LINE);
}

static void chain(struct host *h)
{
	second(h);
	host_add_caretaker(h, 4, CARETAKER_RECORD_INSTALL, 8);
}

static void chain_of_three(struct host *h)
{
	chain(h);
	load(h, 5, CARETAKER_KEXEC_DEFAULT, NEXT_LINE);
	execute(h);
	host_add_boot(h, 6, 3, NEXT_LINE);
}

static void chain_with_words(struct host *h) { host_set_line(second(h), "builtin " NEXT_LINE); }
static void other_second_line(struct host *h) { host_set_line(second(h), "lockdown=integrity"); }
static void second_unlocked(struct host *h) { boot_of(second(h))->lockdown = 0; }
static void second_insecure(struct host *h) { boot_of(second(h))->secure_boot = 1; }
static void third_is_second(struct host *h) { boot_of(second(h))->kernel = 3; }

static void second_is_first(struct host *h)
{
	struct caretaker_boot_record *rec = boot_of(second(h));

	rec->kernel = 1;
	rec->handover = CARETAKER_HANDOVER_NONE;
}

static void second_counts_anew(struct host *h)
{
	struct caretaker_boot_record *rec = boot_of(second(h));

	rec->kernel = 1;
	rec->handover = CARETAKER_HANDOVER_REFUSED;
	rec->h.sequence = 1;
}

static void second_of_dump(struct host *h)
{
	load(h, 2, CARETAKER_KEXEC_CRASH, NEXT_LINE);
	execute(h);
	host_add_boot(h, 3, 2, NEXT_LINE);
}

static void second_not_loaded(struct host *h)
{
	execute(h);
	host_add_boot(h, 2, 2, NEXT_LINE);
}

static void second_not_started(struct host *h)
{
	loaded(h);
	host_add_boot(h, 3, 2, NEXT_LINE);
}

static void second_not_handed_over(struct host *h)
{
	kexec_of(load(h, 2, CARETAKER_KEXEC_DEFAULT, NEXT_LINE))->flags &= ~CARETAKER_KEXEC_HANDOVER;
	execute(h);
	host_add_boot(h, 3, 2, NEXT_LINE);
}

static void second_silent(struct host *h)
{
	loaded(h);
	execute(h);
}

static void second_silent_but_for_vms(struct host *h)
{
	second_silent(h);
	host_add_caretaker(h, 3, CARETAKER_RECORD_INSTALL, 8);
}

static void third_after_silence(struct host *h)
{
	second_silent(h);
	execute(h);
	host_add_boot(h, 3, 2, NEXT_LINE);
}

static void ended_after_silence(struct host *h)
{
	second_silent(h);
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=2;", 21);
	host_add_boot(h, 3, 2, NEXT_LINE);
}

static void started_after_silence(struct host *h)
{
	loaded(h);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
	host_add_boot(h, 3, 2, NEXT_LINE);
}

/* A dump kernel was loaded last; the kexec is to the other one */
static void dump_beside(struct host *h)
{
	loaded(h);
	load(h, 3, CARETAKER_KEXEC_CRASH, "ro lockdown=integrity");
	execute(h);
	host_add_boot(h, 4, 2, NEXT_LINE);
}

/* The policy of a kernel ends with it */
static void second_without_policy(struct host *h)
{
	loaded(h);
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_boot(h, 3, 2, NEXT_LINE);
}

/* Between the kernels user space extended a register: the aggregate is another one */
static void other_aggregate(struct host *h)
{
	loaded(h);
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21);
	host_add_record(h, "ima-ng", "boot_aggregate", "x", 1)->old_boot = true;
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
	host_add_boot(h, 3, 2, NEXT_LINE);
}

static void first_loads_another(struct host *h)
{
	load(h, 2, CARETAKER_KEXEC_DEFAULT, "lockdown=integrity other");
	load(h, 3, CARETAKER_KEXEC_DEFAULT, NEXT_LINE);
	execute(h);
	host_add_boot(h, 4, 2, NEXT_LINE);
}

static void load_of_a_dead_kernel(struct host *h)
{
	second(h);
	execute(h);
	host_add_boot(h, 4, 3, NEXT_LINE);
}

static void one_vm(struct lie_verifier *v) { v->rules.minimum_vms = 1; }
static void two_vms(struct lie_verifier *v) { v->rules.minimum_vms = 2; }
static void no_file(struct lie_verifier *v) { v->kernel.file.size = 0; }
static void loader_file(struct lie_verifier *v) { v->kernel.kernel = false; }

static void any_kernel(struct lie_verifier *v)
{
	v->kernel.file.size = 0;
	v->rules.require_known_boot = false;
}

static void any_line(struct lie_verifier *v) { v->rules.require_command_line = false; }

static const struct lie loads[] = {
	{ "dump kernel", dump_kernel, NULL, NULL, NULL, NULL },
	{ "dump kernel, unknown", dump_unknown, NULL, NULL, NULL, "unknown-kernel" },
	{ "dump kernel, file not listed", dump_kernel, NULL, NULL, no_file, "unknown-kernel" },
	{ "dump kernel, listed as a loader", dump_kernel, NULL, NULL, loader_file, "unknown-kernel" },
	{ "dump kernel, any may be", dump_kernel, NULL, NULL, any_kernel, NULL },
	{ "dump kernel turns IMA off", dump_ima_off, NULL, NULL, NULL, "command-line-word-forbidden" },
	{ "dump kernel turns IMA off, whatever words may be", dump_ima_off, NULL, NULL, any_line,
	  "command-line-word-forbidden" },
	{ "dump kernel turns IMA off, with a longer word", dump_ima_off_more, NULL, NULL, any_line,
	  "command-line-word-forbidden" },
	{ "dump kernel with a forbidden word", dump_word, NULL, NULL, NULL, "command-line-word-forbidden" },
	{ "dump kernel without a required word", dump_unlocked, NULL, NULL, NULL,
	  "command-line-word-missing" },
	{ "dump kernel with an odd line", dump_odd_line, NULL, NULL, any_line, "command-line-malformed" },
	{ "dump kernel without line", dump_no_line, NULL, NULL, any_line, NULL },
	{ "dump kernel twice", dump_twice, NULL, NULL, NULL, NULL },
	{ "dump kernel that IMA has not", dump_unrecorded_by_ima, NULL, NULL, NULL, "kexec-unrecorded" },
	{ "dump kernel that IMA alone has", dump_recorded_by_ima_only, NULL, NULL, NULL,
	  "kexec-unrecorded" },
	{ "loaded by kexec_load()", kexec_load_used, NULL, NULL, NULL, "kexec-unknown" },
	{ "load: type not known", odd_type, NULL, NULL, NULL, "record-malformed" },
	{ "load: flag not known", odd_kexec_flag, NULL, NULL, NULL, "record-malformed" },
	{ "load: initrd without flag", initrd_without_flag, NULL, NULL, NULL, "record-malformed" },
	{ "load: flag without initrd", flag_without_initrd, NULL, NULL, NULL, "record-malformed" },
	{ "load: file without digest", file_without_digest, NULL, NULL, NULL, "record-malformed" },
	{ "load: text without file", text_without_file, NULL, NULL, NULL, "record-malformed" },
	{ "load: another text than its digest", other_kexec_text, NULL, NULL, NULL, "record-malformed" },

	{ "loaded for a kexec", loaded, NULL, NULL, NULL, NULL },
	{ "loaded for a kexec, unknown", loaded, NULL, NULL, no_file, "unknown-kernel" },
	{ "kexec", chain, NULL, NULL, one_vm, NULL },
	{ "kexec: VMs of the first kernel are gone", chain, NULL, NULL, two_vms, "too-few-vms" },
	{ "kexec twice", chain_of_three, NULL, NULL, NULL, NULL },
	{ "kexec with words of the configuration", chain_with_words, NULL, NULL, NULL, NULL },
	{ "kexec with another line", other_second_line, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec to a kernel that is not locked down", second_unlocked, NULL, NULL, NULL,
	  "lockdown-too-low" },
	{ "kexec to a kernel without Secure Boot", second_insecure, NULL, NULL, NULL, "secure-boot-off" },
	{ "kexec leaves out a number", third_is_second, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec to another first kernel", second_is_first, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec without handover", second_counts_anew, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec to what was loaded for a crash", second_of_dump, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec without load", second_not_loaded, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec that IMA has not", second_not_started, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec with a handover from nowhere", second_not_handed_over, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec to a silent kernel", second_silent, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec to a kernel that states VMs only", second_silent_but_for_vms, NULL, NULL, NULL,
	  "kernel-statement-missing" },
	{ "kexec from a silent kernel", third_after_silence, NULL, NULL, NULL, "kexec-boot" },
	{ "kexec from a silent kernel that IMA saw end", ended_after_silence, NULL, NULL, NULL,
	  "kexec-boot" },
	{ "kexec from a silent kernel that IMA saw start", started_after_silence, NULL, NULL, NULL,
	  "kexec-boot" },
	{ "kexec with a dump kernel beside", dump_beside, NULL, NULL, NULL, NULL },
	{ "kexec to a kernel without policy", second_without_policy, NULL, NULL, NULL,
	  "ima-policy-missing" },
	{ "kexec with another aggregate", other_aggregate, NULL, NULL, NULL, NULL },
	{ "kexec to the last one loaded", first_loads_another, NULL, NULL, NULL, NULL },
	{ "kexec to what a dead kernel loaded", load_of_a_dead_kernel, NULL, NULL, NULL, "kexec-boot" },
};

/* --- Switches, VMs, names ---------------------------------------------------------------- */

#define SWITCHED(name, which, change)							\
static void name(struct host *h)							\
{											\
	struct caretaker_switch_record *rec = switch_of(host_add_switch(h, 2, which));	\
											\
	(void)rec;									\
	change;										\
}

SWITCHED(latch, CARETAKER_SWITCHED_LATCH, )
SWITCHED(floor_raised, CARETAKER_SWITCHED_FLOOR, )
SWITCHED(lockdown_raised, CARETAKER_SWITCHED_LOCKDOWN, )
SWITCHED(odd_what, CARETAKER_SWITCHED_LATCH, rec->what = 4)
SWITCHED(no_what, CARETAKER_SWITCHED_LATCH, rec->what = 0)
SWITCHED(no_latch, CARETAKER_SWITCHED_LATCH, rec->switches = 0)
SWITCHED(latch_of_a_name, CARETAKER_SWITCHED_LATCH, rec->name[0] = 'a')
SWITCHED(latch_of_an_svn, CARETAKER_SWITCHED_LATCH, rec->svn = 1)
SWITCHED(floor_of_no_name, CARETAKER_SWITCHED_FLOOR, memset(rec->name, 0, 32))
SWITCHED(no_lockdown_raised, CARETAKER_SWITCHED_LOCKDOWN, rec->lockdown = 0)
SWITCHED(odd_lockdown_raised, CARETAKER_SWITCHED_LOCKDOWN, rec->lockdown = 3)
SWITCHED(odd_switches, CARETAKER_SWITCHED_LATCH, rec->switches |= 32)
SWITCHED(long_switch, CARETAKER_SWITCHED_LATCH, h->record[h->records - 1].size++; rec->h.size++)

static void late_lockdown(struct host *h)
{
	no_lockdown(h);
	host_add_switch(h, 2, CARETAKER_SWITCHED_LOCKDOWN);
}

/* Changes the install */
#define INSTALLED(name, change)								\
static void name(struct host *h)							\
{											\
	struct caretaker_record *rec = host_caretaker(&h->record[RECORD_INSTALL]);	\
											\
	change;										\
}

INSTALLED(install_with_text, h->record[RECORD_INSTALL].size++; rec->h.size++)
INSTALLED(no_vm_id, memset(rec->vm_id, 0, 16))
INSTALLED(no_signer_key, memset(rec->signer_key, 0, 32))
INSTALLED(no_keyring, rec->keyring = 0)
INSTALLED(odd_install_enforce, rec->enforce |= 1u << 5)
INSTALLED(odd_install_lockdown, rec->lockdown = 3)
INSTALLED(unlocked_install, rec->lockdown = 0)
INSTALLED(reserved_field, rec->reserved = 1)
INSTALLED(exe_without_kind, rec->exe_alg = 0xb; rec->exe_len = 32; rec->exe[0] = 1)
INSTALLED(exe_of_ima, rec->exe_alg = 0xb; rec->exe_len = 32; rec->exe[0] = 1; rec->exe_kind = 1)
INSTALLED(exe_too_long, rec->exe_alg = 0xb; rec->exe_len = 33; rec->exe_kind = 1)
INSTALLED(exe_kind_alone, rec->exe_kind = 2)
INSTALLED(below_its_floor, rec->enforce |= CARETAKER_ENFORCE_SVN_FLOOR; rec->svn_floor = 4)
INSTALLED(at_its_floor, rec->enforce |= CARETAKER_ENFORCE_SVN_FLOOR; rec->svn_floor = 3)
INSTALLED(three_without, rec->without = 3)
INSTALLED(key_of_machine, rec->keyring = CARETAKER_KEYRING_MACHINE)

static void refused_with_vm_id(struct host *h)
{
	host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_REFUSE, 0))->vm_id[0] = 1;
}

static void one_id_for_two(struct host *h)
{
	host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_INSTALL, 8))->vm_id[0] = 7;
	memset(host_caretaker(&h->record[h->records - 1])->vm_id, 7, 16);
}

static void two_ids_for_one(struct host *h)
{
	memset(host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_UPDATE, 7))->vm_id, 8, 16);
}

static void broke(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_BREAK, 7); }

static void broke_twice(struct host *h)
{
	broke(h);
	host_add_caretaker(h, 3, CARETAKER_RECORD_BREAK, 7);
	host_add_caretaker(h, 4, CARETAKER_RECORD_TEARDOWN, 7);
}

static void broke_elsewhere(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_BREAK, 8); }

static void installed_after_break(struct host *h)
{
	broke(h);
	host_add_caretaker(h, 3, CARETAKER_RECORD_INSTALL, 7);
}

static void two_without(struct lie_verifier *v) { v->rules.maximum_vms_without = 2; }
static void some_without(struct lie_verifier *v) { v->rules.maximum_vms_without = 3; }

static void right_key(struct lie_verifier *v)
{
	memcpy(v->signer.key.value, host_signer_key, 32);
	v->signer.key.size = 32;
	v->signer.id.value[0] ^= 1;
}

static void wrong_key(struct lie_verifier *v)
{
	v->signer.key.size = 32;
}

static void revoked_key(struct lie_verifier *v)
{
	memcpy(v->revoked.value, host_signer_key, 32);
	v->revoked.size = 32;
	v->rules.revoked_signers = &v->revoked;
	v->rules.revoked_signer_count = 1;
}

/* Each name that a record of the kernel's has, as a file's, in each template of files */
static void names_of_files(struct host *h)
{
	static const char *const names[] = {
		"caretaker-install", "boot_aggregate", "kexec_execute", "ima_policy_loaded",
		"caretaker-boot", "kexec-cmdline", "caretaker-",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		host_add_file(h, "ima-ng", names[i]);
		host_add_file(h, "ima-sig", names[i]);
		host_add_file(h, "ima-modsig", names[i]);
	}
}

/* Five fields can be no record of the kernel's, even if the third hashes to the digest */
static void five_fields(struct host *h)
{
	host_add_record(h, "ima-modsig", "kexec_execute", "kexec_segment_size=1;", 21);
}

/* The bytes of an ima-buf record, whatever the host says they are */
static void kexec_as_signature(struct host *h)
{
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21)->template = "ima-sig";
}

static void policy_as_signature(struct host *h) { h->record[RECORD_POLICY].template = "ima-sig"; }
static void statement_as_signature(struct host *h) { h->record[RECORD_BOOT].template = "ima-sig"; }
static void statement_as_fields(struct host *h) { h->record[RECORD_BOOT].template = "sig|n-ng|buf"; }

static void policy_without(struct host *h, const char *rule)
{
	struct host_record *r = &h->record[RECORD_POLICY];
	char *at = strstr((char *)r->data, rule), *end;

	assert_non_null(at);
	end = strchr(at, '\n') + 1;
	memmove(at, end, strlen(end) + 1);
	r->size = strlen((char *)r->data);
}

static void no_ima_kexec(struct host *h) { policy_without(h, "measure func=CRITICAL_DATA label=ima_kexec"); }
static void no_kexec_cmdline(struct host *h) { policy_without(h, "measure func=KEXEC_CMDLINE"); }
static void no_kexec_kernel(struct host *h) { policy_without(h, "measure func=KEXEC_KERNEL_CHECK"); }

static const struct lie others[] = {
	{ "latch thrown", latch, NULL, NULL, NULL, NULL },
	{ "floor raised", floor_raised, NULL, NULL, NULL, NULL },
	{ "lockdown raised", lockdown_raised, NULL, NULL, NULL, NULL },
	{ "lockdown raised after the start", late_lockdown, NULL, NULL, NULL, "lockdown-too-low" },
	{ "switch: not known", odd_what, NULL, NULL, NULL, "record-malformed" },
	{ "switch: none", no_what, NULL, NULL, NULL, "record-malformed" },
	{ "switch: latch that is not thrown", no_latch, NULL, NULL, NULL, "record-malformed" },
	{ "switch: latch of a name", latch_of_a_name, NULL, NULL, NULL, "record-malformed" },
	{ "switch: latch of an SVN", latch_of_an_svn, NULL, NULL, NULL, "record-malformed" },
	{ "switch: floor of no name", floor_of_no_name, NULL, NULL, NULL, "record-malformed" },
	{ "switch: lockdown that is not", no_lockdown_raised, NULL, NULL, NULL, "record-malformed" },
	{ "switch: lockdown not known", odd_lockdown_raised, NULL, NULL, NULL, "record-malformed" },
	{ "switch: switches not known", odd_switches, NULL, NULL, NULL, "record-malformed" },
	{ "switch: with text", long_switch, NULL, NULL, NULL, "record-malformed" },

	{ "install: with text", install_with_text, NULL, NULL, NULL, "record-malformed" },
	{ "install: no drawn identity", no_vm_id, NULL, NULL, NULL, "record-malformed" },
	{ "install: no key of the signer", no_signer_key, NULL, NULL, NULL, "record-malformed" },
	{ "install: no keyring", no_keyring, NULL, NULL, NULL, "record-malformed" },
	{ "install: enforcement not known", odd_install_enforce, NULL, NULL, NULL, "record-malformed" },
	{ "install: lockdown not known", odd_install_lockdown, NULL, NULL, NULL, "record-malformed" },
	{ "install: not locked down", unlocked_install, NULL, NULL, NULL, "lockdown-too-low" },
	{ "install: reserved field", reserved_field, NULL, NULL, NULL, "record-malformed" },
	{ "install: executable of no kind", exe_without_kind, NULL, NULL, NULL, "record-malformed" },
	{ "install: executable by IMA", exe_of_ima, NULL, NULL, NULL, NULL },
	{ "install: executable too long", exe_too_long, NULL, NULL, NULL, "record-malformed" },
	{ "install: kind without executable", exe_kind_alone, NULL, NULL, NULL, "record-malformed" },
	{ "install: below its floor", below_its_floor, NULL, NULL, NULL, "record-malformed" },
	{ "install: at its floor", at_its_floor, NULL, NULL, NULL, NULL },
	{ "refusal of no VM with an identity", refused_with_vm_id, NULL, NULL, NULL, "record-malformed" },
	{ "one identity for two VMs", one_id_for_two, NULL, NULL, NULL, "record-state" },
	{ "two identities for one VM", two_ids_for_one, NULL, NULL, NULL, "record-state" },
	{ "contract broken", broke, NULL, NULL, NULL, NULL },
	{ "contract broken: the VM lives no more", broke, NULL, NULL, one_vm, "too-few-vms" },
	{ "contract broken on two vCPUs", broke_twice, NULL, NULL, NULL, NULL },
	{ "contract broken where none was", broke_elsewhere, NULL, NULL, NULL, "record-state" },
	{ "installed in a VM that was ended", installed_after_break, NULL, NULL, NULL, "record-state" },
	{ "VMs without, any number", three_without, NULL, NULL, NULL, NULL },
	{ "VMs without, as many as may be", three_without, NULL, NULL, some_without, NULL },
	{ "VMs without, too many", three_without, NULL, NULL, two_without, "too-many-without" },
	{ "the machine owner's key", key_of_machine, NULL, NULL, NULL, "keyring-not-allowed" },
	{ "signer by key, whatever the identifier", NULL, NULL, NULL, right_key, NULL },
	{ "identifier of a signer with another key", NULL, NULL, NULL, wrong_key, "unknown-signer" },
	{ "signer's key revoked", NULL, NULL, NULL, revoked_key, "revoked-signer" },

	{ "names of our records are files'", names_of_files, NULL, NULL, NULL, NULL },
	{ "five fields are a file's", five_fields, NULL, NULL, NULL, NULL },
	{ "a kexec shown as ima-sig", kexec_as_signature, NULL, NULL, NULL, "kexec-boot" },
	{ "a policy shown as ima-sig", NULL, policy_as_signature, NULL, NULL, "ima-policy-unfit" },
	{ "a statement shown as ima-sig", NULL, statement_as_signature, NULL, NULL, "record-malformed" },
	{ "policy without label ima_kexec", no_ima_kexec, NULL, NULL, NULL, "ima-policy-unfit" },
	{ "policy without KEXEC_CMDLINE", no_kexec_cmdline, NULL, NULL, NULL, "ima-policy-unfit" },
	{ "policy without KEXEC_KERNEL_CHECK", no_kexec_kernel, NULL, NULL, NULL, "ima-policy-unfit" },
};

static void each(void **state)
{
	lie_run(*state, true, NULL);
}

/* --- What the verdict shows ------------------------------------------------------------- */

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void look_chain(const struct verdict *v)
{
	json_t *root = verdict_json(v), *kernels = json_object_get(root, "kernels");
	json_t *first = json_array_get(kernels, 0), *next = json_array_get(kernels, 1);
	json_t *load = json_array_get(json_object_get(root, "kexec"), 0);
	json_t *vm = json_array_get(json_object_get(root, "vms"), 0);

	assert_int_equal(json_array_size(kernels), 2);
	assert_int_equal(json_integer_value(json_object_get(next, "kernel")), 2);
	assert_string_equal(text_of(first, "command_line"), host_line);
	assert_string_equal(text_of(next, "command_line"), NEXT_LINE);
	assert_string_equal(text_of(first, "release"), "7.3.4-test");
	assert_string_equal(text_of(first, "build_id"), "b10d000000000000000000000000000000000000");
	assert_string_equal(text_of(first, "lockdown"), "integrity");
	assert_true(json_is_true(json_object_get(first, "secure_boot")));
	assert_string_equal(text_of(next, "handover"), "taken");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(first, "svn_floors"),
							    "caretaker")), 2);
	assert_string_equal(text_of(load, "type"), "default");
	assert_true(json_is_true(json_object_get(load, "executed")));
	assert_true(!strncmp(text_of(load, "image"), "696d6705", 8));
	assert_string_equal(text_of(vm, "vm_id"), "08080808080808080808080808080808");
	assert_string_equal(text_of(vm, "keyring"), "builtin");
	json_decref(root);
}

static void shows_chain(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "chain", .before = chain }, true, look_chain);
}

static void switches(struct host *h)
{
	host_add_switch(h, 2, CARETAKER_SWITCHED_LATCH);
	host_add_switch(h, 3, CARETAKER_SWITCHED_FLOOR);
	host_add_switch(h, 4, CARETAKER_SWITCHED_LOCKDOWN);
	host_add_caretaker(h, 5, CARETAKER_RECORD_BREAK, 7);
}

static void look_switches(const struct verdict *v)
{
	json_t *root = verdict_json(v), *kernel, *ended;

	kernel = json_array_get(json_object_get(root, "kernels"), 0);
	ended = json_array_get(json_object_get(root, "ended_vms"), 0);
	assert_string_equal(text_of(kernel, "lockdown"), "confidentiality");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(kernel, "svn_floors"),
							    "caretaker")), 5);
	assert_string_equal(json_string_value(json_array_get(json_object_get(kernel, "switches"), 0)),
			    "enforce");
	assert_int_equal(json_array_size(json_object_get(kernel, "enforcement")), 3);
	assert_int_equal(json_integer_value(json_object_get(ended, "vm")), 7);
	assert_int_equal(json_array_size(json_object_get(root, "vms")), 0);
	json_decref(root);
}

static void shows_switches(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "switches", .before = switches }, true, look_switches);
}

/* A template of fields that do not parse as such voids the log, or the record */
static void relabelled_fields(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "fields", .after = statement_as_fields,
			       .word = "record-malformed" }, true, NULL);
}

#define ADD(table)									\
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)			\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name,		\
			.test_func = each, .initial_state = (void *)&table[i] }

int main(void)
{
	static struct CMUnitTest tests[192];
	size_t n = 0;

	ADD(statements);
	ADD(loads);
	ADD(others);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shows_chain);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shows_switches);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(relabelled_fields);
	return _cmocka_run_group_tests("kernel claims", tests, n, NULL, NULL);
}
