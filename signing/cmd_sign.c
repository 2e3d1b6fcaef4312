// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --key KEY [--cert CERT] IN OUT: signs what the kernel would take and
 * the lint finds nothing in, and nothing else.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "hex.h"
#include "key_options.h"
#include "lint.h"
#include "sign_request.h"
#include "signature.h"
#include "verb.h"

#define VERB "sign"

/* Who signs: opened once, when it is needed first */
struct signer_of {
	struct signing_key key;
	bool has_cert;
	bool open;
};

static void usage(FILE *to)
{
	fputs("usage: caretaker sign --key KEY [--cert CERT] [options] IN OUT\n"
	      "       caretaker sign --prepare [options] IN OUT\n"
	      "       caretaker sign --attach SIG --cert CERT [options] IN OUT\n"
	      "       caretaker sign --external COMMAND --cert CERT [options] IN OUT\n"
	      "       caretaker sign --strip IN OUT\n\n"
	      "  --key KEY             private key: a PEM, DER or PKCS#12 file, or a pkcs11: URI\n"
	      "  --cert CERT           its certificate: PEM, DER or a pkcs11: URI; default: the one\n"
	      "                        in the PKCS#12 file, or beside the key in the token\n"
	      "  --hash NAME           sha256 (default), sha384 or sha512\n"
	      "  --replace             drop the signature that IN has\n"
	      "  --add                 sign beside the signature that IN has, and\n"
	      "  --signed-by CERT      ... verify that one with its signer's certificate\n"
	      "  --idempotent          what CERT's key has signed already is done\n"
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
	      "  --strip               write IN without its signature to OUT\n", to);
}

/* What the CPU would be asked to do, before a key is touched for it */
static int check_text(const struct sign_request *request, const char *in, const struct payload *payload,
		      struct reason *why)
{
	struct lint lint;
	int ret;

	if (request->output == SIGN_STRIPPED)
		return 0;
	if (request->without_lint) {
		verb_error(VERB, "%s: warning: --without-lint: nobody looked at the instructions", in);
		return 0;
	}
	ret = lint_payload(payload, &lint, why);
	return ret ? ret : lint_refuse(&lint, why);
}

/* Of two that sign a file in place, neither must drop the signature of the other. */
static int write_output(const char *path, const char *in, const struct blob *read,
			const struct blob *file, struct reason *why)
{
	int ret;

	if (file_overwrites(path, in))
		ret = file_write_over(path, read, file->data, file->size, 0644);
	else
		ret = file_write_atomic(path, file->data, file->size, 0644);
	if (ret == -ESTALE)
		return reason_set(why, ret, "changed", "%s: another wrote it meanwhile; try again",
				  path);
	return ret ? reason_set(why, ret, "output", "%s: %s", path, strerror(-ret)) : 0;
}

/* A key or a certificate that is overwritten is lost. */
static int check_place(const struct sign_request *request, const char *in, const char *out,
		       struct reason *why)
{
	const char * const kept[] = { request->key, request->cert, request->attach };

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i] && file_overwrites(out, kept[i]))
			return reason_set(why, -EEXIST, "output", "%s: is the key, its certificate or the "
					  "signature", out);
	if (request->digest && (file_same(request->digest, out) || file_overwrites(request->digest, in)))
		return reason_set(why, -EEXIST, "output", "%s: is IN or OUT, and the digest's, too",
				  request->digest);
	return 0;
}

/* The certificate, where it can be had without the key: nothing to do needs no PIN. */
static int open_certificate(const struct sign_request *request, struct signer_of *signer,
			    struct reason *why)
{
	int ret = 0;

	if (!signer->has_cert && request->cert)
		ret = signing_key_certificate(request->cert, &request->source, &signer->key.cert, why);
	signer->has_cert = !ret && signer->key.cert;
	return ret;
}

static int open_key(const struct sign_request *request, struct signer_of *signer, struct reason *why)
{
	X509 *cert;
	int ret;

	if (signer->open)
		return 0;
	ret = open_certificate(request, signer, why);
	cert = signer->key.cert;
	if (!ret && request->key)
		ret = signing_key_open(request->key, &request->source, &signer->key, why);
	else if (!ret && cert)
		ret = certificate_check_signer(cert, X509_get0_pubkey(cert), why);
	signer->has_cert = signer->key.cert;
	signer->open = !ret;
	return ret;
}

/* In the form of sha256sum(1) and its kin, which can check it */
static int say_digest(const struct sign_request *request, const struct payload *payload,
		      const char *out, struct reason *why)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	const EVP_MD *hash = NULL;
	unsigned int size;
	int ret;

	ret = sign_hash(request, payload, &hash, why);
	if (!ret && !EVP_Digest(payload->data, payload->size, digest, &size, hash, NULL))
		ret = reason_openssl(why, -EIO, "digest", "cannot compute it");
	if (!ret && request->digest) {
		ret = file_write_atomic(request->digest, digest, size, 0644);
		if (ret)
			reason_set(why, ret, "output", "%s: %s", request->digest, strerror(-ret));
	}
	if (ret)
		return ret;
	hex_encode(digest, size, hex);
	if (strcmp(out, "-") && (!request->digest || strcmp(request->digest, "-")))
		printf("%s  %s\n", hex, out);
	return 0;
}

