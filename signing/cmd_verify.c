// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify --cert CERT FILE: is this a payload that the owner of CERT
 * signed?  With a timestamp: when CERT was valid?  And is it in a release?
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "file.h"
#include "verb.h"
#include "verify.h"
#include "verify_release.h"
#include "verify_report.h"

#define VERB "verify"

static void usage(FILE *to)
{
	fputs("usage: caretaker verify --cert CERT [--cert CERT]... FILE [--json]\n"
	      "               [--timestamp TOKEN --tsa-certs CERT... [--issuer CERT]...]\n"
	      "               [--release MANIFEST [--release-by KEY]... [--builder URI]\n"
	      "               [--source URI]]\n\n"
	      "  --cert CERT           certificates of who may have signed FILE\n"
	      "  --timestamp TOKEN     a TSA's answer (RFC 3161): the signer's certificate must have\n"
	      "                        been valid at the time that it says\n"
	      "  --tsa-certs CERT      ... and the TSA's must lead to one of these\n"
	      "  --issuer CERT         ... and the signer's to one of these\n"
	      "  --release MANIFEST    refuse FILE unless it is in this release\n"
	      "  --release-by KEY      who may have signed that: certificates, or a public key in\n"
	      "                        PEM; default: the certificates of --cert\n"
	      "  --builder URI         who must have built it\n"
	      "  --source URI          what it must have been built from\n"
	      "  --json                one object on standard output\n", to);
}

/* What the command line asks for.  @timestamp: path, or NULL */
struct request {
	const char *timestamp;
	struct timestamp_trust trust;
	struct verify_release release;
	bool json;
};

/* The one whose signature the token is over is the signer, of several that are known. */
static int verify_time(const struct request *request, struct verify_outcome *outcome,
		       struct reason *why)
{
	const struct payload *payload = &outcome->payload;
	const struct timestamp_of of = {
		payload->data, payload->size, payload->signature, payload->signature_size
	};
	int ret;

	ret = timestamp_load(request->timestamp, &outcome->timestamp, why);
	if (ret)
		return ret;
	return timestamp_verify(&outcome->timestamp, &of, &request->trust, &outcome->signer, why);
}

static int check(const struct request *request, const struct blob *file,
		 struct verify_outcome *outcome, struct reason *why)
{
	STACK_OF(X509) *certs = request->trust.certs;
	int ret;

	ret = verify_payload(file->data, file->size, certs, &outcome->payload, &outcome->signer, why);
	if (!ret && request->timestamp)
		ret = verify_time(request, outcome, why);
	if (!ret && request->release.manifest)
		ret = verify_release(&request->release, certs, file, &outcome->payload,
				     &outcome->release, why);
	/* What did not hold as a whole vouches for no part of it. */
	if (ret) {
		outcome->signer = NULL;
		timestamp_free(&outcome->timestamp);
	}
	return ret;
}

static int verify(const char *path, const struct request *request)
{
	struct verify_outcome outcome = { .tsa = request->trust.tsa };
	struct reason why;
	char error[400];
	struct blob file;
	int ret;

	ret = file_read(path, PAYLOAD_MAX_BYTES, &file);
	if (ret) {
		verb_error(VERB, "%s: %s", path, strerror(-ret));
		return EXIT_UNABLE;
	}
	ret = check(request, &file, &outcome, &why);
	if (ret) {
		snprintf(error, sizeof(error), "%s: %s", why.word, why.text);
		verb_error(VERB, "%s: %s", path, error);
	}
	if (request->json && ret >= 0) {
		if (verb_print_json(verify_report(&outcome, ret ? error : NULL)))
			ret = -1;
	} else if (!ret) {
		verify_print(&outcome, stdout);
	}
	timestamp_free(&outcome.timestamp);
	release_free(&outcome.release);
	blob_free(&file);
	return reason_exit(ret);
}

