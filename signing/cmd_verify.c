// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify --cert CERT FILE: is this a payload that the owner of CERT
 * signed?  And is it in a release?
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "describe.h"
#include "file.h"
#include "verb.h"
#include "verify.h"
#include "verify_release.h"

#define VERB "verify"

static void usage(FILE *to)
{
	fputs("usage: caretaker verify --cert CERT [--cert CERT]... FILE [--json]\n"
	      "               [--release MANIFEST [--release-by KEY]... [--builder URI]\n"
	      "               [--source URI]]\n\n"
	      "  --cert CERT           certificates of who may have signed FILE\n"
	      "  --release MANIFEST    refuse FILE unless it is in this release\n"
	      "  --release-by KEY      who may have signed that: certificates, or a public key in\n"
	      "                        PEM; default: the certificates of --cert\n"
	      "  --builder URI         who must have built it\n"
	      "  --source URI          what it must have been built from\n"
	      "  --json                one object on standard output\n", to);
}

/* What the command line asks for */
struct request {
	STACK_OF(X509) *certs;
	struct verify_release release;
	bool json;
};

static json_t *report(const struct payload *payload, X509 *signer, const char *error)
{
	const struct caretaker_image *image = &payload->image;
	json_t *svn = error ? json_null() : json_integer(image->note.svn);

	return json_pack("{s:b, s:s?, s:o?, s:o, s:s?}", "valid", !error, "error", error,
			 "signer", signer ? describe_certificate(signer) : NULL, "svn", svn,
			 "digest", *payload->digest ? payload->digest : NULL);
}

static void print_text(const struct payload *payload, X509 *signer)
{
	json_t *text = describe_certificate(signer);

	printf("valid     %.*s %.*s\nsvn       %u\ndigest    %s\nsigner    %s\n",
	       CARETAKER_NAME_LEN, payload->image.note.name,
	       CARETAKER_NAME_LEN, payload->image.note.version,
	       payload->image.note.svn, payload->digest, text ? json_string_value(text) : "?");
	json_decref(text);
}

/* Takes over @object, which may be NULL */
static json_t *report_release(json_t *object, const struct release *release)
{
	json_t *value = release->statement ?
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "signer", release->signer, "builder",
			  release->builder, "build_type", release->build_type, "source",
			  release->source, "revision", release->revision) : json_null();

	if (!object || !json_object_set_new(object, "release", value))
		return object;
	json_decref(object);
	return NULL;
}

static void print_release(const struct release *release)
{
	printf("release   by %s\nbuilder   %s\nsource    %s\nrevision  %s\n", release->signer,
	       release->builder, release->source, release->revision);
}

static int check(const struct request *request, const struct blob *file, struct payload *payload,
		 X509 **signer, struct release *release, struct reason *why)
{
	int ret = verify_payload(file->data, file->size, request->certs, payload, signer, why);

	if (!ret && request->release.manifest)
		ret = verify_release(&request->release, request->certs, file, payload, release, why);
	if (ret)
		*signer = NULL;
	return ret;
}

static int verify(const char *path, const struct request *request)
{
	struct release release = { 0 };
	struct payload payload;
	struct reason why;
	char error[400];
	struct blob file;
	X509 *signer;
	int ret;

	ret = file_read(path, PAYLOAD_MAX_BYTES, &file);
	if (ret) {
		verb_error(VERB, "%s: %s", path, strerror(-ret));
		return EXIT_UNABLE;
	}
	ret = check(request, &file, &payload, &signer, &release, &why);
	if (ret) {
		snprintf(error, sizeof(error), "%s: %s", why.word, why.text);
		verb_error(VERB, "%s: %s", path, error);
	}
	if (request->json && ret >= 0) {
		json_t *object = report(&payload, signer, ret ? error : NULL);

		if (request->release.manifest)
			object = report_release(object, &release);
		if (verb_print_json(object))
			ret = -1;
	} else if (!ret) {
		print_text(&payload, signer);
		if (release.statement)
			print_release(&release);
	}
	release_free(&release);
	blob_free(&file);
	return reason_exit(ret);
}

enum { CERT = 1, RELEASE, RELEASE_BY, BUILDER, SOURCE, JSON, HELP };

static const struct option options[] = {
	{ "cert", required_argument, NULL, CERT },
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

/* Return: 0, or a status of the verb, below 0; 1 if help was asked for */
static int parse_option(int option, struct request *request)
{
	struct reason why;
	int ret = 0;

	switch (option) {
	case CERT:
		ret = certificate_load_all(optarg, request->certs, &why);
		break;
	case RELEASE:
		return take_once(&request->release.manifest);
	case RELEASE_BY:
		ret = public_keys_load(optarg, &request->release.keys, &why);
		break;
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
	if (ret)
		verb_error(VERB, "%s: %s", why.word, why.text);
	return ret ? -EXIT_UNABLE : 0;
}

static bool complete(const struct request *request, int files, char **file)
{
	const struct verify_release *release = &request->release;

	if (files != 1 || !sk_X509_num(request->certs))
		return false;
	if (!release->manifest)
		return !release->keys.count && !release->builder && !release->source;
	/* Standard input gives either. */
	return strcmp(release->manifest, "-") || strcmp(*file, "-");
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
	struct request request = { .certs = sk_X509_new_null() };
	int status = request.certs ? run(argc, argv, &request) : EXIT_UNABLE;

	public_keys_free(&request.release.keys);
	sk_X509_pop_free(request.certs, X509_free);
	return status;
}
