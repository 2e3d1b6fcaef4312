// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux guest outlives its VMMs, one after the other, on cores of its own meanwhile.
 *
 *   gap_linux PAYLOADS KERNEL INIT clock|all RESTARTS CPU...
 *
 * With one CPU the guest has one vCPU, with two it has two; it may use KVM's clock alone, or all of
 * KVM's features that take no hypercall.  A VMM boots it; then the vCPUs are
 * detached to the CPUs, the VMM is killed, and another one adopts the VM and attaches them; so often.
 * INIT is linux_inside: what it does, and what it keeps of it in its memory, must go on all the time.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/caretaker.h>

#include "detached.h"
#include "keeper.h"
#include "linux_guest.h"
#include "ticker.h"
#include "trial.h"

#define BOOT_S		120

static const char *kernel, *init;
static enum linux_features features;
static unsigned int cpus;
static int cores[LINUX_CPUS];

static uint64_t ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static volatile struct linux_record *wait_for_record(const struct linux_guest *guest)
{
	uint64_t until = ms() + BOOT_S * 1000;
	volatile struct linux_record *record;

	do {
		usleep(50000);
		record = linux_record(guest);
	} while (!record && ms() < until);
	return record;
}

/* Detaches when it is told to, or waits for the guest's end */
static _Noreturn void serve(struct linux_guest *guest, bool prepared, int command, int ready)
{
	int error;
	char what;

	memcpy(guest->core, cores, sizeof(cores));
	linux_start(guest);
	if (write(ready, "", 1) != 1)
		die("write");
	if (read(command, &what, 1) != 1)
		die("read");
	if (what == 'e')
		exit(!linux_ended(60));
	error = prepared ? 0 : linux_prepare();
	error = error ?: linux_detach();
	if (error) {
		printf("    VMM: not detached: %s\n", error_name(error));
		exit(1);
	}
	if (write(ready, "", 1) != 1)
		die("write");
	for (;;)
		pause();
}

static _Noreturn void first_vmm(int socket, int command, int ready)
{
	struct linux_guest guest = { 0 };
	int fds[LINUX_FDS];

	linux_new(&guest, cpus, features, kernel, init);
	ticker_install(&(struct ticker){ .vm = guest.vm }, payloads);
	linux_fds(&guest, fds);
	if (keeper_send(socket, fds, LINUX_FDS))
		die("keeper_send");
	serve(&guest, false, command, ready);
}

static _Noreturn void next_vmm(const int fds[LINUX_FDS], int command, int ready)
{
	struct linux_guest guest = { 0 };
	unsigned int i;
	int error;

	linux_map(&guest, fds, cpus);
	error = linux_adopt(&guest);
	for (i = 0; i < cpus && !error; i++)
		error = attach(guest.vcpu[i]);
	if (error) {
		printf("    VMM: not adopted: %s\n", error_name(error));
		exit(1);
	}
	serve(&guest, true, command, ready);
}

/* A VMM, as its keeper sees it */
struct vmm {
	pid_t pid;
	int command, ready;
};

static bool comes(int from)
{
	char byte;

	return read(from, &byte, 1) == 1;
}

static struct vmm vmm_new(int socket, const int *fds)
{
	int command[2], ready[2];
	struct vmm vmm;

	if (pipe2(command, O_CLOEXEC) || pipe2(ready, O_CLOEXEC))
		die("pipe");
	vmm.pid = child();
	if (!vmm.pid) {
		if (fds)
			next_vmm(fds, command[0], ready[1]);
		first_vmm(socket, command[0], ready[1]);
	}
	close(command[0]);
	close(ready[1]);
	vmm.command = command[1];
	vmm.ready = ready[0];
	return vmm;
}

static void vmm_end(struct vmm *vmm)
{
	kill(vmm->pid, SIGKILL);
	waitpid(vmm->pid, NULL, 0);
	close(vmm->command);
	close(vmm->ready);
}

