// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --key KEY [--cert CERT] IN OUT: signs what the kernel would take and
 * the lint finds nothing in, and nothing else.
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ima_signature.h"
#include "sign_batch.h"
#include "sign_file.h"
#include "sign_options.h"
#include "timestamp.h"
#include "verb.h"

#define VERB "sign"

static void usage(FILE *to)
{
	fputs("usage: caretaker sign --key KEY [--cert CERT] [options] IN OUT\n"
	      "       caretaker sign --prepare [options] IN OUT\n"
	      "       caretaker sign --attach SIG --cert CERT [options] IN OUT\n"
	      "       caretaker sign --external COMMAND --cert CERT [options] IN OUT\n"
	      "       caretaker sign --strip IN OUT\n"
	      "       caretaker sign ... --into FOLDER IN...\n\n"
	      "  --key KEY             private key: a PEM, DER or PKCS#12 file, a pkcs11: URI, or of\n"
	      "                        a TPM: handle:0x81..., or a TSS2 PRIVATE KEY file\n"
	      "  --cert CERT           its certificate: PEM, DER or a pkcs11: URI; default: the one\n"
	      "                        in the PKCS#12 file, or beside the key in the token\n"
	      "  --issuer CERT         refuse it if a keyring that trusts CERT would not take it\n"
	      "  --hash NAME           sha256 (default), sha384 or sha512\n"
	      "  --replace             drop the signature that IN has\n"
	      "  --add                 sign beside the signature that IN has, and\n"
	      "  --signed-by CERT      ... verify that one with its signer's certificate\n"
	      "  --idempotent          what CERT's key has signed already is done\n"
	      "  --min-svn N           refuse a security version below N\n"
	      "  --previous FILE       ... below that of FILE, the release before\n"
	      "  --without-lint        do not look at the instructions: for experiments\n"
	      "  --passphrase-file F   passphrase or PIN: first line of a file\n"
	      "  --passphrase-fd N     ... of an open descriptor; default is a prompt\n"
	      "  --pkcs11-module F     PKCS#11 module of the token\n"
	      "  --pkcs11-by WAY       OpenSSL's provider, or its engine; default: what is there\n"
	      "  --tcti CONF           the TPM, as tpm2-tss names it; default: /dev/tpmrm0 or /dev/tpm0\n\n"
	      "  --prepare             write what is to be signed to OUT, print its digest\n"
	      "  --digest F            ... and write the digest to F\n"
	      "  --attach SIG          the signature was made elsewhere: raw, or CMS\n"
	      "  --external COMMAND    let COMMAND make it: standard input to standard output\n"
	      "  --detached            write the signature alone (CMS) to OUT\n"
	      "  --strip               write IN without its signature to OUT\n"
	      "  --timestamp-query F   write to F what a TSA (RFC 3161) is to be asked\n"
	      "  --timestamp-command C let C ask it: standard input to standard output\n"
	      "  --timestamp F         ... and its answer goes to F; default: OUT.tsr\n"
	      "  --tsa-certs F         ... and must lead to one of the certificates in F\n"
	      "  --ima                 sign OUT for IMA, too: in its attribute security.ima\n"
	      "  --ima-sigfile         ... or in OUT.sig\n"
	      "  --into FOLDER         any number of IN, each to FOLDER under its own name\n", to);
}

static int run_one(struct sign_session *session, const char *in, const char *out, bool *nothing)
{
	const struct sign_request *request = session->request;
	struct sign_outcome outcome;
	struct reason why;
	int ret;

	if (request->without_lint)
		verb_error(VERB, "%s: warning: --without-lint: nobody looked at the instructions", in);
	ret = sign_file(session, in, out, &outcome, &why);
	*nothing = !ret && outcome.nothing;
	if (ret)
		verb_error(VERB, "%s: %s: %s", in, why.word, why.text);
	else if (outcome.nothing && !request->into)
		verb_error(VERB, "%s: nothing to do", in);
	return ret;
}

struct tally {
	int signed_now, nothing, refused, failed;
};

/* One line that a terminal shows over and over; nothing for a log */
static void show_progress(int done, int all)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%d of %d%s", done, all, done == all ? "\n" : "");
}

static int say_tally(const struct tally *tally, int all)
{
	int tried = tally->signed_now + tally->nothing + tally->refused + tally->failed;

	printf("%d done, %d nothing to do, %d refused, %d failed, %d not tried\n", tally->signed_now,
	       tally->nothing, tally->refused, tally->failed, all - tried);
	return tally->failed ? EXIT_UNABLE : tally->refused ? EXIT_REJECTED : EXIT_ACCEPTED;
}

