/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A folder in which `caretaker sign` is tried: two keys, a payload that may be signed and one that may not.
 */
#ifndef SIGN_WORLD_H
#define SIGN_WORLD_H

#include <stdio.h>

#include "signing_fixture.h"
#include "verb.h"

/*
 * A folder of its own, and the working directory: rsa.key, rsa.pem, p256.key, p256.pem; payload, and wrmsr,
 * which the lint refuses.  Setup and teardown of a group; 0, or cmocka fails it.
 */
int sign_world_open(void **state);
int sign_world_close(void **state);

/* `caretaker sign` with a line of words as of fixture_words(): its exit status */
static inline int run_words(const char *line)
{
	char copy[1024], *argv[40];

	snprintf(copy, sizeof(copy), "sign %s", line);
	return cmd_sign(fixture_words(copy, argv), argv);
}

/* A command that must not fail, and files that must be the same to the last byte */
void shell(const char *command);
void same_file(const char *a, const char *b);

#endif
