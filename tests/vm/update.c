// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another caretaker, or none, for a VM that has one, while its guest runs.
 *
 *   update [--few] PAYLOADS [COUNT [VCPUS]]
 *
 * First what may replace or follow what, which is the same on any CPU and left out with --few.
 * Then COUNT updates in a row under a guest on VCPUS vCPUs that compares what it sees with what
 * it saw without a caretaker.  No exit may go uncounted, so what the caretakers counted together
 * must be what the guest executed.  Then half as many times it is removed and installed again.  Last,
 * half as many updates under guests that wait for one interrupt of their timers after the other:
 * none may be lost.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "machine.h"
#include "seconds.h"
#include "stats.h"
#include "trial.h"

#define RUN_COUNT	4000	/* CPUIDs of a guest between two looks */
#define RUN_EVERY	50	/* of these between two port writes */

static const char *payloads;

static int set(int vm_or_vcpu, const char *name)
{
	return install_payload(vm_or_vcpu, payloads, name, KVM_CARETAKER_MIN_ENCODINGS);
}

static void machine_ready_for(struct machine *machine, unsigned int vcpus, enum guest_mode mode)
{
	machine_new(machine, vcpus);
	machine_load_guest(machine, mode, RUN_COUNT, RUN_EVERY);
}

static void machine_ready(struct machine *machine, unsigned int vcpus)
{
	machine_ready_for(machine, vcpus, MODE_LONG);
}

/* Whether the guest reaches its end, and the vCPU's caretaker saw @count CPUIDs of it */
static bool runs_seen(struct machine *machine, unsigned int vcpu, unsigned int count)
{
	struct stats before = { 0 }, after = { 0 }, told;
	uint64_t seen;

	telemetry_read(machine->fd, vcpu, &before);
	machine_fill_area(machine, vcpu);
	if (!machine_run_vcpu(machine, &machine->vcpu[vcpu])) {
		printf("    %s: %s\n", machine->vcpu[vcpu].failure, machine->vcpu[vcpu].detail);
		return false;
	}
	telemetry_read(machine->fd, vcpu, &after);
	stats_difference(&before, &after, &told);
	seen = stats_get(&told, "handled cpuid") + stats_get(&told, "routed cpuid");
	if (seen != count)
		printf("    %llu of %u CPUIDs seen\n", (unsigned long long)seen, count);
	return seen == count;
}

static bool runs(struct machine *machine, unsigned int vcpu)
{
	return runs_seen(machine, vcpu, RUN_COUNT);
}

static bool runs_without(struct machine *machine, unsigned int vcpu)
{
	char state[16] = "";

	if (!runs_seen(machine, vcpu, 0))
		return false;
	telemetry_line(machine->fd, vcpu, "state", state, sizeof(state));
	return !strcmp(state, "none");
}

/* Who runs: "NAME VERSION", as debugfs has it */
static bool is_payload(const struct machine *machine, unsigned int vcpu, const char *version)
{
	char payload[80] = "";

	telemetry_line(machine->fd, vcpu, "payload", payload, sizeof(payload));
	if (strlen(payload) >= strlen(version) &&
	    !strcmp(payload + strlen(payload) - strlen(version), version))
		return true;
	printf("    %s instead of %s\n", payload, version);
	return false;
}

/* --- What may replace what -------------------------------------------------- */

/*
 * A step: the ioctl, what it is to give, and which version runs after it.  The files are
 * those of payloads.py; their names say what they differ in from "good".  No file is a
 * removal, no version none that runs.
 */
