// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line around all verbs: what is printed is delivered, or the exit status says
 * that it was not.  The verbs here only print.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* A file system that says at the end only that its disk is full */
static int full_at_close;

static int close_or_not(int fd)
{
	if (!full_at_close)
		return close(fd);
	errno = ENOSPC;
	return -1;
}

#define close(fd) close_or_not(fd)
#include "../../signing/cli/verb.c"
#undef close

#define main tool
#include "../../signing/cli/main.c"
#undef main

#define BIG 300000	/* more than a buffer and a pipe hold */

static int say(int size)
{
	for (int i = 0; i < size; i++)
		putchar('x');
	return EXIT_ACCEPTED;
}

/* A line of text, rejected */
int cmd_inspect(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("a finding");
	return EXIT_REJECTED;
}

/* Much text, and does not look whether it is taken */
int cmd_verify(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return say(BIG);
}

/* JSON */
int cmd_check(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return verb_print_json(json_pack("{s:b}", "valid", 1)) ? EXIT_UNABLE : EXIT_ACCEPTED;
}

/* Prints nothing, and which number a file gets is its status */
int cmd_sign(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return open("/dev/null", O_RDONLY);
}

/* An error on standard error, behind text */
int cmd_policy(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("text");
	verb_error("policy", "an error");
	return EXIT_REJECTED;
}

int cmd_keys(int argc, char **argv) { return cmd_inspect(argc, argv); }
int cmd_quote(int argc, char **argv) { return cmd_inspect(argc, argv); }
int cmd_attest(int argc, char **argv) { return cmd_inspect(argc, argv); }
int cmd_release(int argc, char **argv) { return cmd_inspect(argc, argv); }

enum where { NULL_DEVICE, FULL, FULL_LATE, BROKEN_PIPE, CLOSED };

static void redirect(enum where where)
{
	int fds[2];

	if (where == CLOSED) {
		close(STDOUT_FILENO);
		return;
	}
	if (where == BROKEN_PIPE && !pipe(fds)) {
		close(fds[0]);
		dup2(fds[1], STDOUT_FILENO);
		return;
	}
	full_at_close = where == FULL_LATE;
	dup2(open(where == FULL ? "/dev/full" : "/dev/null", O_WRONLY), STDOUT_FILENO);
}

/* The exit status of the tool, or minus the signal that ended it */
static int run_tool(char *verb, enum where where, int closed)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		signal(SIGPIPE, SIG_DFL);
		dup2(open("/dev/null", O_RDWR), STDERR_FILENO);
		redirect(where);
		if (closed >= 0)
			close(closed);
		status = tool(verb ? 2 : 1, (char *[]){ "caretaker", verb, NULL });
		_exit(status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct output_case {
	const char *name;
	char *verb;
	enum where where;
	int status;
} cases[] = {
	{ "text", "inspect", NULL_DEVICE, 1 },
	{ "text, the disk is full", "inspect", FULL, 3 },
	{ "text, the disk is full, says close()", "inspect", FULL_LATE, 3 },
	{ "text, nobody reads", "inspect", BROKEN_PIPE, 3 },
	{ "text, no standard output", "inspect", CLOSED, 3 },
	{ "much text", "verify", NULL_DEVICE, 0 },
	{ "much text, the disk is full", "verify", FULL, 3 },
	{ "much text, nobody reads", "verify", BROKEN_PIPE, 3 },
	{ "JSON", "check", NULL_DEVICE, 0 },
	{ "JSON, the disk is full", "check", FULL, 3 },
	{ "JSON, nobody reads", "check", BROKEN_PIPE, 3 },
	{ "JSON, no standard output", "check", CLOSED, 3 },
	{ "text before an error, the disk is full", "policy", FULL, 3 },
	{ "help, the disk is full", "help", FULL, 3 },
	{ "version, the disk is full", "--version", FULL, 3 },
};

static void output(void **state)
{
	const struct output_case *test = *state;

	assert_int_equal(run_tool(test->verb, test->where, -1), test->status);
}

/* What a verb opens never gets the number of standard output, and is not written to. */
static void numbers_are_taken(void **state)
{
	(void)state;
	assert_true(run_tool("sign", CLOSED, -1) > STDERR_FILENO);
	assert_true(run_tool("sign", NULL_DEVICE, STDIN_FILENO) > STDERR_FILENO);
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* Whatever a file is called: it is one line, no escape sequence, and in its own language. */
static void error_is_a_line(void **state)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char said[64] = "";

	(void)state;
	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	verb_error("sign", "%s: refused", "a\nb\033[31m\x7f\xc3\xa4");
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	assert_true(fread(said, 1, sizeof(said) - 1, file) > 0);
	assert_string_equal(said, "caretaker sign: a?b?[31m?\xc3\xa4: refused\n");
	fclose(file);
}

int main(void)
{
	struct CMUnitTest tests[CASES + 2] = {
		cmocka_unit_test(numbers_are_taken), cmocka_unit_test(error_is_a_line),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[2 + i] = (struct CMUnitTest){ cases[i].name, output, NULL, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("main", tests, NULL, NULL);
}
