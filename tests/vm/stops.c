// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a guest stops when its caretaker is updated: no longer than for a kick of KVM's own, and
 * not much longer than for the shortest of them.
 *
 *   stops PAYLOADS [--shared]
 *
 * One vCPU, alone on the last CPU, reads the TSC all the time and keeps each jump.  From the
 * first CPU come, several times each and in this order:
 *
 *   flush	dirty logging is turned on for a page: the vCPU is kicked to flush its TLB
 *   filter	a new filter of MSRs: it is kicked to find out anew which of them are exits
 *   install	a caretaker where there is none
 *   update	another in its place
 *   removal	it goes
 *
 * For emulators whose TSC counts instructions, which is what is compared (Bochs).
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "machine.h"
#include "stats.h"
#include "trial.h"

#define TIMES		12
#define JUMP		100	/* ticks: more than the guest needs between two looks */
#define BEFORE_MS	3
#define AFTER_MS	30	/* what was left is freed within that */
#define TICK_MS		4	/* of the host's timer: CONFIG_HZ of the lab's kernels */
#define LOGGED_SLOT	7
#define LOGGED_ADDRESS	0x20000000

static struct machine machine;
static const char *payloads;
static uint64_t flags = KVM_CARETAKER_MIN_ENCODINGS;
static void *logged;		/* a page that is a memory slot of its own */
static uint64_t ticks_per_ms;

static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
		die("pthread_setaffinity_np");
}

/* --- What the guest is stopped by: 0 or an errno ---------------------------- */

static int set_logged(uint32_t how)
{
	struct kvm_userspace_memory_region region = {
		.slot = LOGGED_SLOT,
		.flags = how,
		.guest_phys_addr = LOGGED_ADDRESS,
		.memory_size = 4096,
		.userspace_addr = (uintptr_t)logged,
	};

	return ioctl(machine.fd, KVM_SET_USER_MEMORY_REGION, &region) ? errno : 0;
}

static int nothing(void)
{
	return 0;
}

static int before_flush(void)
{
	return set_logged(0);
}

static int flush(void)
{
	return set_logged(KVM_MEM_LOG_DIRTY_PAGES);
}

static int filter(void)
{
	struct kvm_msr_filter none = { .flags = KVM_MSR_FILTER_DEFAULT_ALLOW };

	return ioctl(machine.fd, KVM_X86_SET_MSR_FILTER, &none) ? errno : 0;
}

static int first(void)
{
	return install_payload(machine.fd, payloads, "good", flags);
}

static int removal(void)
{
	int error = remove_caretaker(machine.fd);

	return error == ENOENT ? 0 : error;
}

static int update(void)
{
	static bool other;

	other = !other;
	return install_payload(machine.fd, payloads, other ? "update-b" : "good", flags);
}

/* --- Looking at it ----------------------------------------------------------- */

static void *run(void *vcpu)
{
	on_cpu(sysconf(_SC_NPROCESSORS_ONLN) - 1);
	return machine_run_vcpu(&machine, vcpu) ? vcpu : NULL;
}

/* What there was of one kind: the stop at the end of each call, and longer ones behind it */
struct seen {
	uint64_t stop[TIMES];
	unsigned int held_up;	/* calls with a stop of more than two ticks behind them */
};

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t length(const struct guest_stop *stop)
{
	return stop->ended - stop->begun;
}

static uint64_t median_of_all(const struct guest_stop *stop, unsigned int count)
{
	uint64_t *all = calloc(count + 1, sizeof(*all)), median;
	unsigned int i;

	if (!all)
		die("calloc");
	for (i = 0; i < count; i++)
		all[i] = length(&stop[i]);
	qsort(all, count, sizeof(*all), by_size);
	median = all[count / 2];
	free(all);
	return median;
}

/* The kick comes last in a call, and the call waits for it or ends right behind it */
static uint64_t stop_at(const struct guest_stop *stop, unsigned int count, uint64_t ended)
{
	uint64_t last = 0;

	for (; count && stop->begun <= ended; stop++, count--)
		last = length(stop);
	return last;
}

static bool held_up(const struct guest_stop *stop, unsigned int count, uint64_t ended,
		    uint64_t tick)
{
	for (; count; stop++, count--) {
		if (stop->begun > ended && stop->begun < ended + AFTER_MS * ticks_per_ms &&
		    length(stop) > 2 * tick)
			return true;
	}
	return false;
}

/*
 * Sleeping ends in step with the host's timer, and so would each call: a tick of the
 * guest's CPU would fall into all of them or into none.  So each begins in another part.
 */
static void leave_step(unsigned int part)
{
	uint64_t until = __builtin_ia32_rdtsc() + TICK_MS * ticks_per_ms * part / TIMES;

	while (__builtin_ia32_rdtsc() < until)
		;
}

