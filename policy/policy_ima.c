// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads an IMA policy as ima_parse_rule() does and follows ima_match_policy():
 * the first rule of a kind that matches decides, so order is part of the meaning.
 *
 * A rule without func= never matches critical data, but it matches every file
 * hook.  A condition (uid=, fsmagic= ...) makes a measure rule uncertain, which
 * does not count; it makes a dont_measure rule a hole, which does.  What others do
 * with payload files is a warning: the records are the authority, and what is not
 * in effect is missing from @does.  So is that they are measured at all.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_ima.h"
#include "printable.h"

#define LINE_MAX_BYTES	4096

enum action { NO_ACTION, MEASURE, DONT_MEASURE, APPRAISE, DONT_APPRAISE, OTHER };

struct rule {
	unsigned int line;
	enum action action;
	const char *func;
	const char *label;
	const char *keyrings;
	const char *template;
	const char *appraise_type;
	const char *pcr;
	bool condition;		/* it may or may not match */
	bool file_condition;	/* one that critical data cannot have */
	bool narrow;		/* to what root owns, or to a label of an LSM's */
	bool root;		/* to what root does */
};

static const struct {
	const char *word;
	enum action action;
} actions[] = {
	{ "measure", MEASURE }, { "dont_measure", DONT_MEASURE }, { "appraise", APPRAISE },
	{ "dont_appraise", DONT_APPRAISE }, { "audit", OTHER }, { "dont_audit", OTHER },
	{ "hash", OTHER }, { "dont_hash", OTHER },
};

static const char *const funcs[] = {
	"FILE_CHECK", "PATH_CHECK", "MODULE_CHECK", "FIRMWARE_CHECK", "FILE_MMAP", "MMAP_CHECK",
	"MMAP_CHECK_REQPROT", "BPRM_CHECK", "CREDS_CHECK", "KEXEC_KERNEL_CHECK",
	"KEXEC_INITRAMFS_CHECK", "POLICY_CHECK", "KEXEC_CMDLINE", "KEY_CHECK", "CRITICAL_DATA",
	"SETXATTR_CHECK", "CARETAKER_CHECK",
};

static const char *const templates[] = {
	"ima", "ima-ng", "ima-sig", "ima-ngv2", "ima-sigv2", "ima-buf", "ima-modsig", "evm-sig",
};

/* Keys that narrow a rule; with the operators that each may have */
static const struct {
	const char *key;
	const char *operators;
	bool file;
} conditions[] = {
	{ "mask", "=", true }, { "fsmagic", "=", true }, { "fsname", "=", true },
	{ "fs_subtype", "=", true }, { "fsuuid", "=", true }, { "uid", "=<>", false },
	{ "euid", "=<>", true }, { "gid", "=<>", false }, { "egid", "=<>", true },
	{ "fowner", "=<>", true }, { "fgroup", "=<>", true }, { "obj_user", "=", true },
	{ "obj_role", "=", true }, { "obj_type", "=", true }, { "subj_user", "=", true },
	{ "subj_role", "=", true }, { "subj_type", "=", true }, { "digest_type", "=", true },
	{ "appraise_algos", "=", true }, { "appraise_flag", "=", true },
};

static void note(struct policy_ima_report *r, bool error, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void note(struct policy_ima_report *r, bool error, unsigned int line, const char *fmt, ...)
{
	va_list args;

	r->errors += error;
	if (r->notes == POLICY_IMA_NOTES)
		return;
	r->note[r->notes].line = line;
	r->note[r->notes].error = error;
	va_start(args, fmt);
	vsnprintf(r->note[r->notes].text, POLICY_REASON, fmt, args);
	va_end(args);
	/* Words of the policy, which may be that of a hostile host, are in it */
	printable(r->note[r->notes].text);
	r->notes++;
}

static bool listed(const char *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], word))
			return true;
	return false;
}

