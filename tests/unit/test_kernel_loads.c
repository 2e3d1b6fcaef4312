// SPDX-License-Identifier: GPL-2.0-only
/* Kernels that are loaded for a crash or a kexec: which chains of them get a yes. */
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

/* A load that failed half-way, and the same again */
static void dump_after_failure(struct host *h)
{
	static const char line[] = "lockdown=integrity";

	host_add_record(h, "ima-buf", "kexec-cmdline", line, sizeof(line) - 1);
	host_add_file(h, "ima-ng", "/bin/true");
	host_add_kexec(h, 2, CARETAKER_KEXEC_CRASH, line);
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

/* The order of two real kernels' list (VM group kexec-secure): the policy comes with user space */
static void chain_of_real_kernels(struct host *h)
{
	loaded(h);
	host_add_record(h, "ima-buf", "kexec_load", "kexec_segment_size=1;", 21);
	host_add_kexec(h, 3, CARETAKER_KEXEC_DEFAULT, NEXT_LINE);
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=2;", 21);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_boot(h, 4, 2, NEXT_LINE);
	host_add_file(h, "ima-ng", "/lib/modules/kvm.ko");
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
	host_add_caretaker(h, 5, CARETAKER_RECORD_INSTALL, 8);
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

static void second_started_without_policy(struct host *h)
{
	loaded(h);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_boot(h, 3, 2, NEXT_LINE);
}

static void first_ended_without_policy(struct host *h)
{
	loaded(h);
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21);
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

/* IMA records kexec_execute before it ends, and a VM that ends may come between */
static void ends_behind_execute(struct host *h, uint32_t event, bool kexec)
{
	loaded(h);
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21);
	if (kexec)
		host_add_kexec(h, 3, CARETAKER_KEXEC_CRASH, NEXT_LINE);
	else
		host_add_caretaker(h, 3, event, 7);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
	host_add_boot(h, 4, 2, NEXT_LINE);
}

static void vm_ends_behind_execute(struct host *h) { ends_behind_execute(h, CARETAKER_RECORD_TEARDOWN, false); }
static void load_behind_execute(struct host *h) { ends_behind_execute(h, 0, true); }

static void dump_started(struct host *h)
{
	crash(h);
	host_add_record(h, "ima-sig", "boot_aggregate", "", 0);
}

static void chain_after_another_policy(struct host *h)
{
	static const char more[] = "measure func=MODULE_CHECK\n";
	char text[HOST_DATA];

	snprintf(text, sizeof(text), "%s%s", host_policy, more);
	host_add_record(h, "ima-buf", "ima_policy_loaded", text, strlen(text));
	chain(h);
}

/* A file may have this name, and PCR 0 to 9 for its content: its digest is the aggregate's */
static void file_of_pcrs(struct host *h) { host_add_record(h, "ima-sig", "boot_aggregate", "", 0); }

static void file_of_pcrs_behind_kexec(struct host *h)
{
	chain(h);
	file_of_pcrs(h);
}

static void file_behind_load(struct host *h)
{
	loaded(h);
	host_add_file(h, "ima-ng", "boot_aggregate");
}

static void loaded_and_started(struct host *h)
{
	loaded(h);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
}

/* Whoever runs a dump kernel may have made up the chain from there on */
static void dump_started_behind_kexec(struct host *h)
{
	dump_beside(h);
	file_of_pcrs(h);
}

static void loaded_by_the_second(struct host *h)
{
	chain(h);
	load(h, 5, CARETAKER_KEXEC_DEFAULT, NEXT_LINE);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
}

/* The first kernel is none of ours: it recorded no load, and IMA not its end */
static void started_from_another(struct host *h)
{
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
	host_swap_records(h, RECORD_BOOT, RECORDS);
	host_swap_records(h, RECORD_INSTALL, RECORDS + 1);
}

/* No kernel is ours */
static void no_kernel_of_ours(struct host *h)
{
	host_drop_record(h, RECORD_INSTALL);
	host_drop_record(h, RECORD_BOOT);
	file_of_pcrs(h);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
}

/* Where nothing is enforced a load may have no record */
static void started_by_a_lax_kernel(struct host *h)
{
	boot_of(&h->record[RECORD_BOOT])->enforce = 0;
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
}

/* Names of templates are not hashed: the digest is shown as a signature */
static void hide_aggregate(struct host *h) { h->record[h->records - 1].template = "sig|n-ng|evmsig"; }

static void one_vm(struct lie_verifier *v) { v->rules.minimum_vms = 1; }
static void two_vms(struct lie_verifier *v) { v->rules.minimum_vms = 2; }
static void no_file(struct lie_verifier *v) { v->kernel.file.size = 0; }
static void loader_file(struct lie_verifier *v) { v->kernel.kernel = false; }

static void allow(struct lie_verifier *v) { v->rules.allow_crash_kernel = true; }

static void need_no_statement(struct lie_verifier *v)
{
	v->rules.require_kernel_statement = false;
	v->rules.require_lockdown = CARETAKER_LOCKDOWN_NONE;
}

static void list_policy(struct lie_verifier *v)
{
	static struct policy_digest listed = { .size = 32 };

	EVP_Q_digest(NULL, "SHA256", NULL, host_policy, strlen(host_policy), listed.value, NULL);
	v->reference.ima_policy = &listed;
	v->reference.ima_policies = 1;
}

static void any_kernel(struct lie_verifier *v)
{
	allow(v);
	v->kernel.file.size = 0;
	v->rules.require_known_boot = false;
}

static void any_line(struct lie_verifier *v)
{
	allow(v);
	v->rules.require_command_line = false;
}

static const struct lie loads[] = {
	{ "dump kernel", dump_kernel, NULL, NULL, allow, NULL },
	{ "dump kernel, and none may be", dump_kernel, NULL, NULL, NULL, "crash-kernel-loaded" },
	{ "dump kernel beside a kexec, and none may be", dump_beside, NULL, NULL, NULL,
	  "crash-kernel-loaded" },
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
	{ "dump kernel twice", dump_twice, NULL, NULL, allow, NULL },
	{ "dump kernel that IMA has not", dump_unrecorded_by_ima, NULL, NULL, NULL, "kexec-unrecorded" },
	{ "dump kernel that IMA alone has", dump_recorded_by_ima_only, NULL, NULL, NULL,
	  "kexec-unrecorded" },
	{ "dump kernel after a failure", dump_after_failure, NULL, NULL, allow, NULL },
	{ "loaded by kexec_load()", kexec_load_used, NULL, NULL, NULL, "kexec-unknown" },
	{ "load: type not known", odd_type, NULL, NULL, NULL, "record-malformed" },
	{ "load: flag not known", odd_kexec_flag, NULL, NULL, NULL, "record-malformed" },
	{ "load: initrd without flag", initrd_without_flag, NULL, NULL, NULL, "record-malformed" },
	{ "load: flag without initrd", flag_without_initrd, NULL, NULL, NULL, "record-malformed" },
	{ "load: file without digest", file_without_digest, NULL, NULL, NULL, "record-malformed" },
	{ "load: text without file", text_without_file, NULL, NULL, NULL, "record-malformed" },
	{ "load: another text than its digest", other_kexec_text, NULL, NULL, NULL, "record-malformed" },

	{ "dump kernel that started", dump_started, NULL, NULL, NULL, "kexec-boot" },
	{ "dump kernel that started, hidden", dump_started, hide_aggregate, NULL, NULL, "kexec-boot" },
	{ "file called boot_aggregate, of PCR 0 to 9", file_of_pcrs, NULL, NULL, NULL, NULL },
	{ "file called boot_aggregate, of PCR 0 to 9, behind a kexec", file_of_pcrs_behind_kexec, NULL,
	  NULL, one_vm, NULL },
	{ "file called boot_aggregate, of something else, behind a load", file_behind_load, NULL, NULL,
	  NULL, NULL },
	{ "kernel that was loaded, started and silent", loaded_and_started, NULL, NULL, NULL, "kexec-boot" },
	{ "dump kernel that started behind a kexec", dump_started_behind_kexec, NULL, NULL, allow,
	  "kexec-boot" },
	{ "kernel that the second loaded, started and silent", loaded_by_the_second, NULL, NULL, NULL,
	  "kexec-boot" },
	{ "started by a kernel that is none of ours", started_from_another, NULL, NULL, NULL, "kexec-boot" },
	{ "started where no kernel is ours", no_kernel_of_ours, NULL, NULL, need_no_statement, "kexec-boot" },
	{ "started by a kernel that enforces nothing", started_by_a_lax_kernel, NULL, NULL, NULL,
	  "kexec-boot" },
	{ "a VM ends while its kernel does", vm_ends_behind_execute, NULL, NULL, NULL, NULL },
	{ "a load while its kernel ends", load_behind_execute, NULL, NULL, NULL, "kernel-statement-missing" },
	{ "loaded for a kexec", loaded, NULL, NULL, NULL, NULL },
	{ "loaded for a kexec, unknown", loaded, NULL, NULL, no_file, "unknown-kernel" },
	{ "kexec", chain, NULL, NULL, one_vm, NULL },
	{ "kexec: VMs of the first kernel are gone", chain, NULL, NULL, two_vms, "too-few-vms" },
	{ "kexec from a kernel with a policy that is not in the reference", chain_after_another_policy, NULL,
	  NULL, list_policy, NULL },
	{ "kexec, as two kernels record it", chain_of_real_kernels, NULL, NULL, one_vm, NULL },
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
	{ "kexec with a dump kernel beside", dump_beside, NULL, NULL, allow, NULL },
	{ "kexec to a kernel without policy", second_without_policy, NULL, NULL, NULL,
	  "ima-policy-missing" },
	{ "kexec to a kernel without policy that IMA saw start", second_started_without_policy, NULL,
	  NULL, NULL, "ima-policy-missing" },
	{ "kexec to a kernel without policy from one that IMA saw end", first_ended_without_policy,
	  NULL, NULL, NULL, "ima-policy-missing" },
	{ "kexec with another aggregate", other_aggregate, NULL, NULL, NULL, NULL },
	{ "kexec to the last one loaded", first_loads_another, NULL, NULL, NULL, NULL },
	{ "kexec to what a dead kernel loaded", load_of_a_dead_kernel, NULL, NULL, NULL, "kexec-boot" },
};

static void each(void **state)
{
	lie_run(*state, true, NULL);
}

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

static bool unless_crashed(const struct verdict *v)
{
	json_t *root = verdict_json(v), *value = json_object_get(root, "holds_unless_crashed");
	bool is;

	assert_true(json_is_boolean(value));
	is = json_is_true(value);
	json_decref(root);
	return is;
}

static void look_crash(const struct verdict *v) { assert_true(unless_crashed(v)); }
static void look_no_crash(const struct verdict *v) { assert_false(unless_crashed(v)); }

/* What may be a verdict of before a crash says so, also as a yes */
static void shows_crash(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "dump kernel", .before = dump_kernel, .verifier = allow }, true,
		look_crash);
	lie_run(&(struct lie){ .name = "crash and kexec", .before = dump_beside, .verifier = allow }, true,
		look_crash);
	lie_run(&(struct lie){ .name = "kexec", .before = chain }, true, look_no_crash);
}

int main(void)
{
	static struct CMUnitTest tests[sizeof(loads) / sizeof(loads[0]) + 2];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		tests[n++] = (struct CMUnitTest){ .name = loads[i].name, .test_func = each,
						  .initial_state = (void *)&loads[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shows_chain);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shows_crash);
	return _cmocka_run_group_tests("kernel loads", tests, n, NULL, NULL);
}
