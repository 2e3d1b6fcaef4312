/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions by name and by address, from the symbol table of a payload.
 *
 * The kernel never looks at it.  It is inside the signed bytes, but nothing of what
 * it says is checked beyond its bounds: it is what the builder of the file claims.
 */
#ifndef CARETAKER_SYMBOLS_H
#define CARETAKER_SYMBOLS_H

#include "payload.h"

struct symbols {
	const unsigned char *data;	/* the signed bytes; borrowed */
	size_t size;
	__u64 table, count;		/* count 0: there is no table */
	__u64 names, names_size;
};

struct function {
	char name[64];
	__u64 start, end;	/* in the image */
};

/* Finds the table; whatever is malformed counts as absent. */
void symbols_read(const struct payload *payload, struct symbols *out);

/* Is there any function?  strip(1) leaves none. */
int symbols_name_functions(const struct symbols *symbols);

/* The function that @address is in.  Returns 0 if no symbol says so. */
int symbols_at(const struct symbols *symbols, __u64 address, struct function *out);

/* The function of that name.  Returns 0, and @out is empty, if there is none or more than one. */
int symbols_named(const struct symbols *symbols, const char *name, struct function *out);

#endif
