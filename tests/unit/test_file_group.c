// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many files out together: what is where before the disk is waited for and after, and what is left of a group that fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* The calls on which it depends what a crash leaves */
static int fake_syncfs(int fd);
static int fake_fsync(int fd);
static int fake_clock(clockid_t id, struct timespec *now);

#define syncfs fake_syncfs
#define fsync fake_fsync
#define clock_gettime fake_clock
#include "../../signing/cli/file_group.c"
#undef syncfs
#undef fsync
#undef clock_gettime

#include "own_directory.h"

static char *folder;
static int syncs, folder_syncs, syncfs_error, fsync_error, signal_in_sync;
static int names_at_sync, temporaries_at_sync, names_at_folder_sync;
static int said[2 * MAX_FILES], said_count;
static struct timespec now;
static volatile sig_atomic_t signalled_names = -1;

/* Files in "out": those that have a name of their own, or temporary ones */
static int count(bool temporary)
{
	DIR *dir = opendir("out");
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			n += temporary == !strncmp(entry->d_name, ".write-", 7);
	closedir(dir);
	return n;
}

static int fake_syncfs(int fd)
{
	assert_true(fd >= 0);
	syncs++;
	names_at_sync = count(false);
	temporaries_at_sync = count(true);
	if (signal_in_sync)
		raise(signal_in_sync);
	errno = syncfs_error;
	return syncfs_error ? -1 : 0;
}

static int fake_fsync(int fd)
{
	assert_true(fd >= 0);
	folder_syncs++;
	names_at_folder_sync = count(false);
	errno = fsync_error;
	return fsync_error ? -1 : 0;
}

static int fake_clock(clockid_t id, struct timespec *out)
{
	assert_int_equal(id, CLOCK_MONOTONIC);
	*out = now;
	return 0;
}

static void note(void *arg, int tag, int ret)
{
	assert_ptr_equal(arg, said);
	said[tag] = ret;
	said_count++;
}

static void on_signal(int number)
{
	(void)number;
	signalled_names = count(false);
}

static int prepare(void **state)
{
	(void)state;
	syncs = folder_syncs = syncfs_error = fsync_error = signal_in_sync = said_count = 0;
	memset(said, 0x55, sizeof(said));
	return own_directory((void **)&folder) || chdir(folder) || mkdir("out", 0700) || mkdir("other", 0700);
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || no_directory((void **)&folder);
}

static int add(struct file_group *group, const char *path, size_t size, int tag)
{
	struct blob content = { malloc(size), size };
	int ret;

	memset(content.data, 'a' + tag % 26, size);
	ret = file_group_add(group, path, &content, 0644, tag);
	if (!ret)
		assert_null(content.data);
	blob_free(&content);
	return ret;
}

