/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why something was refused or could not be done, carried up unchanged.
 *
 * Functions of signing/ and keys/ return 0, REFUSED (looked at, and refused) or
 * -errno (could not be done), and fill a reason in the latter two cases.
 */
#ifndef CARETAKER_REASON_H
#define CARETAKER_REASON_H

#define REFUSED 1

struct reason {
	char word[32];	/* stable, for programs: "bad-signature" */
	char text[320];	/* a sentence, for people */
};

/* Fills @why and returns @ret. */
int reason_set(struct reason *why, int ret, const char *word, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same, with OpenSSL's first error behind the sentence; empties its queue. */
int reason_openssl(struct reason *why, int ret, const char *word, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The exit status that belongs to @ret. */
int reason_exit(int ret);

#endif
