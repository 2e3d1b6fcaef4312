/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elements of DER: the kernel's decoder sees them where OpenSSL's structures do not show them.
 */
#ifndef CARETAKER_DER_H
#define CARETAKER_DER_H

#include <stdbool.h>
#include <stddef.h>

/* What is left of a row of elements; of one that was read, its content and its tag */
struct der {
	const unsigned char *at;
	const unsigned char *end;
	unsigned char tag;	/* identifier octet; X.690, 8.1.2 */
};

/* @size bytes at @data, as a row of elements */
struct der der_of(const void *data, size_t size);

/*
 * Reads the next element: @inside becomes its content, @row what follows it.
 * False if there is none, or one with a tag or a length that DER or the kernel's decoder has not
 * got: tags of more than one byte, lengths that are indefinite or longer than they need be.
 */
bool der_next(struct der *row, struct der *inside);

/* The same, if its tag is @tag */
bool der_enter(struct der *row, unsigned char tag, struct der *inside);

/*
 * Are these elements to the last byte, and all that constructed ones hold (X.690, 10)?  Neither
 * the order of SETs nor what is in a string is looked at.
 */
bool der_is_plain(struct der row);

#endif
