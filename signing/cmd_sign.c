// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --key KEY --cert CERT IN OUT: signs what the kernel would take and
 * the lint finds nothing in, and nothing else.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "key_options.h"
#include "lint.h"
#include "signature.h"
#include "signing_key.h"
#include "verb.h"
#include "verify.h"

#define VERB "sign"

struct request {
	const char *key;
	const char *cert;
	const char *in;
	const char *out;
	const char *hash;		/* NULL: sha256, or that of the signature */
	struct key_source source;
	STACK_OF(X509) *signed_by;	/* certificates of who signed @in */
	int replace;
	int add;
	int without_lint;
};

static void usage(FILE *to)
{
	fputs("usage: caretaker sign --key KEY [--cert CERT] [options] IN OUT\n\n"
	      "  --key KEY             private key: a PEM, DER or PKCS#12 file, or a pkcs11: URI\n"
	      "  --cert CERT           its certificate: PEM, DER or a pkcs11: URI; default: the one\n"
	      "                        in the PKCS#12 file, or beside the key in the token\n"
	      "  --hash NAME           sha256 (default), sha384 or sha512\n"
	      "  --replace             drop the signature that IN has\n"
	      "  --add                 sign beside the signature that IN has, and\n"
	      "  --signed-by CERT      ... verify that one with its signer's certificate\n"
	      "  --without-lint        do not look at the instructions: for experiments\n"
	      "  --passphrase-file F   passphrase or PIN: first line of a file\n"
	      "  --passphrase-fd N     ... of an open descriptor; default is a prompt\n"
	      "  --pkcs11-module F     PKCS#11 module of the token\n"
	      "  --pkcs11-by WAY       OpenSSL's provider, or its engine; default: what is there\n", to);
}

/* What is signed already is an accident until the caller says otherwise. */
static int check_input(const struct request *request, const struct payload *payload,
		       struct reason *why)
{
	if (request->add && !payload->signature)
		return reason_set(why, REFUSED, "unsigned",
				  "--add needs a payload that is signed");
	if (payload->signature && !request->add && !request->replace)
		return reason_set(why, REFUSED, "already-signed",
				  "the payload is signed; use --replace or --add");
	return 0;
}

/*
 * Beside a bad signature a good one is worth nothing: a kernel that knows both signers, or only
 * the other one, refuses the file.  Without the certificate nobody can tell.
 */
static int check_signature(const struct request *request, const struct payload *payload,
			   struct reason *why)
{
	struct reason other;
	int ret;

	if (!request->add)
		return 0;
	ret = verify_every_signer(payload->data, payload->size, payload->signature,
				  payload->signature_size, request->signed_by, &other);
	return ret ? reason_set(why, ret, other.word, "%s (--signed-by)", other.text) : 0;
}

/* What the CPU would be asked to do, before a key is touched for it */
static int check_text(const struct request *request, const struct payload *payload,
		      struct reason *why)
{
	struct lint lint;
	int ret;

	if (request->without_lint) {
		verb_error(VERB, "%s: warning: --without-lint: nobody looked at the instructions",
			   request->in);
		return 0;
	}
	ret = lint_payload(payload, &lint, why);
	return ret ? ret : lint_refuse(&lint, why);
}

/* The hash of the signature that the new one is put beside */
static int choose_hash(const struct request *request, const struct payload *payload,
		       const EVP_MD **hash, struct reason *why)
{
	CMS_ContentInfo *cms;
	int ret;

	*hash = signature_hash(request->hash ? request->hash : "sha256");
	if (!request->add || request->hash)
		return 0;
	ret = signature_parse(payload->signature, payload->signature_size, &cms, why);
	if (ret)
		return ret;
	*hash = signature_signer_hash(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0));
	CMS_ContentInfo_free(cms);
	return 0;
}

/* The file must verify before it gets its name, with the old signers known as well. */
static int check_output(const struct request *request, const struct blob *file, X509 *cert,
			struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_dup(request->signed_by);
	struct payload payload;
	X509 *signer;
	int ret;

	if (!certs || !sk_X509_push(certs, cert))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	else
		ret = verify_payload(file->data, file->size, certs, &payload, &signer, why);
	if (!ret)
		ret = verify_every_signer(payload.data, payload.size, payload.signature,
					  payload.signature_size, certs, why);
	sk_X509_free(certs);
	return ret;
}

static int make_file(const struct request *request, const struct payload *payload,
		     const struct signing_key *key, struct blob *file, struct reason *why)
{
	struct blob old = { (unsigned char *)payload->signature, payload->signature_size };
	const EVP_MD *hash = NULL;
	struct blob der = { 0 };
	int ret;

	ret = choose_hash(request, payload, &hash, why);
	if (!ret)
		ret = signing_key_sign(key, payload->data, payload->size, hash, &der, why);
	if (!ret && request->add)
		ret = signature_join(&old, &der, why);
	if (!ret)
		ret = signature_append(payload->data, payload->size, &der, file, why);
	if (!ret)
		ret = check_output(request, file, key->cert, why);
	blob_free(&der);
	return ret;
}

