// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --into: the names of many outputs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
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

struct place {
	dev_t device;
	ino_t file;
	int input;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->file < y->file ? -1 : x->file > y->file;
}

/* Each of @in that is a file, sorted by where it is; the number of them */
static int find_places(int count, char **in, struct place *place)
{
	struct stat st;
	int n = 0;

	for (int i = 0; i < count; i++)
		if (!stat(in[i], &st) && S_ISREG(st.st_mode))
			place[n++] = (struct place){ st.st_dev, st.st_ino, i };
	qsort(place, (size_t)n, sizeof(*place), compare_places);
	return n;
}

/* An output may be its own input, and no other: that one would be lost before it is read. */
static int check_inputs(const struct sign_batch *batch, char **in, struct reason *why)
{
	struct place *place = calloc((size_t)batch->count, sizeof(*place)), *found, at = { 0 };
	struct stat st;
	int n, ret = 0;

	if (!place)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	n = find_places(batch->count, in, place);
	for (int i = 0; !ret && i < batch->count; i++) {
		if (stat(batch->out[i], &st))
			continue;
		at.device = st.st_dev;
		at.file = st.st_ino;
		found = bsearch(&at, place, (size_t)n, sizeof(*place), compare_places);
		if (found && !file_same(batch->out[i], in[i]))
			ret = reason_set(why, -EEXIST, "output", "%s: is the input %s", batch->out[i],
					 in[found->input]);
	}
	free(place);
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

int sign_batch_names(const char *folder, int count, char **in, struct sign_batch *out,
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
	if (!ret)
		ret = check_distinct(out, why);
	return ret ? ret : check_inputs(out, in, why);
}

void sign_batch_free(struct sign_batch *batch)
{
	for (int i = 0; batch->out && i < batch->count; i++)
		free(batch->out[i]);
	free(batch->out);
	*batch = (struct sign_batch){ 0 };
}
