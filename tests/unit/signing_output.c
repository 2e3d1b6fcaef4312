// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a verb inside a test and reading what it prints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "signing_output.h"

int output_run(int (*verb)(int, char **), const char *name, const char *line)
{
	char copy[512], *argv[32], *rest = copy;
	int argc = 0;

	if (*line)
		snprintf(copy, sizeof(copy), "%s %s", name, line);
	else
		snprintf(copy, sizeof(copy), "%s", name);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	return verb(argc, argv);
}

int output_run_json(int (*verb)(int, char **), const char *name, const char *line,
		    json_t **json)
{
	FILE *file = tmpfile();
	json_error_t error;
	int saved, status;

	assert_non_null(file);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	status = output_run(verb, name, line);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	*json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (!*json && ftell(file) > 0)
		fail_msg("no JSON object: %s", error.text);
	fclose(file);
	return status;
}
