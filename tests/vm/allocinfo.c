// SPDX-License-Identifier: GPL-2.0-only
/* How much memory the kernel's own account says that our code holds; see allocinfo.h. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "allocinfo.h"
#include "trial.h"

static const char *const places[] = {
	"arch/x86/kvm/caretaker/", "arch/x86/mm/caretaker.c", "virt/caretaker/",
	"fs/kernel_read_file.c", "crypto/asymmetric_keys/",
};

static bool is_ours(const char *line)
{
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strstr(line, places[i]))
			return true;
	return false;
}

/* Documentation/filesystems/proc.rst: size, calls, place */
static int64_t sum(bool print)
{
	FILE *file = fopen("/proc/allocinfo", "r");
	unsigned int lines = 0;
	int64_t size, total = 0;
	char line[512];

	if (!file)
		die("/proc/allocinfo");
	while (fgets(line, sizeof(line), file)) {
		if (!is_ours(line) || sscanf(line, "%" SCNd64, &size) != 1)
			continue;
		lines++;
		total += size;
		if (print && size)
			printf("    %s", line);
	}
	fclose(file);
	if (!lines)
		die("no place of ours in /proc/allocinfo");
	return total;
}

int64_t allocinfo_held(void)
{
	return sum(false);
}

void allocinfo_print(void)
{
	sum(true);
}
