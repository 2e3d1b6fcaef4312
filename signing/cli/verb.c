// SPDX-License-Identifier: GPL-2.0-only
/*
 * How verbs speak: errors on standard error, one JSON object on standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "file.h"
#include "printable.h"
#include "verb.h"

int verb_start(void)
{
	/* For the other direction than it has: reading or writing it is EBADF. */
	static const int flags[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags[fd]) != fd)
			return EXIT_UNABLE;
	signal(SIGPIPE, SIG_IGN);
	return EXIT_ACCEPTED;
}

int verb_finish(int status)
{
	int failed = fflush(stdout) ? errno : 0;

	/* A file system over the network, or with quotas, may say it no earlier. */
	if (!failed && close(STDOUT_FILENO))
		failed = errno;
	if (!failed && !ferror(stdout))
		return status;
	fprintf(stderr, "caretaker: standard output: %s\n", strerror(failed ? failed : EIO));
	return EXIT_UNABLE;
}

void verb_error(const char *verb, const char *fmt, ...)
{
	va_list args;
	char *text;
	int size;

	fflush(stdout);
	va_start(args, fmt);
	size = vasprintf(&text, fmt, args);
	va_end(args);
	/* Whoever chose a file's name must not write a line of ours. */
	if (size >= 0)
		printable_line(text);
	fprintf(stderr, "caretaker %s: %s\n", verb, size < 0 ? "no memory to say what is wrong" : text);
	if (size >= 0)
		free(text);
}

int verb_print_json(json_t *object)
{
	int failed;

	if (!object)
		return -EIO;
	failed = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(object);
	if (failed || fputc('\n', stdout) == EOF || fflush(stdout))
		return -EIO;
	return 0;
}

int verb_write_json(const char *verb, const char *path, json_t *object, unsigned int mode)
{
	char *text = object ? json_dumps(object, JSON_INDENT(1)) : NULL;
	int ret = text ? file_write_atomic(path, text, strlen(text), mode) : -ENOMEM;

	json_decref(object);
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
	if (!ret)
		return EXIT_ACCEPTED;
	verb_error(verb, "%s: %s", path, file_write_error(ret));
	return EXIT_UNABLE;
}

static bool is_in(int number, const int *many)
{
	while (many && *many && *many != number)
		many++;
	return many && *many;
}

int verb_check_once(const char *verb, int argc, char **argv, const struct option *options, const int *many)
{
	int number, index = 0, ret = 0;
	size_t count = 0;
	bool *given;

	while (options[count].name)
		count++;
	given = calloc(count, sizeof(*given));
	if (!given)
		return -EXIT_USAGE;
	opterr = 0;
	optind = 0;
	while (!ret && (number = getopt_long(argc, argv, "", options, &index)) != -1 && number != '?') {
		if (given[index] && options[index].has_arg && !is_in(number, many)) {
			verb_error(verb, "--%s: given twice", options[index].name);
			ret = -EXIT_USAGE;
		}
		given[index] = true;
	}
	opterr = 1;
	free(given);
	return ret;
}

bool verb_has_all(const char *verb, const struct verb_needs *needs)
{
	while (needs->name && needs->given)
		needs++;
	if (needs->name)
		verb_error(verb, "%s: is missing", needs->name);
	return !needs->name;
}
