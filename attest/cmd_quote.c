// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker quote: on the host, asks the TPM and collects evidence.
 *
 * It decides nothing; a host that lies is the verifier's business.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/crypto.h>

#include "tpm/ak_credential.h"
#include "tpm/collect_host.h"
#include "tpm/collect_tpm.h"
#include "hex.h"
#include "verb.h"

struct arguments {
	struct collect_options tpm;
	bool ek_type_given;
	bool enroll;
	const char *activate;
	const char *nonce;
	const char *out;
	struct collect_paths logs;
	const char *command_line;
	TPML_PCR_SELECTION selection;
};

static void usage(FILE *to)
{
	fputs("usage: caretaker quote --nonce HEX --out FILE|DIR [--pcrs BANK:LIST]...\n"
	      "               [--ima-log FILE] [--uefi-log FILE] [--userspace-log FILE]\n"
	      "               [--command-line FILE]\n"
	      "       caretaker quote --enroll --out FILE\n"
	      "       caretaker quote --activate CHALLENGE --out FILE\n"
	      "  of the TPM: [--tcti CONF] [--ak HANDLE|CONTEXT] [--ak-type ecc|rsa]\n"
	      "              [--ek-type rsa|ecc]\n\n"
	      "Collects evidence on this host.  Without --pcrs: sha256:0-10,14.\n", to);
}

static int tpm_failed(const struct tpm *tpm, int rc)
{
	verb_error("quote", "%s", tpm->error[0] ? tpm->error : strerror(-rc));
	return EXIT_UNABLE;
}

