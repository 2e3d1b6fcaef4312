/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Members of an archive, one after the other, from what can be read once and only
 * forwards: a file or a pipe.  The reader knows which member comes next.
 *
 *	members_open(&in, read, from);
 *	ret = members_next(&in, "a", max, &size);
 *	...members_read(&in, ...)...		as much of it as one likes
 *	ret = members_next(&in, "b", max, &size);
 *	ret = members_close(&in);
 *
 * An error stays, with the reason in @why, also one of members_read(): who reads a member
 * without looking at errors learns of them from the next call.
 */
#ifndef CARETAKER_EVIDENCE_MEMBERS_H
#define CARETAKER_EVIDENCE_MEMBERS_H

#include "window.h"

#define MEMBERS_REASON	160	/* bytes of an explanation */

/* @why may be read: text, or empty for what reading said.  The rest is private. */
struct members {
	char why[MEMBERS_REASON];
	int error;
	window_read read;
	void *from;
	uint64_t offset;	/* bytes taken so far */
	const char *name;	/* of the member that is being read; NULL: none yet */
	uint64_t left;		/* bytes of it */
	size_t padding;		/* behind them */
};

void members_open(struct members *in, window_read read, void *from);

/*
 * Goes behind the member that was read, also over what was not read of it, and takes the
 * header of the next, which must be @name with at most @max bytes.
 * Return: 0; -EBADMSG with @why; or what @read says.
 */
int members_next(struct members *in, const char *name, uint64_t max, uint64_t *size);

/* A window_read: up to @size bytes of the member, 0 at its end, or an error as above */
ssize_t members_read(void *members, void *data, size_t size);

/* Exactly @size bytes, which the member has */
int members_read_all(struct members *in, void *data, size_t size);

/* Goes behind the last member, and sees that the archive ends there, as written below. */
int members_close(struct members *in);

/* --- Writing ----------------------------------------------------------------- */

/* Takes the next piece; 0 or -errno, which ends the writing */
typedef int (*members_put)(void *to, const void *data, size_t size);

/* What stands before contents of @size bytes, and behind them. -EFBIG over USTAR_SIZE_MAX. */
int members_put_header(members_put put, void *to, const char *name, uint64_t size);
int members_put_padding(members_put put, void *to, uint64_t size);
/* All three */
int members_put_all(members_put put, void *to, const char *name, const void *data, size_t size);
/* Two blocks of zeros */
int members_put_end(members_put put, void *to);

#endif