/* Is @word one of the alternatives in @list, "a|b|c"? */
static bool alternative(const char *list, const char *word)
{
	size_t n, length = strlen(word);

	for (; *list; list += n + (list[n] == '|')) {
		n = strcspn(list, "|");
		if (n == length && !memcmp(list, word, n))
			return true;
	}
	return false;
}

static bool set_once(const char **field, const char *value)
{
	if (*field || !*value)
		return false;
	*field = value;
	return true;
}

/* Files that an ordinary user cannot make: root's, or what the policy of an LSM says */
static bool narrows(const char *word)
{
	return !strcmp(word, "fowner=0") || !strncmp(word, "obj_", 4) || !strncmp(word, "subj_", 5);
}

static bool parse_condition(struct rule *rule, const char *word)
{
	size_t n = strcspn(word, "=<>");

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		if (strlen(conditions[i].key) != n || memcmp(conditions[i].key, word, n))
			continue;
		if (!word[n] || !strchr(conditions[i].operators, word[n]) || !word[n + 1])
			return false;
		rule->condition = true;
		rule->file_condition |= conditions[i].file;
		rule->narrow |= narrows(word);
		rule->root |= !strcmp(word, "uid=0");
		return true;
	}
	return false;
}

static bool parse_word(struct rule *rule, const char *word)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].word, word))
			continue;
		if (rule->action != NO_ACTION)
			return false;
		rule->action = actions[i].action;
		return true;
	}
	if (!strncmp(word, "func=", 5))
		return listed(funcs, sizeof(funcs) / sizeof(funcs[0]), word + 5) &&
		       set_once(&rule->func, word + 5);
	if (!strncmp(word, "label=", 6))
		return set_once(&rule->label, word + 6);
	if (!strncmp(word, "keyrings=", 9))
		return set_once(&rule->keyrings, word + 9);
	if (!strncmp(word, "template=", 9))
		return rule->action == MEASURE && set_once(&rule->template, word + 9) &&
		       listed(templates, sizeof(templates) / sizeof(templates[0]), word + 9);
	if (!strncmp(word, "appraise_type=", 14))
		return set_once(&rule->appraise_type, word + 14) &&
		       (!strcmp(word + 14, "imasig") || !strcmp(word + 14, "sigv3") ||
			!strcmp(word + 14, "imasig|modsig"));
	if (!strncmp(word, "pcr=", 4))
		return set_once(&rule->pcr, word + 4) && word[4 + strspn(word + 4, "0123456789")] == 0;
	if (!strcmp(word, "permit_directio"))
		return true;
	return parse_condition(rule, word);
}

static bool func_is(const struct rule *rule, const char *func)
{
	return rule->func && !strcmp(rule->func, func);
}

/* What ima_validate_rule() refuses, for the words that we use */
static const char *validate(const struct rule *rule)
{
	bool modsig = rule->appraise_type && !strcmp(rule->appraise_type, "imasig|modsig");

	if (rule->action == NO_ACTION)
		return "no action";
	if (rule->pcr && rule->action != MEASURE)
		return "pcr= without measure";
	if (rule->appraise_type && rule->action != APPRAISE)
		return "appraise_type= without appraise";
	if (rule->label && !func_is(rule, "CRITICAL_DATA"))
		return "label= without func=CRITICAL_DATA";
	if (rule->keyrings && !func_is(rule, "KEY_CHECK"))
		return "keyrings= without func=KEY_CHECK";
	if ((func_is(rule, "CRITICAL_DATA") || func_is(rule, "KEY_CHECK")) &&
	    ((rule->action != MEASURE && rule->action != DONT_MEASURE) || rule->file_condition))
		return "this func can only be measured, and takes only uid=, gid=, pcr=";
	if (modsig && !func_is(rule, "MODULE_CHECK") && !func_is(rule, "KEXEC_KERNEL_CHECK") &&
	    !func_is(rule, "KEXEC_INITRAMFS_CHECK") && !func_is(rule, "CARETAKER_CHECK"))
		return "modsig is not possible with this func";
	return NULL;
}

