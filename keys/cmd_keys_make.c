// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys make: a key file that only its owner can read, or a key that a token makes itself, and a certificate.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

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

#define VERB "keys make"

struct request {
	struct keypair_request pair;
	const char *out_key;
	const char *out_cert;
	const char *ca_key;
	const char *ca_cert;
	struct key_source source;	/* of the new key: passphrase of the file, or its token and PIN */
	struct key_source ca_source;
	bool of_token;			/* ... which alone has a module, and so on */
	bool encrypt;
};

static void usage(FILE *to)
{
	fputs("usage: caretaker keys make --cn NAME --type TYPE --days N --out-key K --out-cert F\n\n"
	      "  --out-key K              a new file, or a pkcs11: URI with object=: the token makes the key\n"
	      "  --type TYPE              rsa2048, rsa3072, rsa4096, p256, p384, p521, mldsa44, mldsa65 or mldsa87\n"
	      "  --ca                     make a certificate that signs certificates\n"
	      "  --ca-key F --ca-cert F   let this CA sign; without: self-signed\n"
	      "  --encrypt                encrypt the key file; asks for a passphrase, or:\n"
	      "  --passphrase-file F, --passphrase-fd N   the passphrase, or the PIN of the token\n"
	      "  --pkcs11-module F, --pkcs11-by provider|engine, --tcti CONF   of the new key's token\n"
	      "  --ca-passphrase-file F, --ca-passphrase-fd N   the passphrase of the CA's key\n"
	      "  --ca-pkcs11-module F, --ca-pkcs11-by provider|engine   how to open it in a token\n"
	      "  --ca-tcti CONF           the TPM, for a token of tpm2-pkcs11\n", to);
}

/* Before a key is made or a passphrase asked for; output_write_new() has the last word. */
static int check_output(const char *path, struct reason *why)
{
	if (file_is_key_uri(path))
		return reason_set(why, -EPROTONOSUPPORT, "key-uri",
				  "%s: a URI, no file; only a key can be made in a token, and a TPM "
				  "makes its keys with its own tool", path);
	return output_is_new(path, why);
}

static int encode_key(const struct request *request, EVP_PKEY *key, struct blob *pem,
		      struct reason *why)
{
	char passphrase[PASSPHRASE_MAX];
	int ret;

	if (!request->encrypt)
		return keypair_encode_key(key, NULL, pem, why);
	ret = passphrase_get(&request->source.passphrase, "Passphrase of the new key: ", true,
			     passphrase, why);
	if (!ret)
		ret = keypair_encode_key(key, passphrase, pem, why);
	OPENSSL_cleanse(passphrase, sizeof(passphrase));
	return ret;
}

/* A signal waits until both are there; not for who reads standard output, which may take for ever. */
static bool hold_signals(const struct request *request, sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	return strcmp(request->out_key, "-") && strcmp(request->out_cert, "-") && !sigprocmask(SIG_BLOCK, &all, before);
}

static int write_both(const struct request *request, const struct blob *key, const struct blob *cert,
		      struct reason *why)
{
	sigset_t before;
	bool held = hold_signals(request, &before);
	int ret;

	ret = output_write_new(request->out_key, key, 0600, why);
	if (!ret) {
		ret = output_write_new(request->out_cert, cert, 0644, why);
		if (ret && strcmp(request->out_key, "-"))
			unlink(request->out_key);
	}
	if (held)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

/* Both files or none: a key whose certificate is missing is of no use. */
static int write_pair(const struct request *request, EVP_PKEY *key, X509 *cert,
		      struct reason *why)
{
	struct blob key_pem = { 0 }, cert_pem = { 0 };
	int ret;

