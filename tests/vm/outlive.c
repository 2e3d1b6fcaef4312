// SPDX-License-Identifier: GPL-2.0-only
/*
 * The demo's act of live update: a guest outlives its VMM.
 *
 *   outlive PAYLOADS CPU CPU FOLDER
 *
 * A VMM runs a guest of two vCPUs that count, have a timer, and send each other interrupts.  They
 * are detached to the CPUs, which the host gives away for that, and the VMM is killed.  Another VMM
 * adopts the VM and attaches the vCPUs.  Behind each of these steps it waits for a file in FOLDER:
 * "before", "without" and "after".  Prints lines "ok outlive: TEXT" and "not ok outlive: TEXT", and
 * one "waits for NAME" each.  Exit status: 0 if all was as it should be, 1 if not, 3 if it could not
 * be tried.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "detached.h"
#include "keeper.h"
#include "pair.h"
#include "trial.h"

#define TICKS_PER_S	20

static const char *folder;
static int cores[2];
static int failed;

static void __attribute__((format(printf, 2, 3))) say(bool good, const char *text, ...)
{
	va_list values;

	fputs(good ? "ok outlive: " : "not ok outlive: ", stdout);
	va_start(values, text);
	vprintf(text, values);
	va_end(values);
	putchar('\n');
	failed |= !good;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void wait_for_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	printf("waits for %s\n", name);
	while (access(path, F_OK))
		usleep(20000);
}

/* The guest talks to its VMM: each round waits for it */
static int run(struct pair *guest)
{
	return pair_run(guest, 3, 200000);
}

static void talk(struct pair *guest, bool on)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		pair_vcpu(guest, i)->talks = on;
}

static void hand_over(int socket, const struct pair *guest)
{
	const struct ticker *t = &guest->ticker;
	const int fds[] = { t->kvm, t->vm, t->vcpu, t->memory_fd, t->rom_fd, guest->second };

	if (keeper_send(socket, fds, sizeof(fds) / sizeof(fds[0])))
		die("keeper_send");
}

static void receive(int socket, struct pair *guest)
{
	int fds[6];

	if (keeper_receive(socket, fds, sizeof(fds) / sizeof(fds[0])))
		die("keeper_receive");
	*guest = (struct pair){
		.ticker = { .kvm = fds[0], .vm = fds[1], .vcpu = fds[2], .memory_fd = fds[3],
			    .rom_fd = fds[4] },
		.second = fds[5], .core = { cores[0], cores[1] },
	};
	pair_map(guest);
}

static _Noreturn void first_vmm(int socket, int command, int ready)
{
	struct pair guest = { .core = { cores[0], cores[1] } };
	int error;
	char byte;

	pair_new(&guest, bare_tsc_hz() / TICKS_PER_S);
	ticker_install(&guest.ticker, payloads);
	talk(&guest, true);
	hand_over(socket, &guest);
	/* Attached, until it is told to let the guest go */
	fcntl(command, F_SETFL, O_NONBLOCK);
	do {
		if (run(&guest))
			exit(1);
	} while (read(command, &byte, 1) != 1);
	talk(&guest, false);
	error = vm_prepare(guest.ticker.vm, HANDOVER) ?: pair_detach(&guest, 0) ?:
		pair_detach(&guest, 1);
	if (error) {
		printf("    first VMM: %s\n", error_name(error));
		exit(1);
	}
	if (write(ready, "", 1) != 1)
		die("write");
	for (;;)
		pause();
}

/* It has nothing of the first but the descriptors, and the name that it gave the VM */
static _Noreturn void second_vmm(struct pair *guest, int ready)
{
	int error;

	pair_map(guest);
	error = ticker_adopt(&guest->ticker) ?: pair_attach(guest, 0) ?: pair_attach(guest, 1);
	if (error) {
		printf("    second VMM: %s\n", error_name(error));
		exit(1);
	}
	talk(guest, true);
	if (write(ready, "", 1) != 1)
		die("write");
	while (!run(guest))
		;
	exit(1);
}

