// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys list and enroll: the kernel's keyrings from user space.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "certificate_form.h"
#include "cmd_keys.h"
#include "kernel_keyring.h"
#include "kernel_trust.h"
#include "verb.h"

/* Those that say whose payloads load, and which never do */
static const char * const trusted[] = {
	".builtin_trusted_keys", ".secondary_trusted_keys", ".machine", ".platform",
	".ima", ".blacklist",
};

static int add_keyring(json_t *rings, const char *name, struct reason *why)
{
	int32_t serial;
	json_t *keys;
	int ret;

	ret = keyring_open(name, &serial, why);
	if (!ret)
		ret = keyring_list(serial, &keys, why);
	if (!ret && json_array_append_new(rings, json_pack("{s:s, s:o, s:o}", "name", name, "id",
					  json_sprintf("0x%08x", serial), "keys", keys)))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	return ret;
}

/*
 * Without a name: those that this kernel has and lets us read.  Where a yes depends on them, all that there are
 * must be read, and .blacklist must be there.
 */
static int collect(const char *name, bool all, json_t *rings, struct reason *why)
{
	int ret, last = 0;

	if (name)
		return add_keyring(rings, name, why);
	for (size_t i = 0; i < sizeof(trusted) / sizeof(trusted[0]); i++) {
		ret = add_keyring(rings, trusted[i], why);
		if (ret && all && (ret != -ENOKEY || !strcmp(trusted[i], ".blacklist")))
			return ret;
		if (ret)
			last = ret;
	}
	return json_array_size(rings) ? 0 : last;
}

static const char *text(json_t *key, const char *field)
{
	const char *value = json_string_value(json_object_get(key, field));

	return value ? value : "?";
}

static void print_rings(json_t *rings)
{
	json_t *ring, *key;
	size_t i, j;

	json_array_foreach(rings, i, ring) {
		printf("%s\n", text(ring, "name"));
		json_array_foreach(json_object_get(ring, "keys"), j, key)
			printf("  %s %s %s\n", text(key, "id"), text(key, "type"),
			       text(key, "description"));
	}
}

static void print_trust(const json_t *trust)
{
	json_t *ring;
	size_t i;

	printf("%s\n", json_is_true(json_object_get(trust, "trusted")) ? "trusted" : "not trusted");
	json_array_foreach(json_object_get(trust, "keyrings"), i, ring)
		printf("  %s\n", json_string_value(ring));
}

/* Return: 0, REFUSED, or -errno; in the first two cases it is printed. */
static int show(json_t *rings, X509 *cert, int json, struct reason *why)
{
	json_t *trust = NULL;
	int ret = cert ? kernel_trust_find(rings, cert, &trust, why) : 0;

	if (ret && !trust)
		return ret;
	if (json && verb_print_json(json_pack("{s:O, s:O?}", "keyrings", rings, "certificate", trust)))
		ret = reason_set(why, -EIO, "output", "standard output");
	else if (!json && trust)
		print_trust(trust);
	else if (!json)
		print_rings(rings);
	json_decref(trust);
	return ret;
}

static int list(const char *name, const char *path, int json)
{
	json_t *rings = json_array();
	struct reason why;
	X509 *cert = NULL;
	int ret = 0;

	if (path)
		ret = certificate_load(path, &cert, &why);
	if (!ret)
		ret = collect(name, path, rings, &why);
	if (!ret)
		ret = show(rings, cert, json, &why);
	if (ret)
		verb_error("keys list", "%s: %s", why.word, why.text);
	json_decref(rings);
	X509_free(cert);
	return reason_exit(ret);
}

static int usage(FILE *to, const char *line, int status)
{
	fprintf(to, "usage: caretaker keys %s\n", line);
	return status;
}

int cmd_keys_list(int argc, char **argv)
{
	static const char line[] = "list [--keyring NAME | --cert F] [--json]";
	static const struct option options[] = {
		{ "keyring", required_argument, NULL, 'k' },
		{ "cert", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *name = NULL, *cert = NULL;
	int json = 0, option;

	if (verb_check_once("keys list", argc, argv, options, NULL))
		return usage(stderr, line, EXIT_USAGE);
	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'k':
			name = optarg;
			break;
		case 'c':
			cert = optarg;
			break;
		case 'j':
			json = 1;
			break;
		case 'h':
			return usage(stdout, line, EXIT_ACCEPTED);
		default:
			return usage(stderr, line, EXIT_USAGE);
		}
	}
	if (optind == argc && !(name && cert))
		return list(name, cert, json);
	if (optind != argc)
		verb_error("keys list", "%s: no option", argv[optind]);
	else
		verb_error("keys list", "--keyring and --cert: one of them");
	return usage(stderr, line, EXIT_USAGE);
}

/*
 * The kernel's errno does not say what is wrong with a certificate.  Of keys that sign no payloads we
 * do not know what it takes: keyrings serve others too.
 */
static int check(X509 *cert, struct reason *why)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	struct reason ignored;

	if (!key || certificate_check_key(key, &ignored))
		return 0;
	return certificate_check_form(cert, why);
}

static int enroll(const char *path, const char *keyring, struct reason *why)
{
	unsigned char *der = NULL;
	X509 *cert = NULL;
	int32_t serial;
	int ret, size;

	ret = certificate_load(path, &cert, why);
	if (!ret)
		ret = check(cert, why);
	if (!ret)
		ret = keyring_open(keyring, &serial, why);
	if (!ret) {
		size = i2d_X509(cert, &der);
		/* Without a description the kernel takes subject and key id. */
		ret = size > 0 ? keyring_add(serial, "asymmetric", NULL, der, size, why) :
		      reason_openssl(why, -ENOMEM, "certificate", "cannot encode");
	}
	OPENSSL_free(der);
	X509_free(cert);
	return ret;
}

int cmd_keys_enroll(int argc, char **argv)
{
	static const char line[] = "enroll --cert F --keyring NAME|ID";
	static const struct option options[] = {
		{ "cert", required_argument, NULL, 'c' },
		{ "keyring", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *cert = NULL, *keyring = NULL;
	struct reason why;
	int option, ret;

	if (verb_check_once("keys enroll", argc, argv, options, NULL))
		return usage(stderr, line, EXIT_USAGE);
	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			cert = optarg;
			break;
		case 'k':
			keyring = optarg;
			break;
		case 'h':
			return usage(stdout, line, EXIT_ACCEPTED);
		default:
			return usage(stderr, line, EXIT_USAGE);
		}
	}
	if (optind != argc)
		verb_error("keys enroll", "%s: no option", argv[optind]);
	if (optind != argc || !verb_has_all("keys enroll", (struct verb_needs[]){
			{ "--cert", cert }, { "--keyring", keyring }, { 0 } }))
		return usage(stderr, line, EXIT_USAGE);
	ret = enroll(cert, keyring, &why);
	if (ret)
		verb_error("keys enroll", "%s: %s", why.word, why.text);
	return reason_exit(ret);
}
