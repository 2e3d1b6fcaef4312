// SPDX-License-Identifier: GPL-2.0-only
/* Reads the host's logs and what it says of itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#include "evidence/container.h"
#include "tpm/collect_host.h"

#define BUSY_TRIES	40
#define BUSY_WAIT	50000000L	/* ns */

int collect_userspace_open(const char *path, int *fd)
{
	const struct timespec wait = { .tv_nsec = BUSY_WAIT };
	struct stat st;
	int ret = -EBUSY;

	*fd = file_open(path);
	if (*fd < 0) {
		ret = *fd == -ENOENT ? 0 : *fd;
		*fd = -1;
		return ret;
	}
	for (int i = 0; i < BUSY_TRIES && ret == -EBUSY; i++) {
		if (i)
			nanosleep(&wait, NULL);
		ret = flock(*fd, LOCK_SH | LOCK_NB) ? -errno : 0;
		if (ret == -EWOULDBLOCK)
			ret = -EBUSY;
	}
	if (!ret && fstat(*fd, &st))
		ret = -errno;
	if (!ret && S_ISREG(st.st_mode) && st.st_mode & S_ISVTX)
		ret = -ESTALE;
	if (ret) {
		file_close(*fd);
		*fd = -1;
	}
	return ret;
}

static int read_log(const char *path, size_t max, struct blob *out)
{
	int rc = file_read(path, max, out);

	/* No log is for the verifier to judge, not for the host */
	return rc == -ENOENT ? 0 : rc;
}

int collect_logs(struct evidence *e, const struct collect_paths *paths, int userspace,
		 const char **path)
{
	int rc;

	*path = paths->uefi_log;
	rc = read_log(paths->uefi_log, CONTAINER_MAX_UEFI, &e->uefi_log);
	if (rc || userspace < 0)
		return rc;
	*path = paths->userspace_log;
	return file_read_fd(userspace, EVIDENCE_MAX_USERSPACE, &e->userspace_log);
}

/* First line of a small file; empty if it is not there or is no text */
static void first_line(const char *path, char *out, size_t size)
{
	struct blob b;
	size_t n;

	out[0] = '\0';
	if (file_read(path, 65536, &b))
		return;
	for (n = 0; n < b.size && b.data[n] != '\n'; n++)
		;
	/* JSON takes UTF-8 only; anything else would not be proven anyway */
	for (size_t i = 0; i < n; i++)
		if (b.data[i] < ' ' || b.data[i] >= 0x7f)
			n = 0;
	if (n < size) {
		memcpy(out, b.data, n);
		out[n] = '\0';
	}
	blob_free(&b);
}

void collect_hearsay(struct evidence *e, const char *command_line)
{
	struct utsname name;

	if (!uname(&name))
		snprintf(e->kernel_release, sizeof(e->kernel_release), "%s", name.release);
	first_line("/proc/sys/kernel/random/boot_id", e->boot_id, sizeof(e->boot_id));
	first_line(command_line, e->command_line, sizeof(e->command_line));
	e->collected = time(NULL);
}
