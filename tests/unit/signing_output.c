// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a verb inside a test and reading what it prints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

char *output_run_text(int (*verb)(int, char **), const char *name, const char *line, int *status)
{
	FILE *file = tmpfile();
	char *text;
	long size;
	int saved;

	assert_non_null(file);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	*status = output_run(verb, name, line);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	text = calloc(1, size + 1);
	assert_non_null(text);
	rewind(file);
	assert_int_equal(fread(text, 1, size, file), size);
	fclose(file);
	return text;
}

int output_run_json(int (*verb)(int, char **), const char *name, const char *line,
		    json_t **json)
{
	json_error_t error;
	int status;
	char *text = output_run_text(verb, name, line, &status);

	*json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!*json && *text)
		fail_msg("no JSON object: %s", error.text);
	free(text);
	return status;
}
