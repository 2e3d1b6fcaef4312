// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose account pays for caretakers: the memory cgroup that the VMM is in.
 *
 *   charge PAYLOADS CGROUP
 *
 * It moves itself into the cgroup, makes VMs, installs into each, and compares what the
 * cgroup's account grew by with what the kernel's own account (/proc/allocinfo) says that our
 * code holds.
 * Exit status: as of trial_status().
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "allocinfo.h"
#include "machine.h"
#include "trial.h"

#define VMS	32
#define VCPUS	4
/* What the cgroup's account may be off by: a CPU charges 64 pages ahead */
#define AHEAD	(8 * 64 * 4096)

static const char *cgroup;

static int64_t charged(void)
{
	char path[256];
	int64_t bytes;
	FILE *file;

	snprintf(path, sizeof(path), "%s/memory.current", cgroup);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%" SCNd64, &bytes) != 1)
		die(path);
	fclose(file);
	return bytes;
}

static void enter(void)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%d\n", (int)getpid()) < 0 || fclose(file))
		die(path);
}

int main(int argc, char **argv)
{
	static struct machine machine[VMS];
	int64_t held, before, grown;
	unsigned int i;

	if (argc != 3) {
		fputs("usage: charge PAYLOADS CGROUP\n", stderr);
		return 2;
	}
	cgroup = argv[2];
	enter();
	for (i = 0; i < VMS; i++)
		machine_new(&machine[i], VCPUS);
	held = allocinfo_held();
	before = charged();
	for (i = 0; i < VMS; i++) {
		if (install_payload(machine[i].fd, argv[1], "good", KVM_CARETAKER_MIN_ENCODINGS))
			die("KVM_SET_CARETAKER");
	}
	held = allocinfo_held() - held;
	grown = charged() - before;
	printf("    %u VMs of %u vCPUs: %" PRId64 " bytes held, %" PRId64 " charged\n", VMS, VCPUS,
	       held, grown);
	report_that("slots/are-held", held > 4 * AHEAD, "%" PRId64 " bytes", held);
	report_that("slots/are-charged", grown >= held - AHEAD, "%" PRId64 " of %" PRId64 " bytes",
		    grown, held);
	return trial_status();
}
