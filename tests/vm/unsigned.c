// SPDX-License-Identifier: GPL-2.0-only
/* Who may install an unsigned payload, and the taint that it leaves; see unsigned.h. */
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unsigned.h"

#define TAINT_USER	(1UL << 6)

int drop_module_capability(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -1;
	data[0].effective &= ~(1U << CAP_SYS_MODULE);
	data[0].permitted &= ~(1U << CAP_SYS_MODULE);
	return syscall(SYS_capset, &header, data) ? -1 : 0;
}

int unsigned_taint(void)
{
	FILE *file = fopen("/proc/sys/kernel/tainted", "re");
	unsigned long flags;
	int read;

	if (!file)
		return -1;
	read = fscanf(file, "%lu", &flags);
	fclose(file);
	return read == 1 ? !!(flags & TAINT_USER) : -1;
}
