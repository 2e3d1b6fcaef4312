// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel says of itself: each field, and what the verdict makes of it. */
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
STATED(odd_switch, rec->switches = 1u << 7)
STATED(all_switches, rec->switches = 127)
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
	host_measure_line(h, "console=ttyS0 lockdown=integrity quiet\nx");
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

/* What GRUB read first has the text of the load options; the host shows it as the stub's event */
static void no_records_but_grubs_file(struct host *h)
{
	no_records(h);
	host_add_event(h, 8, 0xd, "grub_cmd: linux /vmlinuz", 25, NULL);
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
	{ "no record, a file of GRUB's for a line", no_records_but_grubs_file, NULL, NULL,
	  need_no_statement, "command-line-unproven" },
};

static void each(void **state)
{
	lie_run(*state, true, NULL);
}

int main(void)
{
	static struct CMUnitTest tests[sizeof(statements) / sizeof(statements[0]) + 1];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		tests[n++] = (struct CMUnitTest){ .name = statements[i].name, .test_func = each,
						  .initial_state = (void *)&statements[i] };
	return _cmocka_run_group_tests("kernel statements", tests, n, NULL, NULL);
}
