// SPDX-License-Identifier: GPL-2.0-only
/* A ticker that continues on a core of its own: see detached.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/caretaker.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "detached.h"
#include "keeper.h"
#include "trial.h"

const char *payloads;
int core = -1;
unsigned int *detached;

struct kvm_caretaker_vcpu_op vcpu_op_init(unsigned int op)
{
	return (struct kvm_caretaker_vcpu_op){ .size = sizeof(struct kvm_caretaker_vcpu_op),
					       .op = op, .cpu_fd = core };
}

int vcpu_op(int vcpu, struct kvm_caretaker_vcpu_op *op)
{
	return ioctl(vcpu, KVM_CARETAKER_VCPU, op) ? errno : 0;
}

int detach_to(int vcpu, int to)
{
	struct kvm_caretaker_vcpu_op op = vcpu_op_init(KVM_CARETAKER_VCPU_DETACH);
	int error;

	op.cpu_fd = to;
	error = vcpu_op(vcpu, &op);
	if (!error)
		__atomic_add_fetch(detached, 1, __ATOMIC_RELAXED);
	return error;
}

int detach_once(int vcpu)
{
	return detach_to(vcpu, core);
}

int attach(int vcpu)
{
	struct kvm_caretaker_vcpu_op op = vcpu_op_init(KVM_CARETAKER_VCPU_ATTACH);

	return vcpu_op(vcpu, &op);
}

struct kvm_caretaker_vcpu_op state_of(int vcpu)
{
	struct kvm_caretaker_vcpu_op op = vcpu_op_init(KVM_CARETAKER_VCPU_STATE);
	int error = vcpu_op(vcpu, &op);

	if (error) {
		errno = error;
		die("KVM_CARETAKER_VCPU_STATE");
	}
	return op;
}

unsigned int core_state(void)
{
	struct caretaker_cpu_state state = { .size = sizeof(state) };

	if (ioctl(core, CARETAKER_CPU_STATE, &state))
		die("CARETAKER_CPU_STATE");
	return state.state;
}

volatile struct ticker_head *head(const struct ticker *ticker)
{
	return ticker_head(ticker);
}

static void no_action(int signal) { (void)signal; }

int run_silently(struct ticker *ticker)
{
	/* Again and again: on a busy machine the first may come before KVM_RUN does */
	struct itimerval soon = { .it_value.tv_usec = 5000, .it_interval.tv_usec = 5000 };
	struct itimerval never = { 0 };
	int status, error;

	head(ticker)->quiet = SILENT;
	setitimer(ITIMER_REAL, &soon, NULL);
	do {
		status = ioctl(ticker->vcpu, KVM_RUN, 0);
	} while (!status && ticker->run->exit_reason == KVM_EXIT_IO);
	error = errno;
	setitimer(ITIMER_REAL, &never, NULL);
	if (status && error == EINTR)
		return 0;
	printf("    KVM_RUN: %d, %s, exit %u\n", status, error_name(error),
	       ticker->run->exit_reason);
	return -1;
}

int detach(struct ticker *ticker)
{
	unsigned int tries;
	int error = EAGAIN;

	for (tries = 0; tries < 100 && error == EAGAIN; tries++) {
		if (run_silently(ticker))
			return EIO;
		error = detach_once(ticker->vcpu);
	}
	return error;
}

timer_t alarm_begin(void)
{
	struct sigaction action = { .sa_handler = no_action };
	struct sigevent wake = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	struct itimerspec often = { { 0, 5000000 }, { 0, 5000000 } };
	timer_t alarm;

	sigaction(SIGUSR1, &action, NULL);
	wake._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &wake, &alarm) || timer_settime(alarm, 0, &often, NULL))
		die("timer_create");
	return alarm;
}

int reaches(const volatile uint32_t *what, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < 50000 && (int32_t)(*what - value) < 0; i++)
		usleep(100);
	return (int32_t)(*what - value) >= 0;
}

int grows(const volatile uint32_t *what, uint32_t by)
{
	return reaches(what, *what + by);
}

struct ticks_look ticks_look(const volatile uint32_t *ticks, uint32_t period)
{
	struct ticks_look now;
	uint64_t begin;
	int i;

	/* This thread may be slow as well */
	for (i = 0; i < 1000; i++) {
		begin = __rdtsc();
		now.ticks = *ticks;
		now.tsc = __rdtsc();
		if (now.tsc - begin < period / 2)
			break;
	}
	return now;
}

int counts(const struct ticker *ticker)
{
	uint32_t from = head(ticker)->round;
	unsigned int i;

	for (i = 0; i < 2000 && head(ticker)->round - from < 20; i++)
		usleep(1000);
	return head(ticker)->round - from >= 20 && !head(ticker)->lost;
}

int stands_still(const struct ticker *ticker)
{
	uint32_t from = head(ticker)->round;

	usleep(50000);
	return head(ticker)->round == from;
}

int becomes(const struct ticker *ticker, unsigned int state)
{
	unsigned int i;

	for (i = 0; i < 2000 && state_of(ticker->vcpu).state != state; i++)
		usleep(1000);
	return state_of(ticker->vcpu).state == state;
}

void goes_on(const char *name, struct ticker *ticker)
{
	const char *why;

	head(ticker)->quiet = 0;
	why = ticker_run(ticker, 200);
	report_that(name, !why && !head(ticker)->lost, "%s", why ?: "it has lost something");
}

void detached_guest(struct ticker *ticker)
{
	const char *why;

	ticker_new(ticker, false);
	ticker_install(ticker, payloads);
	why = ticker_run(ticker, 64);
	if (why)
		printf("    new guest: %s\n", why);
}

int wait_for(int pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

int child(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* It hands the descriptors on, and waits for its end */
static _Noreturn void vmm_detaching(int socket, void (*make)(struct ticker *), uint32_t quiet)
{
	struct ticker ticker;
	int error;

	make(&ticker);
	error = vm_prepare(ticker.vm, HANDOVER) ?: detach(&ticker);
	if (error) {
		printf("    first VMM: %s\n", error_name(error));
		exit(1);
	}
	head(&ticker)->quiet = quiet;
	keeper_send_ticker(socket, &ticker);
	for (;;)
		pause();
}

int detached_vmm(struct ticker *kept, void (*make)(struct ticker *), uint32_t quiet)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	pid = child();
	if (!pid)
		vmm_detaching(pair[1], make, quiet);
	close(pair[1]);
	keeper_receive_ticker(pair[0], kept);
	close(pair[0]);
	return pid;
}

void core_take(unsigned int cpu)
{
	struct caretaker_get_cpu get = { .size = sizeof(get), .cpu = cpu,
					 .flags = CARETAKER_CPU_CORE };
	int device = open("/dev/kvm-caretaker", O_RDWR | O_CLOEXEC);

	if (device < 0 || ioctl(device, CARETAKER_GET_CPU, &get))
		die("CARETAKER_GET_CPU");
	close(device);
	core = get.fd;
}

void detached_begin(const char *folder, unsigned int cpu)
{
	struct sigaction action = { .sa_handler = no_action };

	payloads = folder;
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGALRM, &action, NULL);
	detached = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (detached == MAP_FAILED)
		die("mmap");
	core_take(cpu);
}
