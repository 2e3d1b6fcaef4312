// SPDX-License-Identifier: GPL-2.0-only
/* Reads the host's logs and what it says of itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "tpm/collect_host.h"

static int read_log(const char *path, struct blob *out)
{
	int rc = file_read(path, EVIDENCE_MAX_LOG, out);

	/* No log is for the verifier to judge, not for the host */
	return rc == -ENOENT ? 0 : rc;
}

int collect_logs(struct evidence *e, const char *ima_log, const char *uefi_log,
		 const char **path)
{
	int rc;

	*path = ima_log;
	rc = read_log(ima_log, &e->ima_log);
	if (rc)
		return rc;
	*path = uefi_log;
	return read_log(uefi_log, &e->uefi_log);
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
