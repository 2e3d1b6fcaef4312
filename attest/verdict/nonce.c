// SPDX-License-Identifier: GPL-2.0-only
/* Single-use nonces; see verdict_nonce.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "hex.h"
#include "verdict/nonce.h"

static int path_of(const char *directory, const unsigned char *nonce, char path[PATH_MAX])
{
	char text[2 * NONCE_SIZE + 1];
	int n;

	hex_encode(nonce, NONCE_SIZE, text);
	n = snprintf(path, PATH_MAX, "%s/nonce-%s", directory, text);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int write_time(int fd, int64_t now)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lld\n", (long long)now);

	if (write(fd, text, (size_t)n) != n)
		return errno ? -errno : -EIO;
	return fsync(fd) ? -errno : 0;
}

static int sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = fsync(fd) ? -errno : 0;
	close(fd);
	return rc;
}

int nonce_new(const char *directory, int64_t now, unsigned char nonce[NONCE_SIZE])
{
	char path[PATH_MAX];
	int fd, rc;

	if (RAND_bytes(nonce, NONCE_SIZE) <= 0)
		return -EIO;
	rc = path_of(directory, nonce, path);
	if (rc)
		return rc;
	if (mkdir(directory, 0700) && errno != EEXIST)
		return -errno;
	/* O_EXCL: a nonce that was seen before is an error, not a surprise */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = write_time(fd, now);
	close(fd);
	if (!rc)
		rc = sync_directory(directory);
	if (rc)
		unlink(path);
	return rc;
}

static int read_time(const char *path, int64_t *issued)
{
	char text[32], *end;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = '\0';
	*issued = strtoll(text, &end, 10);
	return *end == '\n' && end != text ? 0 : -EIO;
}

int nonce_consume(const char *directory, int64_t now, int64_t seconds,
		  const unsigned char *nonce, size_t size)
{
	char path[PATH_MAX];
	int64_t issued = 0;
	int rc, read_rc;

	if (size != NONCE_SIZE)
		return -ENOENT;
	rc = path_of(directory, nonce, path);
	if (rc)
		return rc;
	read_rc = read_time(path, &issued);
	if (unlink(path))
		return -errno;
	rc = sync_directory(directory);
	if (rc || read_rc)
		return rc ? rc : read_rc;
	return issued > now || now - issued > seconds ? -ETIMEDOUT : 0;
}
