// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole files out: they are complete and under their name, or not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "file.h"
#include "file_permissions.h"
#include "file_place.h"
#include "file_temporary.h"
#include "hex.h"

#define CHUNK 65536

struct content {
	const unsigned char *data;
	size_t size;
	unsigned int mode;
	bool later;			/* it need not be on disk yet */
	bool new;			/* where nothing has the name */
	const struct blob *old;		/* over nothing but this; NULL: over anything */
	const struct file_attribute *attribute;	/* or NULL */
	file_fill fill;			/* instead of @data; NULL: @data */
	void *arg;
};

/**
 * struct file_sink - where pieces go
 * @size:	bytes that are out
 * @undisturbed: signals wait
 */
struct file_sink {
	int fd;
	uint64_t size;
	bool undisturbed;
};

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
	return 0;
}

/* One that waits and would end the program: who waits for it has to do so no longer. */
static bool signal_waits(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction how;
	sigset_t waiting;

	if (sigpending(&waiting))
		return false;
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigismember(&waiting, ending[i]) == 1 && !sigaction(ending[i], NULL, &how) &&
		    how.sa_handler != SIG_IGN)
			return true;
	return false;
}

int file_put(struct file_sink *to, const void *data, size_t size)
{
	if (to->undisturbed && signal_waits())
		return -EINTR;
	to->size += size;
	return write_all(to->fd, data, size);
}

/* Writes @content; *size is how much of it there is */
static int put_content(int fd, const struct content *content, bool undisturbed, uint64_t *size)
{
	struct file_sink to = { .fd = fd, .undisturbed = undisturbed };
	int ret;

	if (!content->fill)
		return write_all(fd, content->data, content->size);
	ret = content->fill(&to, content->arg);
	*size = to.size;
	return ret == -EAGAIN && to.size && !undisturbed ? -EIO : ret;
}

/* What was printed before comes first.  A pipe or a terminal is never "on disk". */
static int write_stream(int fd, const struct content *content)
{
	uint64_t size;
	int ret;

	if (fflush(stdout))
		return -errno;
	ret = put_content(fd, content, false, &size);
	if (!ret && fsync(fd) && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		ret = -errno;
	return ret;
}

/* Return: 0; -EIO if @fd, read from its start, is something else. */
static int compare(int fd, const unsigned char *data, size_t size)
{
	unsigned char chunk[CHUNK];
	size_t done = 0, most = 0;
	int ret = 0;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		else if ((size_t)n > size - done || (n && memcmp(chunk, data + done, n)))
			ret = -EIO;
		if (n > 0 && (size_t)n > most)
			most = n;
		if (n <= 0 || ret)
			break;
		done += n;
	}
	OPENSSL_cleanse(chunk, most);
	return ret ? ret : done == size ? 0 : -EIO;
}

/* The same of pieces, by their size */
static int check_size(int fd, uint64_t size)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return (uint64_t)st.st_size == size ? 0 : -EIO;
}

/* renameat2(2): not all file systems know RENAME_NOREPLACE; those have hard links. */
static int rename_new(int folder, const char *temp, const char *name)
{
	if (!renameat2(folder, temp, folder, name, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL || linkat(folder, temp, folder, name, 0))
		return -errno;
	unlinkat(folder, temp, 0);
	return 0;
}

static bool still_named(int fd, int folder, const char *name)
{
	struct stat open, named;

	return !fstat(fd, &open) && !fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) &&
	       open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/*
 * The lock is on the old file.  Who does not get it, or gets it when the file has lost its name
 * or its content, came second.  It goes with the descriptor.
 */
static int rename_over(int folder, const char *temp, const char *name, const struct blob *old)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int ret = 0;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? -ESTALE : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		ret = -ESTALE;
	else if (compare(fd, old->data, old->size) || !still_named(fd, folder, name))
		ret = -ESTALE;
	else if (renameat(folder, temp, folder, name))
		ret = -errno;
	close(fd);
	return ret;
}

static int give_name(int folder, const char *temp, const char *name,
		     const struct content *content)
{
	if (content->new)
		return rename_new(folder, temp, name);
	if (content->old)
		return rename_over(folder, temp, name, content->old);
	return renameat(folder, temp, folder, name) ? -errno : 0;
}

