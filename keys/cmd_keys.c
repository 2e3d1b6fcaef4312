// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys ACTION: the table of actions.
 */
#include <stdio.h>
#include <string.h>

#include "cmd_keys.h"
#include "verb.h"

static const struct action {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} actions[] = {
	{ "make",      cmd_keys_make,      "make a key and its certificate" },
	{ "request",   cmd_keys_request,   "ask for a certificate for a key that is there" },
	{ "certify",   cmd_keys_certify,   "make a certificate for a key that is there, or for a request" },
	{ "list",      cmd_keys_list,      "list the kernel's trusted keys" },
	{ "enroll",    cmd_keys_enroll,    "add a certificate to a keyring of the kernel" },
	{ "revoke",    cmd_keys_revoke,    "sign the revocation of a payload" },
	{ "blacklist", cmd_keys_blacklist, "give a signed revocation to the kernel" },
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static int usage(FILE *to, int status)
{
	fputs("usage: caretaker keys ACTION [options]\n\n", to);
	for (size_t i = 0; i < ACTIONS; i++)
		fprintf(to, "  %-11s%s\n", actions[i].name, actions[i].help);
	fputs("\nTo rotate keys see caretaker-keys(1) and `caretaker sign --add`.\n", to);
	return status;
}

int cmd_keys(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, EXIT_USAGE);
	if (!strcmp(argv[1], "--help"))
		return usage(stdout, EXIT_ACCEPTED);
	for (size_t i = 0; i < ACTIONS; i++)
		if (!strcmp(argv[1], actions[i].name))
			return actions[i].run(argc - 1, argv + 1);
	verb_error("keys", "no action \"%s\"", argv[1]);
	return usage(stderr, EXIT_USAGE);
}
