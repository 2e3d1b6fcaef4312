// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many files out, that reach the disk together. For each alone the disk is waited for twice (its content, then its name), which takes
 * longer than any signature on a curve; for a group of them it is three times.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file_group.h"
#include "file_place.h"
#include "file_temporary.h"

#define MAX_FILES	1024
#define MAX_BYTES	(8u << 20)
#define MAX_SECONDS	1

struct member {
	char name[NAME_MAX + 1];
	char temp[FILE_TEMPORARY_NAME];
	struct blob content;
	unsigned int mode;
	int tag;
	int ret;
};

/**
 * struct file_group - files of one folder that have no name yet
 * @folder:	open since before the first was written, so that syncfs(2) tells of each error (Linux 5.8); -1: none
 * @since:	when the first was added
 */
struct file_group {
	file_group_said said;
	void *arg;
	int folder;
	struct member *member;
	size_t count, bytes;
	struct timespec since;
};

struct file_group *file_group_new(file_group_said said, void *arg)
{
	struct file_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->member = calloc(MAX_FILES, sizeof(*group->member));
	if (!group->member) {
		free(group);
		return NULL;
	}
	group->said = said;
	group->arg = arg;
	group->folder = -1;
	return group;
}

void file_group_end(struct file_group *group)
{
	if (!group)
		return;
	file_group_write(group);
	free(group->member);
	free(group);
}

bool file_group_takes(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT;
	return S_ISREG(st.st_mode);
}

static bool same_folder(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_full(const struct file_group *group, size_t more)
{
	struct timespec now;

	if (!group->count)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return group->count == MAX_FILES || group->bytes + more > MAX_BYTES ||
	       now.tv_sec - group->since.tv_sec > MAX_SECONDS ||
	       (now.tv_sec - group->since.tv_sec == MAX_SECONDS && now.tv_nsec >= group->since.tv_nsec);
}

/* One folder and one file system a group: what waits is written where this one is in another */
static void take_folder(struct file_group *group, struct file_place *place)
{
	if (group->folder >= 0 && !same_folder(group->folder, place->folder))
		file_group_write(group);
	if (group->folder >= 0)
		return;
	group->folder = place->folder;
	place->folder = -1;
}

static void keep(struct file_group *group, const struct file_place *place, struct blob *content, unsigned int mode,
		 int tag)
{
	struct member *member = &group->member[group->count];

	member->content = *content;
	member->mode = mode;
	member->tag = tag;
	strcpy(member->name, place->name);
	if (!group->count++)
		clock_gettime(CLOCK_MONOTONIC, &group->since);
	group->bytes += content->size;
	*content = (struct blob){ 0 };
}

int file_group_add(struct file_group *group, const char *path, struct blob *content, unsigned int mode, int tag)
{
	struct file_place place;
	int ret;

	ret = file_place_find(path, true, &place);
	if (!ret && place.stream >= 0)
		ret = -EINVAL;
	if (!ret) {
		if (is_full(group, content->size))
			file_group_write(group);
		take_folder(group, &place);
		keep(group, &place, content, mode, tag);
	}
	file_place_close(&place);
	return ret;
}

static void write_temporaries(struct file_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct member *member = &group->member[i];

		member->ret = file_temporary_name(member->temp);
		if (!member->ret)
			member->ret = file_temporary_write(group->folder, member->temp, member->content.data,
							   member->content.size, member->mode);
	}
}

/* All that are well so far fail with @ret, and go: by their temporary names, or by their own */
static void fail_all(struct file_group *group, int ret, bool named)
{
	for (size_t i = 0; i < group->count; i++) {
		struct member *member = &group->member[i];

		if (member->ret)
			continue;
		unlinkat(group->folder, named ? member->name : member->temp, 0);
		member->ret = ret;
	}
}

static void give_names(struct file_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct member *member = &group->member[i];

		if (member->ret || !renameat(group->folder, member->temp, group->folder, member->name))
			continue;
		member->ret = -errno;
		unlinkat(group->folder, member->temp, 0);
	}
}

static void write_undisturbed(struct file_group *group)
{
	write_temporaries(group);
	/* The kernel may put a name on disk before the bytes that it names. */
	if (syncfs(group->folder))
		fail_all(group, -errno, false);
	give_names(group);
	/* Not all file systems can. */
	if (fsync(group->folder) && errno != EINVAL && errno != EROFS)
		fail_all(group, -errno, true);
}

void file_group_write(struct file_group *group)
{
	sigset_t all, before;
	int ret = 0;

	if (group->count) {
		sigfillset(&all);
		ret = sigprocmask(SIG_BLOCK, &all, &before) ? -errno : 0;
	}
	if (group->count && !ret) {
		write_undisturbed(group);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	for (size_t i = 0; i < group->count; i++) {
		blob_free(&group->member[i].content);
		group->said(group->arg, group->member[i].tag, ret ? ret : group->member[i].ret);
	}
	if (group->folder >= 0)
		close(group->folder);
	group->folder = -1;
	group->count = group->bytes = 0;
}