static void holds(const char *path, size_t size, int tag)
{
	struct blob read;

	assert_int_equal(file_read(path, 1 << 24, &read), 0);
	assert_int_equal(read.size, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(read.data[i], 'a' + tag % 26);
	blob_free(&read);
}

/* Nothing is there before all of it is, the content reaches the disk before the names do, and they before anyone hears of it. */
static void together(void **state)
{
	struct file_group *group = file_group_new(note, said);

	(void)state;
	assert_int_equal(add(group, "out/a", 10, 0), 0);
	assert_int_equal(add(group, "out/b", 200000, 1), 0);
	assert_int_equal(add(group, "out/c", 0, 2), 0);
	assert_int_equal(count(false) + count(true) + said_count, 0);
	file_group_write(group);
	assert_int_equal(syncs, 1);
	assert_int_equal(folder_syncs, 1);
	assert_int_equal(names_at_sync, 0);
	assert_int_equal(temporaries_at_sync, 3);
	assert_int_equal(names_at_folder_sync, 3);
	assert_int_equal(said_count, 3);
	assert_int_equal(said[0] | said[1] | said[2], 0);
	assert_int_equal(count(true), 0);
	holds("out/a", 10, 0);
	holds("out/b", 200000, 1);
	holds("out/c", 0, 2);
	/* Another round, over what is there, that ends with the group */
	assert_int_equal(add(group, "out/a", 11, 3), 0);
	file_group_end(group);
	holds("out/a", 11, 3);
	assert_int_equal(said_count, 4);
	file_group_end(NULL);
}

/* One that fails takes nobody with it. */
static void one_fails(void **state)
{
	struct file_group *group = file_group_new(note, said);

	(void)state;
	assert_int_equal(add(group, "out/a", 10, 0), 0);
	assert_int_equal(add(group, "out/b", 10, 1), 0);
	assert_int_equal(add(group, "nowhere/c", 10, 2), -ENOENT);
	assert_int_equal(mkdir("out/a", 0700), 0);
	file_group_end(group);
	assert_int_equal(said[0], -EISDIR);
	assert_int_equal(said[1], 0);
	assert_int_equal(said_count, 2);
	assert_int_equal(count(true), 0);
	holds("out/b", 10, 1);
}

/* What the disk has not got has no name. */
static void disk_fails(void **state)
{
	struct file_group *group = file_group_new(note, said);

	(void)state;
	syncfs_error = EIO;
	assert_int_equal(add(group, "out/a", 10, 0), 0);
	assert_int_equal(add(group, "out/b", 10, 1), 0);
	file_group_write(group);
	assert_int_equal(said[0], -EIO);
	assert_int_equal(said[1], -EIO);
	assert_int_equal(count(false) + count(true), 0);
	syncfs_error = 0;
	fsync_error = EIO;
	assert_int_equal(add(group, "out/a", 10, 2), 0);
	file_group_write(group);
	assert_int_equal(said[2], -EIO);
	assert_int_equal(count(false) + count(true), 0);
	/* A file system that has no such thing for folders */
	fsync_error = EINVAL;
	assert_int_equal(add(group, "out/a", 10, 3), 0);
	file_group_end(group);
	assert_int_equal(said[3], 0);
	holds("out/a", 10, 3);
}

static void signal_waits(void **state)
{
	struct file_group *group = file_group_new(note, said);

	(void)state;
	signal(SIGTERM, on_signal);
	signal_in_sync = SIGTERM;
	signalled_names = -1;
	assert_int_equal(add(group, "out/a", 10, 0), 0);
	file_group_end(group);
	signal(SIGTERM, SIG_DFL);
	assert_int_equal(signalled_names, 1);
	assert_int_equal(count(true), 0);
	assert_int_equal(said[0], 0);
}

/* How much may wait, how many, and for how long */
static void limits(void **state)
{
	struct file_group *group = file_group_new(note, said);
	char name[32];

	(void)state;
	for (int i = 0; i <= MAX_FILES; i++) {
		assert_int_equal(said_count, 0);
		snprintf(name, sizeof(name), "out/%d", i);
		assert_int_equal(add(group, name, 1, i), 0);
	}
	assert_int_equal(said_count, MAX_FILES);
	file_group_write(group);
	said_count = 0;
	assert_int_equal(add(group, "out/a", MAX_BYTES - 5, 0), 0);
	assert_int_equal(add(group, "out/b", 5, 1), 0);
	assert_int_equal(said_count, 0);
	assert_int_equal(add(group, "out/c", 1, 2), 0);
	assert_int_equal(said_count, 2);
	now = (struct timespec){ .tv_sec = 7, .tv_nsec = 100 };
	file_group_write(group);
	said_count = 0;
	assert_int_equal(add(group, "out/a", 1, 0), 0);
	now = (struct timespec){ .tv_sec = 8, .tv_nsec = 99 };
	assert_int_equal(add(group, "out/b", 1, 1), 0);
	assert_int_equal(said_count, 0);
	now.tv_nsec++;
	assert_int_equal(add(group, "out/c", 1, 2), 0);
	assert_int_equal(said_count, 2);
	now = (struct timespec){ .tv_sec = 10, .tv_nsec = 0 };
	assert_int_equal(add(group, "out/d", 1, 3), 0);
	assert_int_equal(said_count, 3);
	file_group_end(group);
}

/* One syncfs(2) is for one file system: another folder is another group. */
static void folders(void **state)
{
	struct file_group *group = file_group_new(note, said);

	(void)state;
	assert_int_equal(add(group, "out/a", 1, 0), 0);
	assert_int_equal(add(group, "./out/../out/b", 1, 1), 0);
	assert_int_equal(said_count, 0);
	assert_int_equal(add(group, "other/c", 1, 2), 0);
	assert_int_equal(said_count, 2);
	holds("out/a", 1, 0);
	assert_int_equal(access("other/c", F_OK), -1);
	file_group_end(group);
	holds("other/c", 1, 2);
}

static void takes(void **state)
{
	struct file_group *group = file_group_new(note, said);

	(void)state;
	assert_int_equal(mkfifo("out/fifo", 0600) | symlink("a", "out/link") | add(group, "out/a", 1, 0), 0);
	file_group_end(group);
	assert_true(file_group_takes("out/a"));
	assert_true(file_group_takes("out/none"));
	assert_false(file_group_takes("out/fifo"));
	assert_false(file_group_takes("out/link"));
	assert_false(file_group_takes("out"));
	assert_false(file_group_takes("out/a/b"));
	assert_false(file_group_takes("/dev/null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(together, prepare, clean),
		cmocka_unit_test_setup_teardown(one_fails, prepare, clean),
		cmocka_unit_test_setup_teardown(disk_fails, prepare, clean),
		cmocka_unit_test_setup_teardown(signal_waits, prepare, clean),
		cmocka_unit_test_setup_teardown(limits, prepare, clean),
		cmocka_unit_test_setup_teardown(folders, prepare, clean),
		cmocka_unit_test_setup_teardown(takes, prepare, clean),
	};

	return cmocka_run_group_tests_name("file group", tests, NULL, NULL);
}
