// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that is written over keeps its owner and its permissions, though it is another one (file_write.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "file_permissions.h"

#define ACL	"system.posix_acl_access"	/* acl(5) */
#define ACL_MAX	65536				/* XATTR_SIZE_MAX */

/*
 * Not who may not give files away: they stay his, as with any editor.  chown(2) takes a group of which the process is
 * a member.
 */
static int keep_owner(int fd, const struct stat *old)
{
	if (!fchown(fd, old->st_uid, old->st_gid) || !fchown(fd, (uid_t)-1, old->st_gid))
		return 0;
	return errno == EPERM ? 0 : -errno;
}

/* Behind fchmod(): it would change the list's mask.  The group's bits of a file that has one are that mask. */
static int keep_list(int fd, int old)
{
	unsigned char *list = malloc(ACL_MAX);
	ssize_t size;
	int ret = 0;

	if (!list)
		return -ENOMEM;
	size = fgetxattr(old, ACL, list, ACL_MAX);
	if (size < 0)
		ret = errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
	else if (fsetxattr(fd, ACL, list, (size_t)size, 0))
		ret = -errno;
	free(list);
	return ret;
}

static int keep(int fd, int old)
{
	struct stat was, now;
	mode_t mode;
	int ret;

	if (fstat(old, &was))
		return -errno;
	ret = keep_owner(fd, &was);
	if (ret)
		return ret;
	if (fstat(fd, &now))
		return -errno;
	mode = was.st_mode & 0777;
	if (now.st_gid != was.st_gid)
		mode &= ~(mode_t)070 | (mode & 007) << 3;
	if (fchmod(fd, mode))
		return -errno;
	return now.st_gid == was.st_gid ? keep_list(fd, old) : 0;
}

int file_permissions_keep(int fd, int folder, const char *name)
{
	int old = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), ret;

	if (old < 0)
		return errno == ENOENT || errno == ELOOP ? -ESTALE : -errno;
	ret = keep(fd, old);
	close(old);
	return ret;
}
