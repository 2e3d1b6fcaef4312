// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole files in, whole files out: bounded reads, and writes that either are
 * complete or did not happen.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "file.h"
#include "hex.h"

#define CHUNK 65536

void blob_free(struct blob *b)
{
	if (b->data)
		OPENSSL_cleanse(b->data, b->size);
	free(b->data);
	b->data = NULL;
	b->size = 0;
}

/* Not realloc(): it may leave a copy of a secret behind. */
static int blob_grow(struct blob *b, size_t *room)
{
	size_t bigger = *room ? *room * 2 : CHUNK;
	unsigned char *data;

	data = malloc(bigger);
	if (!data)
		return -ENOMEM;
	if (b->data) {
		memcpy(data, b->data, b->size);
		OPENSSL_cleanse(b->data, b->size);
		free(b->data);
	}
	b->data = data;
	*room = bigger;
	return 0;
}

static int read_all(int fd, size_t max, struct blob *out)
{
	size_t room = 0;
	ssize_t n;
	int ret;

	for (;;) {
		if (out->size == room) {
			ret = blob_grow(out, &room);
			if (ret)
				return ret;
		}
		n = read(fd, out->data + out->size, room - out->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		out->size += n;
		if (out->size > max)
			return -EFBIG;
	}
}

int file_read(const char *path, size_t max, struct blob *out)
{
	int fd = STDIN_FILENO;
	int ret;

	*out = (struct blob){ 0 };
	if (strcmp(path, "-")) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return -errno;
	}
	ret = read_all(fd, max, out);
	if (fd != STDIN_FILENO)
		close(fd);
	if (ret)
		blob_free(out);
	return ret;
}

static int write_all(int fd, const unsigned char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= n;
	}
	return fsync(fd) ? -errno : 0;
}

static int read_back(int fd, const unsigned char *data, size_t size)
{
	struct blob copy = { 0 };
	int ret;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	ret = read_all(fd, size, &copy);
	if (!ret && (copy.size != size || (size && memcmp(copy.data, data, size))))
		ret = -EIO;
	blob_free(&copy);
	return ret;
}

/* Opens the folder of @path and says which name in it is meant. */
static int open_folder(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd;

	*name = slash ? slash + 1 : path;
	if (!**name)
		return -EISDIR;
	if (strlen(path) >= sizeof(folder))
		return -ENAMETOOLONG;
	if (!slash)
		strcpy(folder, ".");
	else if (slash == path)
		strcpy(folder, "/");
	else
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Renaming over a device node or a FIFO would destroy it. */
static int may_replace(int folder, const char *name)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ? 0 : -EINVAL;
}

static int write_in(int folder, const char *name, const void *data, size_t size,
		    unsigned mode)
{
	unsigned char noise[8];
	char temp[8 + 2 * sizeof(noise) + 1] = ".write-";
	int fd, ret;

	ret = may_replace(folder, name);
	if (ret)
		return ret;
	if (getrandom(noise, sizeof(noise), 0) != sizeof(noise))
		return -EIO;
	hex_encode(noise, sizeof(noise), temp + strlen(temp));
	fd = openat(folder, temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;
	ret = write_all(fd, data, size);
	if (!ret)
		ret = read_back(fd, data, size);
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && renameat(folder, temp, folder, name))
		ret = -errno;
	if (ret) {
		unlinkat(folder, temp, 0);
		return ret;
	}
	/* The name is durable only when the folder is; not all file systems can. */
	if (fsync(folder) && errno != EINVAL && errno != EROFS) {
		ret = -errno;
		unlinkat(folder, name, 0);
	}
	return ret;
}

int file_write_atomic(const char *path, const void *data, size_t size, unsigned mode)
{
	const char *name;
	int folder, ret;

	folder = open_folder(path, &name);
	if (folder < 0)
		return folder;
	ret = write_in(folder, name, data, size, mode);
	close(folder);
	return ret;
}
