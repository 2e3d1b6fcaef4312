// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker policy: checks the files of policy/ and compiles reference values.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "policy_ima.h"
#include "policy_reference.h"
#include "policy_rules.h"
#include "verb.h"

#define MAX_IMAGE	(256u << 20)	/* bytes of a payload or a kernel */

static void usage(FILE *to)
{
	fputs("usage: caretaker policy lint [--json] FILE...\n"
	      "       caretaker policy compile|reference [--payload FILE]... [--kernel EFI]...\n"
	      "               [--loader EFI]... [--signer CERT]... [--kernel-digest ALG:HEX]...\n"
	      "               [--loader-digest ALG:HEX]... [--from-evidence FILE [--pin-pcrs LIST]]\n"
	      "               --out FILE\n\n"
	      "lint checks IMA policies (*.ima), rules and reference values (JSON).\n"
	      "reference writes the values that a verifier compares a host with.\n", to);
}

/* --- lint ------------------------------------------------------------------ */

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

static bool lint_ima(const char *file, const struct blob *b, json_t *findings)
{
	struct policy_ima_report r;

	policy_ima_check((const char *)b->data, b->size, &r);
	for (unsigned int i = 0; i < r.notes; i++)
		report(&(struct finding){ file, r.note[i].line, r.note[i].error, r.note[i].text },
		       findings);
	if (!(r.does & POLICY_IMA_RECORDS))
		report(&(struct finding){ file, 0, true,
		       "does not record critical data of label caretaker" }, findings);
	if (!(r.does & POLICY_IMA_MEASURE))
		report(&(struct finding){ file, 0, true,
		       "does not measure payload files (func=CARETAKER_CHECK)" }, findings);
	if (!(r.does & POLICY_IMA_SELF))
		report(&(struct finding){ file, 0, false,
		       "does not measure the policy itself (label=ima_policy)" }, findings);
	return !r.errors && (r.does & POLICY_IMA_RECORDS) && (r.does & POLICY_IMA_MEASURE);
}

static bool lint_json(const char *file, const struct blob *b, json_t *findings)
{
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
		if (!rc)
			policy_reference_free(&reference);
	} else {
		rc = policy_rules_parse(b->data, b->size, &rules, why);
		if (!rc)
			policy_rules_free(&rules);
	}
	json_decref(root);
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

static int lint(int argc, char **argv)
{
	json_t *findings = NULL;
	int status = EXIT_ACCEPTED, i = 1;
	struct blob b;

	if (argc > 1 && !strcmp(argv[1], "--json")) {
		findings = json_array();
		i++;
	}
	if (i >= argc) {
		usage(stderr);
		json_decref(findings);
		return EXIT_USAGE;
	}
	for (; i < argc; i++) {
		int rc = file_read(argv[i], POLICY_MAX_FILE, &b);

		if (rc) {
			verb_error("policy", "%s: %s", argv[i], strerror(-rc));
			status = EXIT_UNABLE;
			continue;
		}
		if (!(is_ima(argv[i]) ? lint_ima(argv[i], &b, findings) :
		      lint_json(argv[i], &b, findings)) && status == EXIT_ACCEPTED)
			status = EXIT_REJECTED;
		blob_free(&b);
	}
	if (findings && verb_print_json(json_pack("{s:b, s:o}", "valid", status == EXIT_ACCEPTED,
						  "findings", findings)))
		return EXIT_UNABLE;
	return status;
}

/* --- reference --------------------------------------------------------------- */

enum {
	OPT_PAYLOAD = 256, OPT_KERNEL, OPT_LOADER, OPT_SIGNER, OPT_OUT, OPT_KERNEL_DIGEST,
	OPT_LOADER_DIGEST, OPT_EVIDENCE, OPT_PINS,
};

static const struct option reference_options[] = {
	{ "payload", required_argument, NULL, OPT_PAYLOAD },
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "loader", required_argument, NULL, OPT_LOADER },
	{ "signer", required_argument, NULL, OPT_SIGNER },
	{ "kernel-digest", required_argument, NULL, OPT_KERNEL_DIGEST },
	{ "loader-digest", required_argument, NULL, OPT_LOADER_DIGEST },
	{ "from-evidence", required_argument, NULL, OPT_EVIDENCE },
	{ "pin-pcrs", required_argument, NULL, OPT_PINS },
	{ "out", required_argument, NULL, OPT_OUT },
	{ 0 },
};

