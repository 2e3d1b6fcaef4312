// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tool itself in a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tool_run.h"

void tool_exec(const char *tool, const char *line)
{
	char *argv[TOOL_WORDS + 2] = { "caretaker" }, *rest = strdup(line);
	int argc = 1;

	while (rest && argc <= TOOL_WORDS && (argv[argc] = strsep(&rest, " ")))
		argc++;
	if (!rest)
		execv(tool, argv);
	_exit(99);
}

int tool_run(const char *tool, const char *line, void (*prepare)(const char *how), const char *how)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		if (!freopen("said", "w", stderr) || !freopen("/dev/null", "w", stdout))
			_exit(99);
		prepare(how);
		tool_exec(tool, line);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 99);
	return WEXITSTATUS(status);
}
