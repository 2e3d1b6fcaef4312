// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's logs: IMA's list while an exporter moves it, systemd's while it extends, and
 * files that are not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "own_directory.h"
#include "tpm/collect_host.h"
#include "tpm/collect_ima.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* NULL: the file is not there */
static void write_file(const char *path, const char *text)
{
	FILE *f;

	if (!text) {
		unlink(path);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && !fclose(f));
}

/* What was copied */
static char copied[100];
static int put_fails;

static int put(void *to, const void *data, size_t size)
{
	(void)to;
	assert_true(strlen(copied) + size < sizeof(copied));
	strncat(copied, data, size);
	return put_fails;
}

/* The list with what is staged first, and what becomes of it between the two readings */
static const struct list_case {
	const char *name;
	const char *staged, *current;
	const char *staged_then, *current_then;
	int rc;
	const char *copy;
} list_cases[] = {
	{ "a kernel without staging", NULL, "abc", NULL, "abc", 0, "abc" },
	{ "no IMA", NULL, NULL, NULL, NULL, 0, "" },
	{ "nothing staged", "", "abc", "", "abc", 0, "abc" },
	{ "staged first", "ab", "c", "ab", "c", 0, "abc" },
	{ "all is staged", "abc", "", "abc", "", 0, "abc" },
	{ "it grows", "ab", "c", "ab", "cd", 0, "abc" },
	{ "staged meanwhile", "", "abc", "abc", "", 0, "abc" },
	{ "staged and grown meanwhile", "a", "bc", "abc", "de", 0, "abc" },
	{ "deleted between the reads", "ab", "cdef", "", "cdef", -EAGAIN, "cdef" },
	{ "deleted and grown meanwhile", "ab", "c", "", "cde", -EAGAIN, "cde" },
	{ "cut meanwhile", "ab", "c", "ab", "", -EAGAIN, "ab" },
	{ "altered meanwhile", "", "abc", "", "abd", -EAGAIN, "abd" },
};

static void list_case(const struct list_case *c)
{
	struct collect_part part;
	struct collect_ima list;
	int rc;

	write_file("list_staged", c->staged);
	write_file("list", c->current);
	*copied = 0;
	put_fails = 0;
	assert_int_equal(collect_ima_open(&list, "list", file_open), 0);
	assert_int_equal(collect_ima_whole(&list, 100, &part), 0);
	if (c->staged)
		write_file("list_staged", c->staged_then);
	if (c->current)
		write_file("list", c->current_then);
	rc = collect_ima_copy(&list, &part, put, NULL);
	if (rc != c->rc || strcmp(copied, c->copy))
		fail_msg("%s: %d, %s", c->name, rc, copied);
	collect_ima_close(&list);
	unlink("list_staged");
}

static void staging(void **state)
{
	assert_int_equal(chdir(*state), 0);
	for (size_t i = 0; i < COUNT(list_cases); i++)
		list_case(&list_cases[i]);
}

/* The limit is that of both together; what cannot be put ends the copy. */
static void limit(void **state)
{
	struct collect_part part;
	struct collect_ima list;
	EVP_MAC_CTX *mac;

	assert_int_equal(chdir(*state), 0);
	write_file("list_staged", "ab");
	write_file("list", "c");
	assert_int_equal(collect_ima_open(&list, "list", file_open), 0);
	assert_int_equal(collect_ima_whole(&list, 2, &part), -EFBIG);
	assert_int_equal(collect_ima_whole(&list, 3, &part), 0);
	assert_int_equal(part.size, 3);
	*copied = 0;
	put_fails = -ENOSPC;
	assert_int_equal(collect_ima_copy(&list, &part, put, NULL), -ENOSPC);
	/* A part of it, across the two files */
	put_fails = 0;
	*copied = 0;
	mac = collect_part_begin(&part, true);
	assert_non_null(mac);
	assert_true(EVP_MAC_update(mac, (const unsigned char *)"ab", 2));
	assert_int_equal(collect_part_end(mac, &part), 0);
	part.size = 2;
	assert_int_equal(collect_ima_copy(&list, &part, put, NULL), 0);
	assert_string_equal(copied, "ab");
	collect_ima_close(&list);
}

/* An exporter that has the file open: how often, and which */
static int busy, error, opened;
static char busy_file;

static int scripted(const char *path)
{
	bool staged = strstr(path, "_staged");

	opened++;
	if (staged != (busy_file == 's'))
		return -ENOENT;
	if (busy-- > 0)
		return -EBUSY;
	return error;
}

