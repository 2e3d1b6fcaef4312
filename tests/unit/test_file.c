// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole files in and out, and hexadecimal text.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "file.h"
#include "hex.h"

static char folder[] = "/tmp/test_file.XXXXXX";

static int prepare(void **state)
{
	(void)state;
	return !mkdtemp(folder) || chdir(folder);
}

static int clean(void **state)
{
	(void)state;
	unlink("file");
	unlink("link");
	unlink("fifo");
	return chdir("/") || rmdir(folder);
}

static int count_entries(void)
{
	struct dirent *entry;
	DIR *dir = opendir(".");
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	return count;
}

static void round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 300000 };
	unsigned char *data = malloc(300000);
	struct blob blob;

	(void)state;
	for (size_t i = 0; i < 300000; i++)
		data[i] = i * 7;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(file_write_atomic("file", data, sizes[i], 0644), 0);
		assert_int_equal(count_entries(), 1);
		assert_int_equal(file_read("file", sizes[i], &blob), 0);
		assert_int_equal(blob.size, sizes[i]);
		if (sizes[i])
			assert_memory_equal(blob.data, data, sizes[i]);
		blob_free(&blob);
		if (sizes[i]) {
			assert_int_equal(file_read("file", sizes[i] - 1, &blob), -EFBIG);
			assert_null(blob.data);
		}
	}
	free(data);
}

static void reading_fails(void **state)
{
	struct blob blob;

	(void)state;
	assert_int_equal(file_read("nothing", 10, &blob), -ENOENT);
	assert_int_equal(file_read(".", 10, &blob), -EISDIR);
	assert_int_equal(blob.size, 0);
	assert_null(blob.data);
}

/* A pipe has no size that could be asked for. */
static void reading_has_a_limit(void **state)
{
	char path[32], bytes[100] = { 0 };
	struct blob blob;
	int fds[2];

	(void)state;
	for (size_t max = 99; max <= 100; max++) {
		assert_int_equal(pipe(fds), 0);
		assert_int_equal(write(fds[1], bytes, sizeof(bytes)), sizeof(bytes));
		close(fds[1]);
		snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
		assert_int_equal(file_read(path, max, &blob), max < 100 ? -EFBIG : 0);
		assert_int_equal(blob.size, max < 100 ? 0 : 100);
		blob_free(&blob);
		close(fds[0]);
	}
}

/* The disk is full: here, the process may not write more than 1000 bytes. */
static void no_space(void **state)
{
	struct rlimit old, few = { 1000, RLIM_INFINITY };
	static const char data[5000];
	int entries = count_entries();

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	few.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	assert_int_equal(file_write_atomic("file", data, sizeof(data), 0644), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(count_entries(), entries);
}

static void writing_fails(void **state)
{
	struct stat before, after;
	int entries = count_entries();

	(void)state;
	assert_int_equal(file_write_atomic("nowhere/file", "x", 1, 0644), -ENOENT);
	assert_int_equal(file_write_atomic(".", "x", 1, 0644), -EISDIR);
	assert_int_equal(file_write_atomic("folder/", "x", 1, 0644), -EISDIR);
	assert_int_equal(file_write_atomic("/proc/file", "x", 1, 0644) < 0, 1);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(stat("fifo", &before), 0);
	assert_int_equal(file_write_atomic("fifo", "x", 1, 0644), -EINVAL);
	assert_int_equal(stat("fifo", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	unlink("fifo");
	assert_int_equal(count_entries(), entries);
}

/* Nobody reads a key between its creation and a later chmod. */
static void mode_from_the_start(void **state)
{
	struct stat st;

	(void)state;
	umask(0);
	assert_int_equal(file_write_atomic("file", "secret", 6, 0600), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	umask(077);
	assert_int_equal(file_write_atomic("file", "public", 6, 0644), 0);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	umask(022);
}

/* A link is replaced, what it points to is not written. */
static void link_is_not_followed(void **state)
{
	struct blob blob;
	struct stat st;

	(void)state;
	assert_int_equal(file_write_atomic("file", "old", 3, 0644), 0);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(file_write_atomic("link", "new", 3, 0644), 0);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(file_read("file", 3, &blob), 0);
	assert_memory_equal(blob.data, "old", 3);
	blob_free(&blob);
	unlink("link");
}

static void hex_both_ways(void **state)
{
	static const struct {
		const char *text;
		size_t room;
		int ret;
		size_t size;
	} cases[] = {
		{ "", 4, 0, 0 },
		{ "00ff7aBC", 4, 0, 4 },
		{ "00ff7abc", 3, -E2BIG, 0 },
		{ "0", 4, -EINVAL, 0 },
		{ "00f", 4, -EINVAL, 0 },
		{ "0x00", 4, -EINVAL, 0 },
		{ "00 ff", 4, -EINVAL, 0 },
		{ "gg", 4, -EINVAL, 0 },
		{ " 0", 4, -EINVAL, 0 },
	};
	unsigned char out[4];
	char text[9];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t size = cases[i].room;

		if (hex_decode(cases[i].text, out, &size) != cases[i].ret)
			fail_msg("\"%s\"", cases[i].text);
		assert_int_equal(size, cases[i].size);
	}
	hex_encode((const unsigned char *)"\x00\xff\x7a\xbc", 4, text);
	assert_string_equal(text, "00ff7abc");
	hex_encode(NULL, 0, text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(reading_fails),
		cmocka_unit_test(reading_has_a_limit), cmocka_unit_test(no_space),
		cmocka_unit_test(writing_fails), cmocka_unit_test(mode_from_the_start),
		cmocka_unit_test(link_is_not_followed), cmocka_unit_test(hex_both_ways),
	};

	return cmocka_run_group_tests_name("file", tests, prepare, clean);
}
