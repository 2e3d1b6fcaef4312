// SPDX-License-Identifier: GPL-2.0-only
/* The vCPUs of a Linux guest run, each in a thread, until they are detached: see linux_guest.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "detached.h"
#include "linux_guest.h"
#include "trial.h"

#define COM1		0x3f8
#define COM_STATUS	(COM1 + 5)
#define COM_EMPTY	0x60

enum order { RUN, PREPARE, DETACH };

static struct runner {
	struct linux_guest *guest;
	unsigned int vcpu;
	pthread_t thread;
	_Atomic int order, error;
	_Atomic bool done, ended;
} runners[LINUX_CPUS];

/* As a UART that has always room, and nothing else */
static void port(const struct kvm_run *run)
{
	unsigned char *data = (unsigned char *)run + run->io.data_offset;

	if (run->io.direction == KVM_EXIT_IO_IN)
		memset(data, run->io.port == COM_STATUS ? COM_EMPTY : 0xff, run->io.size * run->io.count);
	else if (run->io.port == COM1)
		fwrite(data, 1, run->io.count, stdout);
}

/* A signal would end PREPARE, and undo it */
static int prepare(const struct runner *r)
{
	sigset_t alarm, old;
	int error;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &alarm, &old);
	error = vm_prepare(r->guest->vm, HANDOVER);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return error;
}

/* Out of KVM_RUN.  Has it left the guest to a core of its own? */
static bool obeys(struct runner *r)
{
	enum order what = r->order;

	if (what == RUN)
		return false;
	r->error = what == PREPARE ? prepare(r) :
		   detach_to(r->guest->vcpu[r->vcpu], r->guest->core[r->vcpu]);
	if (r->error == EAGAIN)
		return false;
	r->order = RUN;
	r->done = true;
	return what == DETACH && !r->error;
}

static void *run_vcpu(void *arg)
{
	struct runner *r = arg;
	struct kvm_run *run = r->guest->run[r->vcpu];

	alarm_begin();
	while (!obeys(r)) {
		if (ioctl(r->guest->vcpu[r->vcpu], KVM_RUN, 0)) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			printf("    vcpu %u: KVM_RUN: %s\n", r->vcpu, error_name(errno));
			r->ended = true;
			return NULL;
		}
		if (run->exit_reason == KVM_EXIT_IO) {
			port(run);
		} else if (run->exit_reason == KVM_EXIT_MMIO) {
			if (!run->mmio.is_write)
				memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
		} else {
			if (run->exit_reason != KVM_EXIT_SHUTDOWN)
				printf("    vcpu %u: exit %u, %u\n", r->vcpu, run->exit_reason,
				       run->internal.suberror);
			r->ended = true;
			return NULL;
		}
	}
	return NULL;
}

void linux_start(struct linux_guest *guest)
{
	unsigned int i;

	for (i = 0; i < guest->cpus; i++) {
		runners[i].guest = guest;
		runners[i].vcpu = i;
		if (pthread_create(&runners[i].thread, NULL, run_vcpu, &runners[i]))
			die("pthread_create");
	}
}

static int order(unsigned int vcpu, enum order what)
{
	unsigned int i;

	runners[vcpu].done = false;
	runners[vcpu].order = what;
	for (i = 0; i < 5000 && !runners[vcpu].done; i++)
		usleep(1000);
	return runners[vcpu].done ? runners[vcpu].error : EAGAIN;
}

int linux_prepare(void)
{
	return order(0, PREPARE);
}

int linux_detach(void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < LINUX_CPUS && runners[i].guest && !error; i++) {
		error = order(i, DETACH);
		if (!error)
			pthread_join(runners[i].thread, NULL);
	}
	return error;
}

bool linux_ended(unsigned int seconds)
{
	unsigned int i;

	for (i = 0; i < seconds * 100 && !runners[0].ended && !runners[1].ended; i++)
		usleep(10000);
	return runners[0].ended || runners[1].ended;
}