static void exporter(void **state)
{
	static const struct {
		const char *name;
		char file;
		int busy, error, rc, opened;
	} cases[] = {
		{ "a writer, for a while", 's', 2, -ENOENT, 0, 4 },
		{ "a writer, for a while at the list", 'c', 2, -ENOENT, 0, 4 },
		{ "a writer that stays", 's', 100, -ENOENT, -EBUSY, 40 },
		{ "a writer that stays at the list", 'c', 100, -ENOENT, -EBUSY, 41 },
		{ "not allowed", 's', 0, -EACCES, -EACCES, 1 },
		{ "not allowed at the list", 'c', 0, -EACCES, -EACCES, 2 },
	};
	struct collect_ima list;
	int rc;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		busy_file = cases[i].file;
		busy = cases[i].busy;
		error = cases[i].error;
		opened = 0;
		rc = collect_ima_open(&list, "/sys/list", scripted);
		if (rc != cases[i].rc || opened != cases[i].opened)
			fail_msg("%s: %d after %d", cases[i].name, rc, opened);
		collect_ima_close(&list);
	}
}

/* A pipe can be read once, the list twice. */
static void from_a_pipe(void **state)
{
	struct collect_part part;
	struct collect_ima list;
	char path[32];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	close(ends[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	assert_int_equal(collect_ima_open(&list, path, file_open), 0);
	close(ends[0]);
	*copied = 0;
	put_fails = 0;
	assert_int_equal(collect_ima_whole(&list, 100, &part), 0);
	assert_int_equal(collect_ima_copy(&list, &part, put, NULL), 0);
	assert_string_equal(copied, "abc");
	collect_ima_close(&list);
}

/* A file with nothing of the list, as a folder, is an error and no empty list. */
static void no_list(void **state)
{
	struct collect_part part = { 0 };
	struct collect_ima list;

	(void)state;
	assert_int_equal(collect_ima_open(&list, ".", file_open), 0);
	assert_int_equal(collect_ima_whole(&list, 100, &part), -EISDIR);
	part.size = 1;
	assert_int_equal(collect_ima_copy(&list, &part, put, NULL), -EISDIR);
	collect_ima_close(&list);
}

static void files(void **state)
{
	const struct collect_paths paths = { "ima", "uefi", "userspace" };
	struct evidence e = { 0 };
	const char *path;
	int fd;

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(collect_userspace_open(paths.userspace_log, &fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(collect_logs(&e, &paths, fd, &path), 0);
	assert_true(!e.uefi_log.size && !e.userspace_log.size);
	write_file(paths.uefi_log, "firmware");
	write_file(paths.userspace_log, "words");
	assert_int_equal(collect_userspace_open(paths.userspace_log, &fd), 0);
	assert_int_equal(collect_logs(&e, &paths, fd, &path), 0);
	assert_memory_equal(e.uefi_log.data, "firmware", 8);
	assert_memory_equal(e.userspace_log.data, "words", 5);
	assert_int_equal(e.userspace_log.size, 5);
	close(fd);
	evidence_free(&e);
	assert_int_equal(collect_userspace_open("words/none", &fd), 0);
	assert_int_equal(collect_userspace_open("uefi/none", &fd), -ENOTDIR);
}

/* systemd in the middle of an extend: it has the log for itself */
static pid_t extend(const char *path, unsigned int milliseconds)
{
	int started[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(started), 0);
	pid = fork();
	if (!pid) {
		int fd = open(path, O_RDWR);

		if (!flock(fd, LOCK_EX) && !fchmod(fd, 01600) && write(started[1], "x", 1) == 1)
			usleep(1000 * milliseconds);
		fchmod(fd, 0600);
		_exit(0);
	}
	assert_int_equal(read(started[0], &c, 1), 1);
	close(started[0]);
	close(started[1]);
	return pid;
}

static void while_systemd_extends(void **state)
{
	int fd, other;
	pid_t pid;

	assert_int_equal(chdir(*state), 0);
	write_file("log", "words");
	/* It is waited for, not misunderstood. */
	pid = extend("log", 300);
	assert_int_equal(collect_userspace_open("log", &fd), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* Meanwhile it waits; who else reads does not. */
	other = open("log", O_RDWR);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(flock(other, LOCK_SH | LOCK_NB), 0);
	close(other);
	close(fd);
	/* For ever is not waited */
	pid = extend("log", 2300);
	assert_int_equal(collect_userspace_open("log", &fd), -EBUSY);
	assert_int_equal(fd, -1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* It died over it. */
	assert_int_equal(chmod("log", 01600), 0);
	assert_int_equal(collect_userspace_open("log", &fd), -ESTALE);
	assert_int_equal(fd, -1);
	other = open("log", O_RDWR);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(staging, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(limit, own_directory, no_directory),
		cmocka_unit_test(exporter),
		cmocka_unit_test(from_a_pipe),
		cmocka_unit_test(no_list),
		cmocka_unit_test_setup_teardown(files, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(while_systemd_extends, own_directory, no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
