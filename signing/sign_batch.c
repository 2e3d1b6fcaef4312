// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --into: the names of many outputs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sign_batch.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One would take the place of the other. */
static int check_distinct(const struct sign_batch *batch, struct reason *why)
{
	char **sorted = malloc(sizeof(*sorted) * (size_t)batch->count);
	int ret = 0;

	if (!sorted)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	memcpy(sorted, batch->out, sizeof(*sorted) * (size_t)batch->count);
	qsort(sorted, (size_t)batch->count, sizeof(*sorted), compare);
	for (int i = 1; !ret && i < batch->count; i++)
		if (!strcmp(sorted[i - 1], sorted[i]))
			ret = reason_set(why, -EEXIST, "output", "%s: two inputs have this name",
					 sorted[i]);
	free(sorted);
	return ret;
}

static int name(const char *folder, const char *in, char **out, struct reason *why)
{
	const char *base = strrchr(in, '/');

	base = base ? base + 1 : in;
	if (!*base || !strcmp(base, "-") || !strcmp(base, ".") || !strcmp(base, ".."))
		return reason_set(why, -EINVAL, "input", "\"%s\" has no name of its own", in);
	if (asprintf(out, "%s/%s", folder, base) < 0) {
		*out = NULL;
		return reason_set(why, -ENOMEM, "memory", "no memory");
	}
	return 0;
}

/* What goes beside one would take the place of another. */
static int check_ending(const struct sign_batch *batch, const char *ending, struct reason *why)
{
	const size_t end = strlen(ending);

	for (int i = 0; i < batch->count; i++)
		if (strlen(batch->out[i]) > end && !strcmp(batch->out[i] + strlen(batch->out[i]) - end, ending))
			return reason_set(why, -EEXIST, "output", "%s: a name for what goes beside another",
					  batch->out[i]);
	return 0;
}

int sign_batch_names(const char *folder, const char * const *beside, int count, char **in, struct sign_batch *out,
		     struct reason *why)
{
	struct stat st;
	int ret = 0;

	*out = (struct sign_batch){ calloc((size_t)count, sizeof(*out->out)), count };
	if (!out->out)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	if (stat(folder, &st))
		return reason_set(why, -errno, "output", "%s: %s", folder, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return reason_set(why, -ENOTDIR, "output", "%s: no folder", folder);
	for (int i = 0; !ret && i < count; i++)
		ret = name(folder, in[i], &out->out[i], why);
	for (; !ret && *beside; beside++)
		ret = check_ending(out, *beside, why);
	return ret ? ret : check_distinct(out, why);
}

void sign_batch_free(struct sign_batch *batch)
{
	for (int i = 0; batch->out && i < batch->count; i++)
		free(batch->out[i]);
	free(batch->out);
	*batch = (struct sign_batch){ 0 };
}
