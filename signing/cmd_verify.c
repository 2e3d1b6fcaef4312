// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify --cert CERT FILE...: is this a payload that the owner of CERT
 * signed?  With a timestamp: when CERT was valid?  And is it in a release?
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "printable.h"
#include "svn_floor.h"
#include "verb.h"
#include "verify_report.h"
#include "verify_request.h"
#include "verify_signers.h"

#define VERB "verify"

static void usage(FILE *to)
{
	fputs("usage: caretaker verify --cert CERT [--cert CERT]... [options] FILE...\n\n"
	      "  --cert CERT           certificates of who may have signed FILE\n"
	      "  --anchor CERT         ... and of CAs that vouch for a signer whose certificate the\n"
	      "                        signature carries\n"
	      "  --issuer CERT         refuse a signer whose certificate leads to none of these\n"
	      "  --crl FILE            revocation lists of the issuers and anchors\n"
	      "  --at TIME             judge the dates of certificates and lists at that time, as\n"
	      "                        2026-11-30T12:00:00Z; default: lists now, certificates without\n"
	      "                        lists at no time\n"
	      "  --min-svn N           refuse a security version below N\n"
	      "  --timestamp TOKEN     a TSA's answer (RFC 3161): the signer's certificate must have\n"
	      "                        been valid at the time that it says\n"
	      "  --tsa-certs CERT      ... and the TSA's must lead to one of these\n"
	      "  --release MANIFEST    refuse FILE unless it is in this release\n"
	      "  --release-by KEY      who may have signed that: certificates, or a public key in\n"
	      "                        PEM; default: the certificates of --cert\n"
	      "  --builder URI         who must have built it\n"
	      "  --source URI          what it must have been built from\n"
	      "  --json                an object for each FILE on standard output\n", to);
}

/* The one whose signature the token is over is the signer, of several that are known. */
static int verify_time(const struct verify_request *request, struct verify_outcome *outcome,
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

/* All signers are told of, also where the file is refused already, for which @why then stays. */
static int verify_signers(const struct verify_request *request, const struct verify_trust *trust,
			  struct verify_outcome *outcome, int refused, struct reason *why)
{
	struct verify_path path = { request->trust.issuers, request->lists, request->timed, request->at };
	bool stamped = outcome->timestamp.token;
	struct reason ignored;

	if (stamped) {
		path.when = outcome->timestamp.time;
		path.timed = sk_X509_CRL_num(request->lists) > 0;
	} else if (!path.timed && sk_X509_CRL_num(request->lists) > 0) {
		path.when = time(NULL);
		path.timed = true;
	}
	outcome->timed = path.timed || stamped;
	outcome->when = path.when;
	/* What a token proves of the certificates, timestamp_verify() has asked. */
	return verify_each_signer(&outcome->payload, trust, &path, request->demanded && (!stamped || path.timed),
				  &outcome->signers, refused ? &ignored : why);
}

static int check(const struct verify_request *request, const struct blob *file,
		 struct verify_outcome *outcome, struct reason *why)
{
	struct verify_found found;
	const struct verify_trust trust = { request->trust.certs, request->anchors, &found };
	int ret, each = 0;

	found.all = false;
	ret = verify_payload_trusted(file->data, file->size, &trust, &outcome->payload, &outcome->signer, why);
	if (!ret && request->timestamp)
		ret = verify_time(request, outcome, why);
	if (ret >= 0 && outcome->payload.signature)
		each = verify_signers(request, &trust, outcome, ret, why);
	if (!ret)
		ret = each;
	if (!ret)
		ret = svn_floor_check(outcome->payload.image.note.svn, request->min_svn, why);
	if (!ret && request->release.manifest)
		ret = verify_release(&request->release, request->trust.certs, file, &outcome->payload,
				     &outcome->release, why);
	/* What did not hold as a whole vouches for no part of it. */
	if (ret) {
		outcome->signer = NULL;
		outcome->timed &= !request->timestamp;
		timestamp_free(&outcome->timestamp);
	}
	return ret;
}

/* Return: 0, REFUSED, or -errno; @why is of the latter two */
static int judge(const char *path, const struct verify_request *request, struct blob *file,
		 struct verify_outcome *outcome, struct reason *why)
{
	int ret = file_read(path, PAYLOAD_MAX_BYTES, file);

	if (ret == -EFBIG)
		return payload_too_large(&outcome->payload, why);
	if (ret)
		return reason_set(why, ret, "file", "%s", strerror(-ret));
	return check(request, file, outcome, why);
}

static void print_file(const char *path)
{
	char *name = strdup(path);

	if (name)
		printable_line(name);
	printf("file      %s\n", name ? : "?");
	free(name);
}

/* @several: text names the file that it is about, too */
static int verify(const char *path, const struct verify_request *request, bool several)
{
	struct verify_outcome outcome = { .path = path, .tsa = request->trust.tsa };
	struct blob file = { 0 };
	struct reason why;
	char error[400];
	int ret;

	ret = judge(path, request, &file, &outcome, &why);
	if (ret) {
		snprintf(error, sizeof(error), "%s: %s", why.word, why.text);
		verb_error(VERB, "%s: %s", path, error);
		verify_print_signers(&outcome, stderr);
	}
	if (request->json && ret >= 0) {
		if (verb_print_json(verify_report(&outcome, ret ? error : NULL)))
			ret = -EIO;
	} else if (!ret) {
		if (several)
			print_file(path);
		verify_print(&outcome, stdout);
		verify_print_signers(&outcome, stdout);
	}
	verify_outcome_free(&outcome);
	blob_free(&file);
	return reason_exit(ret);
}

/* Each is judged; what could not be is worse than what is refused. */
static int verify_all(const struct verify_request *request, int files, char **file)
{
	int status = EXIT_ACCEPTED;

	for (int i = 0; i < files; i++) {
		int one = verify(file[i], request, files > 1);

		if (one > status)
			status = one;
	}
	return status;
}

static int run(int argc, char **argv, struct verify_request *request)
{
	int ret = verify_options_parse(argc, argv, request);

	if (ret > 0) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	if (ret == -EXIT_USAGE)
		usage(stderr);
	return ret ? -ret : verify_all(request, argc - optind, argv + optind);
}

int cmd_verify(int argc, char **argv)
{
	struct verify_request request = {
		.trust = { sk_X509_new_null(), sk_X509_new_null(), sk_X509_new_null() },
		.anchors = sk_X509_new_null(), .lists = sk_X509_CRL_new_null(),
	};
	struct timestamp_trust *trust = &request.trust;
	int status = EXIT_UNABLE;

	if (trust->certs && trust->issuers && trust->tsa && request.anchors && request.lists)
		status = run(argc, argv, &request);
	public_keys_free(&request.release.keys);
	sk_X509_pop_free(request.anchors, X509_free);
	sk_X509_pop_free(trust->certs, X509_free);
	sk_X509_pop_free(trust->issuers, X509_free);
	sk_X509_pop_free(trust->tsa, X509_free);
	sk_X509_CRL_pop_free(request.lists, X509_CRL_free);
	return status;
}
