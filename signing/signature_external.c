// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another program signs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asm/caretaker_payload.h>

#include "hex.h"
#include "signature_foreign.h"

/* A file in memory, so that a program that does not read all of it, or none, does not stop us */
static int make_input(const void *data, size_t size)
{
	int fd = memfd_create("to-be-signed", MFD_CLOEXEC);

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

static int set_environment(const void *data, size_t size, const EVP_MD *hash)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1], name[16];
	unsigned int length;

	if (!EVP_Digest(data, size, digest, &length, hash, NULL))
		return -EIO;
	hex_encode(digest, length, hex);
	/* As --hash has it: OpenSSL says "SHA2-256" */
	snprintf(name, sizeof(name), "sha%u", 8 * length);
	return setenv("CARETAKER_HASH", name, 1) || setenv("CARETAKER_DIGEST", hex, 1) ? -ENOMEM : 0;
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

static int finish(pid_t child, struct reason *why)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return reason_set(why, -errno, "external", "%s", strerror(errno));
	if (WIFSIGNALED(status))
		return reason_set(why, -EIO, "external", "the command was ended by signal %d",
				  WTERMSIG(status));
	if (WEXITSTATUS(status))
		return reason_set(why, -EIO, "external", "the command ended with status %d",
				  WEXITSTATUS(status));
	return 0;
}

/* @in: what it reads */
static int run(const char *command, int in, struct blob *signature, struct reason *why)
{
	int out[2], ret, read;
	pid_t child;

	if (pipe2(out, O_CLOEXEC))
		return reason_set(why, -errno, "external", "%s", strerror(errno));
	ret = start(command, in, out[1], &child);
	close(out[1]);
	if (ret) {
		close(out[0]);
		return reason_set(why, ret, "external", "/bin/sh: %s", strerror(-ret));
	}
	read = file_read_fd(out[0], CARETAKER_MAX_SIGNATURE, signature);
	close(out[0]);
	ret = finish(child, why);
	if (!ret && read)
		ret = reason_set(why, read, "external", "what the command printed: %s", strerror(-read));
	if (!ret && !signature->size)
		ret = reason_set(why, -ENODATA, "external", "the command printed no signature");
	if (ret)
		blob_free(signature);
	return ret;
}

int signature_external(const char *command, const void *data, size_t size, const EVP_MD *hash,
		       struct blob *signature, struct reason *why)
{
	int in, ret;

	*signature = (struct blob){ 0 };
	in = make_input(data, size);
	if (in < 0)
		return reason_set(why, in, "external", "%s", strerror(-in));
	ret = set_environment(data, size, hash);
	if (ret)
		ret = reason_set(why, ret, "external", "no digest for the command");
	else
		ret = run(command, in, signature, why);
	close(in);
	return ret;
}
