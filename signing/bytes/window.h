/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A part of a file in memory that moves forward, so that a log of any length is read
 * with a bounded amount of it.
 */
#ifndef CARETAKER_WINDOW_H
#define CARETAKER_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "reader.h"

/* As read(2), but -errno: up to @size bytes of what @from stands for, 0 at its end */
typedef ssize_t (*window_read)(void *from, void *data, size_t size);

/* Is told of bytes that are there until it returns */
typedef void (*window_leave)(void *to, const void *data, size_t size);

/* The one of a file: @fd is its int */
ssize_t window_read_fd(void *fd, void *data, size_t size);

/**
 * struct window - the part that is in memory
 * @read, @from: where it comes from; @from is not owned
 * @fd:		the file, where it is one; not owned
 * @data:	@room bytes, of which @size are filled
 * @offset:	of @data[0] in the file
 * @max:	bytes of the file that may be read
 * @ended:	the file has no more
 * @leave, @to:	if not NULL, called with @to and the bytes that leave the window, before they do
 */
struct window {
	window_read read;
	void *from;
	int fd;
	unsigned char *data;
	size_t room;
	size_t size;
	uint64_t offset;
	uint64_t max;
	bool ended;
	window_leave leave;
	void *to;
};

/* @room: at least as much as a record may take. 0 or -ENOMEM. */
int window_open(struct window *w, int fd, size_t room, uint64_t max);
/* The same where the bytes come from @read */
int window_open_from(struct window *w, window_read read, void *from, size_t room, uint64_t max);
void window_close(struct window *w);

/*
 * Moves on to @in's position, reads on, and lets @in stand at the same byte of the file.
 * What views show of the window until then is gone.  The first time it reads what there is
 * room for; later as much as a CPU's cache keeps until it has been looked at, and more each
 * time that the window is not moved on by half of what it has.
 * Return: 1 if there is more behind that byte than before, 0 if not, -EFBIG if the file
 * has more than @max bytes, or what reading it says.
 */
int window_move(struct window *w, struct reader *in);

#endif
