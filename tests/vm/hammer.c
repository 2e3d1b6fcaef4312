// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that install, run and close at the same time, on one VM and its vCPUs and
 * on VMs of their own.
 *
 *   hammer PAYLOADS [SECONDS [SEED]]
 *
 * It goes in rounds: in each, eight threads do things at random to one new VM, updates
 * too, in each fourth also removals, and then all let go of it at once.  Which outcomes
 * are legitimate is in the table `acts`; any other fails, and so does a VM that has a
 * caretaker for all and one for a vCPU, or, where none was removed, a vCPU without.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "machine.h"
#include "stats.h"
#include "trial.h"

#define THREADS		GUEST_MAX_VCPUS
#define STEPS		14
#define EVERY		20	/* CPUIDs between two port writes of a guest */
#define SKIPPED		-1	/* cannot be done now: not counted */

struct round {
	struct machine machine;
	pthread_mutex_t adding;
	atomic_int vcpu[THREADS];	/* descriptors for everybody, 0: not there yet */
	atomic_uint on_vm;		/* installs that succeeded */
	atomic_uint on_vcpu[THREADS];
};

struct worker {
	unsigned int id;
	unsigned int random;
	int vm;				/* a descriptor of its own */
	struct vcpu *vcpu;		/* the one that it runs, if it has made one */
	unsigned int step;
};

static struct round now;
static pthread_barrier_t barrier;
static const char *payloads;
static volatile bool over;		/* the time is */
static bool stopped;			/* and all know; written between rounds */
static unsigned int seed, rounds, twice, without, updates;

static unsigned int pick(struct worker *worker, unsigned int below)
{
	return rand_r(&worker->random) % below;
}

static int install_file(struct worker *worker, int vm_or_vcpu, const char *name)
{
	uint64_t flags = KVM_CARETAKER_MIN_ENCODINGS;

	if (pick(worker, 4) == 0)
		flags |= KVM_CARETAKER_SHARED;
	return install_payload(vm_or_vcpu, payloads, name, flags);
}

/* On the VM of all or on one of its vCPUs; what succeeded is remembered */
static int install_on(struct worker *worker, bool vm, const char *name)
{
	unsigned int i = pick(worker, THREADS);
	int ret, fd = vm ? worker->vm : now.vcpu[i];

	/* A caretaker on the VM ends the race for the vCPUs: it comes late in each third round */
	if (!fd || (vm && rounds % 3 == 0 && worker->step < STEPS / 2))
		return SKIPPED;
	ret = install_file(worker, fd, name);
	if (!ret)
		atomic_fetch_add(vm ? &now.on_vm : &now.on_vcpu[i], 1);
	return ret;
}

static const char *either(struct worker *worker)
{
	return pick(worker, 2) ? "good" : "update-b";
}

static int on_vm(struct worker *worker)
{
	return install_on(worker, true, either(worker));
}

static int on_vcpu(struct worker *worker)
{
	return install_on(worker, false, either(worker));
}

static int unsigned_one(struct worker *worker)
{
	return install_on(worker, pick(worker, 2), "unsigned");
}

static int flipped(struct worker *worker)
{
	return install_on(worker, pick(worker, 2), "flipped");
}

/* Only in some rounds: in the others what was installed is there at the end */
static bool removals(void)
{
	return rounds % 4 == 3;
}

static int removal(struct worker *worker)
{
	int fd = pick(worker, 2) ? worker->vm : now.vcpu[pick(worker, THREADS)];

	return fd && removals() ? remove_caretaker(fd) : SKIPPED;
}

static int no_file(struct worker *worker)
{
	return install(worker->vm, -1, 0);
}

/* The guest's own steps are checked by machine.c: what it counts and where it ends */
static int run(struct machine *machine, struct vcpu *vcpu)
{
	if (machine_run_vcpu(machine, vcpu))
		return 0;
	printf("    vCPU %u: %s: %s\n", vcpu->id, vcpu->failure, vcpu->detail);
	return EIO;
}

static int run_own(struct worker *worker)
{
	struct guest_area *area;

	if (!worker->vcpu)
		return SKIPPED;
	area = (void *)machine_area(&now.machine, worker->vcpu->id);
	area->count = EVERY * (1 + pick(worker, 20));
	return run(&now.machine, worker->vcpu);
}

