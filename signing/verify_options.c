// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of caretaker verify.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "certificate.h"
#include "crl.h"
#include "svn_floor.h"
#include "verb.h"
#include "verify_request.h"

enum {
	CERT = 1, ANCHOR, ISSUER, CRL, AT, MIN_SVN, TIMESTAMP, TSA_CERTS, RELEASE, RELEASE_BY, BUILDER, SOURCE,
	JSON, HELP
};

static const struct option options[] = {
	{ "cert", required_argument, NULL, CERT },
	{ "anchor", required_argument, NULL, ANCHOR },
	{ "issuer", required_argument, NULL, ISSUER },
	{ "crl", required_argument, NULL, CRL },
	{ "at", required_argument, NULL, AT },
	{ "min-svn", required_argument, NULL, MIN_SVN },
	{ "timestamp", required_argument, NULL, TIMESTAMP },
	{ "tsa-certs", required_argument, NULL, TSA_CERTS },
	{ "release", required_argument, NULL, RELEASE },
	{ "release-by", required_argument, NULL, RELEASE_BY },
	{ "builder", required_argument, NULL, BUILDER },
	{ "source", required_argument, NULL, SOURCE },
	{ "json", no_argument, NULL, JSON },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* What makes no sense, in front of the usage, in which nobody would find it */
static bool wrong(const char *text)
{
	verb_error("verify", "%s", text);
	return false;
}

/* An anchor is trusted as what it is, as an issuer, and for what it has issued. */
static int take_anchor(struct verify_request *request, struct reason *why)
{
	STACK_OF(X509) *const to[] = { request->trust.certs, request->trust.issuers };
	int had = sk_X509_num(request->anchors);
	int ret = certificate_load_all(optarg, request->anchors, why);

	for (int i = had; !ret && i < sk_X509_num(request->anchors); i++)
		for (size_t j = 0; !ret && j < sizeof(to) / sizeof(to[0]); j++) {
			X509 *cert = sk_X509_value(request->anchors, i);

			if (X509_up_ref(cert) != 1 || !sk_X509_push(to[j], cert))
				ret = reason_set(why, -ENOMEM, "memory", "no memory");
		}
	return ret;
}

/* Options that name certificates, keys or lists, which may be repeated */
static int take_trusted(int option, struct verify_request *request)
{
	struct reason why;
	int ret;

	if (option == RELEASE_BY)
		ret = public_keys_load(optarg, &request->release.keys, &why);
	else if (option == CRL)
		ret = crl_load_all(optarg, request->lists, &why);
	else if (option == ANCHOR)
		ret = take_anchor(request, &why);
	else
		ret = certificate_load_all(optarg, option == CERT ? request->trust.certs :
					   option == ISSUER ? request->trust.issuers :
					   request->trust.tsa, &why);
	request->demanded |= option == ISSUER || option == CRL;
	if (ret)
		verb_error("verify", "%s: %s", why.word, why.text);
	return ret ? -EXIT_UNABLE : 0;
}

static int take_time(struct verify_request *request)
{
	if (timestamp_read(optarg, &request->at)) {
		wrong("--at: a time in UTC, to the second, as 2026-11-30T12:00:00Z");
		return -EXIT_USAGE;
	}
	request->timed = true;
	return 0;
}

/* Return: 0, or a status of the verb, below 0; 1 if help was asked for */
static int parse_option(int option, struct verify_request *request)
{
	switch (option) {
	case CERT:
	case ANCHOR:
	case ISSUER:
	case CRL:
	case TSA_CERTS:
	case RELEASE_BY:
		return take_trusted(option, request);
	case AT:
		return take_time(request);
	case MIN_SVN:
		return svn_floor_parse("verify", optarg, &request->min_svn) ? -EXIT_USAGE : 0;
	case TIMESTAMP:
		request->timestamp = optarg;
		return 0;
	case RELEASE:
		request->release.manifest = optarg;
		return 0;
	case BUILDER:
		request->release.builder = optarg;
		return 0;
	case SOURCE:
		request->release.source = optarg;
		return 0;
	case JSON:
		request->json = true;
		return 0;
	case HELP:
		return 1;
	default:
		return -EXIT_USAGE;
	}
}

/* A token says when; it is one file's, and whoever issued its TSA's certificate is known, or nobody is. */
static bool complete_time(const struct verify_request *request, int files)
{
	bool timed = request->timestamp;

	if (timed != (sk_X509_num(request->trust.tsa) > 0))
		return wrong("--timestamp and --tsa-certs: both, or neither");
	if (timed && request->timed)
		return wrong("--at: the token of --timestamp says the time");
	return !(timed && files > 1) || wrong("--timestamp: is of one FILE");
}

static bool complete_release(const struct verify_release *release)
{
	return release->manifest || (!release->keys.count && !release->builder && !release->source) ||
	       wrong("--release-by, --builder, --source: are of a --release");
}

static bool is_stdin(const char *path)
{
	return path && !strcmp(path, "-");
}

/* Standard input gives one of them. */
static bool reads_once(const struct verify_request *request, int files, char **file)
{
	bool manifest = is_stdin(request->release.manifest);
	int readers = manifest + is_stdin(request->timestamp);

	for (int i = 0; i < files; i++)
		readers += is_stdin(file[i]);
	return (readers <= 1 && !(manifest && files > 1)) || wrong("-: standard input is read once");
}

/* A list counts if its issuer is known. */
static bool complete(const struct verify_request *request, int files, char **file)
{
	if (files <= 0)
		return wrong("no FILE");
	if (sk_X509_num(request->trust.certs) <= 0)
		return wrong("--cert, --anchor: one of them at least");
	if (sk_X509_CRL_num(request->lists) > 0 && sk_X509_num(request->trust.issuers) <= 0)
		return wrong("--crl: needs --issuer or --anchor");
	return reads_once(request, files, file) && complete_time(request, files) &&
	       complete_release(&request->release);
}

int verify_options_parse(int argc, char **argv, struct verify_request *request)
{
	static const int many[] = { CERT, ANCHOR, ISSUER, CRL, MIN_SVN, TSA_CERTS, RELEASE_BY, 0 };
	int option, ret = verb_check_once("verify", argc, argv, options, many);

	optind = 0;
	while (!ret && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(option, request);
	if (ret)
		return ret;
	return complete(request, argc - optind, argv + optind) ? 0 : -EXIT_USAGE;
}
