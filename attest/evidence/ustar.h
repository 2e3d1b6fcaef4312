/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Headers of a ustar archive (POSIX.1-2017, pax, "ustar Interchange Format"), in one form:
 * a regular file of mode 0644 that belongs to root and is of 1970, as
 *
 *	tar -b1 --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=0644
 *
 * makes it.  A header is not parsed but compared: beside name and size nothing is free.
 */
#ifndef CARETAKER_EVIDENCE_USTAR_H
#define CARETAKER_EVIDENCE_USTAR_H

#include <stddef.h>
#include <stdint.h>

#define USTAR_BLOCK	512				/* bytes of a header; contents are padded to it */
#define USTAR_SIZE_MAX	((UINT64_C(1) << 33) - 1)	/* 11 octal digits */

/* The header of @size bytes, at most USTAR_SIZE_MAX, named @name, of less than 100 characters */
void ustar_header(const char *name, uint64_t size, unsigned char out[USTAR_BLOCK]);

/*
 * Is @header that of something named @name, of any size?  0 with *size; else -EBADMSG with
 * the first byte that differs and the name of its field.
 */
int ustar_check(const unsigned char header[USTAR_BLOCK], const char *name, uint64_t *size,
		size_t *at, const char **field);

/* Zeros behind contents of @size bytes */
static inline size_t ustar_padding(uint64_t size)
{
	return (size_t)(-size % USTAR_BLOCK);
}

#endif
