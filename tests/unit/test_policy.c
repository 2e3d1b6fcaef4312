// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules and IMA policies: what is understood, what is refused, and that the files
 * in policy/ do what they are for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <linux/caretaker_record.h>

#include "file.h"
#include "policy_advice.h"
#include "policy_ima.h"
#include "policy_rules.h"
#include "unit_table.h"

/* --- IMA policies ---------------------------------------------------------------- */

#define ALL	(POLICY_IMA_VERDICT | POLICY_IMA_SELF)
#define REC	"measure func=CRITICAL_DATA label=caretaker\n"
#define FILES	"measure func=CARETAKER_CHECK template=ima-modsig\n"
#define SIGNED	"appraise func=CARETAKER_CHECK appraise_type=imasig|modsig\n"

static const struct ima_case {
	const char *name;
	const char *text;
	unsigned int does;
	unsigned int errors;
} ima_cases[] = {
	{ "records", REC, POLICY_IMA_RECORDS, 0 },
	{ "files", FILES, POLICY_IMA_MEASURE, 0 },
	{ "appraises", SIGNED, POLICY_IMA_APPRAISE, 0 },
	{ "policy itself", "measure func=CRITICAL_DATA label=ima_policy\n", POLICY_IMA_SELF, 0 },
	{ "empty", "", 0, 0 },
	{ "comments and blanks", "# a\n\n  \t\n" REC " # b\n", POLICY_IMA_RECORDS, 0 },
	{ "trailing comment", "measure func=CRITICAL_DATA label=caretaker # ours\n", POLICY_IMA_RECORDS, 0 },
	{ "no new line at the end", "measure func=CRITICAL_DATA label=caretaker", POLICY_IMA_RECORDS, 0 },
	{ "as the kernel prints it", "measure func=CRITICAL_DATA label=caretaker \n", POLICY_IMA_RECORDS, 0 },
	{ "all critical data", "measure func=CRITICAL_DATA\n", POLICY_IMA_RECORDS | POLICY_IMA_SELF | POLICY_IMA_KEXEC, 0 },
	{ "one of several labels", "measure func=CRITICAL_DATA label=selinux|caretaker\n", POLICY_IMA_RECORDS, 0 },
	{ "label is a beginning", "measure func=CRITICAL_DATA label=caretakers\n", 0, 0 },
	{ "other label", "measure func=CRITICAL_DATA label=selinux\n", 0, 0 },
	{ "hidden by label", "dont_measure func=CRITICAL_DATA label=caretaker\n" REC, 0, 1 },
	{ "hidden with all", "dont_measure func=CRITICAL_DATA\n" REC, 0, 1 },
	{ "hidden for some", "dont_measure func=CRITICAL_DATA uid=1000\n" REC, 0, 1 },
	{ "hidden too late", REC "dont_measure func=CRITICAL_DATA\n", POLICY_IMA_RECORDS, 0 },
	{ "rule without func is no matter", "dont_measure fsmagic=0x9fa0\n" REC, POLICY_IMA_RECORDS, 0 },
	{ "for root only", "measure func=CRITICAL_DATA label=caretaker uid=0\n", 0, 0 },
	{ "for all but root", "measure func=CRITICAL_DATA label=caretaker uid>0\n", 0, 0 },
	{ "into PCR 10", "measure func=CRITICAL_DATA label=caretaker pcr=10\n", POLICY_IMA_RECORDS, 0 },
	{ "into PCR 11", "measure func=CRITICAL_DATA label=caretaker pcr=11\n", 0, 1 },
	{ "template ima-buf", "measure func=CRITICAL_DATA label=caretaker template=ima-buf\n", POLICY_IMA_RECORDS, 0 },
	{ "template ima-ng", "measure func=CRITICAL_DATA label=caretaker template=ima-ng\n", 0, 1 },
	{ "files hidden by file system", "dont_measure fsmagic=0x01021994\n" FILES, 0, 0 },
	{ "files hidden", "dont_measure func=CARETAKER_CHECK\n" FILES, 0, 0 },
	{ "files of another hook hidden", "dont_measure func=FILE_CHECK fsmagic=0x01021994\n" FILES, POLICY_IMA_MEASURE, 0 },
	{ "files hidden too late", FILES "dont_measure fsmagic=0x01021994\n", POLICY_IMA_MEASURE, 0 },
	{ "files hidden, records not", "dont_measure fsmagic=0x9fa0\n" REC FILES, POLICY_IMA_RECORDS, 0 },
	{ "files of one user", "measure func=CARETAKER_CHECK uid=0\n", 0, 0 },
	{ "appraisal exempted", "dont_appraise fsmagic=0x01021994\n" SIGNED, 0, 0 },
	{ "appraisal by hash", "appraise func=CARETAKER_CHECK\n", 0, 0 },
	{ "appraisal of all by hash first", "appraise\n" SIGNED, 0, 0 },
	{ "a kexec", "measure func=CRITICAL_DATA label=ima_kexec\n", POLICY_IMA_KEXEC, 0 },
	{ "a kexec, hidden", "dont_measure func=CRITICAL_DATA label=ima_kexec\nmeasure func=CRITICAL_DATA\n",
	  POLICY_IMA_RECORDS | POLICY_IMA_SELF, 0 },
	{ "command lines", "measure func=KEXEC_CMDLINE\n", POLICY_IMA_KEXEC_CMDLINE, 0 },
	{ "command lines of some", "measure func=KEXEC_CMDLINE uid=0\n", 0, 0 },
	{ "command lines, hidden", "dont_measure func=KEXEC_CMDLINE\nmeasure func=KEXEC_CMDLINE\n", 0, 0 },
	{ "command lines, hidden by file system", "dont_measure fsmagic=0x01021994\nmeasure func=KEXEC_CMDLINE\n", 0, 0 },
	{ "command lines, hidden too late", "measure func=KEXEC_CMDLINE\ndont_measure func=KEXEC_CMDLINE\n",
	  POLICY_IMA_KEXEC_CMDLINE, 0 },
	{ "command lines without text", "measure func=KEXEC_CMDLINE template=ima-ng\n", 0, 1 },
	{ "command lines elsewhere", "measure func=KEXEC_CMDLINE pcr=11\n", 0, 0 },
	{ "kernels", "measure func=KEXEC_KERNEL_CHECK template=ima-modsig\n", POLICY_IMA_KEXEC_KERNEL, 0 },
	{ "kernels, hidden", "dont_measure func=KEXEC_KERNEL_CHECK\nmeasure func=KEXEC_KERNEL_CHECK\n", 0, 0 },
	{ "no action", "func=CRITICAL_DATA\n", 0, 1 },
	{ "two actions", "measure appraise func=MODULE_CHECK\n", 0, 1 },
	{ "two funcs", "measure func=MODULE_CHECK func=FILE_CHECK\n", 0, 1 },
	{ "two labels", "measure func=CRITICAL_DATA label=caretaker label=selinux\n", 0, 1 },
	{ "unknown word", "measure func=CRITICAL_DATA labels=caretaker\n", 0, 1 },
	{ "unknown func", "measure func=PAYLOAD_CHECK\n", 0, 1 },
	{ "unknown template", "measure func=MODULE_CHECK template=ima-none\n", 0, 1 },
	{ "template before action", "template=ima-ng measure func=MODULE_CHECK\n", 0, 1 },
	{ "template of an appraise rule", "appraise template=ima-ng\n", 0, 1 },
	{ "label without func", "measure label=caretaker\n", 0, 1 },
	{ "label of another func", "measure func=MODULE_CHECK label=caretaker\n", 0, 1 },
	{ "empty label", "measure func=CRITICAL_DATA label=\n", 0, 1 },
	{ "critical data appraised", "appraise func=CRITICAL_DATA\n", 0, 1 },
	{ "critical data by file system", "measure func=CRITICAL_DATA label=caretaker fsmagic=1\n", 0, 1 },
	{ "keyrings without KEY_CHECK", "measure func=MODULE_CHECK keyrings=.ima\n", 0, 1 },
	{ "pcr of an appraise rule", "appraise func=MODULE_CHECK pcr=10\n", 0, 1 },
	{ "pcr is no number", "measure func=MODULE_CHECK pcr=ten\n", 0, 1 },
	{ "modsig of a program", "appraise func=BPRM_CHECK appraise_type=imasig|modsig\n", 0, 1 },
	{ "modsig alone", "appraise func=CARETAKER_CHECK appraise_type=modsig\n", 0, 1 },
	{ "appraise_type of a measure rule", "measure func=MODULE_CHECK appraise_type=imasig\n", 0, 1 },
	{ "operator that the key has not", "measure func=FILE_CHECK fsmagic>1\n", 0, 1 },
	{ "condition without value", "measure func=FILE_CHECK uid=\n", 0, 1 },
	{ "all conditions", "measure func=FILE_CHECK mask=^MAY_READ fsuuid=x fowner<5 euid>1 obj_type=y\n", 0, 0 },
};

