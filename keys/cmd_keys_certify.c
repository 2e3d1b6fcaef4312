// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys request and certify: a request, or a certificate, for a key that is there already, in a file or in
 * a token that never gives it away. For a request the token makes a new one, if asked to.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "certificate.h"
#include "cmd_keys.h"
#include "key_options.h"
#include "key_request.h"
#include "keypair.h"
#include "output_place.h"
#include "pair_options.h"
#include "private_key.h"
#include "token_pair.h"
#include "verb.h"

struct request {
	struct keypair_request pair;
	const char *key;
	const char *request;
	const char *out;
	const char *ca_key;
	const char *ca_cert;
	struct key_source source;
	struct key_source ca_source;
};

static int check_place(const struct request *request, struct reason *why)
{
	const char *const inputs[] = {
		request->key, request->request, request->ca_key, request->ca_cert,
		request->source.passphrase.file, request->source.module,
		request->ca_source.passphrase.file, request->ca_source.module,
	};

	return output_place_check(request->out, inputs, sizeof(inputs) / sizeof(inputs[0]), why);
}

/* A key without its certificate, which it may not have yet */
static int load_key(const char *path, const struct key_source *source, struct private_key *key, struct reason *why)
{
	struct key_source alone = *source;
	X509 *cert = NULL;
	int ret;

	alone.alone = true;
	ret = private_key_load(path, &alone, &cert, key, why);
	X509_free(cert);
	return ret ? ret : private_key_may_certify(key, why);
}

/* The key that is there, or with --type a new one; which of both is in @key, that is, in @made. */
static int open_or_make(const struct request *request, struct private_key *key, bool *made, struct reason *why)
{
	int ret;

	*made = false;
	if (!request->pair.type)
		return load_key(request->key, &request->source, key, why);
	ret = token_pair_make(request->key, &request->source, request->pair.type, key, why);
	*made = !ret;
	return ret;
}

static int make_request(struct request *request, struct reason *why)
{
	struct private_key key = { 0 };
	struct blob pem = { 0 };
	bool made = false;
	int ret;

	ret = check_place(request, why);
	if (!ret && request->pair.type)
		ret = output_is_new(request->out, why);
	if (!ret)
		ret = open_or_make(request, &key, &made, why);
	if (!ret)
		ret = key_request_make(key.key, request->pair.cn, &pem, why);
	if (ret < 0)
		ret = private_key_explain(&key, ret, why);
	if (!ret)
		ret = output_write_new(request->out, &pem, 0644, why);
	if (ret && made)
		token_pair_undo(&key, ret, why);
	blob_free(&pem);
	private_key_free(&key);
	return ret;
}

/* The key whose certificate is made; with @name, if the request has one and nobody gave another */
static int load_subject(struct request *request, struct private_key *key, X509_REQ **csr, EVP_PKEY **public,
			struct reason *why)
{
	int ret;

	if (!request->request) {
		ret = load_key(request->key, &request->source, key, why);
		return ret ? ret : key_request_public(key->key, public, why);
	}
	ret = key_request_load(request->request, csr, why);
	if (ret)
		return ret;
	if (!request->pair.cn)
		request->pair.subject = X509_REQ_get_subject_name(*csr);
	*public = X509_REQ_get_pubkey(*csr);
	return *public ? 0 : reason_openssl(why, -ENOMEM, "memory", "no memory");
}

static int load_issuer(struct request *request, struct private_key *ca, struct reason *why)
{
	int ret;

	if (!request->ca_key)
		return 0;
	ret = certificate_load(request->ca_cert, &request->pair.ca_cert, why);
	if (!ret)
		ret = private_key_load(request->ca_key, &request->ca_source, &request->pair.ca_cert, ca, why);
	if (!ret)
		ret = private_key_may_certify(ca, why);
	request->pair.ca_key = ca->key;
	return ret;
}

static int make_certificate(struct request *request, struct reason *why)
{
	struct private_key key = { 0 }, ca = { 0 };
	struct blob pem = { 0 };
	EVP_PKEY *public = NULL;
	X509_REQ *csr = NULL;
	X509 *cert = NULL;
	int ret;

	ret = check_place(request, why);
	if (!ret)
		ret = load_subject(request, &key, &csr, &public, why);
	if (!ret)
		ret = load_issuer(request, &ca, why);
	if (!ret)
		ret = keypair_certify(&request->pair, public, key.key, &cert, why);
	if (ret < 0)
		ret = private_key_explain(ca.key ? &ca : &key, ret, why);
	if (!ret)
		ret = keypair_encode_cert(cert, &pem, why);
	if (!ret)
		ret = output_write_new(request->out, &pem, 0644, why);
	blob_free(&pem);
	X509_free(cert);
	X509_free(request->pair.ca_cert);
	X509_REQ_free(csr);
	EVP_PKEY_free(public);
	private_key_free(&key);
	private_key_free(&ca);
	return ret;
}

enum {
	CN = 1, KEY, TYPE, REQUEST, DAYS, CA, CA_KEY, CA_CERT, CA_FILE, CA_FD, CA_MODULE, CA_WAY, CA_TCTI, OUT, HELP
};