/* What is there already goes to OUT, which may be where it is. */
static int leave(const struct sign_request *request, const struct payload *payload, const char *in,
		 const char *out, const struct blob *read, struct reason *why)
{
	struct blob same = *read;

	verb_error(VERB, "%s: nothing to do", in);
	if (request->output == SIGN_DETACHED)
		same = (struct blob){ (unsigned char *)payload->signature, payload->signature_size };
	else if (file_overwrites(out, in))
		return 0;
	return write_output(out, in, read, &same, why);
}

static int make_and_write(const struct sign_request *request, struct signer_of *signer,
			  const struct payload *payload, const char *in, const char *out,
			  const struct blob *read, struct reason *why)
{
	struct blob made = { 0 };
	int ret = 0;

	if (request->output != SIGN_STRIPPED)
		ret = open_key(request, signer, why);
	if (!ret)
		ret = sign_make(request, payload, &signer->key, &made, why);
	if (!ret && request->output == SIGN_PREPARED)
		ret = say_digest(request, payload, out, why);
	if (!ret)
		ret = write_output(out, in, read, &made, why);
	blob_free(&made);
	return ret;
}

static int sign(const struct sign_request *request, struct signer_of *signer, const char *in,
		const char *out, const struct blob *read, struct reason *why)
{
	struct payload payload;
	bool done = false;
	int ret;

	ret = check_place(request, in, out, why);
	if (!ret)
		ret = payload_parse(read->data, read->size, &payload, why);
	if (!ret && request->idempotent)
		ret = open_certificate(request, signer, why);
	if (!ret)
		ret = sign_check(request, &payload, signer->key.cert, &done, why);
	if (!ret)
		ret = check_text(request, in, &payload, why);
	if (ret)
		return ret;
	return done ? leave(request, &payload, in, out, read, why) :
		      make_and_write(request, signer, &payload, in, out, read, why);
}

static int run(const struct sign_request *request, struct signer_of *signer, const char *in,
	       const char *out)
{
	struct reason why;
	struct blob read;
	int ret;

	ret = file_read(in, PAYLOAD_MAX_BYTES, &read);
	if (ret) {
		verb_error(VERB, "%s: %s", in, strerror(-ret));
		return EXIT_UNABLE;
	}
	ret = sign(request, signer, in, out, &read, &why);
	if (ret)
		verb_error(VERB, "%s: %s: %s", in, why.word, why.text);
	blob_free(&read);
	return reason_exit(ret);
}

enum {
	KEY = 1, CERT, HASH, REPLACE, ADD, SIGNED_BY, WITHOUT_LINT, IDEMPOTENT, PREPARE, DIGEST, ATTACH,
	EXTERNAL, DETACHED, STRIP, HELP
};

static const struct option options[] = {
	{ "key", required_argument, NULL, KEY },
	{ "cert", required_argument, NULL, CERT },
	{ "hash", required_argument, NULL, HASH },
	{ "replace", no_argument, NULL, REPLACE },
	{ "add", no_argument, NULL, ADD },
	{ "signed-by", required_argument, NULL, SIGNED_BY },
	{ "idempotent", no_argument, NULL, IDEMPOTENT },
	{ "without-lint", no_argument, NULL, WITHOUT_LINT },
	{ "prepare", no_argument, NULL, PREPARE },
	{ "digest", required_argument, NULL, DIGEST },
	{ "attach", required_argument, NULL, ATTACH },
	{ "external", required_argument, NULL, EXTERNAL },
	{ "detached", no_argument, NULL, DETACHED },
	{ "strip", no_argument, NULL, STRIP },
	KEY_OPTIONS,
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* Return: 0, or a status of the verb, below 0 */
static int add_signed_by(const char *path, struct sign_request *request)
{
	struct reason why;

	if (!certificate_load_all(path, request->signed_by, &why))
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

/* Return: 0, or a status of the verb, below 0; 1 if help was asked for */
static int parse_option(int option, const char *word, struct sign_request *request)
{
	switch (option) {
	case KEY:
		request->key = optarg;
		return 0;
	case CERT:
		request->cert = optarg;
		return 0;
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
		return add_signed_by(optarg, request);
	case IDEMPOTENT:
		request->idempotent = true;
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
	case HELP:
		return 1;
	}
	return key_options_take(option, optarg, &request->source) ? -EXIT_USAGE : 0;
}

/* One way to the signature, and nothing that has no meaning beside it */
static bool complete(const struct sign_request *request, int files)
{
	int ways = !!request->key + !!request->attach + !!request->external;
	bool elsewhere = request->attach || request->external;

	if (files != 2 || (request->replace && request->add) ||
	    (!request->add && sk_X509_num(request->signed_by)))
		return false;
	if (request->output == SIGN_STRIPPED)
		return !ways && !request->replace && !request->add && !request->cert && !request->hash &&
		       !request->digest;
	if (request->output == SIGN_PREPARED)
		return !ways && !request->idempotent;
	return ways == 1 && !request->digest && (request->cert || !elsewhere);
}

static int parse_and_run(int argc, char **argv, struct sign_request *request)
{
	struct signer_of signer = { 0 };
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
	if (ret || !complete(request, argc - optind)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	ret = run(request, &signer, argv[optind], argv[optind + 1]);
	signing_key_free(&signer.key);
	return ret;
}

int cmd_sign(int argc, char **argv)
{
	struct sign_request request = {
		.source = KEY_SOURCE_PROMPT, .signed_by = sk_X509_new_null(),
	};
	int status;

	status = request.signed_by ? parse_and_run(argc, argv, &request) : EXIT_UNABLE;
	sk_X509_pop_free(request.signed_by, X509_free);
	return status;
}
