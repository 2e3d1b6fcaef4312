// SPDX-License-Identifier: GPL-2.0-only
/*
 * A part of a file that moves forward.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "window.h"

int window_open_from(struct window *w, window_read read, void *from, size_t room, uint64_t max)
{
	*w = (struct window){ .read = read, .from = from, .fd = -1, .room = room, .max = max };
	w->data = malloc(room);
	return w->data ? 0 : -ENOMEM;
}

int window_open(struct window *w, int fd, size_t room, uint64_t max)
{
	int ret = window_open_from(w, NULL, NULL, room, max);

	w->fd = fd;
	return ret;
}

void window_close(struct window *w)
{
	free(w->data);
	*w = (struct window){ .fd = -1 };
}

ssize_t window_read_fd(void *fd, void *data, size_t size)
{
	ssize_t n;

	do
		n = read(*(int *)fd, data, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* So much at a time stays in a CPU's cache until it has been looked at */
#define STEP	(128U << 10)

/* Up to @size bytes */
static int fill(struct window *w, size_t size)
{
	ssize_t n;

	while (!w->ended && w->size < size) {
		n = w->read ? w->read(w->from, w->data + w->size, size - w->size) :
			      window_read_fd(&w->fd, w->data + w->size, size - w->size);
		if (n < 0)
			return (int)n;
		w->ended = !n;
		w->size += (size_t)n;
		if (w->offset + w->size > w->max)
			return -EFBIG;
	}
	return 0;
}

int window_move(struct window *w, struct reader *in)
{
	size_t left = reader_left(in), size = left < STEP / 2 ? STEP : 2 * left;
	int ret;

	if (!w->size || size > w->room)
		size = w->room;

	if (w->leave)
		w->leave(w->to, w->data, w->size - left);
	memmove(w->data, w->data + (w->size - left), left);
	w->offset += w->size - left;
	w->size = left;
	ret = fill(w, size);
	reader_init(in, w->data, w->size);
	in->origin = w->offset;
	if (ret)
		return ret;
	return w->size > left;
}
