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

#include "evidence/container.h"
#include "tpm/ak.h"
#include "tpm/ak_credential.h"
#include "tpm/collect_host.h"
#include "tpm/collect_quote.h"
#include "tpm/ek.h"
#include "tpm/pcr_read.h"
#include "hex.h"
#include "output_place.h"
#include "passphrase.h"
#include "verb.h"

/* In a folder that --out names */
#define EVIDENCE_FILE	"evidence.tar"
#define ENROLMENT_FILE	"enrolment.json"
#define RESPONSE_FILE	"response.json"

#define QUOTE_TRIES	8	/* a register may change between its reading and the quote */

struct arguments {
	const char *tcti;
	const char *ak;			/* NULL: derived */
	enum ak_type ak_type;
	struct ek_source ek;
	struct passphrase_source owner, endorsement;
	bool enroll;
	const char *activate;
	const char *nonce;
	const char *out;
	struct collect_paths logs;
	uint64_t max;			/* bytes of IMA's list */
	const char *command_line;
	TPML_PCR_SELECTION selection;
};

static void usage(FILE *to)
{
	fputs("usage: caretaker quote --nonce HEX --out FILE|DIR [--pcrs BANK:LIST]...\n"
	      "               [--ima-log FILE] [--uefi-log FILE] [--userspace-log FILE]\n"
	      "               [--command-line FILE] [--max-size BYTES]\n"
	      "       caretaker quote --enroll --out FILE\n"
	      "       caretaker quote --activate CHALLENGE --out FILE\n"
	      "  of the TPM: [--tcti CONF] [--ak HANDLE|CONTEXT] [--ak-type ecc|rsa|p384]\n"
	      "              [--owner-auth FILE|fd:N] [--endorsement-auth FILE|fd:N]\n"
	      "  to enroll:  [--ek-type rsa|ecc|rsa2048|rsa3072|rsa4096|p256|p384|p521]\n"
	      "              [--ek-certificate FILE | --without-ek-certificate]\n\n"
	      "Collects evidence on this host.  Without --pcrs: PCR 0 to 10 and 14 of the\n"
	      "TPM's SHA-256 bank, or of SHA-384 where that one is off.\n", to);
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
	bool directory = strcmp(out, "-") && !stat(out, &st) && S_ISDIR(st.st_mode);
	int n;

	n = directory ? snprintf(path, PATH_MAX, "%s/%s", out, name) :
			snprintf(path, PATH_MAX, "%s", out);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* The evidence, or what enrols, may take the place of nothing that it is made from. */
static bool keeps_inputs(const struct arguments *a)
{
	const char *name = a->nonce ? EVIDENCE_FILE : a->enroll ? ENROLMENT_FILE : RESPONSE_FILE;
	const char *const inputs[] = {
		a->logs.ima_log, a->logs.uefi_log, a->logs.userspace_log, a->command_line, a->activate,
		a->ek.certificate, a->ak, a->owner.file, a->endorsement.file,
	};
	char path[PATH_MAX];
	struct reason why;
	int ret;

	if (out_path(a->out, name, path))
		return true;
	ret = output_place_check(path, inputs, sizeof(inputs) / sizeof(inputs[0]), &why);
	if (ret)
		verb_error("quote", "%s", why.text);
	return !ret;
}

/* Takes over the reference */
static int write_json(const char *out, const char *name, json_t *root)
{
	char path[PATH_MAX];
	int rc = out_path(out, name, path);

	if (!rc)
		return verb_write_json("quote", path, root, 0644);
	json_decref(root);
	verb_error("quote", "%s: %s", out, strerror(-rc));
	return EXIT_UNABLE;
}

/* What is written: evidence, then a part of IMA's list */
struct output {
	const struct evidence *evidence;
	struct collect_ima *list;
	struct collect_part part;
	bool moved;
};

static int put(void *to, const void *data, size_t size)
{
	return file_put(to, data, size);
}

static int put_evidence(struct file_sink *to, void *arg)
{
	struct output *out = arg;
	int rc;

	rc = container_put(put, to, out->evidence, out->part.size);
	if (!rc)
		rc = collect_ima_copy(out->list, &out->part, put, to);
	out->moved = rc == -EAGAIN;
	return rc ? rc : container_put_end(put, to, out->part.size);
}

static int write_evidence(const struct arguments *a, struct tpm *tpm, struct output *out)
{
	char path[PATH_MAX];
	int rc = out_path(a->out, EVIDENCE_FILE, path);

	if (!rc)
		rc = file_write_pieces(path, put_evidence, out, 0644);
	if (!rc || rc == -EAGAIN)
		return rc;
	return tpm_fail(tpm, rc, "%.100s: %s", a->out, out->moved ?
			"IMA's list moved while it was written" : file_write_error(rc));
}

static int list_failed(const struct arguments *a, struct tpm *tpm, int rc)
{
	if (rc == -EFBIG)
		return tpm_fail(tpm, rc, "%.100s: larger than %llu bytes", a->logs.ima_log,
				(unsigned long long)a->max);
	if (rc == -EBADMSG)
		return tpm_fail(tpm, rc, "the TPM's answer is no quote");
	return rc && rc != -EAGAIN ? tpm_fail(tpm, rc, "%.100s: %s", a->logs.ima_log, strerror(-rc)) : rc;
}

/* The logs are read after the quote: then they hold at least what was quoted */
static int try_quote(const struct arguments *a, struct tpm *tpm, int userspace,
		     const unsigned char *nonce, size_t nonce_size, struct evidence *e)
{
	struct collect_ima list = { .fd = { -1, -1 } };
	struct output out = { .evidence = e, .list = &list };
	const char *path;
	int rc;

	rc = tpm_quote(tpm, &a->selection, nonce, nonce_size, e);
	if (rc)
		return rc;
	rc = collect_logs(e, &a->logs, userspace, &path);
	if (rc)
		return tpm_fail(tpm, rc, "%.100s: %s", path, strerror(-rc));
	collect_hearsay(e, a->command_line);
	rc = collect_ima_open(&list, a->logs.ima_log, file_open);
	if (!rc)
		rc = collect_settle(e, &list, a->max, &out.part);
	rc = rc ? list_failed(a, tpm, rc) : write_evidence(a, tpm, &out);
	collect_ima_close(&list);
	return rc;
}

static int try_evidence(const struct arguments *a, struct tpm *tpm, const unsigned char *nonce,
			size_t nonce_size, struct evidence *e)
{
	int userspace, rc;

	rc = collect_userspace_open(a->logs.userspace_log, &userspace);
	if (rc)
		return tpm_fail(tpm, rc, "%.100s: %s", a->logs.userspace_log, rc == -ESTALE ?
				"marked as incomplete (sticky bit): systemd was interrupted while it extended" :
				strerror(-rc));
	rc = try_quote(a, tpm, userspace, nonce, nonce_size, e);
	file_close(userspace);
	blob_free(&e->uefi_log);
	blob_free(&e->userspace_log);
	return rc;
}

static int collect_evidence(const struct arguments *a, struct tpm *tpm, const unsigned char *nonce,
			    size_t nonce_size)
{
	struct evidence e = { 0 };
	int rc;

	rc = tpm_attestation_key(tpm, a->ak, a->ak_type, &e.ak_public);
	for (int i = 0; !rc && i < QUOTE_TRIES; i++) {
		rc = try_evidence(a, tpm, nonce, nonce_size, &e);
		if (rc != -EAGAIN)
			break;
		rc = i + 1 < QUOTE_TRIES ? 0 :
		     tpm_fail(tpm, -EIO, "during each of %d quotes a PCR changed that the IMA log does not "
			      "explain, or the log moved", QUOTE_TRIES);
	}
	evidence_free(&e);
	return rc;
}

static int quote(const struct arguments *a, struct tpm *tpm)
{
	unsigned char nonce[EVIDENCE_NONCE_MAX];
	size_t nonce_size = sizeof(nonce);
	int rc;

	if (hex_decode(a->nonce, nonce, &nonce_size) || nonce_size < EVIDENCE_NONCE_MIN) {
		verb_error("quote", "the nonce is no hex string of %d to %d bytes",
			   EVIDENCE_NONCE_MIN, EVIDENCE_NONCE_MAX);
		return EXIT_USAGE;
	}
	rc = collect_evidence(a, tpm, nonce, nonce_size);
	return rc ? tpm_failed(tpm, rc) : EXIT_ACCEPTED;
}

static int enroll(const struct arguments *a, struct tpm *tpm)
{
	struct enrolment e = { 0 };
	struct ek ek;
	int rc, status;

	rc = tpm_ek_open(tpm, &a->ek, &ek, &e);
	if (!rc)
		rc = tpm_attestation_key(tpm, a->ak, a->ak_type, &e.ak_public);
	status = rc ? tpm_failed(tpm, rc) :
		 write_json(a->out, ENROLMENT_FILE, enrolment_json(&e));
	tpm_ek_close(tpm, &ek);
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
	struct ek ek;
	int rc, status;

	status = read_challenge(a->activate, &challenge);
	if (status)
		return status;
	rc = tpm_ek_open(tpm, &a->ek, &ek, &e);
	if (!rc)
		rc = tpm_attestation_key(tpm, a->ak, a->ak_type, &e.ak_public);
	if (!rc)
		rc = tpm_activate(tpm, &ek, &challenge, secret);
	if (!rc)
		rc = enrolment_binding(&e, binding);
	if (!rc)
		rc = ak_credential_proof(secret, binding, response.proof);
	OPENSSL_cleanse(secret, sizeof(secret));
	status = rc ? tpm_failed(tpm, rc) :
		 write_json(a->out, RESPONSE_FILE, response_json(&response));
	tpm_ek_close(tpm, &ek);
	challenge_free(&challenge);
	enrolment_free(&e);
	return status;
}

/* --- Options ------------------------------------------------------------------ */

enum {
	OPT_NONCE = 256, OPT_OUT, OPT_TCTI, OPT_PCRS, OPT_IMA, OPT_UEFI, OPT_USERSPACE, OPT_LINE, OPT_MAX,
	OPT_AK, OPT_AK_TYPE,
	OPT_EK_TYPE, OPT_EK_CERTIFICATE, OPT_WITHOUT, OPT_OWNER, OPT_ENDORSEMENT, OPT_ENROLL, OPT_ACTIVATE, OPT_HELP,
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
	{ "max-size", required_argument, NULL, OPT_MAX },
	{ "ak", required_argument, NULL, OPT_AK },
	{ "ak-type", required_argument, NULL, OPT_AK_TYPE },
	{ "ek-type", required_argument, NULL, OPT_EK_TYPE },
	{ "ek-certificate", required_argument, NULL, OPT_EK_CERTIFICATE },
	{ "without-ek-certificate", no_argument, NULL, OPT_WITHOUT },
	{ "owner-auth", required_argument, NULL, OPT_OWNER },
	{ "endorsement-auth", required_argument, NULL, OPT_ENDORSEMENT },
	{ "enroll", no_argument, NULL, OPT_ENROLL },
	{ "activate", required_argument, NULL, OPT_ACTIVATE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* Never the value itself: other processes can read our options */
static int auth_source(const char *text, struct passphrase_source *out)
{
	return strncmp(text, "fd:", 3) ? passphrase_parse_file(text, out) :
	       passphrase_parse_fd(text + 3, out);
}

static int take(int option, struct arguments *a)
{
	switch (option) {
	case OPT_NONCE: a->nonce = optarg; return 0;
	case OPT_OUT: a->out = optarg; return 0;
	case OPT_TCTI: a->tcti = optarg; return 0;
	case OPT_IMA: a->logs.ima_log = optarg; return 0;
	case OPT_UEFI: a->logs.uefi_log = optarg; return 0;
	case OPT_USERSPACE: a->logs.userspace_log = optarg; return 0;
	case OPT_LINE: a->command_line = optarg; return 0;
	case OPT_MAX: return container_parse_max(optarg, &a->max);
	case OPT_AK: a->ak = optarg; return 0;
	case OPT_EK_CERTIFICATE: a->ek.certificate = optarg; return 0;
	case OPT_WITHOUT: a->ek.without = true; return 0;
	case OPT_OWNER: return auth_source(optarg, &a->owner);
	case OPT_ENDORSEMENT: return auth_source(optarg, &a->endorsement);
	case OPT_ENROLL: a->enroll = true; return 0;
	case OPT_ACTIVATE: a->activate = optarg; return 0;
	case OPT_PCRS: return collect_parse_selection(optarg, &a->selection);
	case OPT_AK_TYPE: return ak_type_parse(optarg, &a->ak_type);
	case OPT_EK_TYPE: return ek_kinds_parse(optarg, &a->ek.kinds);
	default: return -EINVAL;
	}
}

static int parse(int argc, char **argv, struct arguments *a)
{
	static const int many[] = { OPT_PCRS, 0 };
	int option, actions;

	*a = (struct arguments){
		.ak_type = AK_P256, .ek = { .kinds = EK_ALL_KINDS },
		.owner = PASSPHRASE_PROMPT, .endorsement = PASSPHRASE_PROMPT,
		.logs = { COLLECT_IMA_LOG, COLLECT_UEFI_LOG, COLLECT_USERSPACE_LOG },
		.command_line = "/proc/cmdline", .max = CONTAINER_MAX_IMA,
	};
	if (verb_check_once("quote", argc, argv, options, many))
		return EXIT_USAGE;
	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPT_HELP) {
			usage(stdout);
			exit(verb_finish(EXIT_ACCEPTED));
		}
		if (take(option, a)) {
			if (option != '?')
				verb_error("quote", "\"%s\" makes no sense here", optarg);
			return EXIT_USAGE;
		}
	}
	actions = !!a->nonce + a->enroll + !!a->activate;
	if (actions != 1 || !a->out || optind != argc || (a->ek.certificate && a->ek.without)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return keeps_inputs(a) ? EXIT_ACCEPTED : EXIT_USAGE;
}

static int give_auth(struct tpm *tpm, const struct passphrase_source *source, ESYS_TR hierarchy)
{
	char auth[PASSPHRASE_MAX];
	struct reason why;
	int rc;

	if (!source->file && source->fd < 0)
		return 0;
	rc = passphrase_get(source, NULL, false, auth, &why);
	if (rc)
		return tpm_fail(tpm, rc, "%s: %.120s", hierarchy == ESYS_TR_RH_OWNER ?
				"--owner-auth" : "--endorsement-auth", why.text);
	rc = tpm_set_auth(tpm, hierarchy, auth);
	OPENSSL_cleanse(auth, sizeof(auth));
	return rc;
}

static int act(struct arguments *a, struct tpm *tpm)
{
	int rc;

	rc = give_auth(tpm, &a->owner, ESYS_TR_RH_OWNER);
	if (!rc)
		rc = give_auth(tpm, &a->endorsement, ESYS_TR_RH_ENDORSEMENT);
	if (!rc && a->nonce && !a->selection.count)
		rc = tpm_default_selection(tpm, &a->selection);
	if (rc)
		return tpm_failed(tpm, rc);
	if (a->enroll)
		return enroll(a, tpm);
	return a->activate ? activate(a, tpm) : quote(a, tpm);
}

int cmd_quote(int argc, char **argv)
{
	struct arguments a;
	struct tpm tpm;
	int status, rc;

	status = parse(argc, argv, &a);
	if (status)
		return status;
	rc = tpm_open(&tpm, a.tcti);
	status = rc ? tpm_failed(&tpm, rc) : act(&a, &tpm);
	tpm_close(&tpm);
	return status;
}