static void ima_case(void **state)
{
	const struct ima_case *c = *state;
	struct policy_ima_report r;

	policy_ima_check(c->text, strlen(c->text), &r);
	if (r.does != c->does || r.errors != c->errors) {
		for (unsigned int i = 0; i < r.notes; i++)
			print_error("line %u: %s\n", r.note[i].line, r.note[i].text);
		fail_msg("does %#x with %u errors, not %#x with %u", r.does, r.errors, c->does,
			 c->errors);
	}
}

static void ima_zero_byte(void **state)
{
	static const char text[] = REC "\0";
	struct policy_ima_report r;

	(void)state;
	policy_ima_check(text, sizeof(text), &r);
	assert_int_equal(r.errors, 1);
	assert_int_equal(r.does, 0);
}

/* Files that anybody with /dev/kvm makes must not go into the log, unless for some users */
/* How many notes on a policy without an error have this text */
static unsigned int notes_on(const char *policy, const char *text)
{
	struct policy_ima_report r;
	unsigned int notes = 0;

	policy_ima_check(policy, strlen(policy), &r);
	assert_int_equal(r.errors, 0);
	for (unsigned int i = 0; i < r.notes; i++)
		notes += !!strstr(r.note[i].text, text);
	return notes;
}

static void ima_files_measured(void **state)
{
	static const struct {
		const char *text;
		unsigned int notes;
	} c[] = {
		{ FILES, 1 }, { "measure\n", 1 }, { REC, 0 }, { SIGNED, 0 },
		{ "measure func=CARETAKER_CHECK uid=0\n", 0 },
		{ "measure func=MODULE_CHECK\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		assert_int_equal(notes_on(c[i].text, "measures payload files"), c[i].notes);
}

/* Files that any user makes and runs fill the log, unless a rule is for what root does or owns */
static void ima_users_files(void **state)
{
	static const struct {
		const char *text;
		unsigned int notes;
	} c[] = {
		{ "measure func=BPRM_CHECK\n", 1 },
		{ "measure func=BPRM_CHECK mask=MAY_EXEC\n", 1 },
		{ "measure func=CREDS_CHECK\n", 1 },
		{ "measure func=FILE_CHECK\n", 1 }, { "measure func=PATH_CHECK\n", 1 },
		{ "measure func=MMAP_CHECK\n", 1 }, { "measure func=FILE_MMAP\n", 1 },
		{ "measure func=MMAP_CHECK_REQPROT\n", 1 },
		{ "measure func=BPRM_CHECK\nmeasure func=BPRM_CHECK\n", 1 },
		{ "measure func=BPRM_CHECK\nmeasure func=FILE_CHECK\n", 2 },
		{ "measure\n", 5 },
		{ "measure func=BPRM_CHECK uid=0\n", 0 }, { "measure func=FILE_CHECK uid=0\n", 1 },
		{ "measure func=BPRM_CHECK euid=0\n", 1 }, { "measure func=MMAP_CHECK uid=0\n", 0 },
		{ "measure func=FILE_CHECK mask=^MAY_READ fowner=0\n", 0 },
		{ "measure func=BPRM_CHECK subj_type=svirt_t\n", 0 },
		{ "measure func=BPRM_CHECK obj_type=bin_t\n", 0 },
		{ "measure func=BPRM_CHECK uid>0\n", 1 }, { "measure func=BPRM_CHECK uid=1000\n", 1 },
		{ "measure func=BPRM_CHECK fowner=01\n", 1 },
		{ "measure func=BPRM_CHECK uid=0\nmeasure func=BPRM_CHECK\n", 1 },
		{ "dont_measure func=BPRM_CHECK\nmeasure func=BPRM_CHECK\n", 0 },
		{ "dont_measure\nmeasure func=BPRM_CHECK\n", 0 },
		{ "dont_measure fsmagic=0x9fa0\nmeasure func=BPRM_CHECK\n", 1 },
		{ "dont_measure func=FILE_CHECK\nmeasure func=BPRM_CHECK\n", 1 },
		{ "appraise func=BPRM_CHECK\n", 0 }, { REC FILES SIGNED, 0 },
		{ "measure func=MODULE_CHECK\nmeasure func=FIRMWARE_CHECK\nmeasure func=POLICY_CHECK\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		unsigned int notes = notes_on(c[i].text, "measures files of all users");

		if (notes != c[i].notes)
			fail_msg("%s: %u notes, not %u", c[i].text, notes, c[i].notes);
	}
}

/* Words of a host's policy go to the terminal of a verifier. */
static void ima_unprintable(void **state)
{
	static const char text[] = "measure \x1b[2J\xc3\xa9x\n";
	struct policy_ima_report r;

	(void)state;
	policy_ima_check(text, sizeof(text) - 1, &r);
	assert_int_equal(r.errors, 1);
	assert_string_equal(r.note[0].text, "\"?[2J??x\" is not understood here");
}

static void ima_many_errors(void **state)
{
	char text[40 * 2];
	struct policy_ima_report r;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "x\n", 2);
	policy_ima_check(text, sizeof(text), &r);
	assert_int_equal(r.errors, 40);
	assert_int_equal(r.notes, POLICY_IMA_NOTES);
}

static void ima_file(const char *path, unsigned int does)
{
	struct policy_ima_report r;
	struct blob b;

	assert_int_equal(file_read(path, 65536, &b), 0);
	policy_ima_check((const char *)b.data, b.size, &r);
	for (unsigned int i = 0; i < r.notes; i++)
		print_error("%s:%u: %s\n", path, r.note[i].line, r.note[i].text);
	assert_int_equal(r.notes, 0);
	assert_int_equal(r.does, does);
	blob_free(&b);
}

static void ima_files(void **state)
{
	(void)state;
	ima_file("policy/measure.ima", ALL);
	ima_file("policy/appraise.ima", ALL | POLICY_IMA_APPRAISE);
}

/* --- Rules --------------------------------------------------------------------------- */

static json_t *default_rules(void)
{
	json_t *root = json_load_file("policy/rules.json", JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(root);
	return root;
}

static int parse(json_t *root, struct policy_rules *r)
{
	char *text = json_dumps(root, 0), why[POLICY_REASON];
	int rc = policy_rules_parse(text, strlen(text), r, why);

	free(text);
	return rc;
}

static void rules_file(void **state)
{
	json_t *root = default_rules();
	struct policy_rules r;

	(void)state;
	assert_int_equal(parse(root, &r), 0);
	assert_int_equal(r.bank, PCR_SHA256);
	assert_int_equal(r.pcrs, 0x7ff);
	assert_int_equal(r.other_banks, 0);
	assert_int_equal(r.replayed, 0x73ff);
	assert_true(r.require_secure_boot && r.require_known_boot && r.require_command_line &&
		    r.require_ima_policy);
	assert_true(r.require_kernel_statement);
	assert_int_equal(r.require_lockdown, CARETAKER_LOCKDOWN_INTEGRITY);
	assert_int_equal(r.maximum_vms_without, -1);
	assert_int_equal(r.modes, 1u << CARETAKER_MODE_ISOLATED);
	assert_int_equal(r.flags, 0);
	assert_int_equal(r.require_enforce,
			 CARETAKER_ENFORCE_SECURE_BOOT | CARETAKER_ENFORCE_LOCKDOWN);
	assert_int_equal(r.keyrings,
			 1u << CARETAKER_KEYRING_BUILTIN | 1u << CARETAKER_KEYRING_SECONDARY);
	policy_rules_free(&r);
	json_decref(root);
	root = json_load_file("policy/rules-lab.json", JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(parse(root, &r), 0);
	assert_int_equal(r.flags, CARETAKER_FLAG_MIN_ENCODINGS);
	policy_rules_free(&r);
	json_decref(root);
}

/* Every key is needed, and no other is taken: at each level of the file */
static void strict_below(json_t *root, json_t *object)
{
	struct policy_rules r;
	const char *key;
	json_t *value, *copy = json_copy(object);

	json_object_foreach(copy, key, value) {
		json_object_del(object, key);
		assert_int_equal(parse(root, &r), -EBADMSG);
		json_object_set_new(object, key, json_null());
		assert_int_equal(parse(root, &r), -EBADMSG);
		json_object_set(object, key, value);
		/* Names of payloads are free */
		if (json_is_object(value) && strcmp(key, "svn_floors"))
			strict_below(root, value);
	}
	json_object_set_new(object, "surprise", json_true());
	assert_int_equal(parse(root, &r), -EBADMSG);
	json_object_del(object, "surprise");
	json_decref(copy);
}

static void rules_strict(void **state)
{
	json_t *root = default_rules();
	struct policy_rules r;

	(void)state;
	strict_below(root, root);
	assert_int_equal(parse(root, &r), 0);
	policy_rules_free(&r);
	json_decref(root);
}

static const struct rules_case {
	const char *name;
	const char *part;
	const char *change;	/* JSON, put over the part */
} rules_cases[] = {
	{ "bank SHA-1", "quote", "{\"bank\": \"sha1\"}" },
	{ "bank unknown", "quote", "{\"bank\": \"md5\"}" },
	{ "PCR 10 not asked", "quote", "{\"pcrs\": [0,1,2,3,4,5,6,7,8,9]}" },
	{ "PCR 4 not asked", "quote", "{\"pcrs\": [0,1,2,3,5,6,7,8,9,10]}" },
	{ "PCR 24", "quote", "{\"pcrs\": [0,1,2,3,4,5,6,7,8,9,10,24]}" },
	{ "PCR -1", "quote", "{\"pcrs\": [0,1,2,3,4,5,6,7,8,9,10,-1]}" },
	{ "PCR is text", "quote", "{\"pcrs\": [0,1,2,3,4,5,6,7,8,9,10,\"11\"]}" },
	{ "valid for ever", "quote", "{\"validity_seconds\": 999999999}" },
	{ "valid for no time", "quote", "{\"validity_seconds\": 0}" },
	{ "nonce for ever", "quote", "{\"nonce_seconds\": 99999999}" },
	{ "PCR 4 need not replay", "boot", "{\"replayed_pcrs\": [7,8,9]}" },
	{ "PCR 7 need not replay", "boot", "{\"replayed_pcrs\": [4,8,9]}" },
	{ "PCR 9 need not replay", "boot", "{\"replayed_pcrs\": [4,7,8]}" },
	{ "PCR 10 replays", "boot", "{\"replayed_pcrs\": [4,7,8,9,10]}" },
	{ "PCR 24 replays", "boot", "{\"replayed_pcrs\": [4,7,8,9,24]}" },
	{ "flag is a number", "boot", "{\"require_secure_boot\": 1}" },
	{ "word is a number", "boot", "{\"required_words\": [1]}" },
	{ "word is empty", "boot", "{\"required_words\": [\"\"]}" },
	{ "word is two", "boot", "{\"required_words\": [\"a b\"]}" },
	{ "word is anything, if not something", "boot", "{\"required_words\": [\"quiet|*\"]}" },
	{ "word is anything", "boot", "{\"required_words\": [\"*\"]}" },
	{ "word with a star inside", "boot", "{\"required_words\": [\"a|*=1\"]}" },
	{ "word with a control character", "boot", "{\"forbidden_words\": [\"a\\u000b\"]}" },
	{ "word that is no ASCII", "boot", "{\"forbidden_words\": [\"a\\u00a0\"]}" },
	{ "words without a command line", "boot", "{\"require_command_line\": false}" },
	{ "lockdown unknown", "boot", "{\"require_lockdown\": \"full\"}" },
	{ "lockdown that nobody says", "boot", "{\"require_kernel_statement\": false}" },
	{ "crash kernel a word", "boot", "{\"allow_crash_kernel\": \"no\"}" },
	{ "detached a number", "caretaker", "{\"allow_detached\": 1}" },
	{ "VMs without -2", "caretaker", "{\"maximum_vms_without\": -2}" },
	{ "mode unknown", "caretaker", "{\"modes\": [\"none\"]}" },
	{ "flag unknown", "caretaker", "{\"flags\": [\"any\"]}" },
	{ "enforcement unknown", "caretaker", "{\"require_enforcement\": [\"secureboot\"]}" },
	{ "waiver is no enforcement", "caretaker", "{\"require_enforcement\": [\"waived-signature\"]}" },
	{ "no keyring", "caretaker", "{\"keyrings\": [\"none\"]}" },
	{ "floor below zero", "caretaker", "{\"svn_floors\": {\"a\": -1}}" },
	{ "floor too high", "caretaker", "{\"svn_floors\": {\"a\": 4294967296}}" },
	{ "floor of no name", "caretaker", "{\"svn_floors\": {\"\": 1}}" },
	{ "floor of a long name", "caretaker", "{\"svn_floors\": {\"aaaaaaaaaabbbbbbbbbbccccccccccdd\": 1}}" },
	{ "revoked odd hex", "caretaker", "{\"revoked\": {\"payloads\": [\"abc\"], \"signers\": []}}" },
	{ "revoked empty", "caretaker", "{\"revoked\": {\"payloads\": [\"\"], \"signers\": []}}" },
	{ "refusals -2", "caretaker", "{\"maximum_refusals\": -2}" },
	{ "VMs -1", "caretaker", "{\"minimum_vms\": -1}" },
};

static void rules_case(void **state)
{
	const struct rules_case *c = *state;
	json_t *root = default_rules(), *change = json_loads(c->change, 0, NULL);
	struct policy_rules r;

	assert_non_null(change);
	json_object_update(json_object_get(root, c->part), change);
	assert_int_equal(parse(root, &r), -EBADMSG);
	json_decref(change);
	json_decref(root);
}

static bool advises(const struct policy_advice *advice, const char *text)
{
	for (size_t i = 0; i < advice->count; i++)
		if (strstr(advice->text[i], text))
			return true;
	return false;
}

/* The shipped rules leave nothing open that lint knows; without its words it is all named */
static void rules_advice(void **state)
{
	static const char *const files[] = { "policy/rules.json", "policy/rules-lab.json" };
	struct policy_advice advice;
	struct policy_rules r;
	json_t *root, *boot;
	size_t count;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		root = json_load_file(files[i], JSON_REJECT_DUPLICATES, NULL);
		assert_int_equal(parse(root, &r), 0);
		policy_rules_advice(&r, &advice);
		assert_int_equal(advice.count, 0);
		policy_rules_free(&r);
		json_decref(root);
	}
	root = default_rules();
	boot = json_object_get(root, "boot");
	json_object_set_new(boot, "forbidden_words", json_array());
	assert_int_equal(parse(root, &r), 0);
	policy_rules_advice(&r, &advice);
	assert_in_range(advice.count, 5, POLICY_ADVICE_MAX - 5);
	assert_true(advises(&advice, "crashkernel="));
	policy_rules_free(&r);
	count = advice.count;
	json_object_set_new(boot, "allow_crash_kernel", json_true());
	assert_int_equal(parse(root, &r), 0);
	assert_true(r.allow_crash_kernel);
	policy_rules_advice(&r, &advice);
	/* One more, that it is allowed; and none that its word is */
	assert_int_equal(advice.count, count);
	assert_true(advises(&advice, "boot.allow_crash_kernel is true"));
	assert_false(advises(&advice, "crashkernel="));
	policy_rules_free(&r);
	json_object_set_new(boot, "allow_crash_kernel", json_false());
	assert_int_equal(parse(root, &r), 0);
	assert_false(r.allow_detached);
	policy_rules_advice(&r, &advice);
	assert_false(advises(&advice, "caretaker.allow_detached is true"));
	policy_rules_free(&r);
	json_object_set_new(json_object_get(root, "caretaker"), "allow_detached", json_true());
	assert_int_equal(parse(root, &r), 0);
	assert_true(r.allow_detached);
	policy_rules_advice(&r, &advice);
	assert_true(advises(&advice, "caretaker.allow_detached is true"));
	policy_rules_free(&r);
	json_object_set_new(json_object_get(root, "caretaker"), "allow_detached", json_false());
	json_object_set_new(boot, "require_lockdown", json_string("none"));
	assert_int_equal(parse(root, &r), 0);
	policy_rules_advice(&r, &advice);
	assert_int_equal(advice.count, count + 1);
	policy_rules_free(&r);
	json_object_set_new(boot, "require_kernel_statement", json_false());
	assert_int_equal(parse(root, &r), 0);
	policy_rules_advice(&r, &advice);
	assert_int_equal(advice.count, count + 1);
	policy_rules_free(&r);
	json_decref(root);
}

/* A rule that one alternative of @pattern is left out of, the @size letters at @at; @others has room */
static void leave_out(json_t *words, size_t i, const char *at, size_t size, char *others)
{
	const char *pattern = json_string_value(json_array_get(words, i));
	size_t n = (size_t)(at - pattern);

	sprintf(others, "%.*s%s", (int)n, pattern, at[size] ? at + size + 1 : "");
	if (n && !at[size])
		others[n - 1] = '\0';
}

/* Without it there is one piece of advice, which names the parameter */
static void check_left_out(json_t *root, json_t *words, size_t i, const char *at, size_t size)
{
	json_t *boot = json_object_get(root, "boot"), *kept = json_deep_copy(words);
	struct policy_advice advice;
	char others[256], name[64];
	struct policy_rules r;

	leave_out(words, i, at, size, others);
	if (*others)
		json_array_set_new(kept, i, json_string(others));
	else
		json_array_remove(kept, i);
	json_object_set_new(boot, "forbidden_words", kept);
	assert_int_equal(parse(root, &r), 0);
	policy_rules_advice(&r, &advice);
	sprintf(name, "%.*s", (int)strcspn(at, "=|*"), at);
	if (advice.count != 1 || !strstr(advice.text[0], name))
		fail_msg("without %.*s: %zu pieces of advice", (int)size, at, advice.count);
	policy_rules_free(&r);
}

/* Each alternative of each word that the shipped rules forbid is missed where it is gone */
static void rules_words(void **state)
{
	json_t *root = default_rules(), *words;
	unsigned int left_out = 0;
	const char *at;
	size_t i, n;

	(void)state;
	words = json_incref(json_object_get(json_object_get(root, "boot"), "forbidden_words"));
	for (i = 0; i < json_array_size(words); i++)
		for (at = json_string_value(json_array_get(words, i)); *at; at += n + (at[n] == '|')) {
			n = strcspn(at, "|");
			check_left_out(root, words, i, at, n);
			left_out++;
		}
	assert_int_equal(left_out, 31);
	json_decref(words);
	json_decref(root);
}

/* What anybody with /dev/kvm can bring about, and what makes verdicts a no */
static void rules_counts(void **state)
{
	static const char *const names[] = { "maximum_refusals", "maximum_vms_without" };
	json_t *root = default_rules(), *caretaker = json_object_get(root, "caretaker");
	struct policy_advice advice;
	struct policy_rules r;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		json_object_set_new(caretaker, names[i], json_integer(0));
		assert_int_equal(parse(root, &r), 0);
		policy_rules_advice(&r, &advice);
		assert_int_equal(advice.count, 1);
		assert_non_null(strstr(advice.text[0], names[i]));
		policy_rules_free(&r);
		json_object_set_new(caretaker, names[i], json_integer(-1));
	}
	json_decref(root);
}

static void rules_not_json(void **state)
{
	static const char *const texts[] = {
		"", "{", "[]", "{}", "{\"format\": \"caretaker-rules\", \"version\": 2}",
		"{\"format\": \"caretaker-reference\", \"version\": 1}",
		"{\"format\": \"caretaker-rules\", \"version\": 1, \"version\": 1}", "[\xc3\xa9\x7f",
	};
	char why[POLICY_REASON];
	struct policy_rules r;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(policy_rules_parse(texts[i], strlen(texts[i]), &r, why), -EBADMSG);
		for (const char *p = why; *p; p++)
			assert_in_range(*p, ' ', '~');
	}
}

int main(void)
{
	static struct CMUnitTest tests[200];
	size_t n = 0;

	ADD(ima_cases, ima_case);
	ADD(rules_cases, rules_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(ima_zero_byte);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(ima_many_errors);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(ima_unprintable);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(ima_files_measured);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(ima_users_files);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(ima_files);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(rules_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(rules_strict);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(rules_not_json);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(rules_advice);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(rules_words);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(rules_counts);
	return _cmocka_run_group_tests("policy", tests, n, NULL, NULL);
}
