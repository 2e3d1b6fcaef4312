// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does time go back?  clock SECONDS: a thread on each CPU, which reads CLOCK_MONOTONIC and
 * compares it with the latest that any of them has read.
 *
 * Prints "clock READS READS BACK NANOSECONDS": how often, and by how much at most it went
 * back.  Exit status 0 if it never did.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t latest, reads, worst;
static uint64_t end;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void *watch(void *cpu)
{
	uint64_t seen, time = 0, most;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((intptr_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return (void *)1;
	while (time < end) {
		/* What was read before this read must not be later */
		seen = latest;
		time = now();
		most = worst;
		while (time < seen && seen - time > most &&
		       !atomic_compare_exchange_weak(&worst, &most, seen - time))
			;
		while (time > seen && !atomic_compare_exchange_weak(&latest, &seen, time))
			;
		reads++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), i;
	pthread_t thread[64];
	void *failed;
	int bad = 0;

	end = now() + (argc > 1 ? atoi(argv[1]) : 5) * 1000000000ULL;
	for (i = 0; i < cpus && i < 64; i++)
		bad |= pthread_create(&thread[i], NULL, watch, (void *)i);
	for (i = 0; i < cpus && i < 64; i++) {
		pthread_join(thread[i], &failed);
		bad |= failed != NULL;
	}
	printf("clock reads %llu back %llu\n", (unsigned long long)reads,
	       (unsigned long long)worst);
	return bad || worst || !reads;
}