static const struct option request_options[] = {
	{ "cn", required_argument, NULL, CN },
	{ "key", required_argument, NULL, KEY },
	{ "type", required_argument, NULL, TYPE },
	{ "out", required_argument, NULL, OUT },
	KEY_OPTIONS,
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

static const struct option certify_options[] = {
	{ "cn", required_argument, NULL, CN },
	{ "key", required_argument, NULL, KEY },
	{ "request", required_argument, NULL, REQUEST },
	{ "days", required_argument, NULL, DAYS },
	{ "ca", no_argument, NULL, CA },
	{ "ca-key", required_argument, NULL, CA_KEY },
	{ "ca-cert", required_argument, NULL, CA_CERT },
	{ "ca-passphrase-file", required_argument, NULL, CA_FILE },
	{ "ca-passphrase-fd", required_argument, NULL, CA_FD },
	{ "ca-pkcs11-module", required_argument, NULL, CA_MODULE },
	{ "ca-pkcs11-by", required_argument, NULL, CA_WAY },
	{ "ca-tcti", required_argument, NULL, CA_TCTI },
	{ "out", required_argument, NULL, OUT },
	KEY_OPTIONS,
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* Return: 0, or -EINVAL; 1 if help was asked for */
static int parse_option(const char *verb, int option, struct request *request)
{
	switch (option) {
	case CN:
		return pair_take_name(verb, optarg, &request->pair);
	case KEY:
		request->key = optarg;
		return 0;
	case TYPE:
		return pair_take_type(verb, optarg, &request->pair);
	case REQUEST:
		request->request = optarg;
		return 0;
	case DAYS:
		return pair_take_days(verb, optarg, &request->pair);
	case CA:
		request->pair.ca = 1;
		return 0;
	case CA_KEY:
		request->ca_key = optarg;
		return 0;
	case CA_CERT:
		request->ca_cert = optarg;
		return 0;
	case CA_FILE:
		return key_options_take(verb, "ca-", KEY_PASSPHRASE_FILE, optarg, &request->ca_source);
	case CA_FD:
		return key_options_take(verb, "ca-", KEY_PASSPHRASE_FD, optarg, &request->ca_source);
	case CA_MODULE:
		return key_options_take(verb, "ca-", KEY_MODULE, optarg, &request->ca_source);
	case CA_WAY:
		return key_options_take(verb, "ca-", KEY_WAY, optarg, &request->ca_source);
	case CA_TCTI:
		return key_options_take(verb, "ca-", KEY_TCTI, optarg, &request->ca_source);
	case OUT:
		request->out = optarg;
		return 0;
	case HELP:
		return 1;
	}
	return key_options_take(verb, "", option, optarg, &request->source);
}

static bool request_complete(const struct request *request)
{
	const struct verb_needs needs[] = {
		{ "--key", request->key }, { "--cn", request->pair.cn }, { "--out", request->out }, { 0 },
	};

	if (!verb_has_all("keys request", needs))
		return false;
	if (!request->pair.type || token_is_uri(request->key))
		return true;
	verb_error("keys request", "--type: a token makes the key, and --key is no pkcs11: URI");
	return false;
}

/* Who certifies for a request has no private key for it, and so needs a CA's. */
static bool certify_complete(const struct request *request)
{
	const struct verb_needs needs[] = {
		{ "--cn", request->pair.cn || request->request }, { "--days", request->pair.days },
		{ "--out", request->out }, { "--ca-key", request->ca_key || (request->key && !request->ca_cert) },
		{ "--ca-cert", request->ca_cert || (request->key && !request->ca_key) }, { 0 },
	};

	if (!request->key != !request->request)
		return verb_has_all("keys certify", needs);
	verb_error("keys certify", "--key and --request: one of them");
	return false;
}

static int run(int argc, char **argv, const struct option *options, const char *usage,
	       bool (*complete)(const struct request *), int (*action)(struct request *, struct reason *))
{
	struct request request = { .source = KEY_SOURCE_PROMPT, .ca_source = KEY_SOURCE_PROMPT };
	const char *verb = options == request_options ? "keys request" : "keys certify";
	struct reason why;
	int option, ret = verb_check_once(verb, argc, argv, options, NULL);

	optind = 0;
	while (!ret && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(verb, option, &request);
	if (ret > 0) {
		puts(usage);
		return EXIT_ACCEPTED;
	}
	if (!ret && optind != argc)
		verb_error(verb, "%s: no option", argv[optind]);
	if (ret || optind != argc || !complete(&request)) {
		fprintf(stderr, "%s\n", usage);
		return EXIT_USAGE;
	}
	ret = action(&request, &why);
	if (ret)
		verb_error(verb, "%s: %s", why.word, why.text);
	return reason_exit(ret);
}

int cmd_keys_request(int argc, char **argv)
{
	return run(argc, argv, request_options,
		   "usage: caretaker keys request --key K --cn NAME --out F\n"
		   "       [--type rsa2048|rsa3072|rsa4096|p256|p384|p521: the token of the URI K makes the key first]\n"
		   "       [--passphrase-file F | --passphrase-fd N] [--pkcs11-module F]\n"
		   "       [--pkcs11-by provider|engine]", request_complete, make_request);
}

int cmd_keys_certify(int argc, char **argv)
{
	return run(argc, argv, certify_options,
		   "usage: caretaker keys certify --key K --cn NAME --days N --out F [options]\n"
		   "       caretaker keys certify --request F --days N --ca-key F --ca-cert F --out F [options]\n\n"
		   "  --key K                  a key that is there: a file or a pkcs11: URI\n"
		   "  --request F              what its owner has asked for (PKCS#10)\n"
		   "  --cn NAME                another name than the request has\n"
		   "  --ca                     make a certificate that signs certificates\n"
		   "  --ca-key F --ca-cert F   let this CA sign; without: self-signed\n"
		   "  --passphrase-file F, --passphrase-fd N\n"
		   "  --pkcs11-module F, --pkcs11-by provider|engine, --tcti CONF   how to open K\n"
		   "  --ca-passphrase-file F, --ca-passphrase-fd N\n"
		   "  --ca-pkcs11-module F, --ca-pkcs11-by provider|engine   how to open the CA's key\n"
		   "  --ca-tcti CONF           the TPM, for a token of tpm2-pkcs11",
		   certify_complete, make_certificate);
}
