// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another program does a part of the work.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "external.h"

/* A file in memory, so that a program that does not read all of it, or none, does not stop us */
static int make_input(const void *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -EIO;
		}
		done += (size_t)n;
	}
	if (lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static int start(const char *command, int in, int out, pid_t *child)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	sigset_t closed_pipe;
	int ret;

	sigemptyset(&closed_pipe);
	sigaddset(&closed_pipe, SIGPIPE);
	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	if (posix_spawnattr_init(&how)) {
		posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	ret = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!ret)	/* verb_start() ignores it, and a child would inherit that */
		ret = posix_spawnattr_setsigdefault(&how, &closed_pipe);
	if (!ret)
		ret = posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
	if (!ret)
		ret = posix_spawn(child, "/bin/sh", &actions, &how, argv, environ);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&actions);
	return -ret;
}

static int finish(const struct external *what, pid_t child, struct reason *why)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return reason_set(why, -errno, what->word, "%s", strerror(errno));
	if (WIFSIGNALED(status))
		return reason_set(why, -EIO, what->word, "the command was ended by signal %d",
				  WTERMSIG(status));
	if (WEXITSTATUS(status))
		return reason_set(why, -EIO, what->word, "the command ended with status %d",
				  WEXITSTATUS(status));
	return 0;
}

/* @in: what it reads */
static int run(const struct external *what, int in, struct blob *out, struct reason *why)
{
	int ends[2], ret, read;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return reason_set(why, -errno, what->word, "%s", strerror(errno));
	ret = start(what->command, in, ends[1], &child);
	close(ends[1]);
	if (ret) {
		close(ends[0]);
		return reason_set(why, ret, what->word, "/bin/sh: %s", strerror(-ret));
	}
	read = file_read_fd(ends[0], what->max, out);
	close(ends[0]);
	ret = finish(what, child, why);
	/* It was stopped for that, as the shell then says in its own way. */
	if (read == -EFBIG)
		ret = reason_set(why, read, what->word, "it printed more than %zu bytes", what->max);
	else if (!ret && read)
		ret = reason_set(why, read, what->word, "what the command printed: %s", strerror(-read));
	if (!ret && !out->size)
		ret = reason_set(why, -ENODATA, what->word, "the command printed nothing");
	if (ret)
		blob_free(out);
	return ret;
}

int external_run(const struct external *what, const void *data, size_t size, struct blob *out,
		 struct reason *why)
{
	int in, ret;

	*out = (struct blob){ 0 };
	in = make_input(data, size);
	if (in < 0)
		return reason_set(why, in, what->word, "%s", strerror(-in));
	ret = run(what, in, out, why);
	close(in);
	return ret;
}
