// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker policy: checks the files of policy/ and compiles reference values.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "file.h"
#include "policy_advice.h"
#include "policy_ima.h"
#include "policy_reference.h"
#include "policy_rules.h"
#include "printable.h"
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

struct request {
	struct input {
		int kind;		/* OPT_* */
		const char *path;
	} *input;			/* in the order of the command line */
	size_t inputs;
	const char *out;
	STACK_OF(X509) *signers;
	uint32_t pins;			/* bit n: PCR n of the evidence */
	bool evidence;			/* there is an input of that kind */
	policy_from_evidence from_evidence;
};

/* Has @input a digest where others have a path? */
static bool is_digest(const struct input *input)
{
	return input->kind == OPT_KERNEL_DIGEST || input->kind == OPT_LOADER_DIGEST;
}

static void not_verified(const char *path, const char *what)
{
	verb_error("policy", "warning: %s: not verified: %s", path, what);
}

static int add_payload(struct request *request, json_t *ref, const char *path,
		       const struct blob *b, char *why)
{
	const char *signature;
	int rc;

	rc = policy_reference_add_payload(ref, b->data, b->size, request->signers, &signature, why);
	if (!rc && !strcmp(signature, "unsigned"))
		not_verified(path, "it has no signature");
	else if (!rc && strcmp(signature, "verified"))
		not_verified(path, "its signature, for want of a --signer");
	return rc;
}

static int add_boot(json_t *ref, const struct input *input, const struct blob *b, char *why)
{
	const char *name = strrchr(input->path, '/');
	int rc;

	name = name ? name + 1 : input->path;
	rc = policy_reference_add_boot(ref, input->kind == OPT_KERNEL, name, b->data, b->size, why);
	if (!rc)
		not_verified(input->path, "its Authenticode signature, which is not looked at");
	return rc;
}

static int add_signer(struct request *request, json_t *ref, const struct blob *b, char *why)
{
	struct reason reason;
	int rc;

	rc = policy_reference_add_signer(ref, b->data, b->size, why);
	return rc ? rc : certificate_parse(b->data, b->size, request->signers, &reason);
}

static int add(struct request *request, json_t *ref, const struct input *input)
{
	char why[POLICY_REASON] = "";
	struct blob b;
	int rc;

	rc = file_read(input->path, MAX_IMAGE, &b);
	if (rc) {
		verb_error("policy", "%s: %s", input->path, strerror(-rc));
		return EXIT_UNABLE;
	}
	if (input->kind == OPT_PAYLOAD)
		rc = add_payload(request, ref, input->path, &b, why);
	else if (input->kind == OPT_SIGNER)
		rc = add_signer(request, ref, &b, why);
	else if (input->kind == OPT_EVIDENCE)
		rc = request->from_evidence(ref, b.data, b.size, request->pins, why);
	else
		rc = add_boot(ref, input, &b, why);
	blob_free(&b);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("policy", "%s: %s", input->path, rc == -ENOMEM ? "out of memory" : why);
	return rc == -ENOMEM ? EXIT_UNABLE : EXIT_REJECTED;
}

static int add_digest(json_t *ref, const struct input *input)
{
	char why[POLICY_REASON] = "";
	int rc = policy_reference_add_digest(ref, input->kind == OPT_KERNEL_DIGEST, input->path, why);

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

/* Signers first, wherever they are named: a payload is held against all of them. */
static int add_all(struct request *request, json_t *ref)
{
	int status = EXIT_ACCEPTED;

	for (int signers = 1; signers >= 0; signers--) {
		for (size_t i = 0; status == EXIT_ACCEPTED && i < request->inputs; i++) {
			const struct input *input = &request->input[i];

			if ((input->kind == OPT_SIGNER) != signers)
				continue;
			status = is_digest(input) ? add_digest(ref, input) :
						    add(request, ref, input);
		}
	}
	return status;
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

/* Takes one option; 0, or an exit status */
static int take(int option, struct request *request)
{
	switch (option) {
	case OPT_OUT:
		request->out = optarg;
		return EXIT_ACCEPTED;
	case OPT_PINS:
		return take_pins(optarg, &request->pins);
	case OPT_EVIDENCE:
		if (request->evidence)
			return EXIT_USAGE;
		request->evidence = true;
		/* fall through */
	case OPT_PAYLOAD:
	case OPT_KERNEL:
	case OPT_LOADER:
	case OPT_SIGNER:
	case OPT_KERNEL_DIGEST:
	case OPT_LOADER_DIGEST:
		request->input[request->inputs++] = (struct input){ option, optarg };
		return EXIT_ACCEPTED;
	default:
		return EXIT_USAGE;
	}
}

static int parse_reference(int argc, char **argv, struct request *request)
{
	int option, status = EXIT_ACCEPTED;

	optind = 1;
	while (status == EXIT_ACCEPTED &&
	       (option = getopt_long(argc, argv, "", reference_options, NULL)) != -1)
		status = take(option, request);
	if (status != EXIT_ACCEPTED)
		return status;
	if (!request->out || (request->pins && !request->evidence) || optind != argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < request->inputs; i++) {
		if (is_digest(&request->input[i]) ||
		    !file_overwrites(request->out, request->input[i].path))
			continue;
		verb_error("policy", "%s: is an input", request->out);
		return EXIT_USAGE;
	}
	return EXIT_ACCEPTED;
}

static int reference(int argc, char **argv, policy_from_evidence from_evidence)
{
	struct request request = {
		.input = calloc(argc, sizeof(*request.input)), .signers = sk_X509_new_null(),
		.from_evidence = from_evidence,
	};
	json_t *ref = policy_reference_new();
	int status = EXIT_UNABLE;

	if (request.input && request.signers && ref)
		status = parse_reference(argc, argv, &request);
	if (status == EXIT_ACCEPTED)
		status = add_all(&request, ref);
	if (status == EXIT_ACCEPTED)
		status = write_reference(ref, request.out);
	json_decref(ref);
	sk_X509_pop_free(request.signers, X509_free);
	free(request.input);
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