static const struct step {
	const char *name, *file;
	bool on_vcpu;
	const char *expected, *version;
} on_the_vm[] = {
	{ "first", "good", false, "0", "0.1.0" },
	{ "same-file", "good", false, "0", "0.1.0" },
	{ "other-version", "update-b", false, "0", "b" },
	{ "back-again", "good", false, "0", "0.1.0" },
	{ "one-bit-changed", "flipped", false, "EKEYREJECTED", "0.1.0" },
	{ "no-caretaker", "text", false, "EBADMSG", "0.1.0" },
	{ "other-name", "update-name", false, "EBUSY", "0.1.0" },
	{ "higher-svn", "update-svn", false, "0", "svn" },
	{ "lower-svn", "good", false, "ESTALE", "svn" },
	{ "lower-svn-under-another-name", "update-name", false, "EBUSY", "svn" },
	{ "one-vcpu-of-it", "update-svn", true, "EBUSY", "svn" },
}, on_a_vcpu[] = {
	{ "first", "good", true, "0", "0.1.0" },
	{ "other-version", "update-b", true, "0", "b" },
	{ "other-name", "update-name", true, "EBUSY", "b" },
	{ "higher-svn", "update-svn", true, "0", "svn" },
	{ "lower-svn", "update-b", true, "ESTALE", "svn" },
	{ "all-of-the-vm", "update-svn", false, "EBUSY", "svn" },
}, removal[] = {
	{ "there-is-none", NULL, false, "ENOENT", NULL },
	{ "there-is-none-on-the-vcpu", NULL, true, "ENOENT", NULL },
	{ "first", "good", false, "0", "0.1.0" },
	{ "from-one-vcpu-of-it", NULL, true, "EBUSY", "0.1.0" },
	{ "removed", NULL, false, "0", NULL },
	{ "once-more", NULL, false, "ENOENT", NULL },
	{ "then-another-name", "update-name", false, "EBUSY", NULL },
	{ "then-the-same", "good", false, "0", "0.1.0" },
	{ "then-higher-svn", "update-svn", false, "0", "svn" },
	{ "removed-again", NULL, false, "0", NULL },
	{ "then-lower-svn", "good", false, "ESTALE", NULL },
	{ "then-lower-svn-on-a-vcpu", "good", true, "ESTALE", NULL },
	{ "then-on-a-vcpu", "update-svn", true, "0", "svn" },
	{ "the-vm-has-none", NULL, false, "ENOENT", "svn" },
	{ "removed-from-the-vcpu", NULL, true, "0", NULL },
	{ "then-lower-svn-on-the-vm", "update-b", false, "ESTALE", NULL },
}, removal_from_a_vcpu[] = {
	{ "first", "update-svn", true, "0", "svn" },
	{ "removed", NULL, true, "0", NULL },
	{ "then-lower-svn-on-the-vm", "good", false, "ESTALE", NULL },
	{ "then-another-name-on-the-vm", "update-name", false, "EBUSY", NULL },
	{ "then-the-same-on-the-vm", "update-svn", false, "0", "svn" },
};

/* With @run the guest runs after each step; else only after the last */
static void try_steps(const char *prefix, const struct step *steps, size_t count, bool run)
{
	struct machine machine;
	char name[96];
	size_t i;
	int fd;

	machine_ready(&machine, 1);
	for (i = 0; i < count; i++) {
		const struct step *step = &steps[i];

		snprintf(name, sizeof(name), "%s/%s", prefix, step->name);
		fd = step->on_vcpu ? machine.vcpu[0].fd : machine.fd;
		report(name, step->file ? set(fd, step->file) : remove_caretaker(fd),
		       step->expected);
		if (!run && i + 1 < count)
			continue;
		snprintf(name, sizeof(name), "%s/%s/runs", prefix, step->name);
		if (step->version)
			report_that(name, runs(&machine, 0) &&
					  is_payload(&machine, 0, step->version),
				    "not %s", step->version);
		else
			report_that(name, runs_without(&machine, 0), "not without");
	}
	machine_destroy(&machine);
}

/* A vCPU that has not run since the removal has none, and what then comes is new to it */
static void try_removal_twice(void)
{
	char generation[16] = "";
	struct machine machine;
	int fd;

	machine_ready(&machine, 1);
	fd = machine.vcpu[0].fd;
	report("removal-twice/install", set(fd, "good"), "0");
	report_that("removal-twice/runs", runs(&machine, 0), "no");
	report("removal-twice/first", remove_caretaker(fd), "0");
	report("removal-twice/second", remove_caretaker(fd), "ENOENT");
	report("removal-twice/install-again", set(fd, "good"), "0");
	machine_fill_area(&machine, 0);
	report_that("removal-twice/runs-again",
		    machine_run_vcpu(&machine, &machine.vcpu[0]) && runs(&machine, 0), "no");
	telemetry_line(machine.fd, 0, "generation", generation, sizeof(generation));
	report_that("removal-twice/begins-anew", !strcmp(generation, "1"), "%s", generation);
	machine_destroy(&machine);
}

