// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --key KEY [--cert CERT] IN OUT: signs what the kernel would take and
 * the lint finds nothing in, and nothing else.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certificate.h"
#include "ima_signature.h"
#include "key_options.h"
#include "sign_batch.h"
#include "sign_file.h"
#include "signature.h"
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
	      "  --key KEY             private key: a PEM, DER or PKCS#12 file, or a pkcs11: URI\n"
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
	      "  --pkcs11-by WAY       OpenSSL's provider, or its engine; default: what is there\n\n"
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
	/* In the form of sha256sum(1) and its kin, which can check it */
	else if (*outcome.digest && strcmp(out, "-") && (!request->digest || strcmp(request->digest, "-")))
		printf("%s  %s\n", outcome.digest, out);
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

/*
 * One after the other: what is refused does not stop the others, a key that does not open or
 * sign does.
 */
static int run_batch(struct sign_session *session, int files, char **file)
{
	const struct sign_request *request = session->request;
	const char *endings[3] = { NULL };
	struct tally tally = { 0 };
	struct sign_batch batch;
	struct reason why;
	size_t n = 0;
	bool nothing;
	int ret;

	if (request->timestamp_command)
		endings[n++] = TIMESTAMP_SUFFIX;
	if (request->ima == SIGN_IMA_FILE)
		endings[n++] = IMA_SUFFIX;
	ret = sign_batch_names(request->into, endings, files, file, &batch, &why);
	if (ret) {
		verb_error(VERB, "%s: %s", why.word, why.text);
		sign_batch_free(&batch);
		return reason_exit(ret);
	}
	for (int i = 0; i < files && !session->key_failed; i++) {
		show_progress(i, files);
		ret = run_one(session, file[i], batch.out[i], &nothing);
		if (ret)
			*(ret == REFUSED ? &tally.refused : &tally.failed) += 1;
		else
			*(nothing ? &tally.nothing : &tally.signed_now) += 1;
	}
	show_progress(files, files);
	sign_batch_free(&batch);
	return say_tally(&tally, files);
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

enum {
	KEY = 1, CERT, ISSUER, HASH, REPLACE, ADD, SIGNED_BY, WITHOUT_LINT, IDEMPOTENT, MIN_SVN,
	PREVIOUS, PREPARE, DIGEST, ATTACH, EXTERNAL, DETACHED, STRIP, INTO, TIMESTAMP,
	TIMESTAMP_QUERY, TIMESTAMP_COMMAND, TSA_CERTS, IMA, IMA_SIGFILE, HELP
};

static const struct option options[] = {
	{ "key", required_argument, NULL, KEY },
	{ "cert", required_argument, NULL, CERT },
	{ "issuer", required_argument, NULL, ISSUER },
	{ "hash", required_argument, NULL, HASH },
	{ "replace", no_argument, NULL, REPLACE },
	{ "add", no_argument, NULL, ADD },
	{ "signed-by", required_argument, NULL, SIGNED_BY },
	{ "idempotent", no_argument, NULL, IDEMPOTENT },
	{ "min-svn", required_argument, NULL, MIN_SVN },
	{ "previous", required_argument, NULL, PREVIOUS },
	{ "without-lint", no_argument, NULL, WITHOUT_LINT },
	{ "prepare", no_argument, NULL, PREPARE },
	{ "digest", required_argument, NULL, DIGEST },
	{ "attach", required_argument, NULL, ATTACH },
	{ "external", required_argument, NULL, EXTERNAL },
	{ "detached", no_argument, NULL, DETACHED },
	{ "strip", no_argument, NULL, STRIP },
	{ "into", required_argument, NULL, INTO },
	{ "timestamp", required_argument, NULL, TIMESTAMP },
	{ "timestamp-query", required_argument, NULL, TIMESTAMP_QUERY },
	{ "timestamp-command", required_argument, NULL, TIMESTAMP_COMMAND },
	{ "tsa-certs", required_argument, NULL, TSA_CERTS },
	{ "ima", no_argument, NULL, IMA },
	{ "ima-sigfile", no_argument, NULL, IMA_SIGFILE },
	KEY_OPTIONS,
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* Return: 0, or a status of the verb, below 0 */
static int add_certificates(const char *path, STACK_OF(X509) *certs)
{
	struct reason why;

	if (!certificate_load_all(path, certs, &why))
		return 0;
	verb_error(VERB, "%s: %s", why.word, why.text);
	return -EXIT_UNABLE;
}

/* One kind of output, once */
static int set_output(struct sign_request *request, enum sign_output output)
{
	if (request->output != SIGN_FILE)
		return -EXIT_USAGE;
	request->output = output;
	return 0;
}

/* In one place */
static int set_ima(struct sign_request *request, enum sign_ima_place place)
{
	if (request->ima)
		return -EXIT_USAGE;
	request->ima = place;
	return 0;
}

/* Of what goes beside the signature.  Return: 0, or a status of the verb, below 0 */
static int parse_beside(int option, struct sign_request *request)
{
	switch (option) {
	case TIMESTAMP:
		request->timestamp = optarg;
		return 0;
	case TIMESTAMP_QUERY:
		request->timestamp_query = optarg;
		return 0;
	case TIMESTAMP_COMMAND:
		request->timestamp_command = optarg;
		return *optarg ? 0 : -EXIT_USAGE;
	case TSA_CERTS:
		return add_certificates(optarg, request->tsa);
	case IMA:
		return set_ima(request, SIGN_IMA_ATTRIBUTE);
	case IMA_SIGFILE:
		return set_ima(request, SIGN_IMA_FILE);
	}
	return key_options_take(option, optarg, &request->source) ? -EXIT_USAGE : 0;
}

/* What no output may take the place of: the value of each option but these */
static bool names_input(int option)
{
	switch (option) {
	case HASH:
	case MIN_SVN:
	case DIGEST:
	case TIMESTAMP:
	case TIMESTAMP_QUERY:
	case TIMESTAMP_COMMAND:
	case EXTERNAL:
	case INTO:
	case KEY_PASSPHRASE_FD:
	case KEY_WAY:
		return false;
	}
	return optarg;
}

/* Return: 0, or a status of the verb, below 0; 1 if help was asked for */
static int parse_option(int option, const char *word, struct sign_request *request)
{
	if (names_input(option))
		request->kept[request->kept_count++] = optarg;
	switch (option) {
	case KEY:
		request->key = optarg;
		return 0;
	case CERT:
		request->cert = optarg;
		return 0;
	case ISSUER:
		return add_certificates(optarg, request->issuers);
	case HASH:
		request->hash = optarg;
		if (signature_hash(optarg))
			return 0;
		verb_error(VERB, "--hash %s: only sha256, sha384 and sha512", optarg);
		return -EXIT_USAGE;
	case REPLACE:
		request->replace = true;
		return 0;
	case ADD:
		request->add = true;
		return 0;
	case SIGNED_BY:
		return add_certificates(optarg, request->signed_by);
	case IDEMPOTENT:
		request->idempotent = true;
		return 0;
	case MIN_SVN:
		return sign_parse_svn(optarg, request) ? -EXIT_USAGE : 0;
	case PREVIOUS:
		if (request->previous)
			return -EXIT_USAGE;
		request->previous = optarg;
		return 0;
	case WITHOUT_LINT:
		/* Not by an abbreviation, which getopt_long() would take */
		request->without_lint = !strcmp(word, "--without-lint");
		return request->without_lint ? 0 : -EXIT_USAGE;
	case PREPARE:
		return set_output(request, SIGN_PREPARED);
	case DIGEST:
		request->digest = optarg;
		return 0;
	case ATTACH:
		request->attach = optarg;
		return 0;
	case EXTERNAL:
		request->external = optarg;
		return *optarg ? 0 : -EXIT_USAGE;
	case DETACHED:
		return set_output(request, SIGN_DETACHED);
	case STRIP:
		return set_output(request, SIGN_STRIPPED);
	case INTO:
		request->into = optarg;
		return *optarg ? 0 : -EXIT_USAGE;
	case HELP:
		return 1;
	}
	return parse_beside(option, request);
}

/* What is asked of a TSA is checked at once, so whom to believe must be said, and one file holds it. */
static bool timestamp_complete(const struct sign_request *request, const char *out)
{
	bool asks = request->timestamp_command;

	if (asks != (sk_X509_num(request->tsa) > 0) || (request->timestamp && !asks))
		return false;
	if (!asks && !request->timestamp_query)
		return true;
	if (request->output != SIGN_FILE && request->output != SIGN_DETACHED)
		return false;
	if (request->into)
		return !request->timestamp && !request->timestamp_query;
	return asks ? !request->timestamp_query && (request->timestamp || strcmp(out, "-")) : true;
}

/* Who signs OUT must be at hand when it is there, and it must be a file. */
static bool ima_complete(const struct sign_request *request, const char *out)
{
	return !request->ima || (request->output == SIGN_FILE && !request->attach && strcmp(out, "-"));
}

/* One way to the signature, and nothing that has no meaning beside it */
static bool complete(const struct sign_request *request, int files)
{
	int ways = !!request->key + !!request->attach + !!request->external;
	bool elsewhere = request->attach || request->external;

	if ((request->into ? files < 1 || request->attach || request->digest : files != 2) ||
	    (request->replace && request->add) || (!request->add && sk_X509_num(request->signed_by)))
		return false;
	if (request->output == SIGN_STRIPPED)
		return !ways && !request->replace && !request->add && !request->cert && !request->hash &&
		       !sk_X509_num(request->issuers) &&
		       !request->digest && !request->previous && !request->min_svn;
	if (request->output == SIGN_PREPARED)
		return !ways && !request->idempotent;
	return ways == 1 && !request->digest && (request->cert || !elsewhere);
}

static int parse_and_run(int argc, char **argv, struct sign_request *request)
{
	int option, ret = 0;

	optind = 0;
	while (!ret && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(option, argv[optind - 1], request);
	if (ret > 0) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	if (ret == -EXIT_UNABLE)
		return EXIT_UNABLE;
	if (ret || !complete(request, argc - optind) || !timestamp_complete(request, argv[argc - 1]) ||
	    !ima_complete(request, argv[argc - 1])) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return run(request, argc - optind, argv + optind);
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