static bool look(const char *name, int (*prepare)(void), int (*act)(void), struct seen *seen)
{
	struct guest_area *area = (void *)machine_area(&machine, 0);
	struct guest_stop *stop = (void *)((char *)area + AREA_ANSWERS);
	uint64_t ended[TIMES], tick;
	unsigned int i, failed = 0;
	pthread_t thread;
	void *reached_end;

	machine_load_guest(&machine, MODE_STOPS, GUEST_MAX_COUNT, JUMP);
	if (pthread_create(&thread, NULL, run, &machine.vcpu[0]))
		die("pthread_create");
	/* Its first stops are its own: memory that it has not touched yet */
	for (i = 0; i < 1000 && !*(volatile uint32_t *)&area->stops; i++)
		usleep(1000);
	usleep(AFTER_MS * 1000);
	for (i = 0; i < TIMES; i++) {
		failed += prepare() != 0;
		usleep(BEFORE_MS * 1000);
		leave_step(i);
		failed += act() != 0;
		ended[i] = __builtin_ia32_rdtsc();
		usleep(AFTER_MS * 1000);
	}
	*(volatile uint32_t *)&area->over = 1;
	pthread_join(thread, &reached_end);

	/* Most stops of a run are the host's timer */
	tick = median_of_all(stop, area->stops);
	seen->held_up = 0;
	printf("    %s: most of %u stops took %llu ticks; those at its end", name, area->stops,
	       (unsigned long long)tick);
	for (i = 0; i < TIMES; i++) {
		seen->stop[i] = stop_at(stop, area->stops, ended[i]);
		seen->held_up += held_up(stop, area->stops, ended[i], tick);
		printf(" %llu", (unsigned long long)seen->stop[i]);
	}
	printf("; a longer one behind %u of %u\n", seen->held_up, TIMES);
	qsort(seen->stop, TIMES, sizeof(seen->stop[0]), by_size);
	report_that(name, reached_end && !failed && area->stops > TIMES,
		    "%u failed, %u stops: %s", failed, area->stops,
		    machine.vcpu[0].failure ? machine.vcpu[0].failure : "the guest has ended");
	return seen->stop[0];
}

/* As long as one took at which the host's timer did not tick too, which half of them may meet */
static unsigned long long usual(const struct seen *seen)
{
	return seen->stop[TIMES / 4];
}

/* The guest's TSC is the host's, so that both speak of the same time */
static void begin(void)
{
	uint64_t offset = 0;
	struct kvm_device_attr same_tsc = {
		.group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uintptr_t)&offset,
	};
	int ret;

	logged = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (logged == MAP_FAILED)
		die("mmap");
	machine_new(&machine, 1);
	if (ioctl(machine.vcpu[0].fd, KVM_SET_DEVICE_ATTR, &same_tsc))
		die("KVM_VCPU_TSC_OFFSET");
	ret = ioctl(machine.vcpu[0].fd, KVM_GET_TSC_KHZ, 0);
	if (ret <= 0)
		die("KVM_GET_TSC_KHZ");
	ticks_per_ms = ret;
}

int main(int argc, char **argv)
{
	struct seen flushes, filters, updates, others;
	char generation[16] = "", expected[16];
	bool all;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "--shared"))) {
		fputs("usage: stops PAYLOADS [--shared]\n", stderr);
		return 2;
	}
	payloads = argv[1];
	if (argc == 3)
		flags |= KVM_CARETAKER_SHARED;
	setvbuf(stdout, NULL, _IOLBF, 0);
	on_cpu(0);
	begin();
	all = look("flush", before_flush, flush, &flushes);
	all &= look("filter", nothing, filter, &filters);
	all &= look("install", removal, first, &others);
	all &= look("update", nothing, update, &updates);
	telemetry_line(machine.fd, 0, "generation", generation, sizeof(generation));
	all &= look("removal", first, removal, &others);

	report_that("all-were-seen", all, "a call without a stop");
	snprintf(expected, sizeof(expected), "%u", TIMES + 1);
	report_that("all-were-taken", !strcmp(generation, expected), "%s payloads", generation);
	report_that("no-longer-than-a-kick", usual(&updates) <= usual(&filters),
		    "%llu for an update, %llu for a filter", usual(&updates), usual(&filters));
	report_that("little-longer-than-a-flush", usual(&updates) * 20 <= usual(&flushes) * 27,
		    "%llu for an update, %llu for a flush", usual(&updates), usual(&flushes));
	/* Some are the host's own: one in a while, without an update too */
	report_that("freed-elsewhere", updates.held_up <= TIMES / 2,
		    "%u of %u updates held the guest up again", updates.held_up, TIMES);
	machine_destroy(&machine);
	return trial_status();
}
