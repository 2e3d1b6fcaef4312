/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker sign --into: the names of many outputs.
 */
#ifndef CARETAKER_SIGN_BATCH_H
#define CARETAKER_SIGN_BATCH_H

#include "reason.h"

struct sign_batch {
	char **out;	/* one for each input */
	int count;
};

/*
 * Names the output of each of @count inputs: its own name in @folder.  Errors, before any is made: two
 * of one name, standard input, an output that is another's input, what goes beside one and is an
 * input, a folder that is not there; and a name that ends as what goes beside others does: the
 * texts of @beside, up to NULL.
 * Return: 0 or -errno; sign_batch_free() in any case
 */
int sign_batch_names(const char *folder, const char *const *beside, int count, char **in,
		     struct sign_batch *out, struct reason *why);
void sign_batch_free(struct sign_batch *batch);

#endif