/* Isolated and shared are both what the VMM asks for, and both are recorded */
static void try_modes(void)
{
	static const uint64_t flags[] = { 0, KVM_CARETAKER_SHARED, 0 };
	struct machine machine;
	char mode[16];
	size_t i;

	machine_ready(&machine, 1);
	for (i = 0; i < 3; i++) {
		report(i ? "mode/other" : "mode/first",
		       install_payload(machine.fd, payloads, "good",
				       flags[i] | KVM_CARETAKER_MIN_ENCODINGS), "0");
		report_that("mode/runs", runs(&machine, 0), "no");
		telemetry_line(machine.fd, 0, "mode", mode, sizeof(mode));
		report_that("mode/is", !strcmp(mode, flags[i] ? "shared" : "isolated"), "%s", mode);
	}
	machine_destroy(&machine);
}

/*
 * A VM ends while what was replaced still waits to be freed: the kernel warns if the VMCB that it
 * maps is gone by then.  A guest that ends at once, since it is freed after 10 ms.
 */
static void try_end_at_once(void)
{
	struct machine machine;
	unsigned int i, good = 0;

	for (i = 0; i < 20; i++) {
		machine_new(&machine, 1);
		machine_load_guest(&machine, MODE_LONG, 1, 1);
		good += !set(machine.fd, "good") &&
			machine_run_vcpu(&machine, &machine.vcpu[0]) &&
			!set(machine.fd, "good");
		machine_fill_area(&machine, 0);
		good += machine_run_vcpu(&machine, &machine.vcpu[0]);
		machine_destroy(&machine);
	}
	report_that("end-at-once", good == 2 * i, "%u of %u", good, 2 * i);
}

/* --- Under a guest that runs ------------------------------------------------ */

struct worker {
	pthread_t thread;
	unsigned int vcpu;
};

struct live {
	struct machine machine;
	struct worker worker[GUEST_MAX_VCPUS];
	unsigned char *expected;	/* the answers, from a guest without a caretaker */
	atomic_bool over;
	atomic_uint cpuids[GUEST_MAX_VCPUS], timers[GUEST_MAX_VCPUS], wrong;
};

static struct live live;

static void run_once(unsigned int vcpu)
{
	const struct guest_area *area = (const void *)machine_area(&live.machine, vcpu);

	machine_fill_area(&live.machine, vcpu);
	if (!machine_run_vcpu(&live.machine, &live.machine.vcpu[vcpu])) {
		printf("    vCPU %u: %s: %s\n", vcpu, live.machine.vcpu[vcpu].failure,
		       live.machine.vcpu[vcpu].detail);
		live.wrong++;
	} else if (area->clobbered || area->high ||
		   live.machine.vcpu[vcpu].port_writes != RUN_COUNT / RUN_EVERY ||
		   memcmp((const char *)area + AREA_ANSWERS,
			  live.expected + (size_t)vcpu * RUN_COUNT * sizeof(struct guest_answer),
			  RUN_COUNT * sizeof(struct guest_answer))) {
		printf("    vCPU %u: it saw something else\n", vcpu);
		live.wrong++;
	}
	live.cpuids[vcpu] += RUN_COUNT;
}

/* All its timers, each with its interrupt, and nothing else */
static void run_timers(unsigned int vcpu)
{
	const unsigned char *area = machine_area(&live.machine, vcpu);
	const struct guest_area *head = (const void *)area;
	const struct guest_event *event = (const void *)(area + AREA_LOG);
	unsigned int i, good = 0;

	machine_fill_area(&live.machine, vcpu);
	if (!machine_run_vcpu(&live.machine, &live.machine.vcpu[vcpu]))
		printf("    vCPU %u: %s: %s\n", vcpu, live.machine.vcpu[vcpu].failure,
		       live.machine.vcpu[vcpu].detail);
	for (i = 0; i < head->log_count && i < GUEST_MAX_EVENTS; i++)
		good += event[i].vector == IRQ_VECTOR;
	live.timers[vcpu] += good;
	if (good != DEADLINES || head->log_count != DEADLINES || head->clobbered) {
		printf("    vCPU %u: %u of %u timers, %u events\n", vcpu, good, DEADLINES,
		       head->log_count);
		live.wrong++;
	}
}

