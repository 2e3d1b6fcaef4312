// SPDX-License-Identifier: GPL-2.0-only
/* Reads the host's logs and what it says of itself. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "tpm/collect_host.h"

#define BUSY_TRIES	40
#define BUSY_WAIT	50000000L	/* ns */
#define STAGED_TRIES	8

static int read_log(const char *path, size_t max, struct blob *out)
{
	int rc = file_read(path, max, out);

	/* No log is for the verifier to judge, not for the host */
	return rc == -ENOENT ? 0 : rc;
}

/* An exporter's write access is short: ima_measure_lock() in security/integrity/ima/ima_fs.c */
static int read_patiently(const char *path, collect_read read, struct blob *out)
{
	const struct timespec wait = { .tv_nsec = BUSY_WAIT };
	int rc = -EBUSY;

	for (int i = 0; i < BUSY_TRIES && rc == -EBUSY; i++) {
		if (i)
			nanosleep(&wait, NULL);
		rc = read(path, EVIDENCE_MAX_LOG, out);
	}
	return rc == -ENOENT ? 0 : rc;
}

/* Takes over both */
static int join(struct blob *staged, struct blob *current, struct blob *out)
{
	unsigned char *data;
	int rc = 0;

	if (!staged->size) {
		*out = *current;
		memset(current, 0, sizeof(*current));
	} else if (current->size > EVIDENCE_MAX_LOG - staged->size) {
		rc = -EFBIG;
	} else {
		data = malloc(staged->size + current->size);
		if (data) {
			memcpy(data, staged->data, staged->size);
			if (current->size)
				memcpy(data + staged->size, current->data, current->size);
			*out = (struct blob){ data, staged->size + current->size };
		} else {
			rc = -ENOMEM;
		}
	}
	blob_free(staged);
	blob_free(current);
	return rc;
}

/* One try; -EAGAIN if records were moved or deleted meanwhile */
static int read_both(const char *path, const char *staged_path, collect_read read, struct blob *out)
{
	struct blob staged = { 0 }, current = { 0 }, again = { 0 };
	int rc;

	rc = read_patiently(staged_path, read, &staged);
	if (!rc)
		rc = read_patiently(path, read, &current);
	if (!rc)
		rc = read_patiently(staged_path, read, &again);
	if (!rc && (staged.size != again.size ||
		    (staged.size && memcmp(staged.data, again.data, staged.size))))
		rc = -EAGAIN;
	blob_free(&again);
	if (!rc)
		return join(&staged, &current, out);
	blob_free(&staged);
	blob_free(&current);
	return rc;
}

int collect_ima_log(const char *path, collect_read read, struct blob *out)
{
	char staged[PATH_MAX];
	int rc = -EAGAIN, n;

	memset(out, 0, sizeof(*out));
	n = snprintf(staged, sizeof(staged), "%s_staged", path);
	if (n < 0 || (size_t)n >= sizeof(staged))
		return -ENAMETOOLONG;
	for (int i = 0; i < STAGED_TRIES && rc == -EAGAIN; i++)
		rc = read_both(path, staged, read, out);
	return rc;
}

int collect_logs(struct evidence *e, const struct collect_paths *paths, const char **path)
{
	int rc;

	*path = paths->ima_log;
	rc = collect_ima_log(paths->ima_log, file_read, &e->ima_log);
	if (rc)
		return rc;
	*path = paths->uefi_log;
	rc = read_log(paths->uefi_log, EVIDENCE_MAX_LOG, &e->uefi_log);
	if (rc)
		return rc;
	*path = paths->userspace_log;
	return read_log(paths->userspace_log, EVIDENCE_MAX_USERSPACE, &e->userspace_log);
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
