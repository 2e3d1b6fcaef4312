// SPDX-License-Identifier: GPL-2.0-only
/* caretaker policy reference: compiles the values that a verifier compares a host with. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "cmd_policy.h"
#include "file.h"
#include "pcr.h"
#include "policy_reference.h"
#include "policy_rules.h"
#include "public_keys.h"
#include "verb.h"

#define MAX_IMAGE	(256u << 20)	/* bytes of a payload or a kernel */

enum {
	OPT_PAYLOAD = 256, OPT_KERNEL, OPT_LOADER, OPT_SIGNER, OPT_OUT, OPT_KERNEL_DIGEST,
	OPT_LOADER_DIGEST, OPT_EVIDENCE, OPT_PINS, OPT_RELEASE, OPT_RELEASE_BY, OPT_HELP,
};

static const struct option reference_options[] = {
	{ "payload", required_argument, NULL, OPT_PAYLOAD },
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "loader", required_argument, NULL, OPT_LOADER },
	{ "signer", required_argument, NULL, OPT_SIGNER },
	{ "kernel-digest", required_argument, NULL, OPT_KERNEL_DIGEST },
	{ "loader-digest", required_argument, NULL, OPT_LOADER_DIGEST },
	{ "release", required_argument, NULL, OPT_RELEASE },
	{ "release-by", required_argument, NULL, OPT_RELEASE_BY },
	{ "from-evidence", required_argument, NULL, OPT_EVIDENCE },
	{ "pin-pcrs", required_argument, NULL, OPT_PINS },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "help", no_argument, NULL, OPT_HELP },
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
	bool release;			/* the same */
	struct public_keys release_keys;	/* who may have signed those */
	bool help;
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
	else if (input->kind == OPT_RELEASE)
		rc = policy_reference_add_release(ref, b.data, b.size, &request->release_keys, why);
	else
		rc = add_boot(ref, input, &b, why);
	blob_free(&b);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("policy", "%s: %s", input->path, rc == -ENOMEM ? "out of memory" : why);
	return rc == -ENOMEM || rc == -ENOPKG ? EXIT_UNABLE : EXIT_REJECTED;
}

static int add_evidence(struct request *request, json_t *ref, const struct input *input)
{
	char why[POLICY_REASON] = "";
	int rc = request->from_evidence(ref, input->path, request->pins, why);

	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("policy", "%s: %s", input->path, *why ? why : strerror(-rc));
	return rc == -EBADMSG ? EXIT_REJECTED : EXIT_UNABLE;
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

/* "0,2,7,14" */
static int take_pins(const char *text, uint32_t *pins)
{
	uint32_t list = pcr_selection_indexes(text, text + strlen(text));

	if (!list || list & ~PCR_PINNABLE) {
		verb_error("policy", "--pin-pcrs: a list of registers, each once: 0 to 9, and 14");
		return EXIT_USAGE;
	}
	*pins |= list;
	return EXIT_ACCEPTED;
}

/* Signers first, wherever they are named: a payload is held against all of them. */
static int add_all(struct request *request, json_t *ref)
{
	int status = EXIT_ACCEPTED;

	for (int signers = 1; signers >= 0; signers--) {
		for (size_t i = 0; status == EXIT_ACCEPTED && i < request->inputs; i++) {
			const struct input *input = &request->input[i];

			/* Who signed the manifests was taken before. */
			if ((input->kind == OPT_SIGNER) != signers || input->kind == OPT_RELEASE_BY)
				continue;
			status = is_digest(input) ? add_digest(ref, input) :
				 input->kind == OPT_EVIDENCE ? add_evidence(request, ref, input) :
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
	verb_error("policy", "%s: %s", out, *why ? why : file_write_error(rc));
	return EXIT_UNABLE;
}

static int take_release_key(struct request *request)
{
	struct reason why;

	request->input[request->inputs++] = (struct input){ OPT_RELEASE_BY, optarg };
	if (!public_keys_load(optarg, &request->release_keys, &why))
		return EXIT_ACCEPTED;
	verb_error("policy", "%s: %s", why.word, why.text);
	return EXIT_UNABLE;
}

/* Takes one option; 0, or an exit status */
static int take(int option, struct request *request)
{
	switch (option) {
	case OPT_OUT:
		request->out = optarg;
		return EXIT_ACCEPTED;
	case OPT_HELP:
		request->help = true;
		return EXIT_ACCEPTED;
	case OPT_PINS:
		return take_pins(optarg, &request->pins);
	case OPT_RELEASE_BY:
		return take_release_key(request);
	case OPT_EVIDENCE:
		if (request->evidence)
			return EXIT_USAGE;
		request->evidence = true;
		/* fall through */
	case OPT_RELEASE:
		request->release |= option == OPT_RELEASE;
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

/* Says what is missing, or has no meaning. */
static bool complete(const struct request *request, int files)
{
	const struct verb_needs needs[] = {
		{ "--out", request->out }, { "--from-evidence", request->evidence || !request->pins },
		{ "--release", request->release || !request->release_keys.count },
		{ "--release-by", !request->release || request->release_keys.count }, { 0 },
	};

	if (files) {
		verb_error("policy", "a file without an option that says what it is");
		return false;
	}
	if (!verb_has_all("policy", needs))
		return false;
	/* Values of nothing make each verdict a no, and a pipeline whose list of files was empty hears of it there. */
	if (!request->inputs)
		verb_error("policy", "nothing to compile: neither --payload nor --kernel nor another");
	return request->inputs;
}

static int parse_reference(int argc, char **argv, struct request *request)
{
	static const int many[] = {
		OPT_PAYLOAD, OPT_KERNEL, OPT_LOADER, OPT_SIGNER, OPT_KERNEL_DIGEST, OPT_LOADER_DIGEST, OPT_RELEASE,
		OPT_RELEASE_BY, OPT_PINS, 0
	};
	int option, status = -verb_check_once("policy", argc, argv, reference_options, many);

	optind = 0;
	while (status == EXIT_ACCEPTED &&
	       (option = getopt_long(argc, argv, "", reference_options, NULL)) != -1)
		status = take(option, request);
	if (status != EXIT_ACCEPTED || request->help)
		return status;
	if (!complete(request, argc - optind)) {
		policy_usage(stderr);
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

int policy_compile(int argc, char **argv, policy_from_evidence from_evidence)
{
	struct request request = {
		.input = calloc(argc, sizeof(*request.input)), .signers = sk_X509_new_null(),
		.from_evidence = from_evidence,
	};
	json_t *ref = policy_reference_new();
	int status = EXIT_UNABLE;

	if (request.input && request.signers && ref)
		status = parse_reference(argc, argv, &request);
	if (status == EXIT_ACCEPTED && request.help)
		policy_usage(stdout);
	else if (status == EXIT_ACCEPTED)
		status = add_all(&request, ref);
	if (status == EXIT_ACCEPTED && !request.help)
		status = write_reference(ref, request.out);
	json_decref(ref);
	public_keys_free(&request.release_keys);
	sk_X509_pop_free(request.signers, X509_free);
	free(request.input);
	return status;
}