/* Read back, as the content is */
static int set_attribute(int fd, const struct file_attribute *attribute)
{
	unsigned char now[1024];
	ssize_t size;

	if (!attribute)
		return 0;
	if (fsetxattr(fd, attribute->name, attribute->value, attribute->size, XATTR_CREATE))
		return -errno;
	size = fgetxattr(fd, attribute->name, now, sizeof(now));
	if (size < 0)
		return -errno;
	return (size_t)size == attribute->size && !memcmp(now, attribute->value, attribute->size) ? 0 : -EIO;
}

/* @over: what it shall take the place of, and be as; NULL: nothing */
static int write_temporary(int folder, const char *temp, const char *over, const struct content *content)
{
	uint64_t size;
	int fd, ret;

	fd = openat(folder, temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    over ? 0600 : content->mode);
	if (fd < 0)
		return -errno;
	ret = put_content(fd, content, true, &size);
	if (!ret && over)
		ret = file_permissions_keep(fd, folder, over);
	if (!ret)
		ret = set_attribute(fd, content->attribute);
	if (!ret && !content->later && fsync(fd))
		ret = -errno;
	if (!ret)
		ret = content->fill ? check_size(fd, size) :
				      compare(fd, content->data, content->size);
	if (close(fd) && !ret)
		ret = -errno;
	if (ret)
		unlinkat(folder, temp, 0);
	return ret;
}

int file_temporary_name(char name[FILE_TEMPORARY_NAME])
{
	unsigned char noise[8];

	if (getrandom(noise, sizeof(noise), 0) != sizeof(noise))
		return -EIO;
	strcpy(name, ".write-");
	hex_encode(noise, sizeof(noise), name + strlen(name));
	return 0;
}

int file_temporary_write(int folder, const char *temp, const void *data, size_t size, unsigned int mode)
{
	return write_temporary(folder, temp, NULL,
			       &(struct content){ .data = data, .size = size, .mode = mode, .later = true });
}

static int write_file(int folder, const char *name, const struct content *content)
{
	char temp[FILE_TEMPORARY_NAME];
	int ret;

	ret = file_temporary_name(temp);
	if (!ret)
		ret = write_temporary(folder, temp, content->old ? name : NULL, content);
	if (ret)
		return ret;
	ret = give_name(folder, temp, name, content);
	if (ret) {
		unlinkat(folder, temp, 0);
		return ret;
	}
	/* The name is durable only when the folder is; not all file systems can. */
	if (fsync(folder) && errno != EINVAL && errno != EROFS) {
		ret = -errno;
		/* Not where the old content would be lost as well */
		if (!content->old)
			unlinkat(folder, name, 0);
	}
	return ret;
}

/* A signal waits until the temporary file has gone or has its name. */
static int write_undisturbed(const struct file_place *place, const struct content *content)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, &before))
		return -errno;
	ret = write_file(place->folder, place->name, content);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static int write_content(const char *path, const struct content *content)
{
	struct file_place place;
	int ret;

	ret = file_place_find(path, !content->new, &place);
	if (!ret && place.stream >= 0 && content->attribute)
		ret = -EOPNOTSUPP;
	else if (!ret && place.stream >= 0)
		ret = write_stream(place.stream, content);
	else if (!ret)
		ret = write_undisturbed(&place, content);
	file_place_close(&place);
	return ret;
}

int file_write_atomic(const char *path, const void *data, size_t size, unsigned mode)
{
	return write_content(path, &(struct content){ .data = data, .size = size, .mode = mode });
}

int file_write_new(const char *path, const void *data, size_t size, unsigned mode)
{
	return write_content(path, &(struct content){ .data = data, .size = size, .mode = mode, .new = true });
}

int file_write_over(const char *path, const struct blob *old, const void *data, size_t size)
{
	return write_content(path, &(struct content){ .data = data, .size = size, .old = old });
}

int file_write_attributed(const char *path, const struct blob *old, const void *data, size_t size,
			  unsigned mode, const struct file_attribute *attribute)
{
	return write_content(path, &(struct content){ .data = data, .size = size, .mode = mode, .old = old,
						      .attribute = attribute });
}

int file_write_pieces(const char *path, file_fill fill, void *arg, unsigned mode)
{
	return write_content(path, &(struct content){ .fill = fill, .arg = arg, .mode = mode });
}
