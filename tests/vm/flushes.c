// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often other CPUs are interrupted for their TLBs when a VM with caretakers ends or is updated:
 * each slot is mapped in the kernel's own page tables.
 *
 *   flushes PAYLOADS
 *
 * Counted in /proc/interrupts, rows TLB and CAL: each CPU that did not ask for a flush is interrupted
 * for it.  CAL has other calls too, hence the margin.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "trial.h"

#define VCPUS	32
#define MARGIN	6
#define UPDATES	3

static const char *payloads;

struct machine {
	int kvm, vm, vcpu[VCPUS];
};

static long flushes(void)
{
	char line[512], *word;
	long count = 0;
	int rows = 0;
	FILE *f = fopen("/proc/interrupts", "r");

	while (f && fgets(line, sizeof(line), f)) {
		word = strtok(line, " ");
		if (!word || (strcmp(word, "TLB:") && strcmp(word, "CAL:")))
			continue;
		rows++;
		while ((word = strtok(NULL, " ")) && strspn(word, "0123456789") == strlen(word))
			count += strtol(word, NULL, 10);
	}
	if (f)
		fclose(f);
	if (rows != 2)
		die("rows TLB and CAL of /proc/interrupts");
	return count;
}

static void set(const struct machine *m, const char *name)
{
	if (install_payload(m->vm, payloads, name, KVM_CARETAKER_MIN_ENCODINGS))
		die("KVM_SET_CARETAKER");
}

static struct machine machine_new(bool with)
{
	struct machine m;
	int i;

	m.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	m.vm = ioctl(m.kvm, KVM_CREATE_VM, 0);
	for (i = 0; i < VCPUS; i++) {
		m.vcpu[i] = ioctl(m.vm, KVM_CREATE_VCPU, i);
		if (m.vcpu[i] < 0)
			die("KVM_CREATE_VCPU");
	}
	if (with)
		set(&m, "good");
	return m;
}

/* Flushes while it ends */
static long machine_end(struct machine *m)
{
	long before;
	int i;

	/* What an update has left is freed 10 ms later */
	usleep(100000);
	before = flushes();
	for (i = 0; i < VCPUS; i++)
		close(m->vcpu[i]);
	close(m->vm);
	close(m->kvm);
	usleep(100000);
	return flushes() - before;
}

/* Flushes for an update of vCPUs that have not run: the least of some, others flush too */
static long machine_update(struct machine *m)
{
	long before, seen, least = LONG_MAX;
	int i;

	for (i = 0; i < UPDATES; i++) {
		usleep(100000);
		before = flushes();
		set(m, "good");
		usleep(100000);
		seen = flushes() - before;
		if (seen < least)
			least = seen;
	}
	return least;
}

int main(int argc, char **argv)
{
	/* One for all slots together */
	const long once = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	struct machine m;
	long without, with;

	if (argc != 2) {
		fputs("usage: flushes PAYLOADS\n", stderr);
		return 2;
	}
	payloads = argv[1];
	m = machine_new(false);
	without = machine_end(&m);
	m = machine_new(true);
	with = machine_update(&m);
	printf("    %ld flushes for an update\n", with);
	report_that("update", with <= once + MARGIN, "%ld flushes for %d vCPUs", with, VCPUS);
	with = machine_end(&m);
	printf("    %ld flushes at the end of a VM, %ld without a caretaker\n", with, without);
	report_that("end", with <= without + once + MARGIN, "%ld flushes for %d vCPUs, without a caretaker %ld",
		    with, VCPUS, without);
	return trial_status();
}
