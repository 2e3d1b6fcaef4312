// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that do not end: four vCPUs of a VM with a caretaker execute CPUID until they are killed.
 *
 *   endless PAYLOADS
 *
 * Prints "running" once the caretaker of each vCPU has answered, and goes on.  Exit status
 * 1 if a vCPU stopped, 3 if there was no VM.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "machine.h"
#include "stats.h"
#include "trial.h"

#define VCPUS	4
#define COUNT	GUEST_MAX_COUNT	/* CPUIDs of a round */
#define EVERY	10000		/* of these between two exits to user space */

static struct machine machine;

static void *run(void *vcpu)
{
	struct vcpu *v = vcpu;

	for (;;) {
		machine_fill_area(&machine, v->id);
		if (!machine_run_vcpu(&machine, v)) {
			printf("vCPU %u: %s: %s\n", v->id, v->failure, v->detail);
			exit(1);
		}
	}
}

static int answers(unsigned int vcpu)
{
	struct stats told = { 0 };

	return !telemetry_read(machine.fd, vcpu, &told) && stats_get(&told, "handled cpuid");
}

int main(int argc, char **argv)
{
	pthread_t thread[VCPUS];
	unsigned int i;

	if (argc != 2) {
		fputs("usage: endless PAYLOADS\n", stderr);
		return 2;
	}
	machine_new(&machine, VCPUS);
	if (install_payload(machine.fd, argv[1], "good", KVM_CARETAKER_MIN_ENCODINGS))
		die("KVM_SET_CARETAKER");
	machine_load_guest(&machine, MODE_LONG, COUNT, EVERY);
	for (i = 0; i < VCPUS; i++) {
		if (pthread_create(&thread[i], NULL, run, &machine.vcpu[i]))
			die("pthread_create");
	}
	for (i = 0; i < VCPUS; i++) {
		while (!answers(i))
			usleep(10000);
	}
	puts("running");
	fflush(stdout);
	pthread_join(thread[0], NULL);
	return 1;
}
