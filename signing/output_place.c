// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where an output may go.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "output_place.h"

int output_place_check(const char *out, const char *const *in, size_t count, struct reason *why)
{
	const char *input = file_overwritten(out, in, count);

	return input ? reason_set(why, -EEXIST, "output", "%s: is an input, by the name %s, and would be "
				  "overwritten", out, input) : 0;
}

int output_is_new(const char *path, struct reason *why)
{
	struct stat st;

	return strcmp(path, "-") && !lstat(path, &st) ? reason_set(why, -EEXIST, "output", "%s: exists", path) : 0;
}

int output_explain(const char *path, int ret, struct reason *why)
{
	return ret ? reason_set(why, ret, "output", "%s: %s", path, file_write_error(ret)) : 0;
}

int output_write(const char *path, const struct blob *blob, unsigned int mode, struct reason *why)
{
	return output_explain(path, file_write_atomic(path, blob->data, blob->size, mode), why);
}

int output_write_new(const char *path, const struct blob *blob, unsigned int mode, struct reason *why)
{
	return output_explain(path, file_write_new(path, blob->data, blob->size, mode), why);
}
