/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a parser of evidence says when it refuses its input: a code for
 * programs, and where and why for people.
 */
#ifndef ATTEST_PARSE_ERROR_H
#define ATTEST_PARSE_ERROR_H

#include <stddef.h>

enum parse_code {
	PARSE_OK,
	PARSE_EMPTY,		/* nothing there at all */
	PARSE_TRUNCATED,	/* a length runs past the end */
	PARSE_OVERSIZED,	/* a size or a count is over our limit */
	PARSE_TRAILING,		/* bytes left over where none may be */
	PARSE_INVALID,		/* a value that the format does not allow */
	PARSE_UNSUPPORTED,	/* well formed, but an algorithm or a type we do not know */
	PARSE_INCONSISTENT,	/* two parts of the input contradict each other */
	PARSE_MISMATCH,		/* a digest, signature, nonce or selection is not the expected one */
	PARSE_MEMORY,		/* not the input's fault */
};

/**
 * struct parse_error - the first reason to refuse
 * @code:	what kind of defect
 * @offset:	byte in the input where the offending item starts
 * @record:	1-based number of the record, 0 where the input has no records
 * @text:	a sentence without position
 *
 * A parser fills it on failure only. Zero it before the first use.
 */
struct parse_error {
	enum parse_code code;
	size_t offset;
	unsigned int record;
	char text[192];
};

#define PARSE_ERROR_LINE 256	/* enough for parse_error_line() */

/* Fills @err unless it already holds an error (the first one counts). Returns -EBADMSG, or -ENOMEM for PARSE_MEMORY. */
int parse_fail(struct parse_error *err, enum parse_code code, size_t offset, unsigned int record,
	       const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* "record 3, offset 1204: sentence" */
void parse_error_line(const struct parse_error *err, char line[PARSE_ERROR_LINE]);

/* A stable word for JSON and tests: "truncated", "mismatch", ... */
const char *parse_code_name(enum parse_code code);

#endif
