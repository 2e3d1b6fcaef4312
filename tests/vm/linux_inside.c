// SPDX-License-Identifier: GPL-2.0-only
/*
 * First process of a Linux guest that is to outlive its VMMs: it hashes, calculates, reads the
 * clock, sleeps, and has its CPUs wake each other, and keeps a record of all that in its memory; see
 * linux_record.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "linux_record.h"

#define NS_PER_S	1000000000ULL
#define TICK_NS		(LINUX_TICK_MS * 1000000ULL)

static struct linux_record *record;
static int kmsg = -1;
static unsigned char text[65536];

/* The kernel's log is on the console */
static void say(const char *line)
{
	if (kmsg < 0 || write(kmsg, line, strlen(line)) < 0)
		reboot(RB_AUTOBOOT);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		say("<2>    guest: not on its CPU\n");
}

/* What was read before this read must not be later */
static void read_clock(struct linux_cpu *cpu)
{
	_Atomic uint64_t *latest = (_Atomic uint64_t *)&record->latest;
	uint64_t seen = *latest, time = now();

	if (time < seen)
		__atomic_add_fetch(&record->back, 1, __ATOMIC_RELAXED);
	while (time > seen && !atomic_compare_exchange_weak(latest, &seen, time))
		;
	cpu->reads++;
}

/* FNV-1a */
static uint64_t hash(void)
{
	uint64_t value = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		value = (value ^ text[i]) * 0x100000001b3;
	return value;
}

static double calculate(void)
{
	volatile double sum = 0;
	int i;

	for (i = 1; i < 1000; i++)
		sum += sqrt(i);
	return sum;
}

/* Makes the other CPU forget a translation: it runs in the same address space */
static void unmap(void)
{
	volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	*page = 1;
	munmap((void *)page, 4096);
}

static void *work(void *number)
{
	unsigned int id = (uintptr_t)number;
	struct linux_cpu *cpu = &record->cpu[id];
	uint64_t first;
	double sum;
	int i;

	stay_on(id);
	first = hash();
	sum = calculate();
	while (!__atomic_load_n(&record->stop, __ATOMIC_RELAXED)) {
		if (hash() != first || calculate() != sum)
			cpu->wrong++;
		cpu->hashes++;
		unmap();
		for (i = 0; i < 50; i++)
			read_clock(cpu);
	}
	return NULL;
}

static void *sleeps(void *number)
{
	unsigned int id = (uintptr_t)number;
	struct linux_cpu *cpu = &record->cpu[id];
	uint64_t until = now(), late;

	stay_on(id);
	while (!__atomic_load_n(&record->stop, __ATOMIC_RELAXED)) {
		struct timespec t;

		until += TICK_NS;
		t = (struct timespec){ until / NS_PER_S, until % NS_PER_S };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		late = now() - until;
		if (late > cpu->late_ns)
			cpu->late_ns = late;
		cpu->ticks++;
	}
	return NULL;
}

/* Whose turn it is; each CPU waits for the other's */
static _Atomic uint32_t turn;

static void *answers(void *number)
{
	unsigned int id = (uintptr_t)number, all = record->cpus;
	const struct timespec most = { .tv_sec = LINUX_LOST_S };

	stay_on(id);
	while (!__atomic_load_n(&record->stop, __ATOMIC_RELAXED)) {
		uint32_t is = turn;

		if (is % all != id) {
			if (syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, is, &most, NULL, 0) && errno == ETIMEDOUT)
				record->cpu[id].lost++;
			continue;
		}
		record->cpu[id].answers++;
		turn = is + 1;
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
		usleep(1000);
	}
	return NULL;
}

static void begin(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	mknod("/kmsg", S_IFCHR | 0600, makedev(1, 11));
	kmsg = open("/kmsg", O_WRONLY);
	record = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (record == MAP_FAILED || mlock(record, 4096))
		say("<2>    guest: no page\n");
	memset(text, 0x5a, sizeof(text));
	record->cpus = cpus > LINUX_CPUS ? LINUX_CPUS : cpus;
}

static void say_all(void)
{
	unsigned int cpu;
	char line[256];

	for (cpu = 0; cpu < record->cpus; cpu++) {
		const struct linux_cpu *c = &record->cpu[cpu];

		snprintf(line, sizeof(line),
			 "<2>    guest: CPU %u: %llu hashes, %llu wrong; %llu ticks, the latest by %llu us; %llu turns, %llu lost\n",
			 cpu, (unsigned long long)c->hashes, (unsigned long long)c->wrong,
			 (unsigned long long)c->ticks, (unsigned long long)c->late_ns / 1000,
			 (unsigned long long)c->answers, (unsigned long long)c->lost);
		say(line);
	}
	snprintf(line, sizeof(line), "<2>    guest: clock: %llu readings, %llu went back\n",
		 (unsigned long long)(record->cpu[0].reads + record->cpu[1].reads),
		 (unsigned long long)record->back);
	say(line);
}

int main(void)
{
	static void *(*const what[])(void *) = { work, sleeps, answers };
	pthread_t thread[LINUX_CPUS][3];
	unsigned int cpu, i;
	begin();
	for (cpu = 0; cpu < record->cpus; cpu++)
		for (i = 0; i < 3; i++)
			pthread_create(&thread[cpu][i], NULL, what[i], (void *)(uintptr_t)cpu);
	record->magic[0] = LINUX_MAGIC_0;
	__atomic_store_n(&record->magic[1], LINUX_MAGIC_1, __ATOMIC_RELEASE);
	for (cpu = 0; cpu < record->cpus; cpu++)
		for (i = 0; i < 3; i++)
			pthread_join(thread[cpu][i], NULL);
	say_all();
	sync();
	reboot(RB_AUTOBOOT);
	return 1;
}
