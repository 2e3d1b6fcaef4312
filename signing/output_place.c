// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where an output may go.
 */
#include <errno.h>

#include "file.h"
#include "output_place.h"

int output_place_check(const char *out, const char *const *in, size_t count, struct reason *why)
{
	const char *input = file_overwritten(out, in, count);

	return input ? reason_set(why, -EEXIST, "output", "%s: is an input, by the name %s, and would be "
				  "overwritten", out, input) : 0;
}
