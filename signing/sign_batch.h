/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker sign --into: the names of many outputs.
 */
#ifndef CARETAKER_SIGN_BATCH_H
#define CARETAKER_SIGN_BATCH_H

#include <stdbool.h>

#include "reason.h"

struct sign_batch {
	char **out;	/* one for each input */
	int count;
};

/*
 * Names the output of each of @count inputs: its own name in @folder.  Before any is made: two of one
 * name, standard input, and a folder that is not there are errors; where @tokens stand beside them, a name
 * like that of a token, too.
 * Return: 0 or -errno; sign_batch_free() in any case
 */
int sign_batch_names(const char *folder, bool tokens, int count, char **in, struct sign_batch *out,
		     struct reason *why);
void sign_batch_free(struct sign_batch *batch);

#endif
