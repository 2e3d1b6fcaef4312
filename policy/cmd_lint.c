// SPDX-License-Identifier: GPL-2.0-only
/* caretaker policy lint: what is wrong with the files of policy/, and what they leave open. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd_policy.h"
#include "file.h"
#include "policy_advice.h"
#include "policy_ima.h"
#include "policy_reference.h"
#include "policy_rules.h"
#include "printable.h"
#include "verb.h"

struct finding {
	const char *file;
	unsigned int line;
	bool error;
	const char *text;
};

static void report(const struct finding *f, json_t *findings)
{
	if (findings)
		json_array_append_new(findings, json_pack("{s:s, s:I, s:s, s:s}", "file", f->file,
							  "line", (json_int_t)f->line, "severity",
							  f->error ? "error" : "warning", "text",
							  f->text));
	else if (f->line)
		fprintf(stderr, "%s:%u: %s: %s\n", f->file, f->line,
			f->error ? "error" : "warning", f->text);
	else
		fprintf(stderr, "%s: %s: %s\n", f->file, f->error ? "error" : "warning", f->text);
}

/* What a policy should do, and what to say if it does not */
static const struct {
	unsigned int bit;
	bool error;
	const char *text;
} wanted[] = {
	{ POLICY_IMA_RECORDS, true, "does not record critical data of label caretaker" },
	{ POLICY_IMA_SELF, false, "does not measure the policy itself (label=ima_policy)" },
	{ POLICY_IMA_KEXEC, true, "does not record a kexec (label=ima_kexec)" },
	{ POLICY_IMA_KEXEC_CMDLINE, true,
	  "does not record the command line of a kernel that is loaded (func=KEXEC_CMDLINE)" },
	{ POLICY_IMA_KEXEC_KERNEL, true,
	  "does not measure a kernel that is loaded (func=KEXEC_KERNEL_CHECK)" },
};

static bool lint_ima(const char *file, const struct blob *b, json_t *findings)
{
	struct policy_ima_report r;
	bool good;

	policy_ima_check((const char *)b->data, b->size, &r);
	good = !r.errors;
	for (unsigned int i = 0; i < r.notes; i++)
		report(&(struct finding){ file, r.note[i].line, r.note[i].error, r.note[i].text },
		       findings);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (r.does & wanted[i].bit)
			continue;
		report(&(struct finding){ file, 0, wanted[i].error, wanted[i].text }, findings);
		good &= !wanted[i].error;
	}
	return good;
}

static void lint_payloads(const char *file, const struct policy_reference *ref, json_t *findings)
{
	char text[128];

	for (size_t i = 0; i < ref->payloads; i++) {
		if (ref->payload[i].verified)
			continue;
		snprintf(text, sizeof(text), "payload %s %s: its signature was not verified",
			 ref->payload[i].name, ref->payload[i].version);
		printable(text);
		report(&(struct finding){ file, 0, false, text }, findings);
	}
}

static void advise(const char *file, const struct policy_advice *advice, json_t *findings)
{
	for (size_t i = 0; i < advice->count; i++)
		report(&(struct finding){ file, 0, false, advice->text[i] }, findings);
}

static bool lint_json(const char *file, const struct blob *b, json_t *findings)
{
	struct policy_advice advice = { .count = 0 };
	struct policy_reference reference;
	struct policy_rules rules;
	char why[POLICY_REASON] = "";
	json_t *root, *format;
	const char *name;
	int rc;

	root = json_loadb((const char *)b->data, b->size, JSON_REJECT_DUPLICATES, NULL);
	format = json_object_get(root, "format");
	name = json_is_string(format) ? json_string_value(format) : "";
	if (!strcmp(name, "caretaker-reference")) {
		rc = policy_reference_parse(b->data, b->size, &reference, why);
		if (!rc) {
			lint_payloads(file, &reference, findings);
			policy_reference_advice(&reference, &advice);
			policy_reference_free(&reference);
		}
	} else {
		rc = policy_rules_parse(b->data, b->size, &rules, why);
		if (!rc) {
			policy_rules_advice(&rules, &advice);
			policy_rules_free(&rules);
		}
	}
	json_decref(root);
	advise(file, &advice, findings);
	if (rc)
		report(&(struct finding){ file, 0, true, rc == -ENOMEM ? "out of memory" : why },
		       findings);
	return !rc;
}

static bool is_ima(const char *file)
{
	size_t n = strlen(file);

	return n > 4 && !strcmp(file + n - 4, ".ima");
}

static int lint(int files, char **file, bool json)
{
	json_t *findings = json ? json_array() : NULL;
	int status = EXIT_ACCEPTED;
	struct blob b;

	for (int i = 0; i < files; i++) {
		int rc = file_read(file[i], POLICY_MAX_FILE, &b);

		if (rc) {
			verb_error("policy", "%s: %s", file[i], strerror(-rc));
			status = EXIT_UNABLE;
			continue;
		}
		if (!(is_ima(file[i]) ? lint_ima(file[i], &b, findings) :
		      lint_json(file[i], &b, findings)) && status == EXIT_ACCEPTED)
			status = EXIT_REJECTED;
		blob_free(&b);
	}
	if (findings && verb_print_json(json_pack("{s:b, s:o}", "valid", status == EXIT_ACCEPTED,
						  "findings", findings)))
		return EXIT_UNABLE;
	return status;
}

int policy_lint(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool json = false;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			policy_usage(stdout);
			return EXIT_ACCEPTED;
		}
		json = option == 'j';
		if (!json)
			break;
	}
	if (option != -1 || optind >= argc) {
		policy_usage(stderr);
		return EXIT_USAGE;
	}
	return lint(argc - optind, argv + optind, json);
}
