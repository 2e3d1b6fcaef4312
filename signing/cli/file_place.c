// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where output goes.  A rename over a link, a device or a FIFO would put a regular file in
 * its place, so the last link is followed here, by hand: the file is made beside
 * what the link names, and the rename replaces that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "file.h"
#include "file_place.h"

#define LINKS_MAX 40	/* MAXSYMLINKS of the kernel */

void file_place_close(struct file_place *place)
{
	if (place->folder >= 0)
		close(place->folder);
	if (place->stream > STDERR_FILENO)
		close(place->stream);
	*place = (struct file_place){ .folder = -1, .stream = -1 };
}

/* Opens the folder of @path, which starts at the old one, and takes its last name. */
static int enter(struct file_place *place, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char folder[PATH_MAX];
	int fd;

	if (!*name)
		return *path ? -EISDIR : -ENOENT;
	if (strlen(path) >= sizeof(folder) || strlen(name) >= sizeof(place->name))
		return -ENAMETOOLONG;
	if (!slash)
		strcpy(folder, ".");
	else if (slash == path)
		strcpy(folder, "/");
	else
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	fd = openat(place->folder < 0 ? AT_FDCWD : place->folder, folder,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (place->folder >= 0)
		close(place->folder);
	place->folder = fd;
	strcpy(place->name, name);
	return 0;
}

/* /dev/stdout and /dev/fd/N end in such a link: proc_pid_fd(5) */
static bool in_proc(int folder)
{
	struct statfs fs;

	return !fstatfs(folder, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

static bool takes_bytes(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISFIFO(st->st_mode);
}

static int open_stream(struct file_place *place, int flags)
{
	struct stat st;

	place->stream = openat(place->folder, place->name,
			       O_WRONLY | O_CLOEXEC | O_NOCTTY | flags);
	if (place->stream < 0 || fstat(place->stream, &st))
		return -errno;
	return takes_bytes(&st) ? 0 : -EMEDIUMTYPE;
}

/*
 * Opened anew, a descriptor of a regular file would start at offset 0 and overwrite what was
 * appended to.  So that of standard output is used itself, and no other is.
 */
static int open_descriptor(struct file_place *place)
{
	struct stat st, out;

	if (fstatat(place->folder, place->name, &st, 0))
		return -errno;
	if (!fstat(STDOUT_FILENO, &out) && st.st_dev == out.st_dev && st.st_ino == out.st_ino) {
		place->stream = STDOUT_FILENO;
		return 0;
	}
	return takes_bytes(&st) ? open_stream(place, 0) : -EMEDIUMTYPE;
}

/* Return: 0, or -errno; place->stream says whether the last link was a descriptor. */
static int follow_links(struct file_place *place)
{
	char target[PATH_MAX];
	struct stat st;
	ssize_t length;
	int ret = 0;

	for (int links = 0; !ret; links++) {
		length = readlinkat(place->folder, place->name, target, sizeof(target));
		if (length < 0)
			return errno == EINVAL || errno == ENOENT ? 0 : -errno;
		if (links == LINKS_MAX)
			return -ELOOP;
		if (length == sizeof(target))
			return -ENAMETOOLONG;
		if (in_proc(place->folder))
			return open_descriptor(place);
		/* Where the kernel follows no link (fs.protected_symlinks) we do not either. */
		if (fstatat(place->folder, place->name, &st, 0) && errno != ENOENT)
			return -errno;
		target[length] = '\0';
		ret = enter(place, target);
	}
	return ret;
}

static int find_name(struct file_place *place, bool follow)
{
	struct stat st;
	int ret;

	if (follow) {
		ret = follow_links(place);
		if (ret || place->stream >= 0)
			return ret;
	}
	if (fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (!follow)
		return -EEXIST;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (takes_bytes(&st))
		return open_stream(place, O_NOFOLLOW);
	return S_ISREG(st.st_mode) ? 0 : -EMEDIUMTYPE;
}

int file_place_find(const char *path, bool follow, struct file_place *out)
{
	int ret;

	*out = (struct file_place){ .folder = -1, .stream = -1 };
	if (!strcmp(path, "-")) {
		out->stream = STDOUT_FILENO;
		return 0;
	}
	/* --key takes such a URI, so some will give it where a file is meant. */
	if (file_is_key_uri(path))
		return -EPROTONOSUPPORT;
	ret = enter(out, path);
	return ret ? ret : find_name(out, follow);
}

const char *file_write_error(int ret)
{
	switch (ret) {
	case -EPROTONOSUPPORT:
		return "a key's URI, which is no file";
	case -EMEDIUMTYPE:
		return "neither a file, a FIFO, a character device nor standard output's own descriptor";
	case -ESTALE:
		return "another wrote it meanwhile; try again";
	default:
		return strerror(-ret);
	}
}

bool file_is_key_uri(const char *path)
{
	return !strncasecmp(path, "pkcs11:", 7) || !strncasecmp(path, "handle:", 7);
}

/* Folder and name, for what is not there yet */
static bool same_name(const char *a, const char *b)
{
	struct file_place first = { .folder = -1, .stream = -1 }, second = first;
	struct stat x, y;
	bool same;

	same = !enter(&first, a) && !follow_links(&first) && !enter(&second, b) &&
	       !follow_links(&second) && !fstat(first.folder, &x) && !fstat(second.folder, &y) &&
	       x.st_dev == y.st_dev && x.st_ino == y.st_ino && !strcmp(first.name, second.name);
	file_place_close(&first);
	file_place_close(&second);
	return same;
}

bool file_same(const char *a, const char *b)
{
	struct stat x, y;
	bool first, second;

	if (!strcmp(a, b))
		return true;
	a = strcmp(a, "-") ? a : "/dev/stdout";
	b = strcmp(b, "-") ? b : "/dev/stdout";
	first = !stat(a, &x);
	second = !stat(b, &y);
	if (first && second)
		return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
	return !first && !second && same_name(a, b);
}

bool file_overwrites(const char *out, const char *in)
{
	struct stat x, y;

	in = strcmp(in, "-") ? in : "/dev/stdin";
	out = strcmp(out, "-") ? out : "/dev/stdout";
	/* Most outputs are new. */
	return !stat(out, &y) && !stat(in, &x) && S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

const char *file_overwritten(const char *out, const char *const *in, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (in[i] && file_overwrites(out, in[i]))
			return in[i];
	return NULL;
}