static void *run_on(void *argument)
{
	const struct worker *worker = argument;

	while (!live.over && live.wrong < 10) {
		if (live.machine.mode == MODE_DEADLINE)
			run_timers(worker->vcpu);
		else
			run_once(worker->vcpu);
	}
	return NULL;
}

/* What the guest sees without a caretaker */
static void remember_answers(unsigned int vcpus)
{
	size_t each = RUN_COUNT * sizeof(struct guest_answer);
	struct machine plain;
	unsigned int i;

	live.expected = malloc(vcpus * each);
	if (!live.expected)
		die("malloc");
	machine_ready(&plain, vcpus);
	for (i = 0; i < vcpus; i++) {
		if (!machine_run_vcpu(&plain, &plain.vcpu[i]))
			die(plain.vcpu[i].failure);
		memcpy(live.expected + i * each, machine_area(&plain, i) + AREA_ANSWERS, each);
	}
	machine_destroy(&plain);
}

/* All that was executed is what the caretakers have counted: nothing lost in between */
static void check_counters(unsigned int vcpus, unsigned int updates)
{
	unsigned long long generation, most = 0;
	unsigned int i, lost = 0;
	char text[32];

	for (i = 0; i < vcpus; i++) {
		struct stats told = { 0 };
		uint64_t seen;

		telemetry_read(live.machine.fd, i, &told);
		seen = stats_get(&told, "handled cpuid") + stats_get(&told, "routed cpuid");
		text[0] = 0;
		telemetry_line(live.machine.fd, i, "generation", text, sizeof(text));
		generation = strtoull(text, NULL, 10);
		if (generation > most)
			most = generation;
		printf("    vCPU %u: %llu CPUIDs seen of %u, %llu payloads\n", i,
		       (unsigned long long)seen, live.cpuids[i], generation);
		lost += seen != live.cpuids[i];
	}
	report_that("live/all-are-counted", !lost, "not on %u vCPUs", lost);
	/* A vCPU that does not get to run between two updates passes over the first */
	report_that("live/were-taken", most > updates / 4 && most <= updates + 1,
		    "%llu of %u", most, updates);
}

static void live_begin(unsigned int vcpus, enum guest_mode mode)
{
	unsigned int i;

	machine_ready_for(&live.machine, vcpus, mode);
	live.over = false;
	live.wrong = 0;
	report("live/first", set(live.machine.fd, "good"), "0");
	for (i = 0; i < vcpus; i++) {
		live.cpuids[i] = 0;
		live.worker[i].vcpu = i;
		if (pthread_create(&live.worker[i].thread, NULL, run_on, &live.worker[i]))
			die("pthread_create");
	}
}

/* The guests come to an end; whoever has not run since the last change takes it now */
static void live_end(unsigned int vcpus)
{
	unsigned int i;

	live.over = true;
	for (i = 0; i < vcpus; i++)
		pthread_join(live.worker[i].thread, NULL);
	for (i = 0; i < vcpus; i++)
		run_once(i);
	report_that("live/guests-are-equal", !live.wrong, "%u were not", live.wrong);
}

static void try_live_updates(unsigned int updates, unsigned int vcpus)
{
	unsigned int i, failed = 0, refused = 0, tried = 0;
	double begun, longest = 0, took;

	live_begin(vcpus, MODE_LONG);
	for (i = 0; i < updates && live.wrong < 10; i++) {
		begun = seconds();
		failed += set(live.machine.fd, i % 2 ? "good" : "update-b") != 0;
		took = seconds() - begun;
		if (took > longest)
			longest = took;
		/* One that fails in between changes nothing */
		if (i % 10 == 5) {
			tried++;
			refused += set(live.machine.fd, "flipped") == EKEYREJECTED;
		}
	}
	live_end(vcpus);
	printf("    %u updates, the longest took %.0f ms\n", updates, longest * 1e3);
	report_that("live/updates", !failed, "%u of %u failed", failed, updates);
	report_that("live/refusals", refused == tried, "%u of %u", refused, tried);
	for (i = 0; i < vcpus; i++)
		report_that("live/last-one-runs",
			    is_payload(&live.machine, i, updates % 2 ? "b" : "0.1.0"), "vCPU %u", i);
	check_counters(vcpus, updates);
	machine_destroy(&live.machine);
}