enum { CERT = 1, TIMESTAMP, TSA_CERTS, ISSUER, RELEASE, RELEASE_BY, BUILDER, SOURCE, JSON, HELP };

static const struct option options[] = {
	{ "cert", required_argument, NULL, CERT },
	{ "timestamp", required_argument, NULL, TIMESTAMP },
	{ "tsa-certs", required_argument, NULL, TSA_CERTS },
	{ "issuer", required_argument, NULL, ISSUER },
	{ "release", required_argument, NULL, RELEASE },
	{ "release-by", required_argument, NULL, RELEASE_BY },
	{ "builder", required_argument, NULL, BUILDER },
	{ "source", required_argument, NULL, SOURCE },
	{ "json", no_argument, NULL, JSON },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* Once, or the first would be passed over */
static int take_once(const char **to)
{
	if (*to)
		return -EXIT_USAGE;
	*to = optarg;
	return 0;
}

/* Options that name certificates or keys, which may be repeated */
static int take_trusted(int option, struct request *request)
{
	struct reason why;
	int ret;

	if (option == RELEASE_BY)
		ret = public_keys_load(optarg, &request->release.keys, &why);
	else
		ret = certificate_load_all(optarg, option == CERT ? request->trust.certs :
					   option == ISSUER ? request->trust.issuers :
					   request->trust.tsa, &why);
	if (ret)
		verb_error(VERB, "%s: %s", why.word, why.text);
	return ret ? -EXIT_UNABLE : 0;
}

/* Return: 0, or a status of the verb, below 0; 1 if help was asked for */
static int parse_option(int option, struct request *request)
{
	switch (option) {
	case CERT:
	case TSA_CERTS:
	case ISSUER:
	case RELEASE_BY:
		return take_trusted(option, request);
	case TIMESTAMP:
		return take_once(&request->timestamp);
	case RELEASE:
		return take_once(&request->release.manifest);
	case BUILDER:
		return take_once(&request->release.builder);
	case SOURCE:
		return take_once(&request->release.source);
	case JSON:
		request->json = true;
		return 0;
	case HELP:
		return 1;
	default:
		return -EXIT_USAGE;
	}
}

/* A time is asked for with all that it needs, or not at all. */
static bool complete_time(const struct request *request)
{
	bool timed = request->timestamp;

	return timed == (sk_X509_num(request->trust.tsa) > 0) &&
	       (timed || !sk_X509_num(request->trust.issuers));
}

static bool complete_release(const struct verify_release *release)
{
	return release->manifest || (!release->keys.count && !release->builder && !release->source);
}

static bool is_stdin(const char *path)
{
	return path && !strcmp(path, "-");
}

static bool complete(const struct request *request, int files, char **file)
{
	if (files != 1 || !sk_X509_num(request->trust.certs))
		return false;
	/* Standard input gives one of them. */
	if (is_stdin(*file) + is_stdin(request->timestamp) + is_stdin(request->release.manifest) > 1)
		return false;
	return complete_time(request) && complete_release(&request->release);
}

static int run(int argc, char **argv, struct request *request)
{
	int option, ret = 0;

	optind = 0;
	while (!ret && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(option, request);
	if (ret > 0) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	if (ret == -EXIT_UNABLE)
		return EXIT_UNABLE;
	if (ret || !complete(request, argc - optind, argv + optind)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return verify(argv[optind], request);
}

int cmd_verify(int argc, char **argv)
{
	struct request request = {
		.trust = { sk_X509_new_null(), sk_X509_new_null(), sk_X509_new_null() },
	};
	struct timestamp_trust *trust = &request.trust;
	int status = EXIT_UNABLE;

	if (trust->certs && trust->issuers && trust->tsa)
		status = run(argc, argv, &request);
	public_keys_free(&request.release.keys);
	sk_X509_pop_free(trust->certs, X509_free);
	sk_X509_pop_free(trust->issuers, X509_free);
	sk_X509_pop_free(trust->tsa, X509_free);
	return status;
}
