// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker release: says in a signed manifest what was released, and how it was built.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "key_options.h"
#include "make.h"
#include "output_place.h"
#include "signing_key.h"
#include "verb.h"
#include "verify.h"

#define VERB		"release"
#define MAX_SIGNERS	64	/* files */

static void usage(FILE *to)
{
	fputs("usage: caretaker release --key KEY [--cert CERT] --signer CERT... --builder URI\n"
	      "               --build-type URI --source URI --revision COMMIT [options]\n"
	      "               --out OUT PAYLOAD...\n\n"
	      "  --key KEY             private key: a PEM, DER or PKCS#12 file, or a pkcs11: URI\n"
	      "  --cert CERT           its certificate: PEM, DER or a pkcs11: URI; default: the one\n"
	      "                        in the PKCS#12 file, or beside the key in the token\n"
	      "  --signer CERT         who has signed the payloads\n"
	      "  --builder URI         who built them\n"
	      "  --build-type URI      how: where this kind of build is described\n"
	      "  --source URI          of what\n"
	      "  --revision COMMIT     git commit of the source\n"
	      "  --reference FILE      reference values to which those of the payloads are added\n"
	      "  --out OUT             where the manifest goes\n"
	      "  --passphrase-file F   passphrase or PIN: first line of a file\n"
	      "  --passphrase-fd N     ... of an open descriptor; default is a prompt\n"
	      "  --pkcs11-module F     PKCS#11 module of the token\n"
	      "  --pkcs11-by WAY       OpenSSL's provider, or its engine; default: what is there\n"
	      "  --tcti CONF           the TPM, as tpm2-tss names it; default: /dev/tpmrm0 or /dev/tpm0\n\n"
	      "A payload that no signer has signed is refused, and then there is no manifest.\n", to);
}

struct request {
	const char *key;
	const char *cert;
	const char *signer[MAX_SIGNERS];
	size_t signers;
	struct release_origin origin;
	const char *reference;
	const char *out;
	const char **kept;	/* files that options name to be read */
	size_t kept_count;
	struct key_source source;
	int payloads;
	char **payload;
};

/* With the payload's path in front, since there may be many */
static int about(const char *path, int ret, struct reason *why)
{
	struct reason inner = *why;

	return ret ? reason_set(why, ret, inner.word, "%s: %.240s", path, inner.text) : 0;
}

static int read_input(const char *path, size_t max, struct blob *out, struct reason *why)
{
	int ret = file_read(path, max, out);

	return ret ? reason_set(why, ret, "input", "%s", strerror(-ret)) : 0;
}

static int add_signer(struct release_making *making, const char *path, struct reason *why)
{
	struct blob file;
	int ret;

	ret = read_input(path, CERTIFICATE_FILE_MAX, &file, why);
	if (!ret)
		ret = release_add_signer(making, file.data, file.size, why);
	blob_free(&file);
	return about(path, ret, why);
}

static int add_payload(struct release_making *making, const char *path, struct reason *why)
{
	const char *name = strrchr(path, '/');
	struct blob file;
	int ret;

	ret = payload_read(path, &file, "input", why);
	if (!ret)
		ret = release_add_payload(making, name ? name + 1 : path, file.data, file.size,
					  why);
	blob_free(&file);
	return about(path, ret, why);
}

/* Signers before payloads; each payload is held against all of them. */
static int add_all(const struct request *request, struct release_making *making, struct reason *why)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < request->signers; i++)
		ret = add_signer(making, request->signer[i], why);
	for (int i = 0; !ret && i < request->payloads; i++)
		ret = add_payload(making, request->payload[i], why);
	return ret;
}

static int make_reference(const struct request *request, const struct release_making *making,
			  json_t **out, struct reason *why)
{
	struct blob file = { 0 };
	int ret;

	if (!request->reference)
		return release_reference(making, NULL, 0, out, why);
	ret = read_input(request->reference, DSSE_MAX_BYTES, &file, why);
	if (!ret)
		ret = release_reference(making, file.data, file.size, out, why);
	blob_free(&file);
	return about(request->reference, ret, why);
}

/* As verify sees it: what cannot be read back is not written. */
static int check(const struct blob *manifest, X509 *cert, struct reason *why)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	struct public_keys keys = { &key, 1 };
	struct release release;
	int ret;

	ret = release_open(manifest->data, manifest->size, &keys, &release, why);
	release_free(&release);
	return ret;
}

/* The key comes last: what is refused costs no PIN. */
static int sign(const struct request *request, const struct blob *statement, struct blob *out,
		struct reason *why)
{
	struct signing_key key;
	int ret;

