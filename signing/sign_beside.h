/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker sign: a file beside OUT: a digest, a question to a TSA, or its answer; IMA's signature.  It is
 * written before OUT, and is what it was before if OUT cannot be written.
 */
#ifndef CARETAKER_SIGN_BESIDE_H
#define CARETAKER_SIGN_BESIDE_H

#include <signal.h>
#include <sys/types.h>

#include "sign_request.h"
#include "timestamp.h"

/*
 * @path: NULL: nothing was written; @before and @mode: what was there, if @was; @held: signals wait, and
 * @mask is which did before
 */
struct sign_beside {
	char *path;
	struct blob before;
	mode_t mode;
	bool was;
	bool held;
	sigset_t mask;
};

/* Which file it is; NULL in @path: there is none.  Freed by the caller.  0 or -ENOMEM */
int sign_beside_path(const struct sign_request *request, const char *out, char **path);

/*
 * Writes what the request wants beside @out, where @der is the signature of @payload's bytes, which
 * was made or was there, and @digest what was prepared (hexadecimal).  @cert made the signature.
 * Return: 0, REFUSED or -errno; sign_beside_end() in any case
 */
int sign_beside_write(const struct sign_request *request, const struct payload *payload,
		      const struct blob *der, const char *digest, X509 *cert, const char *out,
		      struct sign_beside *beside, struct reason *why);

/*
 * The same of bytes that are there, to @path.  From here to sign_beside_end() signals wait, so that
 * both files are there, or neither; not where one is a device or a FIFO, which may take for ever.
 * Return: 0 or -errno; sign_beside_end() in any case
 */
int sign_beside_put(const char *path, const char *out, const void *data, size_t size, struct sign_beside *beside,
		    struct reason *why);

/* Keeps what @path has, of @max bytes at most, for sign_beside_end() to bring back.  0 or -errno */
int sign_beside_keep(const char *path, size_t max, struct sign_beside *beside, struct reason *why);

/* @failed: OUT is not there, so neither is this. */
void sign_beside_end(struct sign_beside *beside, bool failed);

/*
 * Asks the TSA by the request's command, and looks at its answer: the token for the signature of
 * @cert in @of.  With --idempotent one that is in @path and holds will do, and @answer stays empty.
 * Return: 0, REFUSED or -errno
 */
int sign_timestamp(const struct sign_request *request, const struct timestamp_of *of, X509 *cert,
		   const char *path, struct blob *answer, struct reason *why);

#endif