	ret = encode_key(request, key, &key_pem, why);
	if (!ret)
		ret = keypair_encode_cert(cert, &cert_pem, why);
	if (!ret)
		ret = write_both(request, &key_pem, &cert_pem, why);
	blob_free(&key_pem);
	blob_free(&cert_pem);
	return ret;
}

static int check_outputs(const struct request *request, struct reason *why)
{
	bool in_token = token_is_uri(request->out_key);
	int ret = in_token ? 0 : check_output(request->out_key, why);

	if (!ret)
		ret = check_output(request->out_cert, why);
	if (!ret && !in_token && file_same(request->out_key, request->out_cert))
		ret = reason_set(why, -EEXIST, "output", "%s: one file for key and certificate", request->out_cert);
	return ret;
}

static int make_files(const struct request *request, const struct private_key *ca, struct reason *why)
{
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int ret;

	ret = keypair_make(&request->pair, &key, &cert, why);
	if (ret < 0)
		ret = private_key_explain(ca, ret, why);
	if (!ret)
		ret = write_pair(request, key, cert, why);
	EVP_PKEY_free(key);
	X509_free(cert);
	return ret;
}

/* The same where the key stays in its token: it and its certificate, or neither. */
static int make_in_token(const struct request *request, const struct private_key *ca, struct reason *why)
{
	struct private_key key = { 0 };
	struct blob pem = { 0 };
	EVP_PKEY *public = NULL;
	X509 *cert = NULL;
	int ret;

	ret = token_pair_make(request->out_key, &request->source, request->pair.type, &key, why);
	if (ret)
		goto out;
	ret = key_request_public(key.key, &public, why);
	if (!ret)
		ret = keypair_certify(&request->pair, public, key.key, &cert, why);
	if (ret < 0)
		ret = private_key_explain(ca->key ? ca : &key, ret, why);
	if (!ret)
		ret = keypair_encode_cert(cert, &pem, why);
	if (!ret)
		ret = output_write_new(request->out_cert, &pem, 0644, why);
	if (ret)
		token_pair_undo(&key, ret, why);
out:
	blob_free(&pem);
	X509_free(cert);
	EVP_PKEY_free(public);
	private_key_free(&key);
	return ret;
}

static int make(struct request *request, struct reason *why)
{
	struct private_key ca = { 0 };
	int ret;

	ret = check_outputs(request, why);
	if (!ret && request->ca_cert)
		ret = certificate_load(request->ca_cert, &request->pair.ca_cert, why);
	if (!ret && request->ca_key)
		ret = private_key_load(request->ca_key, &request->ca_source, &request->pair.ca_cert, &ca,
				       why);
	if (!ret)
		ret = private_key_may_certify(&ca, why);
	request->pair.ca_key = ca.key;
	if (!ret)
		ret = token_is_uri(request->out_key) ? make_in_token(request, &ca, why) :
						       make_files(request, &ca, why);
	private_key_free(&ca);
	X509_free(request->pair.ca_cert);
	return ret;
}

enum {
	CN = 1, TYPE, DAYS, OUT_KEY, OUT_CERT, CA, CA_KEY, CA_CERT, ENCRYPT,
	CA_FILE, CA_FD, CA_MODULE, CA_WAY, CA_TCTI, HELP
};

static const struct option options[] = {
	{ "cn", required_argument, NULL, CN },
	{ "type", required_argument, NULL, TYPE },
	{ "days", required_argument, NULL, DAYS },
	{ "out-key", required_argument, NULL, OUT_KEY },
	{ "out-cert", required_argument, NULL, OUT_CERT },
	{ "ca", no_argument, NULL, CA },
	{ "ca-key", required_argument, NULL, CA_KEY },
	{ "ca-cert", required_argument, NULL, CA_CERT },
	{ "encrypt", no_argument, NULL, ENCRYPT },
	KEY_OPTIONS,
	{ "ca-passphrase-file", required_argument, NULL, CA_FILE },
	{ "ca-passphrase-fd", required_argument, NULL, CA_FD },
	{ "ca-pkcs11-module", required_argument, NULL, CA_MODULE },
	{ "ca-pkcs11-by", required_argument, NULL, CA_WAY },
	{ "ca-tcti", required_argument, NULL, CA_TCTI },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* Return: 0, or -EINVAL; 1 if help was asked for */
static int parse_option(int option, struct request *request)
{
	switch (option) {
	case CN:
		return pair_take_name(VERB, optarg, &request->pair);
	case TYPE:
		return pair_take_type(VERB, optarg, &request->pair);
	case DAYS:
		return pair_take_days(VERB, optarg, &request->pair);
	case OUT_KEY:
		request->out_key = optarg;
		return 0;
	case OUT_CERT:
		request->out_cert = optarg;
		return 0;
	case CA:
		request->pair.ca = 1;
		return 0;
	case CA_KEY:
		request->ca_key = optarg;
		return 0;
	case CA_CERT:
		request->ca_cert = optarg;
		return 0;
	case ENCRYPT:
		request->encrypt = true;
		return 0;
	case CA_FILE:
		return key_options_take(VERB, "ca-", KEY_PASSPHRASE_FILE, optarg, &request->ca_source);
	case CA_FD:
		return key_options_take(VERB, "ca-", KEY_PASSPHRASE_FD, optarg, &request->ca_source);
	case CA_MODULE:
		return key_options_take(VERB, "ca-", KEY_MODULE, optarg, &request->ca_source);
	case CA_WAY:
		return key_options_take(VERB, "ca-", KEY_WAY, optarg, &request->ca_source);
	case CA_TCTI:
		return key_options_take(VERB, "ca-", KEY_TCTI, optarg, &request->ca_source);
	case HELP:
		return 1;
	case KEY_MODULE:
	case KEY_WAY:
	case KEY_TCTI:
		request->of_token = true;
	}
	return key_options_take(VERB, "", option, optarg, &request->source);
}

/* A token takes no passphrase but its PIN, and a file has no module. */
static bool complete(struct request *request)
{
	bool in_token = request->out_key && token_is_uri(request->out_key);

	const struct verb_needs needs[] = {
		{ "--cn", request->pair.cn }, { "--type", request->pair.type }, { "--days", request->pair.days },
		{ "--out-key", request->out_key }, { "--out-cert", request->out_cert },
		{ "--ca-key", request->ca_key || !request->ca_cert },
		{ "--ca-cert", request->ca_cert || !request->ca_key }, { 0 },
	};

	if (in_token ? request->encrypt : request->of_token) {
		verb_error(VERB, in_token ? "--encrypt: is for a key in a file" :
			   "--pkcs11-module, --pkcs11-by, --tcti: are for a key in a token");
		return false;
	}
	request->encrypt |= !in_token && passphrase_is_given(&request->source.passphrase);
	return verb_has_all(VERB, needs);
}

int cmd_keys_make(int argc, char **argv)
{
	struct request request = {
		.source = KEY_SOURCE_PROMPT, .ca_source = KEY_SOURCE_PROMPT,
	};
	struct reason why;
	int option, ret = verb_check_once(VERB, argc, argv, options, NULL);

	optind = 0;
	while (!ret && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(option, &request);
	if (ret > 0) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	if (!ret && optind != argc)
		verb_error(VERB, "%s: no option", argv[optind]);
	if (ret || optind != argc || !complete(&request)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	ret = make(&request, &why);
	if (ret)
		verb_error(VERB, "%s: %s", why.word, why.text);
	return reason_exit(ret);
}
