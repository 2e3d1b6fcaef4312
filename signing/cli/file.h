/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole files in, whole files out.
 */
#ifndef CARETAKER_FILE_H
#define CARETAKER_FILE_H

#include <stddef.h>

struct blob {
	unsigned char *data;
	size_t size;
};

/*
 * Reads all of @path; "-" is standard input.  Nothing of the file is trusted,
 * least of all its size: at most @max bytes are read, -EFBIG if there are more.
 * Return: 0 or -errno; @out is empty on failure.
 */
int file_read(const char *path, size_t max, struct blob *out);

/*
 * Writes a new file beside @path, reads it back, and renames it to @path; @mode
 * is subject to the umask.  A reader sees the old file or the new one, and a
 * failure leaves neither a partial file nor a temporary one.
 * Refuses to replace what is no regular file.
 * Return: 0 or -errno.
 */
int file_write_atomic(const char *path, const void *data, size_t size, unsigned mode);

/* Frees and empties @b; the memory is cleared first, since it may hold a key. */
void blob_free(struct blob *b);

#endif