static const char *core_of(unsigned int cpu)
{
	struct caretaker_cpu_state state = { .size = sizeof(state) };

	if (ioctl(cores[cpu], CARETAKER_CPU_STATE, &state))
		return "?";
	return state.state == CARETAKER_CPU_RUNNING ? "runs" :
	       state.state == CARETAKER_CPU_BLOCKED ? "blocked" : "neither";
}

/* Each of its CPUs does all that it does, within 20 seconds; what it says of that is good */
static bool all_goes_on(volatile struct linux_record *record)
{
	struct linux_record from = *record;
	uint64_t until = ms() + 20000;
	unsigned int i, on;
	bool good = !record->back;

	do {
		usleep(1000);
		for (i = on = 0; i < cpus; i++) {
			volatile struct linux_cpu *now = &record->cpu[i], *was = &from.cpu[i];

			on += now->hashes != was->hashes && now->reads != was->reads &&
			      now->ticks - was->ticks > 2 && now->answers - was->answers > 2;
		}
	} while (on < cpus && ms() < until);
	for (i = 0; i < cpus; i++) {
		volatile struct linux_cpu *now = &record->cpu[i], *was = &from.cpu[i];

		good &= !now->wrong && !now->lost;
		if (on < cpus || now->wrong || now->lost)
			printf("    cpu %u (core %s): +%llu hashes, %llu wrong, +%llu reads, +%llu ticks, +%llu answers, %llu lost\n",
			       i, core_of(i), (unsigned long long)(now->hashes - was->hashes),
			       (unsigned long long)now->wrong, (unsigned long long)(now->reads - was->reads),
			       (unsigned long long)(now->ticks - was->ticks),
			       (unsigned long long)(now->answers - was->answers), (unsigned long long)now->lost);
	}
	return good && on == cpus;
}

static void act(unsigned int restarts)
{
	int pair[2], fds[LINUX_FDS];
	struct linux_guest kept = { 0 };
	volatile struct linux_record *record;
	unsigned int i, gone_on = 0, without = 0;
	uint64_t begin = ms();
	struct vmm vmm;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	vmm = vmm_new(pair[1], NULL);
	if (keeper_receive(pair[0], fds, LINUX_FDS))
		die("keeper_receive");
	linux_map(&kept, fds, cpus);
	record = comes(vmm.ready) ? wait_for_record(&kept) : NULL;
	report_that("boots", record && record->cpus == cpus, "%s", record ? "CPUs are missing" : "no record of it");
	if (!record) {
		vmm_end(&vmm);
		return;
	}
	printf("    booted in %.1f s\n", (ms() - begin) / 1e3);
	report_that("runs", all_goes_on(record), "see above");
	for (i = 0; i < restarts; i++) {
		if (write(vmm.command, "d", 1) != 1 || !comes(vmm.ready))
			break;
		vmm_end(&vmm);
		without += all_goes_on(record);
		vmm = vmm_new(-1, fds);
		if (!comes(vmm.ready))
			break;
		gone_on += all_goes_on(record);
	}
	report_that("without-a-vmm", without == restarts, "%u of %u", without, restarts);
	report_that("adopted", gone_on == restarts, "%u of %u", gone_on, restarts);
	report_that("clock", !record->back, "%llu readings went back", (unsigned long long)record->back);
	record->stop = 1;
	report_that("ends", write(vmm.command, "e", 1) == 1 && !wait_for(vmm.pid), "it did not");
	close(vmm.command);
	close(vmm.ready);
	linux_close(&kept);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 7 || argc > 6 + LINUX_CPUS) {
		fputs("usage: gap_linux PAYLOADS KERNEL INIT clock|all RESTARTS CPU...\n", stderr);
		return 2;
	}
	kernel = argv[2];
	init = argv[3];
	features = strcmp(argv[4], "all") ? LINUX_PV_CLOCK : LINUX_PV_ALL;
	cpus = argc - 6;
	detached_begin(argv[1], atoi(argv[6]));
	cores[0] = core;
	for (i = 1; i < cpus; i++) {
		core_take(atoi(argv[6 + i]));
		cores[i] = core;
	}
	act(atoi(argv[5]));
	for (i = 0; i < cpus; i++)
		close(cores[i]);
	return trial_status();
}