/* Of two that sign a file in place, neither must drop the signature of the other. */
static int write_output(const struct request *request, const struct blob *in,
			const struct blob *file, struct reason *why)
{
	int ret;

	if (file_overwrites(request->out, request->in))
		ret = file_write_over(request->out, in, file->data, file->size, 0644);
	else
		ret = file_write_atomic(request->out, file->data, file->size, 0644);
	if (ret == -ESTALE)
		return reason_set(why, ret, "changed", "%s: another wrote it meanwhile; try again",
				  request->out);
	return ret ? reason_set(why, ret, "output", "%s: %s", request->out, strerror(-ret)) : 0;
}

static int sign(const struct request *request, const struct blob *in, struct reason *why)
{
	struct blob file = { 0 };
	struct payload payload;
	struct signing_key key = { 0 };
	int ret;

	/* A key or a certificate that is overwritten is lost. */
	if (file_overwrites(request->out, request->key) ||
	    (request->cert && file_overwrites(request->out, request->cert)))
		return reason_set(why, -EEXIST, "output", "%s: is the key or its certificate",
				  request->out);
	ret = payload_parse(in->data, in->size, &payload, why);
	if (!ret)
		ret = check_input(request, &payload, why);
	if (!ret)
		ret = check_signature(request, &payload, why);
	if (!ret)
		ret = check_text(request, &payload, why);
	if (!ret)
		ret = signing_key_load(request->key, request->cert, &request->source, &key, why);
	if (!ret)
		ret = make_file(request, &payload, &key, &file, why);
	if (!ret)
		ret = write_output(request, in, &file, why);
	blob_free(&file);
	signing_key_free(&key);
	return ret;
}

static int run(const struct request *request)
{
	struct reason why;
	struct blob in;
	int ret;

	ret = file_read(request->in, PAYLOAD_MAX_BYTES, &in);
	if (ret) {
		verb_error(VERB, "%s: %s", request->in, strerror(-ret));
		return EXIT_UNABLE;
	}
	ret = sign(request, &in, &why);
	if (ret)
		verb_error(VERB, "%s: %s: %s", request->in, why.word, why.text);
	blob_free(&in);
	return reason_exit(ret);
}

enum { KEY = 1, CERT, HASH, REPLACE, ADD, SIGNED_BY, WITHOUT_LINT, HELP };

static const struct option options[] = {
	{ "key", required_argument, NULL, KEY },
	{ "cert", required_argument, NULL, CERT },
	{ "hash", required_argument, NULL, HASH },
	{ "replace", no_argument, NULL, REPLACE },
	{ "add", no_argument, NULL, ADD },
	{ "signed-by", required_argument, NULL, SIGNED_BY },
	{ "without-lint", no_argument, NULL, WITHOUT_LINT },
	KEY_OPTIONS,
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* Return: 0, or a status of the verb, below 0 */
static int add_signed_by(const char *path, struct request *request)
{
	struct reason why;

	if (!certificate_load_all(path, request->signed_by, &why))
		return 0;
	verb_error(VERB, "%s: %s", why.word, why.text);
	return -EXIT_UNABLE;
}

/* Return: 0, or a status of the verb, below 0; 1 if help was asked for */
static int parse_option(int option, const char *word, struct request *request)
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
		request->replace = 1;
		return 0;
	case ADD:
		request->add = 1;
		return 0;
	case SIGNED_BY:
		return add_signed_by(optarg, request);
	case WITHOUT_LINT:
		/* Not by an abbreviation, which getopt_long() would take */
		request->without_lint = !strcmp(word, "--without-lint");
		return request->without_lint ? 0 : -EXIT_USAGE;
	case HELP:
		return 1;
	}
	return key_options_take(option, optarg, &request->source) ? -EXIT_USAGE : 0;
}

static int complete(const struct request *request, int files)
{
	return files == 2 && request->key && !(request->replace && request->add) &&
	       (request->add || !sk_X509_num(request->signed_by));
}

static int parse_and_run(int argc, char **argv, struct request *request)
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
	if (ret || !complete(request, argc - optind)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	request->in = argv[optind];
	request->out = argv[optind + 1];
	return run(request);
}

int cmd_sign(int argc, char **argv)
{
	struct request request = {
		.source = KEY_SOURCE_PROMPT, .signed_by = sk_X509_new_null(),
	};
	int status;

	status = request.signed_by ? parse_and_run(argc, argv, &request) : EXIT_UNABLE;
	sk_X509_pop_free(request.signed_by, X509_free);
	return status;
}
