// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys revoke and blacklist: sign that a payload must not load any more,
 * and tell the running kernel so.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <asm/caretaker_payload.h>

#include "cmd_keys.h"
#include "kernel_keyring.h"
#include "key_options.h"
#include "output_place.h"
#include "revocation.h"
#include "signing_key.h"
#include "verb.h"

struct request {
	const char *digest;
	const char *key;
	const char *cert;
	const char *out;
	const char *signature;
	struct key_source source;
	char description[REVOCATION_DESCRIPTION];
};

static int sign_revocation(const struct request *request, struct reason *why)
{
	const char *const inputs[] = { request->key, request->cert, request->source.passphrase.file,
				       request->source.module };
	struct blob der = { 0 };
	struct signing_key signer = { 0 };
	int ret;

	ret = output_place_check(request->out, inputs, sizeof(inputs) / sizeof(inputs[0]), why);
	if (!ret)
		ret = signing_key_load(request->key, request->cert, &request->source, &signer, why);
	if (!ret)
		ret = signing_key_sign(&signer, request->description, strlen(request->description),
				       EVP_sha256(), &der, why);
	if (!ret)
		ret = output_write(request->out, &der, 0644, why);
	blob_free(&der);
	signing_key_free(&signer);
	return ret;
}

static int give_to_kernel(const struct request *request, struct reason *why)
{
	struct blob der;
	int32_t serial;
	int ret;

	ret = file_read(request->signature, CARETAKER_MAX_SIGNATURE, &der);
	if (ret)
		return reason_set(why, ret, "signature-file", "%s: %s", request->signature,
				  strerror(-ret));
	ret = keyring_open(".blacklist", &serial, why);
	if (!ret)
		ret = keyring_add(serial, "blacklist", request->description, der.data, der.size,
				  why);
	blob_free(&der);
	return ret;
}

enum { DIGEST = 1, KEY, CERT, OUT, SIG, HELP };

static const struct option revoke_options[] = {
	{ "digest", required_argument, NULL, DIGEST },
	{ "key", required_argument, NULL, KEY },
	{ "cert", required_argument, NULL, CERT },
	{ "out", required_argument, NULL, OUT },
	KEY_OPTIONS,
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

static const struct option blacklist_options[] = {
	{ "digest", required_argument, NULL, DIGEST },
	{ "sig", required_argument, NULL, SIG },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* Return: 0, or -EINVAL; 1 if help was asked for */
static int parse_option(int option, struct request *request)
{
	switch (option) {
	case DIGEST:
		request->digest = optarg;
		return 0;
	case KEY:
		request->key = optarg;
		return 0;
	case CERT:
		request->cert = optarg;
		return 0;
	case OUT:
		request->out = optarg;
		return 0;
	case SIG:
		request->signature = optarg;
		return 0;
	case HELP:
		return 1;
	}
	return key_options_take("keys revoke", "", option, optarg, &request->source);
}

static bool has_all(const struct request *request, const char *verb, bool signs)
{
	const struct verb_needs needs[] = {
		{ "--digest", request->digest }, { "--key", request->key || !signs },
		{ "--out", request->out || !signs }, { "--sig", request->signature || signs }, { 0 },
	};

	return verb_has_all(verb, needs);
}

/* Return: 0, or EXIT_* + 1 if the verb ends here */
static int parse(int argc, char **argv, const struct option *options, const char *usage,
		 struct request *request)
{
	bool signs = options == revoke_options;
	const char *verb = signs ? "keys revoke" : "keys blacklist";
	int option, ret = verb_check_once(verb, argc, argv, options, NULL);

	optind = 0;
	while (!ret && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(option, request);
	if (ret > 0) {
		puts(usage);
		return EXIT_ACCEPTED + 1;
	}
	if (!ret && optind != argc)
		verb_error(verb, "%s: no option", argv[optind]);
	else if (!ret && has_all(request, verb, signs))
		return 0;
	fprintf(stderr, "%s\n", usage);
	return EXIT_USAGE + 1;
}

static int run(int (*action)(const struct request *, struct reason *), const char *verb,
	       struct request *request)
{
	struct reason why;
	int ret;

	if (revocation_describe(request->digest, request->description, &why)) {
		verb_error(verb, "--digest %s: %s", request->digest, why.text);
		return EXIT_USAGE;
	}
	ret = action(request, &why);
	if (ret)
		verb_error(verb, "%s: %s", why.word, why.text);
	return reason_exit(ret);
}

int cmd_keys_revoke(int argc, char **argv)
{
	struct request request = { .source = KEY_SOURCE_PROMPT };
	int end;

	end = parse(argc, argv, revoke_options,
		    "usage: caretaker keys revoke --digest sha256:HEX --key K [--cert C] --out F\n"
		    "       [--passphrase-file F | --passphrase-fd N] [--pkcs11-module F]\n"
		    "       [--pkcs11-by provider|engine] [--tcti CONF]", &request);
	return end ? end - 1 : run(sign_revocation, "keys revoke", &request);
}

int cmd_keys_blacklist(int argc, char **argv)
{
	struct request request = { .source = KEY_SOURCE_PROMPT };
	int end;

	end = parse(argc, argv, blacklist_options,
		    "usage: caretaker keys blacklist --digest sha256:HEX --sig F", &request);
	return end ? end - 1 : run(give_to_kernel, "keys blacklist", &request);
}
