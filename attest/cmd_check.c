// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker check KIND: looks at one piece of evidence by itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "verb.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} kinds[] = {
	{ "ima", check_ima },
	{ "uefi", check_uefi },
	{ "quote", check_quote },
};

static void usage(FILE *to)
{
	fputs("usage: caretaker check ima FILE [--key CERT]... [--bank ALG]\n"
	      "                           [--allow-violations] [--max-size BYTES] [--json]\n"
	      "       caretaker check uefi FILE [--json]\n"
	      "       caretaker check quote --attest FILE --signature FILE --key FILE\n"
	      "                             [--nonce HEX] [--pcrs FILE] [--json]\n", to);
}

int check_read(const char *verb, const char *path, size_t max, struct blob *out,
	       struct parse_error *err)
{
	int ret = file_read(path, max, out);

	if (!ret)
		return EXIT_ACCEPTED;
	if (ret == -EFBIG) {
		parse_fail(err, PARSE_OVERSIZED, max, 0, "larger than %zu bytes", max);
		return EXIT_REJECTED;
	}
	verb_error(verb, "%s: %s", path, strerror(-ret));
	return EXIT_UNABLE;
}

int cmd_check(int argc, char **argv)
{
	size_t i;
	int ret;

	if (argc >= 2 && !strcmp(argv[argc - 1], "--help")) {
		usage(stdout);
		return EXIT_ACCEPTED;
	}
	for (i = 0; argc >= 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		ret = kinds[i].run(argc - 1, argv + 1);
		if (ret == EXIT_USAGE)
			usage(stderr);
		return ret;
	}
	if (argc >= 2)
		verb_error("check", "no kind of evidence \"%s\"", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}
