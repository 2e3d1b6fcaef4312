/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the passphrase of a key, or the PIN of a token, comes from.  Never from an
 * option's value or the environment: both can be read by other processes.
 */
#ifndef CARETAKER_PASSPHRASE_H
#define CARETAKER_PASSPHRASE_H

#include <stdbool.h>

#include "reason.h"

#define PASSPHRASE_MAX 1024

/* All zero with fd -1: ask on the terminal. */
struct passphrase_source {
	const char *file;	/* first line of this file */
	int fd;			/* or of this descriptor, -1 if none */
};

#define PASSPHRASE_PROMPT { .file = NULL, .fd = -1 }

/*
 * Gets the passphrase, NUL-terminated.  @verify asks twice where it prompts.
 * The caller cleanses @out.
 */
int passphrase_get(const struct passphrase_source *source, const char *prompt, bool verify,
		   char out[PASSPHRASE_MAX], struct reason *why);

/* A passphrase that OpenSSL may ask for, of one key */
struct passphrase_question {
	const struct passphrase_source *source;
	const char *prompt;
	struct reason *why;
	int ret;	/* of passphrase_get(), 0 if it was not asked */
	int asked;
};

/* Answers it once, since a second try would cost what the first did: a pem_password_cb */
int passphrase_answer(char *buffer, int size, int writing, void *question);

/* Is it known where it comes from, without a question at the terminal? */
bool passphrase_is_given(const struct passphrase_source *source);

/*
 * Take the value of --passphrase-file and --passphrase-fd, of which one may be given,
 * once.  Return: 0 or -EINVAL.
 */
int passphrase_parse_file(const char *path, struct passphrase_source *source);
int passphrase_parse_fd(const char *text, struct passphrase_source *source);

#endif
