/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file on a FUSE mount of our own, whose server lies: about its size, about its
 * bytes the second time they are read, or by not answering at all.
 */
#ifndef TESTS_VM_LYING_FILE_H
#define TESTS_VM_LYING_FILE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lying_file {
	/* Set before lying_file_start() */
	const unsigned char *first;	/* what a byte is when it is read first */
	const unsigned char *again;	/* and from then on */
	size_t bytes;			/* of both; a read beyond gets nothing */
	uint64_t size;			/* what the file says that it has */
	uint64_t fails_at;		/* a read at or behind this offset fails, UINT64_MAX: none */
	bool hangs;			/* no read is answered */
	volatile bool holds;		/* none is answered until this is cleared */

	/* Told by the server */
	unsigned int most_reads;	/* how often the byte was read that was read most */
	volatile bool reached;		/* a read has arrived */

	/* Its own */
	int device;
	pthread_t thread;
	unsigned char *reads;
	char path[64];
};

/* Mounts it and starts the server; ends the program if that does not work */
void lying_file_start(struct lying_file *file);
/* For reading, as a VMM would; `how` as for open().  Return: descriptor, or -errno. */
int lying_file_open(const struct lying_file *file, int how);
/* Answers whoever still waits with an error; the mount is of no use any more */
void lying_file_abort(void);
void lying_file_end(struct lying_file *file);

/* What a server shows */
struct bytes {
	unsigned char *data;
	size_t size;
};

/* All of a file; ends the program if it cannot be read */
struct bytes read_all(const char *path);

#endif
