/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker sign: the lint of what is to be signed, on a thread of its own while key and
 * certificate are read.  Nothing is signed, and no token is asked, before it has ended.
 */
#ifndef CARETAKER_SIGN_LINT_H
#define CARETAKER_SIGN_LINT_H

#include <pthread.h>

#include "lint.h"
#include "sign_file.h"

/**
 * struct sign_lint - a lint that was begun
 * @payload:	borrowed; NULL if there is nothing to look at, or it was ended
 * @threaded:	@thread looks at it; else who ends it does
 */
struct sign_lint {
	const struct payload *payload;
	bool threaded;
	pthread_t thread;
	struct lint lint;
	struct reason why;
	int ret;
};

/*
 * Begins to look at @payload, unless the request has it not looked at, or equal bytes were clean in this
 * session.  sign_lint_end() must follow.
 */
void sign_lint_begin(struct sign_session *session, const struct payload *payload,
		     struct sign_lint *begun);

/*
 * What it has found, once; 0 from then on.
 * Return: 0, REFUSED with the first finding in @why, or -errno
 */
int sign_lint_end(struct sign_session *session, struct sign_lint *begun, struct reason *why);

#endif