static bool comes(int from)
{
	char byte;

	return read(from, &byte, 1) == 1;
}

/* What the guest has in its memory of itself */
struct record {
	uint32_t rounds, ticks;
	bool good;
};

static struct record look(const struct pair *guest)
{
	struct record now = { .good = true };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const volatile struct pair_vcpu *v = pair_vcpu(guest, i);

		now.rounds += v->answers;
		now.ticks += v->ticks;
		now.good &= !v->wrong && !v->early && v->vendor == TICKER_VENDOR &&
			    (int32_t)(v->sent - v->answers) <= 1;
	}
	return now;
}

/* Whoever runs it: both vCPUs have rounds and ticks within a quarter of a second */
static bool goes_on_well(const struct pair *guest)
{
	struct pair_vcpu from[2] = { *pair_vcpu(guest, 0), *pair_vcpu(guest, 1) };
	double until = seconds() + 10;
	bool all;

	usleep(250000);
	do {
		unsigned int i;

		all = true;
		for (i = 0; i < 2; i++)
			all &= pair_vcpu(guest, i)->answers != from[i].answers &&
			       pair_vcpu(guest, i)->ticks != from[i].ticks;
		usleep(1000);
	} while (!all && seconds() < until);
	return all && look(guest).good;
}

/* While nobody runs it: its own record, in its own memory */
static void look_without(const struct pair *guest, const struct record *last, double killed)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		bool good = goes_on_well(guest);
		struct record now = look(guest);

		say(good, "%.1f s without a VMM: %u ticks, and %u interrupts from vCPU to vCPU, each answered once",
		    seconds() - killed, now.ticks - last->ticks, 2 * (now.rounds - last->rounds));
	}
}

static void act(void)
{
	int pair[2], command[2], ready[2];
	struct record last;
	struct pair guest;
	double killed;
	pid_t first, second;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ||
	    pipe2(command, O_CLOEXEC) || pipe2(ready, O_CLOEXEC))
		die("pipe");
	first = child();
	if (!first)
		first_vmm(pair[1], command[0], ready[1]);
	close(ready[1]);
	receive(pair[0], &guest);
	say(goes_on_well(&guest),
	    "a guest of two vCPUs counts, ticks and sends itself interrupts under VMM %d; a keeper has its descriptors",
	    first);
	wait_for_file("before");

	if (write(command[1], "", 1) != 1 || !comes(ready[0])) {
		say(false, "its vCPUs are not detached");
		return;
	}
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	killed = seconds();
	last = look(&guest);
	say(true, "its vCPUs are detached, and VMM %d was killed (SIGKILL) at round %u", first, last.rounds);
	look_without(&guest, &last, killed);
	wait_for_file("without");

	last = look(&guest);
	if (pipe2(ready, O_CLOEXEC))
		die("pipe");
	second = child();
	if (!second)
		second_vmm(&guest, ready[1]);
	close(ready[1]);
	say(comes(ready[0]), "VMM %d adopts the VM and attaches the vCPUs at round %u, after %.1f s", second,
	    look(&guest).rounds, seconds() - killed);
	say(goes_on_well(&guest), "its exits reach VMM %d, at round %u", second, look(&guest).rounds);
	wait_for_file("after");
	say(goes_on_well(&guest), "the guest goes on: round %u", look(&guest).rounds);
	kill(second, SIGKILL);
	waitpid(second, NULL, 0);
	pair_close(&guest);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("usage: outlive PAYLOADS CPU CPU FOLDER\n", stderr);
		return 2;
	}
	folder = argv[4];
	setvbuf(stdout, NULL, _IOLBF, 0);
	detached_begin(argv[1], atoi(argv[2]));
	cores[0] = core;
	core_take(atoi(argv[3]));
	cores[1] = core;
	say(true, "the host gives CPUs %s and %s away", argv[2], argv[3]);
	act();
	close(cores[0]);
	close(cores[1]);
	return failed;
}
