/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many files out, that reach the disk together: each is complete and under its name, or not there.
 */
#ifndef CARETAKER_FILE_GROUP_H
#define CARETAKER_FILE_GROUP_H

#include <stdbool.h>

#include "file.h"

struct file_group;

/* What became of the file that was added as @tag: 0 or -errno, and then it is not there */
typedef void (*file_group_said)(void *arg, int tag, int ret);

/* A group of none.  NULL: no memory */
struct file_group *file_group_new(file_group_said said, void *arg);

/* Writes what waits, as file_group_write(), and ends the group.  @group may be NULL. */
void file_group_end(struct file_group *group);

/* Is @path for a group: a regular file, or nothing yet?  What is written through or into (a link, a device) is not. */
bool file_group_takes(const char *path);

/*
 * Keeps @content for @path, and writes what waits if that is a lot, waits for a second, or is for another folder.
 * What the caller has not been told of is in memory alone.  Return: 0, and @content is taken over; -errno
 */
int file_group_add(struct file_group *group, const char *path, struct blob *content, unsigned int mode, int tag);

/*
 * Writes all that waits: temporary files, then one syncfs(2) for all of them, and only then their names, then one
 * fsync(2) of the folder.  So whatever has its name after a crash is whole, as with file_write_atomic(); and who
 * was told of a file has it on disk.  A signal waits until it is done, and leaves no temporary file.
 */
void file_group_write(struct file_group *group);

#endif