static int add_vcpu(struct worker *worker)
{
	const char *what;
	int ret;

	if (worker->vcpu || now.vcpu[worker->id])
		return SKIPPED;
	pthread_mutex_lock(&now.adding);
	ret = machine_add_vcpu(&now.machine, &what);
	if (!ret) {
		worker->vcpu = &now.machine.vcpu[now.machine.vcpus - 1];
		machine_fill_area(&now.machine, worker->vcpu->id);
		now.vcpu[worker->id] = dup(worker->vcpu->fd);
	}
	pthread_mutex_unlock(&now.adding);
	return -ret;
}

/* Its descriptor and its memory; others go on with theirs */
static int close_vcpu(struct worker *worker)
{
	if (!worker->vcpu)
		return SKIPPED;
	munmap(worker->vcpu->run, now.machine.run_size);
	worker->vcpu->run = NULL;
	close(worker->vcpu->fd);
	worker->vcpu->fd = -1;
	worker->vcpu = NULL;
	return 0;
}

static int look(struct worker *worker)
{
	char state[16];

	return -telemetry_state(now.machine.fd, pick(worker, THREADS), state);
}

/* A VM of its own: a caretaker before or behind the vCPU, or on it; closed in any order */
static int own_vm(struct worker *worker)
{
	unsigned int when = pick(worker, 3);
	struct machine machine;
	const char *what = "";
	int ret;

	ret = -machine_create(&machine, &what);
	machine_load_guest(&machine, MODE_LONG, EVERY * (1 + pick(worker, 8)), EVERY);
	if (!ret && when == 0)
		ret = install_file(worker, machine.fd, "good");
	if (!ret)
		ret = -machine_add_vcpu(&machine, &what);
	if (!ret && when)
		ret = install_file(worker, when == 1 ? machine.fd : machine.vcpu[0].fd, "good");
	if (!ret && pick(worker, 2)) {
		close(machine.fd);
		machine.fd = -1;
	}
	if (!ret && pick(worker, 4)) {
		machine_fill_area(&machine, 0);
		ret = run(&machine, &machine.vcpu[0]);
	}
	if (ret)
		printf("    a VM of its own: %s: %s\n", what, error_name(ret));
	machine_destroy(&machine);
	return ret;
}

#define INSTALL_ON_THE_VM	0

static const struct act {
	const char *name;
	int (*perform)(struct worker *worker);
	unsigned int weight;
	unsigned int least;		/* how often it must have been done for it to count */
	int outcomes[4];		/* that are legitimate, ended by SKIPPED */
} acts[] = {
	[INSTALL_ON_THE_VM] =
	{ "install-on-the-vm", on_vm, 3, 6, { 0, EBUSY, SKIPPED } },
	{ "install-on-a-vcpu", on_vcpu, 4, 6, { 0, EBUSY, SKIPPED } },
	{ "install-unsigned", unsigned_one, 2, 4, { 0, EBUSY, SKIPPED } },
	{ "install-flipped", flipped, 2, 4, { EKEYREJECTED, EBUSY, SKIPPED } },
	{ "remove", removal, 3, 4, { 0, ENOENT, EBUSY, SKIPPED } },
	{ "install-without-file", no_file, 1, 2, { EBADF, EBUSY, SKIPPED } },
	{ "create-a-vcpu", add_vcpu, 8, 10, { 0, SKIPPED } },
	{ "run", run_own, 8, 10, { 0, SKIPPED } },
	{ "close-a-vcpu", close_vcpu, 1, 1, { 0, SKIPPED } },
	{ "read-telemetry", look, 2, 4, { 0, ENOENT, SKIPPED } },
	{ "a-vm-of-its-own", own_vm, 2, 5, { 0, SKIPPED } },
};

#define ACTS		(sizeof(acts) / sizeof(acts[0]))
#define ERRORS		256

static atomic_uint tally[ACTS][ERRORS];

static void perform(struct worker *worker, size_t act)
{
	int ret = acts[act].perform(worker);

	if (ret != SKIPPED)
		atomic_fetch_add(&tally[act][ret & (ERRORS - 1)], 1);
}

static void step(struct worker *worker)
{
	unsigned int i, total = 0, which;

	for (i = 0; i < ACTS; i++)
		total += acts[i].weight;
	which = pick(worker, total);
	for (i = 0; which >= acts[i].weight; i++)
		which -= acts[i].weight;
	perform(worker, i);
}

static void round_begin(void)
{
	memset(&now, 0, sizeof(now));
	pthread_mutex_init(&now.adding, NULL);
	machine_new(&now.machine, 0);
	machine_load_guest(&now.machine, MODE_LONG, EVERY, EVERY);
	rounds++;
}

