// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that can be asked of two vCPUs and their VM at once, by threads that know nothing of each other.
 *
 *   races PAYLOADS CPU CPU SECONDS
 *
 * Each vCPU is run, detached to a core of its own, attached and looked at, while the VM is prepared and
 * released, gets and loses memory, and is sent interrupts.  Who comes too late or too early is told so,
 * by an errno that is documented.  In the end the guest goes on, and none of its interrupts is lost.
 */
#include <errno.h>
#include <linux/caretaker.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "detached.h"
#include "pair.h"
#include "trial.h"

#define MORE_SLOT	7
#define MORE_AT		0x20000000
#define MORE_SIZE	0x10000

static struct pair guest;
static void *more;
static volatile int stop;

/* What a thread does, and what may come of it */
struct racer {
	const char *name;
	int (*act)(unsigned int vcpu);
	const int *allowed;		/* up to 0 */
	unsigned int vcpu;
	pthread_t thread;
	unsigned int tries, done;
	int bad;
};

static int run(unsigned int vcpu)
{
	struct kvm_run *run = vcpu ? guest.second_run : guest.ticker.run;

	/* Out of KVM_RUN as long as in it, or it could never be detached */
	usleep(3000);
	if (ioctl(pair_fd(&guest, vcpu), KVM_RUN, 0))
		return errno;
	return run->exit_reason == KVM_EXIT_IO ? 0 : EIO;
}

static int go(unsigned int vcpu)
{
	usleep(300);
	return detach_to(pair_fd(&guest, vcpu), guest.core[vcpu]);
}

static int come(unsigned int vcpu)
{
	usleep(5000);
	return attach(pair_fd(&guest, vcpu));
}

static int look(unsigned int vcpu)
{
	struct kvm_caretaker_vcpu_op op = vcpu_op_init(KVM_CARETAKER_VCPU_STATE);
	struct caretaker_cpu_state state = { .size = sizeof(state) };

	usleep(500);
	if (ioctl(guest.core[vcpu], CARETAKER_CPU_STATE, &state))
		return errno;
	if (state.state == CARETAKER_CPU_LOST)
		return ENOTRECOVERABLE;
	return vcpu_op(pair_fd(&guest, vcpu), &op);
}

static int prepare(unsigned int vcpu)
{
	(void)vcpu;
	usleep(3000);
	return vm_prepare(guest.ticker.vm, HANDOVER);
}

static int release(unsigned int vcpu)
{
	(void)vcpu;
	usleep(100000);
	return vm_release(guest.ticker.vm);
}

static int change_memory(unsigned int vcpu)
{
	struct kvm_userspace_memory_region region = {
		.slot = MORE_SLOT, .guest_phys_addr = MORE_AT, .memory_size = MORE_SIZE,
		.userspace_addr = (uintptr_t)more,
	};
	int error;

	(void)vcpu;
	usleep(2000);
	error = ioctl(guest.ticker.vm, KVM_SET_USER_MEMORY_REGION, &region) ? errno : 0;
	region.memory_size = 0;
	/* It may have been prepared in between, and then that slot stays for a while */
	while (!error && ioctl(guest.ticker.vm, KVM_SET_USER_MEMORY_REGION, &region)) {
		if (errno != EBUSY || stop)
			error = errno;
		usleep(1000);
	}
	return error;
}

static int send(unsigned int vcpu)
{
	struct kvm_msi knock = { .address_lo = 0xfee00000 | vcpu << 12, .data = PAIR_KNOCK };

	usleep(500);
	return ioctl(guest.ticker.vm, KVM_SIGNAL_MSI, &knock) < 0 ? errno : 0;
}

/* docs/live-update.md.  A slot without HANDOVER's file would be EINVAL: this one has one */
static const int may_run[] = { EINTR, EBUSY, EAGAIN, 0 };
static const int may_go[] = { EAGAIN, EBUSY, EALREADY, ENOENT, 0 };
static const int may_come[] = { ENOENT, EINTR, 0 };
static const int may_look[] = { 0 };
static const int may_prepare[] = { EBUSY, EAGAIN, EINTR, 0 };
static const int may_release[] = { EBUSY, ENOENT, EINTR, 0 };
static const int may_change[] = { EBUSY, 0 };
static const int may_send[] = { 0 };

#define RACER(name_, act_, allowed_, vcpu_) \
	{ .name = (name_), .act = (act_), .allowed = (allowed_), .vcpu = (vcpu_) }

