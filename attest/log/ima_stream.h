/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IMA's measurement list from a file of any length, with a window of it in memory.
 *
 *	struct ima_stream in;
 *	struct ima_record rec;
 *	ret = ima_stream_open(&in, fd, IMA_STREAM_MAX, &err);
 *	while (!ret && (ret = ima_stream_next(&in, &rec, &err)) > 0)
 *		...
 *	ima_stream_close(&in);
 */
#ifndef ATTEST_IMA_STREAM_H
#define ATTEST_IMA_STREAM_H

#include <stdint.h>

#include "log/ima_log.h"
#include "window.h"

#define IMA_STREAM_MAX	(UINT64_C(64) << 30)	/* bytes of a log, where nobody says otherwise */

/* @log.bank and @log.records may be read; the rest is private. */
struct ima_stream {
	struct ima_log log;
	struct window window;
	int ret;		/* what stopped it, and why */
	struct parse_error err;
};

/*
 * Starts to read @fd, which stays the caller's, up to @max bytes, from where it stands:
 * forwards only, so it may be a pipe. The bank of the template digests is found out from
 * the first 2 MiB. A record has at most 1 MiB of template data (IMA_TEMPLATE_DATA_MAX).
 * Return: 0; -EBADMSG or -ENOMEM with @err filled; or what read() says, with @err empty.
 */
int ima_stream_open(struct ima_stream *in, int fd, uint64_t max, struct parse_error *err);

/* The same of bytes that @read gives out of @from */
int ima_stream_open_from(struct ima_stream *in, window_read read, void *from, uint64_t max,
			 struct parse_error *err);

/* The same of a log in memory, which is used until it is closed: IMA_LOG_MAX bytes at most. */
int ima_stream_open_memory(struct ima_stream *in, const void *data, size_t size,
			   struct parse_error *err);

/*
 * 1: *rec is the next record, whose views hold until the next call. 0: the log ended
 * exactly. Negative as above, and stays so with the same @err: also where it was opening
 * that failed, so that only who reads need look.
 */
int ima_stream_next(struct ima_stream *in, struct ima_record *rec, struct parse_error *err);

/*
 * For who wants all bytes, in large pieces: @take gets @to and what leaves the window, from now on,
 * and at ima_stream_tap_end() the rest up to where the stream stands. Tap a stream before the
 * first record. ima_stream_tap_end() returns how many bytes of the log that is.
 */
void ima_stream_tap(struct ima_stream *in, window_leave take, void *to);
uint64_t ima_stream_tap_end(struct ima_stream *in);

void ima_stream_close(struct ima_stream *in);

#endif