#define USERS_HOOKS	5
#define OPENED		0	/* of users_hooks[]: root opens files of users, and executes none */

/* --- What is in effect, rule by rule ----------------------------------------- */

struct effect {
	bool caretaker_decided;		/* critical data, label caretaker */
	bool policy_decided;		/* critical data, label ima_policy */
	bool file_measure_decided;
	bool file_appraise_decided;
	bool kexec_decided;		/* critical data, label ima_kexec */
	bool line_decided;		/* func KEXEC_CMDLINE */
	bool image_decided;		/* func KEXEC_KERNEL_CHECK */
	bool users_decided[USERS_HOOKS];
};

static void critical_data(const struct rule *rule, const char *label, unsigned int does,
			  bool *decided, struct policy_ima_report *r)
{
	if (!func_is(rule, "CRITICAL_DATA") || *decided ||
	    (rule->label && !alternative(rule->label, label)))
		return;
	if (rule->action == DONT_MEASURE) {
		note(r, does == POLICY_IMA_RECORDS, rule->line,
		     "hides critical data of label %s from the rules after it", label);
		*decided = true;
		return;
	}
	if (rule->condition) {
		note(r, false, rule->line, "label %s is recorded for some users only: not counted",
		     label);
		return;
	}
	*decided = true;
	if (rule->template && strcmp(rule->template, "ima-buf")) {
		note(r, true, rule->line, "critical data needs template ima-buf");
		return;
	}
	if (rule->pcr && strcmp(rule->pcr, "10")) {
		note(r, does == POLICY_IMA_RECORDS, rule->line,
		     "label %s goes to PCR %s; a verdict reads PCR 10", label, rule->pcr);
		return;
	}
	r->does |= does;
}

static void file_hook(const struct rule *rule, struct effect *e, struct policy_ima_report *r)
{
	bool ours = func_is(rule, "CARETAKER_CHECK");

	if (rule->func && !ours)
		return;
	if (rule->action == DONT_MEASURE && !e->file_measure_decided) {
		note(r, false, rule->line, "hides payload files from the measure rule after it");
		e->file_measure_decided = true;
	} else if (rule->action == MEASURE && !e->file_measure_decided && !rule->condition) {
		e->file_measure_decided = true;
		if (ours)
			r->does |= POLICY_IMA_MEASURE;
		/* Names of 4 KiB and signatures of 64, in a log that is never freed */
		note(r, false, rule->line,
		     "measures payload files: whoever has /dev/kvm chooses what goes into the log");
	}
	if (rule->action == DONT_APPRAISE && !e->file_appraise_decided) {
		note(r, false, rule->line, "exempts payload files from the appraise rule after it");
		e->file_appraise_decided = true;
	} else if (rule->action == APPRAISE && !e->file_appraise_decided && !rule->condition) {
		e->file_appraise_decided = true;
		if (ours && rule->appraise_type)
			r->does |= POLICY_IMA_APPRAISE;
		else
			note(r, false, rule->line,
			     "appraises payload files without asking for a signature");
	}
}

/* What any user does with files, by each of the names that IMA takes */
static const char *const users_hooks[USERS_HOOKS][2] = {
	{ "FILE_CHECK", "PATH_CHECK" }, { "BPRM_CHECK", "BPRM_CHECK" }, { "CREDS_CHECK", "CREDS_CHECK" },
	{ "MMAP_CHECK", "FILE_MMAP" }, { "MMAP_CHECK_REQPROT", "MMAP_CHECK_REQPROT" },
};

