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
};

/*
 * Starts to read @fd, which stays the caller's, up to @max bytes. The bank of the
 * template digests is found out from the first records.
 * Return: 0; -EBADMSG or -ENOMEM with @err filled; or what read() says, with @err empty.
 */
int ima_stream_open(struct ima_stream *in, int fd, uint64_t max, struct parse_error *err);

/*
 * 1: *rec is the next record, whose views hold until the next call. 0: the log ended
 * exactly. Negative as above, and stays so.
 */
int ima_stream_next(struct ima_stream *in, struct ima_record *rec, struct parse_error *err);

void ima_stream_close(struct ima_stream *in);

#endif
