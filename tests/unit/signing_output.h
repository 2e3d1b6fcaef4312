/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running a verb inside a test and reading what it prints.
 */
#ifndef SIGNING_OUTPUT_H
#define SIGNING_OUTPUT_H

#include <jansson.h>

/* Runs @verb with words that a blank separates; @name is argv[0]. */
int output_run(int (*verb)(int, char **), const char *name, const char *line);

/* The same, with what it printed on standard output, to be freed */
char *output_run_text(int (*verb)(int, char **), const char *name, const char *line, int *status);

/*
 * The same, with standard output read as one JSON object and nothing else; NULL in
 * @json if there was no output.
 */
int output_run_json(int (*verb)(int, char **), const char *name, const char *line,
		    json_t **json);

#endif