/* The log is never freed, and takes a record for each file that has new content */
static void users_files(const struct rule *rule, struct effect *e, struct policy_ima_report *r)
{
	for (size_t i = 0; i < USERS_HOOKS; i++) {
		if (e->users_decided[i] || (rule->func && !func_is(rule, users_hooks[i][0]) &&
					    !func_is(rule, users_hooks[i][1])))
			continue;
		if (rule->action == DONT_MEASURE && !rule->condition)
			e->users_decided[i] = true;
		if (rule->action != MEASURE || rule->narrow || (rule->root && i != OPENED))
			continue;
		e->users_decided[i] = true;
		note(r, false, rule->line,
		     "measures files of all users (%s): each of them can fill the log", users_hooks[i][0]);
	}
}

/*
 * What IMA records of a kernel that is loaded.  A rule without func= matches these hooks
 * as well; one with a condition may or may not.
 */
static void kexec_hook(const struct rule *rule, const char *func, unsigned int does,
		       bool *decided, struct policy_ima_report *r)
{
	if (*decided || (rule->func && !func_is(rule, func)))
		return;
	if (rule->action == DONT_MEASURE) {
		note(r, false, rule->line, "hides what func=%s records from the rules after it",
		     func);
		*decided = true;
		return;
	}
	if (rule->action != MEASURE || rule->condition)
		return;
	*decided = true;
	if (rule->pcr && strcmp(rule->pcr, "10"))
		note(r, false, rule->line, "func %s goes to PCR %s; a verdict reads PCR 10", func,
		     rule->pcr);
	else if (does == POLICY_IMA_KEXEC_CMDLINE && rule->template &&
		 strcmp(rule->template, "ima-buf"))
		note(r, true, rule->line, "func KEXEC_CMDLINE needs template ima-buf");
	else
		r->does |= does;
}

static void apply(const struct rule *rule, struct effect *e, struct policy_ima_report *r)
{
	critical_data(rule, "caretaker", POLICY_IMA_RECORDS, &e->caretaker_decided, r);
	critical_data(rule, "ima_policy", POLICY_IMA_SELF, &e->policy_decided, r);
	critical_data(rule, "ima_kexec", POLICY_IMA_KEXEC, &e->kexec_decided, r);
	file_hook(rule, e, r);
	users_files(rule, e, r);
	kexec_hook(rule, "KEXEC_CMDLINE", POLICY_IMA_KEXEC_CMDLINE, &e->line_decided, r);
	kexec_hook(rule, "KEXEC_KERNEL_CHECK", POLICY_IMA_KEXEC_KERNEL, &e->image_decided, r);
	/* A keyring's description becomes the record's name, and anybody can make a keyring */
	if (rule->action == MEASURE && func_is(rule, "KEY_CHECK") && !rule->keyrings)
		note(r, false, rule->line,
		     "KEY_CHECK without keyrings= lets users choose names of records");
}

static void check_line(char *line, unsigned int number, struct effect *e,
		       struct policy_ima_report *r)
{
	struct rule rule = { .line = number };
	char *rest = line, *word;
	const char *wrong;
	bool any = false;

	while ((word = strsep(&rest, " \t"))) {
		if (*word == '#')
			break;
		if (!*word)
			continue;
		any = true;
		if (!parse_word(&rule, word)) {
			note(r, true, number, "\"%.60s\" is not understood here", word);
			return;
		}
	}
	if (!any)
		return;
	wrong = validate(&rule);
	if (wrong)
		note(r, true, number, "%s", wrong);
	else
		apply(&rule, e, r);
}

void policy_ima_check(const char *text, size_t size, struct policy_ima_report *report)
{
	struct effect effect = { 0 };
	unsigned int number = 0;
	char line[LINE_MAX_BYTES];
	size_t at = 0;

	memset(report, 0, sizeof(*report));
	if (memchr(text, 0, size)) {
		note(report, true, 0, "has a zero byte");
		return;
	}
	while (at < size) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t length = end ? (size_t)(end - text) - at : size - at;

		number++;
		if (length >= sizeof(line)) {
			note(report, true, number, "line is too long");
			return;
		}
		memcpy(line, text + at, length);
		line[length] = '\0';
		check_line(line, number, &effect, report);
		at += length + 1;
	}
}
