/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes as hexadecimal text.
 */
#ifndef CARETAKER_HEX_H
#define CARETAKER_HEX_H

#include <stddef.h>

/* Writes 2 * @n lower-case digits and a NUL. */
void hex_encode(const unsigned char *in, size_t n, char *out);

/*
 * Reads digits of either case up to the NUL, nothing between them.  @n is the
 * room in @out, then the bytes written.
 * Return: 0; -EINVAL for an odd count or another character, -E2BIG without room.
 */
int hex_decode(const char *in, unsigned char *out, size_t *n);

#endif
