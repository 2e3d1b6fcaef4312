// SPDX-License-Identifier: GPL-2.0-only
/*
 * The demo's act of live update: a guest outlives its VMM.
 *
 *   outlive PAYLOADS CPU FOLDER
 *
 * A VMM runs a guest; its vCPU is detached to CPU, which the host gives away for that, and the VMM
 * is killed.  Another VMM adopts the VM and attaches the vCPU.  Behind each of these steps it waits
 * for a file in FOLDER: "before", "without" and "after".  Prints lines "ok outlive: TEXT" and
 * "not ok outlive: TEXT", and one "waits for NAME" each.  Exit status: 0 if all was as it should be, 1
 * if not, 3 if it could not be tried.
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

#include "detached.h"
#include "keeper.h"
#include "trial.h"

static const char *folder;
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

/* A VMM never returns: it runs the guest, and waits for its end */
static _Noreturn void go_on(struct ticker *ticker, int ready)
{
	const char *why = NULL;

	if (write(ready, "", 1) != 1)
		die("write");
	while (!why)
		why = ticker_run(ticker, 64);
	printf("    VMM: %s\n", why);
	exit(1);
}

static _Noreturn void first_vmm(int socket, int command, int ready)
{
	struct ticker ticker;
	int error;
	char byte;

	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	keeper_send_ticker(socket, &ticker);
	/* Attached, until it is told to let the guest go */
	fcntl(command, F_SETFL, O_NONBLOCK);
	do {
		if (ticker_run(&ticker, 64))
			exit(1);
	} while (read(command, &byte, 1) != 1);
	error = vm_prepare(ticker.vm, HANDOVER) ?: detach(&ticker);
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
static _Noreturn void second_vmm(struct ticker *ticker, int ready)
{
	int error;

	ticker_map(ticker);
	error = ticker_adopt(ticker) ?: attach(ticker->vcpu);
	if (error) {
		printf("    second VMM: %s\n", error_name(error));
		exit(1);
	}
	head(ticker)->quiet = 0;
	go_on(ticker, ready);
}

static bool comes(int from)
{
	char byte;

	return read(from, &byte, 1) == 1;
}

/* Whoever runs it: how many rounds it makes in a quarter of a second, or 0 if it has lost anything */
static uint32_t rounds(const struct ticker *ticker)
{
	uint32_t from = head(ticker)->round;
	double until = seconds() + 10;

	usleep(250000);
	while (head(ticker)->round == from && seconds() < until)
		usleep(1000);
	return head(ticker)->lost ? 0 : head(ticker)->round - from;
}

/* While nobody runs it: its own record, in its own memory */
static void look_without(const struct ticker *ticker, uint32_t last, double killed)
{
	unsigned int i;
	uint32_t more;

	for (i = 0; i < 3; i++) {
		more = rounds(ticker);
		say(more, "%.1f s without a VMM: the guest has counted %u rounds with a CPUID each, and lost nothing",
		    seconds() - killed, head(ticker)->round - last);
	}
}

static void act(void)
{
	int pair[2], command[2], ready[2];
	struct ticker ticker;
	uint32_t last, then;
	double killed;
	pid_t first, second;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ||
	    pipe2(command, O_CLOEXEC) || pipe2(ready, O_CLOEXEC))
		die("pipe");
	first = child();
	if (!first)
		first_vmm(pair[1], command[0], ready[1]);
	close(ready[1]);
	keeper_receive_ticker(pair[0], &ticker);
	say(rounds(&ticker), "a guest counts under VMM %d, and a keeper has its descriptors", first);
	wait_for_file("before");

	if (write(command[1], "", 1) != 1 || !comes(ready[0])) {
		say(false, "its vCPU is not detached");
		return;
	}
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	killed = seconds();
	last = head(&ticker)->round;
	say(true, "its vCPU is detached, and VMM %d was killed (SIGKILL) at round %u", first, last);
	/* One in each round from here on, and only its caretaker is there to answer it */
	head(&ticker)->quiet = ONLY_CPUID;
	look_without(&ticker, last, killed);
	wait_for_file("without");

	then = head(&ticker)->round;
	if (pipe2(ready, O_CLOEXEC))
		die("pipe");
	second = child();
	if (!second)
		second_vmm(&ticker, ready[1]);
	close(ready[1]);
	say(comes(ready[0]), "VMM %d adopts the VM and attaches the vCPU at round %u, after %.1f s", second,
	    head(&ticker)->round, seconds() - killed);
	say(rounds(&ticker) && head(&ticker)->round > then, "its exits reach VMM %d, at round %u", second,
	    head(&ticker)->round);
	wait_for_file("after");
	say(rounds(&ticker), "the guest counts on: round %u", head(&ticker)->round);
	kill(second, SIGKILL);
	waitpid(second, NULL, 0);
	ticker_close(&ticker);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: outlive PAYLOADS CPU FOLDER\n", stderr);
		return 2;
	}
	folder = argv[3];
	setvbuf(stdout, NULL, _IOLBF, 0);
	detached_begin(argv[1], atoi(argv[2]));
	say(true, "the host gives CPU %s away", argv[2]);
	act();
	close(core);
	return failed;
}
