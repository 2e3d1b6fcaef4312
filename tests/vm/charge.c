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

/*
 * Bytes that our code holds, and that the cgroup is charged, for an install into each of VMS.
 * They stay: what is freed goes later, and would be missed in what comes next.
 */
struct cost {
	int64_t held, charged;
};

static struct cost cost_of(const char *payloads, unsigned int vcpus)
{
	struct machine *machine = calloc(VMS, sizeof(*machine));
	struct cost cost;
	unsigned int i;

	if (!machine)
		die("calloc");
	for (i = 0; i < VMS; i++)
		machine_new(&machine[i], vcpus);
	cost.held = allocinfo_held();
	cost.charged = charged();
	for (i = 0; i < VMS; i++) {
		if (install_payload(machine[i].fd, payloads, "good", KVM_CARETAKER_MIN_ENCODINGS))
			die("KVM_SET_CARETAKER");
	}
	cost.held = allocinfo_held() - cost.held;
	cost.charged = charged() - cost.charged;
	printf("    %u VMs of %u vCPUs: %" PRId64 " bytes held, %" PRId64 " charged\n", VMS, vcpus,
	       cost.held, cost.charged);
	return cost;
}

int main(int argc, char **argv)
{
	struct cost few, many;
	int64_t vcpu;

	if (argc != 3) {
		fputs("usage: charge PAYLOADS CGROUP\n", stderr);
		return 2;
	}
	cgroup = argv[2];
	enter();
	few = cost_of(argv[1], 1);
	many = cost_of(argv[1], VCPUS);
	report_that("slots/are-held", many.held > 4 * AHEAD, "%" PRId64 " bytes", many.held);
	report_that("slots/are-charged", many.charged >= many.held - AHEAD,
		    "%" PRId64 " of %" PRId64 " bytes", many.charged, many.held);
	/* What a VM has once is in both */
	vcpu = (many.held - few.held) / (VMS * (VCPUS - 1));
	printf("    a vCPU: %" PRId64 " bytes, of which are %" PRId64 " pages\n", vcpu,
	       vcpu / 4096);
	report_that("slots/a-vCPU", vcpu > 8 * 4096 && vcpu < 17 * 4096, "%" PRId64 " bytes", vcpu);
	return trial_status();
}