	ret = signing_key_load(request->key, request->cert, &request->source, &key, why);
	if (!ret)
		ret = dsse_sign(RELEASE_PAYLOAD_TYPE, statement->data, statement->size, &key, out,
				why);
	if (!ret)
		ret = check(out, key.cert, why);
	signing_key_free(&key);
	return ret;
}

static int check_place(const struct request *request, struct reason *why)
{
	const char *const *payload = (const char *const *)request->payload;
	int ret = output_place_check(request->out, request->kept, request->kept_count, why);

	return ret ? ret : output_place_check(request->out, payload, (size_t)request->payloads, why);
}

static int make(const struct request *request, struct release_making *making, struct blob *out,
		struct reason *why)
{
	struct blob statement = { 0 };
	json_t *reference;
	int ret;

	ret = check_place(request, why);
	if (!ret)
		ret = add_all(request, making, why);
	if (!ret)
		ret = make_reference(request, making, &reference, why);
	if (!ret)
		ret = release_statement(making, &request->origin, reference, &statement, why);
	if (!ret)
		ret = sign(request, &statement, out, why);
	blob_free(&statement);
	return ret;
}

static int run(const struct request *request)
{
	struct release_making making;
	struct blob manifest = { 0 };
	struct reason why;
	int ret;

	ret = release_making_init(&making) ? reason_set(&why, -ENOMEM, "memory", "no memory") :
					     make(request, &making, &manifest, &why);
	release_making_free(&making);
	if (!ret)
		ret = output_write(request->out, &manifest, 0644, &why);
	blob_free(&manifest);
	if (ret)
		verb_error(VERB, "%s: %s", why.word, why.text);
	return reason_exit(ret);
}

enum {
	KEY = 1, CERT, SIGNER, BUILDER, BUILD_TYPE, SOURCE, REVISION, REFERENCE, OUT, HELP
};

static const struct option options[] = {
	{ "key", required_argument, NULL, KEY },
	{ "cert", required_argument, NULL, CERT },
	{ "signer", required_argument, NULL, SIGNER },
	{ "builder", required_argument, NULL, BUILDER },
	{ "build-type", required_argument, NULL, BUILD_TYPE },
	{ "source", required_argument, NULL, SOURCE },
	{ "revision", required_argument, NULL, REVISION },
	{ "reference", required_argument, NULL, REFERENCE },
	{ "out", required_argument, NULL, OUT },
	KEY_OPTIONS,
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

static bool names_input(int option)
{
	return option == KEY || option == CERT || option == SIGNER || option == REFERENCE ||
	       option == KEY_PASSPHRASE_FILE || option == KEY_MODULE;
}

/* Return: 0, or a status of the verb, below 0; 1 if help was asked for */
static int parse_option(int option, struct request *request)
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
	case SIGNER:
		if (request->signers == MAX_SIGNERS)
			return -EXIT_USAGE;
		request->signer[request->signers++] = optarg;
		return 0;
	case BUILDER:
		request->origin.builder = optarg;
		return 0;
	case BUILD_TYPE:
		request->origin.build_type = optarg;
		return 0;
	case SOURCE:
		request->origin.source = optarg;
		return 0;
	case REVISION:
		request->origin.revision = optarg;
		return 0;
	case REFERENCE:
		request->reference = optarg;
		return 0;
	case OUT:
		request->out = optarg;
		return 0;
	case HELP:
		return 1;
	}
	return key_options_take(VERB, "", option, optarg, &request->source) ? -EXIT_USAGE : 0;
}

static bool complete(const struct request *request)
{
	const struct release_origin *origin = &request->origin;
	const struct verb_needs needs[] = {
		{ "--key", request->key }, { "--signer", request->signers },
		{ "--builder", origin->builder }, { "--build-type", origin->build_type },
		{ "--source", origin->source }, { "--revision", origin->revision },
		{ "--out", request->out }, { "PAYLOAD", request->payloads > 0 }, { 0 },
	};

	return verb_has_all(VERB, needs);
}

static int parse_and_run(int argc, char **argv, struct request *request)
{
	static const int many[] = { SIGNER, 0 };
	struct reason why;
	int option, ret = verb_check_once(VERB, argc, argv, options, many);

	optind = 0;
	while (!ret && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(option, request);
	if (ret > 0) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	request->payloads = argc - optind;
	request->payload = argv + optind;
	if (ret || !complete(request)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (release_check_words(&request->origin, &why)) {
		verb_error(VERB, "%s: %s", why.word, why.text);
		return EXIT_USAGE;
	}
	return run(request);
}

int cmd_release(int argc, char **argv)
{
	struct request request = {
		.source = KEY_SOURCE_PROMPT, .kept = calloc((size_t)argc, sizeof(*request.kept)),
	};
	int status = request.kept ? parse_and_run(argc, argv, &request) : EXIT_UNABLE;

	free(request.kept);
	return status;
}
