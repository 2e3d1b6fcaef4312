// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --prepare: the digest that it prints.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../signing/cmd_sign.c"

#include "sign_world.h"

static int prepare(void **state)
{
	if (sign_world_open(state))
		return -1;
	shell("cp payload other && echo old > was && printf \"$(sha256sum payload | head -c 64)\" > hex");
	assert_int_equal(run_words("--prepare --digest raw payload tbs"), 0);
	return 0;
}

/* The verb, in a process of its own, with standard output to @path; its exit status */
static int run_to(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), status;
	pid_t child;

	assert_true(fd >= 0);
	fflush(stdout);
	child = fork();
	if (!child) {
		dup2(fd, STDOUT_FILENO);
		_exit(verb_finish(run_words(line)));
	}
	close(fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Where it cannot be printed nothing is prepared, nor a digest beside it; what was there is what it was. */
static void not_printed(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(run_to("/dev/full", "--prepare --digest beside payload out"), 3);
	assert_int_equal(access("out", F_OK), -1);
	assert_int_equal(access("beside", F_OK), -1);
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(run_to("/dev/full", "--prepare --into folder payload other"), 3);
	assert_int_equal(rmdir("folder"), 0);
	assert_int_equal(symlink("folder", "out"), 0);
	assert_int_equal(run_to("/dev/full", "--prepare payload out"), 3);
	assert_int_equal(access("folder", F_OK), -1);
	shell("rm out && cp was out && chmod 600 out");
	assert_int_equal(run_to("/dev/full", "--prepare payload out"), 3);
	same_file("out", "was");
	assert_int_equal(stat("out", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(run_to("/dev/full", "--prepare missing out"), 3);
	same_file("out", "was");
	/* Nothing is printed, so nothing is undone. */
	assert_int_equal(run_to("/dev/full", "--key rsa.key --cert rsa.pem payload out"), 0);
	assert_int_equal(run_to("/dev/full", "--strip out out"), 0);
	same_file("out", "payload");
	unlink("out");
}

/* sha256sum(1) reads it, whatever the name of OUT is. */
static void for_sha256sum(void **state)
{
	static const char * const names[] = { "out", "a b", "a\\b", "a\nb", "a\rb\\\n" };
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(line, sizeof(line), "--prepare payload '%s'", names[i]);
		assert_int_equal(run_to("printed", line), 0);
		shell("sha256sum --quiet --strict -c printed && test $(wc -l < printed) = 1 && grep -q -F -f hex printed");
		assert_int_equal(unlink(names[i]), 0);
	}
}

/* What goes to standard output, by whatever name, goes there alone. */
static void nothing_beside(void **state)
{
	static const struct {
		const char *line, *same;
	} calls[] = {
		{ "--prepare payload -", "payload" }, { "--prepare payload /dev/stdout", "payload" },
		{ "--prepare payload link", "payload" }, { "--prepare --digest - payload out", "raw" },
		{ "--prepare --digest /dev/stdout payload out", "raw" }, { "--prepare --digest link payload out", "raw" },
	};

	(void)state;
	assert_int_equal(symlink("/dev/fd/1", "link"), 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		assert_int_equal(run_to("printed", calls[i].line), 0);
		same_file("printed", calls[i].same);
	}
}

/* What takes bytes, also behind a link, has had them, and stays where it is. */
static void pipe_stays(void **state)
{
	struct stat st;
	int reader;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(symlink("pipe", "to-pipe"), 0);
	reader = open("pipe", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	assert_int_equal(run_words("--prepare --digest to-pipe payload nowhere/out"), 3);
	assert_int_equal(run_words("--prepare --digest pipe payload nowhere/out"), 3);
	close(reader);
	assert_int_equal(stat("to-pipe", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_printed), cmocka_unit_test(for_sha256sum), cmocka_unit_test(nothing_beside),
		cmocka_unit_test(pipe_stays),
	};

	return cmocka_run_group_tests_name("sign digest", tests, prepare, sign_world_close);
}
