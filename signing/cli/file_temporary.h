/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Temporary files, beside what they are to become.
 */
#ifndef CARETAKER_FILE_TEMPORARY_H
#define CARETAKER_FILE_TEMPORARY_H

#include <stddef.h>

#define FILE_TEMPORARY_NAME	25	/* bytes of a name */

/* A name that nothing else has.  0 or -errno */
int file_temporary_name(char name[FILE_TEMPORARY_NAME]);

/*
 * Writes @temp in @folder and reads it back; it need not be on disk then.
 * Return: 0; -errno, and it is not there
 */
int file_temporary_write(int folder, const char *temp, const void *data, size_t size, unsigned int mode);

#endif