static void try_live_removals(unsigned int removals, unsigned int vcpus)
{
	unsigned int i, failed = 0;

	live_begin(vcpus, MODE_LONG);
	for (i = 0; i < removals && live.wrong < 10; i++) {
		failed += remove_caretaker(live.machine.fd) != 0;
		/* Now and then long enough for a guest to run without */
		if (i % 4 == 0)
			usleep(20000);
		failed += set(live.machine.fd, i % 2 ? "good" : "update-b") != 0;
	}
	live_end(vcpus);
	report_that("live/removals", !failed, "%u of %u failed", failed, 2 * removals);
	for (i = 0; i < vcpus; i++)
		report_that("live/runs-after-removals", runs(&live.machine, i), "vCPU %u", i);
	report("live/last-removal", remove_caretaker(live.machine.fd), "0");
	for (i = 0; i < vcpus; i++)
		report_that("live/runs-without", runs_without(&live.machine, i), "vCPU %u", i);
	machine_destroy(&live.machine);
}

/* A timer whose interrupt is lost has its guest wait for ever */
static bool timers_go_on(unsigned int vcpu)
{
	unsigned int before = live.timers[vcpu], tenths;

	for (tenths = 0; tenths < 600 && live.timers[vcpu] == before; tenths++)
		usleep(100000);
	return live.timers[vcpu] != before;
}

static void try_live_timers(unsigned int updates, unsigned int vcpus)
{
	unsigned int i, failed = 0, waiting = 0;

	live_begin(vcpus, MODE_DEADLINE);
	for (i = 0; i < updates && live.wrong < 10; i++)
		failed += set(live.machine.fd, i % 2 ? "good" : "update-b") != 0;
	report_that("timers/updates", !failed, "%u of %u failed", failed, updates);
	for (i = 0; i < vcpus; i++)
		waiting += !timers_go_on(i);
	report_that("timers/none-is-lost", !waiting, "%u vCPUs wait for one", waiting);
	if (waiting)
		exit(trial_status());
	live.over = true;
	for (i = 0; i < vcpus; i++) {
		pthread_join(live.worker[i].thread, NULL);
		printf("    vCPU %u: %u timers\n", i, live.timers[i]);
	}
	report_that("timers/each-once", !live.wrong, "%u guests saw something else", live.wrong);
	machine_destroy(&live.machine);
}

#define TRY(prefix, steps, run) \
	try_steps(prefix, steps, sizeof(steps) / sizeof((steps)[0]), run)

static void try_all_steps(void)
{
	TRY("on-the-vm", on_the_vm, true);
	TRY("on-a-vcpu", on_a_vcpu, true);
	TRY("before-it-runs", on_the_vm, false);
	TRY("removal", removal, true);
	TRY("removal-from-a-vcpu", removal_from_a_vcpu, true);
	TRY("removal-before-it-runs", removal, false);
}

int main(int argc, char **argv)
{
	bool few = argc > 1 && !strcmp(argv[1], "--few");
	unsigned int updates, vcpus;

	argc -= few;
	argv += few;
	if (argc < 2 || argc > 4) {
		fputs("usage: update [--few] PAYLOADS [COUNT [VCPUS]]\n", stderr);
		return 2;
	}
	updates = argc > 2 ? strtoul(argv[2], NULL, 0) : 60;
	vcpus = argc > 3 ? strtoul(argv[3], NULL, 0) : 2;
	payloads = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!few)
		try_all_steps();
	try_removal_twice();
	try_modes();
	try_end_at_once();
	remember_answers(vcpus);
	try_live_updates(updates, vcpus);
	try_live_removals(updates / 2, vcpus);
	try_live_timers(updates / 2, vcpus);
	free(live.expected);
	return trial_status();
}
