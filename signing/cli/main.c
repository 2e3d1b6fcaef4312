// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker VERB [options]: the table of verbs.
 */
#include <stdio.h>
#include <string.h>

#include "verb.h"
#include "version.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{ "inspect", cmd_inspect, "say what a payload is, with the kernel's own parser" },
	{ "sign",    cmd_sign,    "sign a payload" },
	{ "verify",  cmd_verify,  "check the signature of a payload" },
	{ "keys",    cmd_keys,    "make, list, enroll and revoke keys" },
	{ "check",   cmd_check,   "check a piece of evidence: ima, uefi, quote" },
	{ "quote",   cmd_quote,   "collect evidence on the host" },
	{ "attest",  cmd_attest,  "give a verdict on evidence" },
	{ "policy",  cmd_policy,  "compile and lint policies and reference values" },
	{ "release", cmd_release, "say in a signed manifest what was released" },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void usage(FILE *to)
{
	fputs("usage: caretaker VERB [options]\n\n", to);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(to, "  %-9s%s\n", verbs[i].name, verbs[i].help);
	fputs("\n  help [VERB], --version\n\n"
	      "Exit status: 0 accepted or done, 1 rejected, 2 usage, 3 could not be done.\n", to);
}

static int unknown(const char *name)
{
	fprintf(stderr, "caretaker: no verb \"%s\"; see `caretaker help`\n", name);
	return EXIT_USAGE;
}

static int help(int argc, char **argv)
{
	char option[] = "--help";
	const struct verb *verb;

	if (argc < 2) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	verb = find(argv[1]);
	if (!verb)
		return unknown(argv[1]);
	return verb->run(2, (char *[]){ argv[1], option, NULL });
}

static int run(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("caretaker " CARETAKER_VERSION);
		return EXIT_ACCEPTED;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help"))
		return help(argc - 1, argv + 1);
	verb = find(argv[1]);
	return verb ? verb->run(argc - 1, argv + 1) : unknown(argv[1]);
}

int main(int argc, char **argv)
{
	int status = verb_start();

	return status ? status : verb_finish(run(argc, argv));
}
