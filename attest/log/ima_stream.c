// SPDX-License-Identifier: GPL-2.0-only
/*
 * A log that is longer than memory: the iterator of ima_log.c over a window. A record
 * that runs past the end of the window is read again when the window has moved.
 */
#include <errno.h>

#include "log/ima_stream.h"

/* The longest record fits twice: digest, names and data with their lengths. */
#define ROOM	(2 * (IMA_TEMPLATE_DATA_MAX + 4096))

/* What stopped the stream stays, for whoever asks again */
static int stop(struct ima_stream *in, int ret, const struct parse_error *err)
{
	in->log.failed = true;
	in->ret = ret;
	in->err = *err;
	return ret;
}

static int cannot_read(struct ima_stream *in, int ret, struct parse_error *err)
{
	if (ret == -EFBIG)
		ret = parse_fail(err, PARSE_OVERSIZED, in->window.max, 0,
				 "larger than %llu bytes", (unsigned long long)in->window.max);
	return stop(in, ret, err);
}

/* Behind window_open() */
static int start(struct ima_stream *in, int ret, struct parse_error *err)
{
	struct reader nothing = { 0 };

	if (ret)
		return stop(in, parse_fail(err, PARSE_MEMORY, 0, 0, "out of memory"), err);
	ret = window_move(&in->window, &nothing);
	if (ret < 0)
		return cannot_read(in, ret, err);
	ret = ima_log_open(&in->log, in->window.data, in->window.size, PCR_BANK_NONE, err);
	return ret ? stop(in, ret, err) : 0;
}

int ima_stream_open(struct ima_stream *in, int fd, uint64_t max, struct parse_error *err)
{
	*in = (struct ima_stream){ 0 };
	return start(in, window_open(&in->window, fd, ROOM, max), err);
}

int ima_stream_open_from(struct ima_stream *in, window_read read, void *from, uint64_t max,
			 struct parse_error *err)
{
	*in = (struct ima_stream){ 0 };
	return start(in, window_open_from(&in->window, read, from, ROOM, max), err);
}

int ima_stream_open_memory(struct ima_stream *in, const void *data, size_t size,
			   struct parse_error *err)
{
	int ret;

	*in = (struct ima_stream){ .window = { .fd = -1, .ended = true } };
	ret = ima_log_open(&in->log, data, size, PCR_BANK_NONE, err);
	return ret ? stop(in, ret, err) : 0;
}

int ima_stream_next(struct ima_stream *in, struct ima_record *rec, struct parse_error *err)
{
	size_t start = in->log.in.pos;
	int ret, more = 1;

	if (in->ret) {
		*err = in->err;
		return in->ret;
	}
	ret = ima_log_next(&in->log, rec, err);
	/* At the end of the window, or beyond it, there may be more in the file. */
	while (more && !in->window.ended && (!ret || (ret < 0 && err->code == PARSE_TRUNCATED))) {
		*err = (struct parse_error){ 0 };
		in->log.in.pos = start;
		more = window_move(&in->window, &in->log.in);
		if (more < 0)
			return cannot_read(in, more, err);
		start = in->log.in.pos;
		in->log.failed = false;
		ret = ima_log_next(&in->log, rec, err);
	}
	return ret < 0 ? stop(in, ret, err) : ret;
}

void ima_stream_tap(struct ima_stream *in, window_leave take, void *to)
{
	in->window.leave = take;
	in->window.to = to;
}

uint64_t ima_stream_tap_end(struct ima_stream *in)
{
	in->window.leave(in->window.to, in->log.in.data, in->log.in.pos);
	return reader_offset(&in->log.in);
}

void ima_stream_close(struct ima_stream *in)
{
	window_close(&in->window);
}
