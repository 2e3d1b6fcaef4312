// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker attest: at the verifier; nonces, enrolment and the verdict.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "cmd_attest.h"
#include "evidence/container.h"
#include "verb.h"

static void usage(FILE *to)
{
	fputs("usage: caretaker attest --evidence FILE --nonce HEX --host FILE --reference FILE\n"
	      "               --rules FILE [--state DIR] [--max-size BYTES] [--now SECONDS] [--json]\n"
	      "       caretaker attest --new-nonce --state DIR\n"
	      "       caretaker attest --standing VERDICT [--host FILE] [--rules FILE]\n"
	      "               [--reference FILE] [--now SECONDS] [--json]\n"
	      "       caretaker attest --challenge --enrolment FILE [--ek-ca CERTS...]\n"
	      "               [--ek-list FILE]... [--crl FILE]... [--allow-expired-ek]\n"
	      "               --out FILE --secret-out FILE\n"
	      "       caretaker attest --finish RESPONSE --secret FILE --enrolment FILE --out FILE\n\n"
	      "Judges a host's evidence.  With --state a nonce is good for one verdict.\n", to);
}

int attest_load(const char *path, attest_parse parse, void *out, unsigned char digest[32])
{
	char why[EVIDENCE_REASON] = "";
	struct blob b;
	int rc;

	rc = file_read(path, EVIDENCE_MAX_FILE, &b);
	if (rc) {
		verb_error("attest", "%s: %s", path, strerror(-rc));
		return EXIT_UNABLE;
	}
	rc = parse(b.data, b.size, out, why);
	if (!rc && digest && !EVP_Q_digest(NULL, "SHA256", NULL, b.data, b.size, digest, NULL))
		rc = -ENOMEM;
	blob_free(&b);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("attest", "%s: %s", path, *why ? why : strerror(-rc));
	return rc == -ENOMEM ? EXIT_UNABLE : EXIT_REJECTED;
}

/* --- Options ---------------------------------------------------------------------------- */

enum {
	OPT_EVIDENCE = 256, OPT_NONCE, OPT_HOST, OPT_REFERENCE, OPT_RULES, OPT_STATE, OPT_NOW,
	OPT_JSON, OPT_NEW_NONCE, OPT_STANDING, OPT_CHALLENGE, OPT_FINISH, OPT_ENROLMENT, OPT_EK_CA,
	OPT_EK_LIST, OPT_CRL, OPT_EXPIRED, OPT_OUT, OPT_SECRET_OUT, OPT_SECRET, OPT_MAX, OPT_HELP,
};

static const struct option options[] = {
	{ "evidence", required_argument, NULL, OPT_EVIDENCE },
	{ "nonce", required_argument, NULL, OPT_NONCE },
	{ "host", required_argument, NULL, OPT_HOST },
	{ "reference", required_argument, NULL, OPT_REFERENCE },
	{ "rules", required_argument, NULL, OPT_RULES },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "now", required_argument, NULL, OPT_NOW },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "new-nonce", no_argument, NULL, OPT_NEW_NONCE },
	{ "standing", required_argument, NULL, OPT_STANDING },
	{ "challenge", no_argument, NULL, OPT_CHALLENGE },
	{ "finish", required_argument, NULL, OPT_FINISH },
	{ "enrolment", required_argument, NULL, OPT_ENROLMENT },
	{ "ek-ca", required_argument, NULL, OPT_EK_CA },
	{ "ek-list", required_argument, NULL, OPT_EK_LIST },
	{ "crl", required_argument, NULL, OPT_CRL },
	{ "allow-expired-ek", no_argument, NULL, OPT_EXPIRED },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "secret-out", required_argument, NULL, OPT_SECRET_OUT },
	{ "secret", required_argument, NULL, OPT_SECRET },
	{ "max-size", required_argument, NULL, OPT_MAX },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static void act(struct attest_arguments *a, int action)
{
	a->action = a->action == NOTHING ? action : TOO_MANY;
}

static int take_now(struct attest_arguments *a)
{
	char *end;
	long long now;

	errno = 0;
	now = strtoll(optarg, &end, 10);
	if (errno || *end || end == optarg || now < 0 || now > 253402300799)
		return -EINVAL;
	a->now = now;
	return 0;
}

static int add_file(struct attest_files *files, const char *path)
{
	if (files->count == ATTEST_MAX_FILES)
		return -E2BIG;
	files->path[files->count++] = path;
	return 0;
}

static int take(int option, struct attest_arguments *a)
{
	switch (option) {
	case OPT_EVIDENCE: a->evidence = optarg; act(a, VERDICT); return 0;
	case OPT_NEW_NONCE: act(a, NEW_NONCE); return 0;
	case OPT_STANDING: a->verdict = optarg; act(a, STANDING); return 0;
	case OPT_CHALLENGE: act(a, CHALLENGE); return 0;
	case OPT_FINISH: a->response = optarg; act(a, FINISH); return 0;
	case OPT_NONCE: a->nonce = optarg; return 0;
	case OPT_HOST: a->host = optarg; return 0;
	case OPT_REFERENCE: a->reference = optarg; return 0;
	case OPT_RULES: a->rules = optarg; return 0;
	case OPT_STATE: a->state = optarg; return 0;
	case OPT_ENROLMENT: a->enrolment = optarg; return 0;
	case OPT_OUT: a->out = optarg; return 0;
	case OPT_SECRET:
	case OPT_SECRET_OUT: a->secret = optarg; return 0;
	case OPT_JSON: a->json = true; return 0;
	case OPT_MAX: return container_parse_max(optarg, &a->max);
	case OPT_NOW: return take_now(a);
	case OPT_EK_CA: return add_file(&a->ca, optarg);
	case OPT_EK_LIST: return add_file(&a->list, optarg);
	case OPT_CRL: return add_file(&a->crl, optarg);
	case OPT_EXPIRED: a->allow_expired = true; return 0;
	default: return -EINVAL;
	}
}

static bool complete(const struct attest_arguments *a)
{
	switch (a->action) {
	case VERDICT: return a->nonce && a->host && a->reference && a->rules;
	case NEW_NONCE: return a->state;
	case CHALLENGE: return a->enrolment && (a->ca.count || a->list.count) && a->out && a->secret;
	case FINISH: return a->enrolment && a->secret && a->out;
	case STANDING: return true;
	default: return false;
	}
}

int cmd_attest(int argc, char **argv)
{
	struct attest_arguments a = { .now = time(NULL), .max = CONTAINER_MAX_IMA };
	static const int many[] = { OPT_EK_CA, OPT_EK_LIST, OPT_CRL, 0 };
	int option;

	if (verb_check_once("attest", argc, argv, options, many))
		return EXIT_USAGE;
	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPT_HELP) {
			usage(stdout);
			return EXIT_ACCEPTED;
		}
		if (take(option, &a)) {
			if (option != '?')
				verb_error("attest", "\"%s\" makes no sense here", optarg);
			return EXIT_USAGE;
		}
	}
	/* --ek-ca takes several files, as a shell's pattern gives them */
	while (a.action == CHALLENGE && a.ca.count && optind < argc && !add_file(&a.ca, argv[optind]))
		optind++;
	if (optind != argc || !complete(&a)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	switch (a.action) {
	case VERDICT: return attest_verdict(&a);
	case NEW_NONCE: return attest_new_nonce(&a);
	case CHALLENGE: return attest_challenge(&a);
	case FINISH: return attest_finish(&a);
	default: return attest_standing(&a);
	}
}