static int add(json_t *ref, int kind, const char *path)
{
	const char *name = strrchr(path, '/');
	char why[POLICY_REASON] = "";
	struct blob b;
	int rc;

	rc = file_read(path, MAX_IMAGE, &b);
	if (rc) {
		verb_error("policy", "%s: %s", path, strerror(-rc));
		return EXIT_UNABLE;
	}
	name = name ? name + 1 : path;
	if (kind == OPT_PAYLOAD)
		rc = policy_reference_add_payload(ref, b.data, b.size, why);
	else if (kind == OPT_SIGNER)
		rc = policy_reference_add_signer(ref, b.data, b.size, why);
	else
		rc = policy_reference_add_boot(ref, kind == OPT_KERNEL, name, b.data, b.size, why);
	blob_free(&b);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("policy", "%s: %s", path, rc == -ENOMEM ? "out of memory" : why);
	return rc == -ENOMEM ? EXIT_UNABLE : EXIT_REJECTED;
}

static int add_digest(json_t *ref, int kind, const char *text)
{
	char why[POLICY_REASON] = "";
	int rc = policy_reference_add_digest(ref, kind == OPT_KERNEL_DIGEST, text, why);

	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("policy", "%s", rc == -ENOMEM ? "out of memory" : why);
	return rc == -ENOMEM ? EXIT_UNABLE : EXIT_USAGE;
}

/* "0,2,7": registers that the boot aggregate covers */
static int take_pins(const char *text, uint32_t *pins)
{
	for (;; text += 2) {
		if (*text < '0' || *text > '9' || (text[1] && text[1] != ',')) {
			verb_error("policy", "--pin-pcrs: a list of registers from 0 to 9");
			return EXIT_USAGE;
		}
		*pins |= 1u << (*text - '0');
		if (!text[1])
			return EXIT_ACCEPTED;
	}
}

static int add_evidence(json_t *ref, const char *path, uint32_t pins, policy_from_evidence read)
{
	char why[POLICY_REASON] = "";
	struct blob b;
	int rc;

	rc = file_read(path, MAX_IMAGE, &b);
	if (rc) {
		verb_error("policy", "%s: %s", path, strerror(-rc));
		return EXIT_UNABLE;
	}
	rc = read(ref, b.data, b.size, pins, why);
	blob_free(&b);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("policy", "%s: %s", path, rc == -ENOMEM ? "out of memory" : why);
	return rc == -ENOMEM ? EXIT_UNABLE : EXIT_REJECTED;
}

static int write_reference(json_t *ref, const char *out)
{
	char why[POLICY_REASON] = "", *text = json_dumps(ref, JSON_INDENT(2));
	struct policy_reference check;
	int rc;

	rc = text ? policy_reference_parse(text, strlen(text), &check, why) : -ENOMEM;
	if (!rc) {
		policy_reference_free(&check);
		rc = file_write_atomic(out, text, strlen(text), 0644);
	}
	free(text);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("policy", "%s: %s", out, *why ? why : strerror(-rc));
	return EXIT_UNABLE;
}

static int reference(int argc, char **argv, policy_from_evidence from_evidence)
{
	json_t *ref = policy_reference_new();
	int option, status = EXIT_ACCEPTED;
	const char *out = NULL, *evidence = NULL;
	uint32_t pins = 0;

	optind = 1;
	while (status == EXIT_ACCEPTED &&
	       (option = getopt_long(argc, argv, "", reference_options, NULL)) != -1) {
		if (option == OPT_OUT)
			out = optarg;
		else if (option == '?' || (option == OPT_EVIDENCE && evidence))
			status = EXIT_USAGE;
		else if (option == OPT_PINS)
			status = take_pins(optarg, &pins);
		else if (option == OPT_EVIDENCE)
			evidence = optarg;
		else if (option == OPT_KERNEL_DIGEST || option == OPT_LOADER_DIGEST)
			status = add_digest(ref, option, optarg);
		else
			status = add(ref, option, optarg);
	}
	if (status == EXIT_ACCEPTED && (!out || (pins && !evidence) || optind != argc)) {
		usage(stderr);
		status = EXIT_USAGE;
	}
	if (status == EXIT_ACCEPTED && evidence)
		status = add_evidence(ref, evidence, pins, from_evidence);
	if (status == EXIT_ACCEPTED)
		status = write_reference(ref, out);
	json_decref(ref);
	return status;
}

int policy_verb(int argc, char **argv, policy_from_evidence from_evidence)
{
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	if (argc > 1 && !strcmp(argv[1], "lint"))
		return lint(argc - 1, argv + 1);
	if (argc > 1 && (!strcmp(argv[1], "reference") || !strcmp(argv[1], "compile")))
		return reference(argc - 1, argv + 1, from_evidence);
	usage(stderr);
	return EXIT_USAGE;
}