/* All threads have stopped: one caretaker at most, and without a removal on each vCPU */
static void round_check(void)
{
	unsigned int i, vcpus = 0, vcpu, expected;
	char state[16];
	int ret;

	if (removals())
		return;
	for (i = 0; i < THREADS; i++) {
		vcpus += now.on_vcpu[i] != 0;
		twice += now.on_vcpu[i] && now.on_vm;
		updates += now.on_vcpu[i] > 1 ? now.on_vcpu[i] - 1 : 0;
	}
	updates += now.on_vm > 1 ? now.on_vm - 1 : 0;
	expected = now.on_vm ? now.machine.vcpus : vcpus;
	for (vcpu = 0; vcpu < now.machine.vcpus; vcpu++) {
		ret = telemetry_state(now.machine.fd, vcpu, state);
		if (!ret && strcmp(state, "none"))
			expected--;
		else if (ret)
			printf("    vCPU %u has no telemetry: %s\n", vcpu, error_name(-ret));
	}
	if (!expected)
		return;
	printf("    round %u: %d vCPUs without a caretaker (installs: %u on the VM, %u on vCPUs)\n",
	       rounds, (int)expected, now.on_vm, vcpus);
	without++;
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	for (;;) {
		if (worker->id == 0) {
			stopped = over;
			if (!stopped)
				round_begin();
		}
		pthread_barrier_wait(&barrier);
		if (stopped)
			return NULL;
		worker->random = (seed + rounds) * THREADS + worker->id;
		worker->vcpu = NULL;
		worker->vm = dup(now.machine.fd);
		/* Who comes later finds the VM taken: so half of them race for it at first */
		worker->step = 0;
		if (pick(worker, 2))
			perform(worker, INSTALL_ON_THE_VM);
		for (; worker->step < STEPS; worker->step++)
			step(worker);
		pthread_barrier_wait(&barrier);
		if (worker->id == 0)
			round_check();
		pthread_barrier_wait(&barrier);
		/* Whoever is last ends the VM */
		close(worker->vm);
		if (now.vcpu[worker->id])
			close(now.vcpu[worker->id]);
		if (worker->id == 0)
			machine_destroy(&now.machine);
		pthread_barrier_wait(&barrier);
	}
}

static void report_act(size_t act)
{
	unsigned int error, count, done = 0, bad = 0;
	const int *legitimate;
	char text[256] = "";
	int wrong = 0;

	for (error = 0; error < ERRORS; error++) {
		count = tally[act][error];
		if (!count)
			continue;
		for (legitimate = acts[act].outcomes; *legitimate != SKIPPED; legitimate++)
			if (*legitimate == (int)error)
				break;
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ", %u times %s", count,
			 error_name(error));
		done += count;
		if (*legitimate == SKIPPED) {
			bad += count;
			wrong = error;
		}
	}
	printf("    %s: %u%s\n", acts[act].name, done, text);
	report_that(acts[act].name, !bad && done >= acts[act].least,
		    bad ? "%u times something else, %s" : "only %u times", bad ? bad : done,
		    error_name(wrong));
}

static void *watch(void *seconds)
{
	time_t end = time(NULL) + *(unsigned int *)seconds;

	while (time(NULL) < end)
		usleep(100000);
	over = true;
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int i, seconds;
	struct worker worker[THREADS];
	pthread_t thread[THREADS], clock;

	if (argc < 2 || argc > 4) {
		fputs("usage: hammer PAYLOADS [SECONDS [SEED]]\n", stderr);
		return 2;
	}
	payloads = argv[1];
	seconds = argc > 2 ? strtoul(argv[2], NULL, 0) : 60;
	seed = argc > 3 ? strtoul(argv[3], NULL, 0) : (unsigned int)time(NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("    %u s, seed %u\n", seconds, seed);
	pthread_barrier_init(&barrier, NULL, THREADS);
	if (pthread_create(&clock, NULL, watch, &seconds))
		die("pthread_create");
	for (i = 0; i < THREADS; i++) {
		worker[i] = (struct worker){ .id = i };
		if (i && pthread_create(&thread[i], NULL, work, &worker[i]))
			die("pthread_create");
	}
	/* It makes the VM of all, and debugfs calls that after the thread: this one */
	work(&worker[0]);
	for (i = 1; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_join(clock, NULL);

	printf("    %u rounds, %u updates\n", rounds, updates);
	for (i = 0; i < ACTS; i++)
		report_act(i);
	report_that("for-all-or-for-one", !twice, "%u times both", twice);
	report_that("updates", updates >= 6, "only %u", updates);
	report_that("no-vcpu-left-out", !without, "in %u rounds", without);
	return trial_status();
}
