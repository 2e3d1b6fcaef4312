/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of caretaker attest share: its options, and the files that it reads. */
#ifndef CARETAKER_CMD_ATTEST_H
#define CARETAKER_CMD_ATTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence/json.h"

#define ATTEST_MAX_FILES	32	/* of authorities, of revocation lists */

struct attest_files {
	const char *path[ATTEST_MAX_FILES];
	unsigned int count;
};

struct attest_arguments {
	enum { NOTHING, VERDICT, NEW_NONCE, CHALLENGE, FINISH, STANDING, TOO_MANY } action;
	const char *evidence, *nonce, *host, *reference, *rules, *state, *enrolment, *out;
	const char *secret, *response, *verdict;
	struct attest_files ca, crl, list;
	bool allow_expired;
	int64_t now;
	uint64_t max;			/* bytes of IMA's list */
	bool json;
};

typedef int (*attest_parse)(const void *data, size_t size, void *out, char *why);

/*
 * Reads and parses a file; @digest is its SHA-256, unless NULL.  An input that cannot
 * be read is "could not be done"; one that is malformed is refused.  Says what was
 * wrong.  Return: an exit status.
 */
int attest_load(const char *path, attest_parse parse, void *out, unsigned char digest[32]);

#define ATTEST_LOADER(name, type)						\
static int load_##name(const void *data, size_t size, void *out, char *why)	\
{										\
	return name##_parse(data, size, (struct type *)out, why);		\
}

/* The actions.  Return: an exit status. */
int attest_verdict(const struct attest_arguments *a);
int attest_new_nonce(const struct attest_arguments *a);
int attest_standing(const struct attest_arguments *a);
int attest_challenge(const struct attest_arguments *a);
int attest_finish(const struct attest_arguments *a);

#endif
