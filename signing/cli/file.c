// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole files in, by bounded reads.  file_write.c writes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "file.h"

#define CHUNK 65536

void blob_free(struct blob *b)
{
	if (b->data)
		OPENSSL_cleanse(b->data, b->size);
	free(b->data);
	b->data = NULL;
	b->size = 0;
}

/* Not realloc(): it may leave a copy of a secret behind. */
static int blob_grow(struct blob *b, size_t *room)
{
	size_t bigger = *room ? *room * 2 : CHUNK;
	unsigned char *data;

	data = malloc(bigger);
	if (!data)
		return -ENOMEM;
	if (b->data) {
		memcpy(data, b->data, b->size);
		OPENSSL_cleanse(b->data, b->size);
		free(b->data);
	}
	b->data = data;
	*room = bigger;
	return 0;
}

static int read_all(int fd, size_t max, struct blob *out)
{
	size_t room = 0;
	ssize_t n;
	int ret;

	for (;;) {
		if (out->size == room) {
			ret = blob_grow(out, &room);
			if (ret)
				return ret;
		}
		n = read(fd, out->data + out->size, room - out->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		out->size += n;
		if (out->size > max)
			return -EFBIG;
	}
}

int file_open(const char *path)
{
	int fd = STDIN_FILENO;

	if (strcmp(path, "-"))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

void file_close(int fd)
{
	if (fd > STDIN_FILENO)
		close(fd);
}

int file_read_fd(int fd, size_t max, struct blob *out)
{
	int ret;

	*out = (struct blob){ 0 };
	ret = read_all(fd, max, out);
	if (ret)
		blob_free(out);
	return ret;
}

int file_read(const char *path, size_t max, struct blob *out)
{
	int fd = file_open(path), ret;

	*out = (struct blob){ 0 };
	if (fd < 0)
		return fd;
	ret = file_read_fd(fd, max, out);
	file_close(fd);
	return ret;
}