/* DIR stands for DIR/NAME */
static int out_path(const char *out, const char *name, char path[PATH_MAX])
{
	struct stat st;
	bool directory = !stat(out, &st) && S_ISDIR(st.st_mode);
	int n;

	n = directory ? snprintf(path, PATH_MAX, "%s/%s", out, name) :
			snprintf(path, PATH_MAX, "%s", out);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Takes over the reference */
static int write_json(const char *out, const char *name, json_t *root, unsigned int mode)
{
	char path[PATH_MAX], *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	int rc = text ? out_path(out, name, path) : -ENOMEM;

	json_decref(root);
	if (!rc)
		rc = file_write_atomic(path, text, strlen(text), mode);
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("quote", "%s: %s", out, strerror(-rc));
	return EXIT_UNABLE;
}

static int quote(const struct arguments *a, struct tpm *tpm)
{
	unsigned char nonce[EVIDENCE_NONCE_MAX];
	size_t nonce_size = sizeof(nonce);
	struct evidence e = { 0 };
	const char *path;
	int rc, status;

	if (hex_decode(a->nonce, nonce, &nonce_size) || nonce_size < EVIDENCE_NONCE_MIN) {
		verb_error("quote", "the nonce is no hex string of %d to %d bytes",
			   EVIDENCE_NONCE_MIN, EVIDENCE_NONCE_MAX);
		return EXIT_USAGE;
	}
	pcr_set_init(&e.pcrs);
	rc = tpm_attestation_key(tpm, &a->tpm, &e.ak_public);
	if (!rc)
		rc = tpm_quote(tpm, &a->selection, nonce, nonce_size, &e);
	if (!rc)
		rc = tpm_ek_certificate(tpm, a->tpm.ek_type, &e.ek_certificate);
	if (rc) {
		status = tpm_failed(tpm, rc);
		goto out;
	}
	rc = collect_logs(&e, &a->logs, &path);
	if (rc) {
		verb_error("quote", "%s: %s", path, strerror(-rc));
		status = EXIT_UNABLE;
		goto out;
	}
	collect_hearsay(&e, a->command_line);
	status = write_json(a->out, "evidence.json", evidence_json(&e), 0644);
out:
	evidence_free(&e);
	return status;
}

/* RSA if the TPM has a certificate for it, else ECC, unless --ek-type decides */
static int collect_enrolment(const struct arguments *a, struct tpm *tpm, struct enrolment *e,
			     enum collect_key *type)
{
	int rc;

	*type = a->tpm.ek_type;
	rc = tpm_ek_certificate(tpm, *type, &e->ek_certificate);
	if (!rc && !e->ek_certificate.size && !a->ek_type_given) {
		*type = COLLECT_ECC;
		rc = tpm_ek_certificate(tpm, *type, &e->ek_certificate);
	}
	if (rc)
		return rc;
	if (!e->ek_certificate.size) {
		snprintf(tpm->error, sizeof(tpm->error), "the TPM holds no EK certificate");
		return -ENOENT;
	}
	rc = tpm_ek_public(tpm, *type, &e->ek_public);
	return rc ? rc : tpm_attestation_key(tpm, &a->tpm, &e->ak_public);
}

static int enroll(const struct arguments *a, struct tpm *tpm)
{
	struct enrolment e = { 0 };
	enum collect_key type;
	int rc, status;

	rc = collect_enrolment(a, tpm, &e, &type);
	status = rc ? tpm_failed(tpm, rc) :
		 write_json(a->out, "enrolment.json", enrolment_json(&e), 0644);
	enrolment_free(&e);
	return status;
}

static int read_challenge(const char *path, struct challenge *challenge)
{
	char why[EVIDENCE_REASON] = "";
	struct blob b;
	int rc;

	rc = file_read(path, EVIDENCE_MAX_FILE, &b);
	if (!rc) {
		rc = challenge_parse(b.data, b.size, challenge, why);
		blob_free(&b);
	}
	if (rc)
		verb_error("quote", "%s: %s", path, *why ? why : strerror(-rc));
	return rc ? EXIT_UNABLE : EXIT_ACCEPTED;
}

static int activate(const struct arguments *a, struct tpm *tpm)
{
	unsigned char secret[EVIDENCE_SECRET_SIZE], binding[32];
	struct challenge challenge = { 0 };
	struct response response;
	struct enrolment e = { 0 };
	enum collect_key type;
	int rc, status;

	status = read_challenge(a->activate, &challenge);
	if (status)
		return status;
	rc = collect_enrolment(a, tpm, &e, &type);
	if (!rc)
		rc = tpm_activate(tpm, type, &challenge, secret);
	if (!rc)
		rc = enrolment_binding(&e, binding);
	if (!rc)
		rc = ak_credential_proof(secret, binding, response.proof);
	OPENSSL_cleanse(secret, sizeof(secret));
	status = rc ? tpm_failed(tpm, rc) :
		 write_json(a->out, "response.json", response_json(&response), 0644);
	challenge_free(&challenge);
	enrolment_free(&e);
	return status;
}

/* --- Options ------------------------------------------------------------------ */

enum {
	OPT_NONCE = 256, OPT_OUT, OPT_TCTI, OPT_PCRS, OPT_IMA, OPT_UEFI, OPT_USERSPACE, OPT_LINE, OPT_AK, OPT_AK_TYPE,
	OPT_EK_TYPE, OPT_ENROLL, OPT_ACTIVATE, OPT_HELP,
};

static const struct option options[] = {
	{ "nonce", required_argument, NULL, OPT_NONCE },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "tcti", required_argument, NULL, OPT_TCTI },
	{ "pcrs", required_argument, NULL, OPT_PCRS },
	{ "ima-log", required_argument, NULL, OPT_IMA },
	{ "uefi-log", required_argument, NULL, OPT_UEFI },
	{ "userspace-log", required_argument, NULL, OPT_USERSPACE },
	{ "command-line", required_argument, NULL, OPT_LINE },
	{ "ak", required_argument, NULL, OPT_AK },
	{ "ak-type", required_argument, NULL, OPT_AK_TYPE },
	{ "ek-type", required_argument, NULL, OPT_EK_TYPE },
	{ "enroll", no_argument, NULL, OPT_ENROLL },
	{ "activate", required_argument, NULL, OPT_ACTIVATE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int key_type(const char *word, enum collect_key *out)
{
	if (!strcmp(word, "ecc"))
		*out = COLLECT_ECC;
	else if (!strcmp(word, "rsa"))
		*out = COLLECT_RSA;
	else
		return -EINVAL;
	return 0;
}

static int take(int option, struct arguments *a)
{
	switch (option) {
	case OPT_NONCE: a->nonce = optarg; return 0;
	case OPT_OUT: a->out = optarg; return 0;
	case OPT_TCTI: a->tpm.tcti = optarg; return 0;
	case OPT_IMA: a->logs.ima_log = optarg; return 0;
	case OPT_UEFI: a->logs.uefi_log = optarg; return 0;
	case OPT_USERSPACE: a->logs.userspace_log = optarg; return 0;
	case OPT_LINE: a->command_line = optarg; return 0;
	case OPT_AK: a->tpm.ak = optarg; return 0;
	case OPT_ENROLL: a->enroll = true; return 0;
	case OPT_ACTIVATE: a->activate = optarg; return 0;
	case OPT_PCRS: return collect_parse_selection(optarg, &a->selection);
	case OPT_AK_TYPE: return key_type(optarg, &a->tpm.ak_type);
	case OPT_EK_TYPE:
		a->ek_type_given = true;
		return key_type(optarg, &a->tpm.ek_type);
	default: return -EINVAL;
	}
}

static int parse(int argc, char **argv, struct arguments *a)
{
	int option, actions;

	*a = (struct arguments){
		.tpm = { .ak_type = COLLECT_ECC, .ek_type = COLLECT_RSA },
		.logs = { COLLECT_IMA_LOG, COLLECT_UEFI_LOG, COLLECT_USERSPACE_LOG },
		.command_line = "/proc/cmdline",
	};
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPT_HELP) {
			usage(stdout);
			exit(EXIT_ACCEPTED);
		}
		if (take(option, a)) {
			if (option != '?')
				verb_error("quote", "\"%s\" makes no sense here", optarg);
			return EXIT_USAGE;
		}
	}
	actions = !!a->nonce + a->enroll + !!a->activate;
	if (actions != 1 || !a->out || optind != argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!a->selection.count)
		collect_parse_selection("sha256:0-10,14", &a->selection);
	return EXIT_ACCEPTED;
}

int cmd_quote(int argc, char **argv)
{
	struct arguments a;
	struct tpm tpm;
	int status, rc;

	status = parse(argc, argv, &a);
	if (status)
		return status;
	rc = tpm_open(&tpm, &a.tpm);
	if (rc)
		return tpm_failed(&tpm, rc);
	if (a.enroll)
		status = enroll(&a, &tpm);
	else if (a.activate)
		status = activate(&a, &tpm);
	else
		status = quote(&a, &tpm);
	tpm_close(&tpm);
	return status;
}