/* A batch while it runs; @nothing: of each file, whether there was nothing to do but to copy it */
struct run {
	struct sign_session *session;
	struct sign_batch batch;
	struct tally tally;
	char **file;
	bool *nothing;
};

/* What has become of a file, now or when its group was written */
static void count(struct run *run, int i, int ret)
{
	if (ret)
		*(ret == REFUSED ? &run->tally.refused : &run->tally.failed) += 1;
	else
		*(run->nothing[i] ? &run->tally.nothing : &run->tally.signed_now) += 1;
}

static void of_group(void *arg, int i, int ret)
{
	struct run *run = arg;

	if (ret)
		verb_error(VERB, "%s: output: %s: %s", run->file[i], run->batch.out[i], file_write_error(ret));
	count(run, i, ret);
}

/* What goes beside an output, and what is printed of it, must not be there where the output is not yet. */
static bool may_group(const struct sign_request *request)
{
	return request->output != SIGN_PREPARED && !request->ima && !request->timestamp_query &&
	       !request->timestamp_command;
}

static int run_files(struct run *run, int files)
{
	struct sign_session *session = run->session;
	int ret;

	for (int i = 0; i < files && !session->key_failed; i++) {
		show_progress(i, files);
		session->index = i;
		ret = run_one(session, run->file[i], run->batch.out[i], &run->nothing[i]);
		if (ret || !session->later)
			count(run, i, ret);
	}
	file_group_end(session->group);
	session->group = NULL;
	show_progress(files, files);
	return say_tally(&run->tally, files);
}

/*
 * One after the other: what is refused does not stop the others, a key that does not open or
 * sign does.
 */
static int run_batch(struct sign_session *session, int files, char **file)
{
	struct run run = { .session = session, .file = file };
	const struct sign_request *request = session->request;
	const char *endings[3] = { NULL };
	struct reason why;
	size_t n = 0;
	int ret;

	if (request->timestamp_command)
		endings[n++] = TIMESTAMP_SUFFIX;
	if (request->ima == SIGN_IMA_FILE)
		endings[n++] = IMA_SUFFIX;
	/* What a group had goes to the next one, and not back to the kernel. */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	ret = sign_batch_names(request->into, endings, files, file, &run.batch, &why);
	run.nothing = calloc((size_t)files, sizeof(*run.nothing));
	session->group = may_group(request) ? file_group_new(of_group, &run) : NULL;
	if (!ret && (!run.nothing || (may_group(request) && !session->group)))
		ret = reason_set(&why, -ENOMEM, "memory", "no memory");
	if (ret)
		verb_error(VERB, "%s: %s", why.word, why.text);
	ret = ret ? reason_exit(ret) : run_files(&run, files);
	file_group_end(session->group);
	free(run.nothing);
	sign_batch_free(&run.batch);
	return ret;
}

static int run(struct sign_request *request, int files, char **file)
{
	struct sign_session session = { .request = request };
	struct reason why;
	bool nothing;
	int ret;

	ret = sign_read_previous(request, &why);
	if (ret) {
		verb_error(VERB, "%s: %s", why.word, why.text);
		return reason_exit(ret);
	}
	if (request->into)
		ret = run_batch(&session, files, file);
	else
		ret = reason_exit(run_one(&session, file[0], file[1], &nothing));
	signing_key_free(&session.key);
	return ret;
}

static int parse_and_run(int argc, char **argv, struct sign_request *request)
{
	int ret = sign_options_parse(argc, argv, request);

	if (ret > 0) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	if (ret == -EXIT_USAGE)
		usage(stderr);
	return ret ? -ret : run(request, argc - optind, argv + optind);
}

int cmd_sign(int argc, char **argv)
{
	struct sign_request request = {
		.source = KEY_SOURCE_PROMPT, .signed_by = sk_X509_new_null(),
		.issuers = sk_X509_new_null(), .tsa = sk_X509_new_null(),
		.kept = calloc((size_t)argc, sizeof(*request.kept)),
	};
	int status = EXIT_UNABLE;

	if (request.signed_by && request.issuers && request.tsa && request.kept)
		status = parse_and_run(argc, argv, &request);
	free(request.kept);
	sk_X509_pop_free(request.tsa, X509_free);
	sk_X509_pop_free(request.issuers, X509_free);
	sk_X509_pop_free(request.signed_by, X509_free);
	return status;
}
