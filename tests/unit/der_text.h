/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DER, and what is almost DER, from a text that shows it.
 */
#ifndef DER_TEXT_H
#define DER_TEXT_H

#include "file.h"

/* What $NAME stands for: a text, or else bytes */
struct der_value {
	const char *name;
	const char *text;
	struct blob bytes;
};

/*
 * Of @text, in which
 *	30{ ... }	is an element with this tag,
 *	30~{ ... }	one of indefinite length, and 30+{ ... } one whose length has a leading zero,
 *	31<{ ... }	one that holds elements, in the order of a SET OF (X.690, 11.6),
 *	0a1b		are two bytes, and 61*200 is one two hundred times,
 *	'text'		is itself,
 *	$name		the last one of this name in @values.
 * Fails the test if it is no such text.  Freed by blob_free().
 */
struct blob der_text(const char *text, const struct der_value *values, size_t count);

#endif
