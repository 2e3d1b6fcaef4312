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

/* The number'th name that is written: outputs, each with what goes beside it.  Freed by the caller */
static char *written(const struct sign_batch *batch, const char *const *beside, size_t endings, size_t number)
{
	size_t ending = number % (endings + 1);
	char *path;

	if (asprintf(&path, "%s%s", batch->out[number / (endings + 1)], ending ? beside[ending - 1] : "") < 0)
		return NULL;
	return path;
}

/* A link that is written through; a device or a FIFO takes what many give it. */
static bool leads_on(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode) && (stat(path, &st) || S_ISREG(st.st_mode));
}

static int check_link(const struct sign_batch *batch, const char *const *beside, size_t endings, size_t number,
		      const char *link, struct reason *why)
{
	size_t all = (size_t)batch->count * (endings + 1);
	int ret = 0;

	for (size_t i = 0; !ret && i < all; i++) {
		char *other = written(batch, beside, endings, i);

		if (!other)
			ret = reason_set(why, -ENOMEM, "memory", "no memory");
		else if (i != number && file_same(link, other))
			ret = reason_set(why, -EEXIST, "output", "%s: is a link to what is %s, too", link, other);
		free(other);
	}
	return ret;
}

/* Of two names of one file the later would take the place of the earlier, and both would be told as done. */
static int check_links(const struct sign_batch *batch, const char *const *beside, struct reason *why)
{
	size_t endings = 0, all;
	int ret = 0;

	while (beside[endings])
		endings++;
	all = (size_t)batch->count * (endings + 1);
	for (size_t i = 0; !ret && i < all; i++) {
		char *path = written(batch, beside, endings, i);

		if (!path)
			ret = reason_set(why, -ENOMEM, "memory", "no memory");
		else if (leads_on(path))
			ret = check_link(batch, beside, endings, i, path, why);
		free(path);
	}
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

/* The place of what @path names, if that is an input */
static const struct place *find_input(const char *path, const struct place *place, int n)
{
	struct place at = { 0 };
	struct stat st;

	if (stat(path, &st))
		return NULL;
	at.device = st.st_dev;
	at.file = st.st_ino;
	return bsearch(&at, place, (size_t)n, sizeof(*place), compare_places);
}

/* An output may be its own input, and no other: that one would be lost before it is read. */
static int check_output(const char *out, const char *own, char **in, const struct place *place,
			int n, struct reason *why)
{
	const struct place *found = find_input(out, place, n);

	return found && !(own && file_same(out, own)) ?
	       reason_set(why, -EEXIST, "output", "%s: is the input %s", out, in[found->input]) : 0;
}

/* What goes beside @out is no input at all. */
static int check_beside(const char *out, const char *const *beside, char **in,
			const struct place *place, int n, struct reason *why)
{
	char *path;
	int ret = 0;

	for (; !ret && *beside; beside++) {
		if (asprintf(&path, "%s%s", out, *beside) < 0)
			return reason_set(why, -ENOMEM, "memory", "no memory");
		ret = check_output(path, NULL, in, place, n, why);
		free(path);
	}
	return ret;
}

static int check_inputs(const struct sign_batch *batch, const char *const *beside, char **in,
			struct reason *why)
{
	struct place *place = calloc((size_t)batch->count, sizeof(*place));
	int n, ret = 0;

	if (!place)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	n = find_places(batch->count, in, place);
	for (int i = 0; !ret && i < batch->count; i++) {
		ret = check_output(batch->out[i], in[i], in, place, n, why);
		if (!ret)
			ret = check_beside(batch->out[i], beside, in, place, n, why);
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

int sign_batch_names(const char *folder, const char *const *beside, int count, char **in,
		     struct sign_batch *out, struct reason *why)
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
	for (size_t e = 0; !ret && beside[e]; e++)
		ret = check_ending(out, beside[e], why);
	if (!ret)
		ret = check_distinct(out, why);
	if (!ret)
		ret = check_links(out, beside, why);
	return ret ? ret : check_inputs(out, beside, in, why);
}

void sign_batch_free(struct sign_batch *batch)
{
	for (int i = 0; batch->out && i < batch->count; i++)
		free(batch->out[i]);
	free(batch->out);
	*batch = (struct sign_batch){ 0 };
}
