// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify --cert CERT FILE: is this a payload that the owner of CERT
 * signed?
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "describe.h"
#include "file.h"
#include "verb.h"
#include "verify.h"

#define VERB "verify"

static void usage(FILE *to)
{
	fputs("usage: caretaker verify --cert CERT [--cert CERT]... FILE [--json]\n", to);
}

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

static int verify(const char *path, STACK_OF(X509) *certs, int json)
{
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
	ret = verify_payload(file.data, file.size, certs, &payload, &signer, &why);
	if (ret) {
		snprintf(error, sizeof(error), "%s: %s", why.word, why.text);
		verb_error(VERB, "%s: %s", path, error);
	}
	if (json && ret >= 0) {
		if (verb_print_json(report(&payload, signer, ret ? error : NULL)))
			ret = -1;
	} else if (!ret) {
		print_text(&payload, signer);
	}
	blob_free(&file);
	return reason_exit(ret);
}

static int run(int argc, char **argv, STACK_OF(X509) *certs)
{
	static const struct option options[] = {
		{ "cert", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct reason why;
	int json = 0;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			if (certificate_load_all(optarg, certs, &why)) {
				verb_error(VERB, "%s: %s", why.word, why.text);
				return EXIT_UNABLE;
			}
			break;
		case 'j':
			json = 1;
			break;
		case 'h':
			usage(stdout);
			return EXIT_ACCEPTED;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1 || !sk_X509_num(certs)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return verify(argv[optind], certs, json);
}

int cmd_verify(int argc, char **argv)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	int status = certs ? run(argc, argv, certs) : EXIT_UNABLE;

	sk_X509_pop_free(certs, X509_free);
	return status;
}
