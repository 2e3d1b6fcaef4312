/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where output goes: a name in a folder, or something open that takes bytes.
 */
#ifndef CARETAKER_FILE_PLACE_H
#define CARETAKER_FILE_PLACE_H

#include <limits.h>
#include <stdbool.h>

struct file_place {
	int folder;			/* open; -1 where @stream is not */
	int stream;			/* standard output, device, FIFO; -1: a file */
	char name[NAME_MAX + 1];	/* in @folder: a regular file, or nothing yet */
};

/*
 * Finds the place that @path stands for: "-", or a path whose last links are followed if
 * @follow is set.  Without it whatever has the name is in the way: -EEXIST.
 * Opening a FIFO waits for its reader.
 * Return: 0 or -errno as file_write_atomic(); file_place_close() in any case.
 */
int file_place_find(const char *path, bool follow, struct file_place *out);

void file_place_close(struct file_place *place);

#endif