static struct racer racers[] = {
	RACER("runs", run, may_run, 0), RACER("runs-second", run, may_run, 1),
	RACER("detached", go, may_go, 0), RACER("detached-second", go, may_go, 1),
	RACER("attached", come, may_come, 0), RACER("attached-second", come, may_come, 1),
	RACER("looked-at", look, may_look, 0), RACER("looked-at-second", look, may_look, 1),
	RACER("prepared", prepare, may_prepare, 0), RACER("released", release, may_release, 0),
	RACER("memory", change_memory, may_change, 0),
	RACER("sent", send, may_send, 0), RACER("sent-second", send, may_send, 1),
};

#define RACERS	(sizeof(racers) / sizeof(racers[0]))

static int is_allowed(const int *allowed, int error)
{
	while (*allowed && *allowed != error)
		allowed++;
	return *allowed;
}

/* Those who run the guest have a timer that ends it now and then */
static void *race(void *arg)
{
	struct racer *r = arg;
	timer_t alarm = NULL;
	int error;

	if (r->act == run)
		alarm = alarm_begin();
	while (!stop && !r->bad) {
		error = r->act(r->vcpu);
		r->tries++;
		r->done += !error;
		if (error && !is_allowed(r->allowed, error))
			r->bad = error;
	}
	if (alarm)
		timer_delete(alarm);
	return NULL;
}

static void all_race(unsigned int seconds)
{
	unsigned int i;

	for (i = 0; i < RACERS; i++) {
		if (pthread_create(&racers[i].thread, NULL, race, &racers[i]))
			die("pthread_create");
	}
	sleep(seconds);
	stop = 1;
	for (i = 0; i < RACERS; i++)
		pthread_join(racers[i].thread, NULL);
	for (i = 0; i < RACERS; i++) {
		const struct racer *r = &racers[i];

		/* KVM_RUN ends by a signal */
		report_that(r->name, !r->bad && (r->done || r->act == run), "%u of %u, %s", r->done, r->tries,
			    error_name(r->bad));
		printf("    %s: %u of %u\n", r->name, r->done, r->tries);
	}
}

/* Whoever has won: both are attached, and talk to each other */
static void goes_on_after(void)
{
	unsigned int i, from[2];
	int error, failed = 0;

	for (i = 0; i < 2; i++) {
		error = attach(pair_fd(&guest, i));
		report_that(i ? "then/attach-second" : "then/attach", !error || error == ENOENT, "%s",
			    error_name(error));
	}
	for (i = 0; i < 2; i++) {
		pair_set_mode(&guest, i, PAIR_HALTS);
		from[i] = pair_vcpu(&guest, i)->answers;
	}
	for (i = 0; i < 50 && !failed && (pair_vcpu(&guest, 0)->answers - from[0] < 10 ||
					   pair_vcpu(&guest, 1)->answers - from[1] < 10); i++)
		failed = pair_run(&guest, 3, 100000);
	report_that("then/answers", !failed && i < 50, "%u and %u", pair_vcpu(&guest, 0)->answers - from[0],
		    pair_vcpu(&guest, 1)->answers - from[1]);
	for (i = 0; i < 2; i++) {
		volatile struct pair_vcpu *v = pair_vcpu(&guest, i);

		report_that(i ? "then/clean-second" : "then/clean", !v->wrong && v->sent - v->answers <= 1,
			    "%u wrong; %u answers to %u", v->wrong, v->answers, v->sent);
	}
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 5) {
		fputs("usage: races PAYLOADS CPU CPU SECONDS\n", stderr);
		return 2;
	}
	detached_begin(argv[1], atoi(argv[2]));
	guest.core[0] = core;
	core_take(atoi(argv[3]));
	guest.core[1] = core;
	fd = memfd_create("more", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, MORE_SIZE))
		die("memfd_create");
	more = mmap(NULL, MORE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (more == MAP_FAILED)
		die("mmap");
	pair_new(&guest, 0);
	ticker_install(&guest.ticker, payloads);
	if (pair_run(&guest, 3, 50000))
		die("the guest does not run");
	all_race(atoi(argv[4]));
	goes_on_after();
	vm_release(guest.ticker.vm);
	pair_close(&guest);
	close(guest.core[0]);
	close(guest.core[1]);
	printf("    %u vCPUs were detached\n", *detached);
	return trial_status();
}
