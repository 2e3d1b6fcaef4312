// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify --cert CERT FILE: is this a payload that the owner of CERT
 * signed?  With a timestamp: when CERT was valid?
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>

#include "certificate.h"
#include "describe.h"
#include "file.h"
#include "timestamp.h"
#include "verb.h"
#include "verify.h"

#define VERB "verify"

static void usage(FILE *to)
{
	fputs("usage: caretaker verify --cert CERT [--cert CERT]... FILE [--json]\n"
	      "       caretaker verify ... --timestamp TOKEN --tsa-certs CERT [--issuer CERT] FILE\n\n"
	      "  --cert CERT       a file of certificates that are trusted to sign\n"
	      "  --timestamp TOKEN file of a TSA's answer (RFC 3161): the signer's certificate must have\n"
	      "                    been valid at the time that it says\n"
	      "  --tsa-certs CERT  ... and the TSA's must lead to one of these\n"
	      "  --issuer CERT     ... and the signer's to one of these\n"
	      "  --json            one JSON object\n", to);
}

/* @timestamp: path, or NULL */
struct request {
	const char *timestamp;
	struct timestamp_trust trust;
	int json;
};

/* What is known of a file when all is done; @timestamp is one that holds, or empty. */
struct outcome {
	struct payload payload;
	struct timestamp timestamp;
	X509 *signer;
};

/* The TSA's name, and its number of the token; NULL where there is no memory */
static json_t *describe_timestamp(const struct timestamp *timestamp, STACK_OF(X509) *tsa)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(timestamp->token, tsa, 0);
	X509 *cert = sk_X509_num(signers) > 0 ? sk_X509_value(signers, 0) : NULL;
	char *name = cert ? certificate_name(X509_get_subject_name(cert)) : NULL;
	BIGNUM *value = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(timestamp->info), NULL);
	char *number = value ? BN_bn2hex(value) : NULL;
	json_t *object;
	char text[24];

	timestamp_text(timestamp->time, text);
	object = json_pack("{s:s, s:s?, s:s?}", "time", text, "tsa", name, "serial", number);
	OPENSSL_free(number);
	BN_free(value);
	free(name);
	sk_X509_free(signers);
	return object;
}

static json_t *report(const struct outcome *outcome, const struct request *request, const char *error)
{
	const struct payload *payload = &outcome->payload;
	const struct caretaker_image *image = &payload->image;
	json_t *svn = error ? json_null() : json_integer(image->note.svn);
	json_t *timestamp = outcome->timestamp.token ?
			    describe_timestamp(&outcome->timestamp, request->trust.tsa) : NULL;

	return json_pack("{s:b, s:s?, s:o?, s:o, s:s?, s:o?}", "valid", !error, "error", error,
			 "signer", outcome->signer ? describe_certificate(outcome->signer) : NULL, "svn", svn,
			 "digest", *payload->digest ? payload->digest : NULL, "timestamp", timestamp);
}

static void print_text(const struct outcome *outcome, const struct request *request)
{
	const struct payload *payload = &outcome->payload;
	json_t *text = describe_certificate(outcome->signer);
	json_t *stamp = NULL;

	printf("valid     %.*s %.*s\nsvn       %u\ndigest    %s\nsigner    %s\n",
	       CARETAKER_NAME_LEN, payload->image.note.name,
	       CARETAKER_NAME_LEN, payload->image.note.version,
	       payload->image.note.svn, payload->digest, text ? json_string_value(text) : "?");
	if (outcome->timestamp.token)
		stamp = describe_timestamp(&outcome->timestamp, request->trust.tsa);
	if (stamp)
		printf("signed    by %s, says %s\n", json_string_value(json_object_get(stamp, "time")),
		       json_string_value(json_object_get(stamp, "tsa")) ? : "?");
	json_decref(stamp);
	json_decref(text);
}

/* The one whose signature the token is over is the signer, of several that are known. */
static int verify_time(const struct request *request, struct outcome *outcome, struct reason *why)
{
	const struct payload *payload = &outcome->payload;
	const struct timestamp_of of = {
		payload->data, payload->size, payload->signature, payload->signature_size
	};
	int ret;

	ret = timestamp_load(request->timestamp, &outcome->timestamp, why);
	if (!ret)
		ret = timestamp_verify(&outcome->timestamp, &of, &request->trust, &outcome->signer, why);
	if (ret) {
		outcome->signer = NULL;
		timestamp_free(&outcome->timestamp);
	}
	return ret;
}

static int verify(const char *path, const struct request *request)
{
	struct outcome outcome = { 0 };
	struct reason why;
	char error[400];
	struct blob file;
	int ret;

	ret = file_read(path, PAYLOAD_MAX_BYTES, &file);
	if (ret) {
		verb_error(VERB, "%s: %s", path, strerror(-ret));
		return EXIT_UNABLE;
	}
	ret = verify_payload(file.data, file.size, request->trust.certs, &outcome.payload, &outcome.signer,
			     &why);
	if (!ret && request->timestamp)
		ret = verify_time(request, &outcome, &why);
	if (ret) {
		snprintf(error, sizeof(error), "%s: %s", why.word, why.text);
		verb_error(VERB, "%s: %s", path, error);
	}
	if (request->json && ret >= 0) {
		if (verb_print_json(report(&outcome, request, ret ? error : NULL)))
			ret = -1;
	} else if (!ret) {
		print_text(&outcome, request);
	}
	timestamp_free(&outcome.timestamp);
	blob_free(&file);
	return reason_exit(ret);
}

/* Return: EXIT_ACCEPTED or EXIT_UNABLE */
static int add_certificates(const char *path, STACK_OF(X509) *certs)
{
	struct reason why;

	if (!certificate_load_all(path, certs, &why))
		return EXIT_ACCEPTED;
	verb_error(VERB, "%s: %s", why.word, why.text);
	return EXIT_UNABLE;
}

/* A time is asked for with all that it needs, once, or not at all. */
static bool complete(const struct request *request, int files)
{
	bool timed = request->timestamp;

	return files == 1 && sk_X509_num(request->trust.certs) > 0 &&
	       timed == (sk_X509_num(request->trust.tsa) > 0) &&
	       (timed || !sk_X509_num(request->trust.issuers));
}

static int run(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ "cert", required_argument, NULL, 'c' },
		{ "timestamp", required_argument, NULL, 't' },
		{ "tsa-certs", required_argument, NULL, 'a' },
		{ "issuer", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = EXIT_ACCEPTED;

	optind = 0;
	while (!status && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			status = add_certificates(optarg, request->trust.certs);
		else if (option == 'a')
			status = add_certificates(optarg, request->trust.tsa);
		else if (option == 'i')
			status = add_certificates(optarg, request->trust.issuers);
		else if (option == 't' && !request->timestamp)
			request->timestamp = optarg;
		else if (option == 'j')
			request->json = 1;
		else if (option == 'h')
			break;
		else
			status = EXIT_USAGE;
	}
	if (!status && option == 'h') {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	if (status == EXIT_UNABLE)
		return status;
	if (status || !complete(request, argc - optind)) {
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
	int status;

	status = trust->certs && trust->issuers && trust->tsa ? run(argc, argv, &request) : EXIT_UNABLE;
	sk_X509_pop_free(trust->certs, X509_free);
	sk_X509_pop_free(trust->issuers, X509_free);
	sk_X509_pop_free(trust->tsa, X509_free);
	return status;
}
