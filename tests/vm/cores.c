// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes cores from the host by /dev/kvm-caretaker.
 *
 *   cores take [--core] CPU		takes it and gives it back: "0 APIC-ID", or the errno
 *   cores hold [--core] CPU... -- COMMAND...
 *					the command while they are taken: their descriptors are
 *					from number 10 on
 *   cores state FD [THREAD]		what the kernel says of one, as NAME=VALUE
 *   cores cycle [--core] CPU TIMES	takes it and gives it back so often, and runs on it between
 *   cores refuse CPU BOOT-CPU TAKEN-CPU OFFLINE-CPU	what is refused, and how
 *
 * Exit status: 0, 1 if something was not as expected, 3 if it could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/caretaker.h>
#include <linux/kvm.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trial.h"

#define FIRST_FD	10

static int device(void)
{
	int fd = open("/dev/kvm-caretaker", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		printf("%s\n", error_name(errno));
		exit(3);
	}
	return fd;
}

/* Return: the descriptor, or the negative errno */
static int take(int dev, unsigned int cpu, uint64_t flags, unsigned int *apic_id)
{
	struct caretaker_get_cpu argument = { .size = sizeof(argument), .cpu = cpu, .flags = flags };

	if (ioctl(dev, CARETAKER_GET_CPU, &argument))
		return -errno;
	if (apic_id)
		*apic_id = argument.apic_id;
	return argument.fd;
}

static int hold(int dev, uint64_t flags, char **word)
{
	int next = FIRST_FD, fd, status;
	pid_t child;

	for (; *word && strcmp(*word, "--"); word++) {
		fd = take(dev, atoi(*word), flags, NULL);
		if (fd < 0) {
			printf("cores: CPU %s: %s\n", *word, error_name(-fd));
			return 3;
		}
		if (dup2(fd, next++) < 0)
			die("dup2");
		close(fd);
	}
	if (!*word || !word[1])
		return 2;
	child = fork();
	if (!child) {
		execvp(word[1], word + 1);
		die(word[1]);
	}
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int state(int fd, unsigned int thread)
{
	struct caretaker_cpu_state s = { .size = sizeof(s), .thread = thread };

	if (ioctl(fd, CARETAKER_CPU_STATE, &s)) {
		printf("%s\n", error_name(errno));
		return 1;
	}
	printf("state=%u threads=%u cpu=%u apic_id=%u strays=%llu nmis=%llu machine_checks=%llu stray_vector=%u fault=%d rip=%#llx\n",
	       s.state, s.threads, s.cpu, s.apic_id, s.strays, s.nmis, s.machine_checks,
	       s.stray_vector, (int)s.fault_vector, s.fault_rip);
	return 0;
}

/* Is the CPU the host's, and does it compute? */
static int runs_on(unsigned int cpu)
{
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return 0;
	for (i = 0; i < 3; i++) {
		if (sched_getcpu() != (int)cpu)
			return 0;
		usleep(1000);
	}
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

static int cycle(int dev, uint64_t flags, unsigned int cpu, unsigned int times)
{
	unsigned int i;
	int fd;

	for (i = 0; i < times; i++) {
		fd = take(dev, cpu, flags, NULL);
		if (fd < 0) {
			printf("cycle %u: %s\n", i, error_name(-fd));
			return 1;
		}
		close(fd);
		if (!runs_on(cpu)) {
			printf("cycle %u: the CPU does not run\n", i);
			return 1;
		}
	}
	printf("%u cycles\n", times);
	return 0;
}

/* --- What is refused ------------------------------------------------------ */

struct sized {
	struct caretaker_get_cpu argument;
	char more[8192 - sizeof(struct caretaker_get_cpu)];
};

static void try(int dev, const char *name, const char *expected, void *argument)
{
	int fd = ioctl(dev, CARETAKER_GET_CPU, argument);
	int error = fd < 0 ? errno : 0;

	if (!error)
		close(((struct caretaker_get_cpu *)argument)->fd);
	report(name, error, expected);
}

static void refuse_sizes(int dev, unsigned int cpu)
{
	static struct sized a;

	a.argument = (struct caretaker_get_cpu){ .size = sizeof(a.argument) - 1, .cpu = cpu };
	try(dev, "size/smaller", "EINVAL", &a);
	a.argument.size = 0;
	try(dev, "size/none", "EINVAL", &a);
	a.argument.size = 4097;
	try(dev, "size/too-large", "E2BIG", &a);
	a.argument.size = sizeof(a.argument) + 8;
	a.more[7] = 1;
	try(dev, "size/unknown-not-zero", "E2BIG", &a);
	a.more[7] = 0;
	try(dev, "size/unknown-zero", "0", &a);
	a.argument = (struct caretaker_get_cpu){ .size = sizeof(a.argument), .cpu = cpu, .flags = 2 };
	try(dev, "flags/unknown", "EINVAL", &a);
	a.argument.flags = 0;
	a.argument.reserved[3] = 1;
	try(dev, "reserved", "EINVAL", &a);
	try(dev, "argument/nowhere", "EFAULT", (void *)8);
}

/* The argument can be read and not written: the core must not stay taken */
static void refuse_no_answer(int dev, unsigned int cpu)
{
	struct caretaker_get_cpu *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		die("mmap");
	*page = (struct caretaker_get_cpu){ .size = sizeof(*page), .cpu = cpu };
	mprotect(page, 4096, PROT_READ);
	try(dev, "argument/read-only", "EFAULT", page);
	report_that("argument/read-only/core-is-back", runs_on(cpu), "it is not");
}

static void refuse_cpu(int dev, const char *name, const char *expected, unsigned int cpu)
{
	struct caretaker_get_cpu a = { .size = sizeof(a), .cpu = cpu };

	try(dev, name, expected, &a);
}

/* In a process of its own, which gives its capabilities up */
static void refuse_user(int dev, unsigned int cpu)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		int again;

		if (setgid(1000) || setuid(1000))
			die("setuid");
		again = open("/dev/kvm-caretaker", O_RDWR);
		report("user/open", again < 0 ? errno : 0, "EACCES");
		refuse_cpu(dev, "user/descriptor-of-root", "EPERM", cpu);
		/* Root of a namespace of one's own */
		if (unshare(CLONE_NEWUSER))
			die("unshare");
		refuse_cpu(dev, "user/namespace", "EPERM", cpu);
		fflush(stdout);
		_exit(trial_status());
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		die("waitpid");
	report_that("user", !WEXITSTATUS(status), "see above");
}

/* A descriptor that was passed on needs no privilege, and no more can be done with it than this */
static void refuse_state(int dev, unsigned int cpu)
{
	struct caretaker_cpu_state s = { .size = sizeof(s) };
	int fd = take(dev, cpu, 0, NULL);

	if (fd < 0) {
		report("state/core", -fd, "0");
		return;
	}
	report("state", ioctl(fd, CARETAKER_CPU_STATE, &s) ? errno : 0, "0");
	s.thread = 1;
	report("state/no-such-thread", ioctl(fd, CARETAKER_CPU_STATE, &s) ? errno : 0, "ENXIO");
	s = (struct caretaker_cpu_state){ .size = sizeof(s) - 8 };
	report("state/size", ioctl(fd, CARETAKER_CPU_STATE, &s) ? errno : 0, "EINVAL");
	s = (struct caretaker_cpu_state){ .size = 8192 };
	report("state/too-large", ioctl(fd, CARETAKER_CPU_STATE, &s) ? errno : 0, "E2BIG");
	s = (struct caretaker_cpu_state){ .size = sizeof(s), .reserved = { 1 } };
	report("state/reserved", ioctl(fd, CARETAKER_CPU_STATE, &s) ? errno : 0, "EINVAL");
	report("state/nowhere", ioctl(fd, CARETAKER_CPU_STATE, 8) ? errno : 0, "EFAULT");
	report("state/other-ioctl", ioctl(fd, CARETAKER_GET_CPU, &s) ? errno : 0, "ENOTTY");
	close(fd);
}

static int refuse(int dev, char **word)
{
	unsigned int cpu = atoi(word[0]);
	struct caretaker_cpu_state s = { .size = sizeof(s) };

	refuse_sizes(dev, cpu);
	refuse_no_answer(dev, cpu);
	refuse_cpu(dev, "cpu/of-the-boot-CPU", "EBUSY", atoi(word[1]));
	refuse_cpu(dev, "cpu/taken", "EEXIST", atoi(word[2]));
	refuse_cpu(dev, "cpu/offline", "ENODEV", atoi(word[3]));
	refuse_cpu(dev, "cpu/not-present", "ENXIO", 7);
	refuse_cpu(dev, "cpu/no-number", "ENXIO", ~0U);
	report("other-ioctl", ioctl(dev, CARETAKER_CPU_STATE, &s) ? errno : 0, "ENOTTY");
	refuse_state(dev, cpu);
	refuse_user(dev, cpu);
	report_that("core-is-the-hosts", runs_on(cpu), "it is not");
	return trial_status();
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	char **word = argv + 2;
	uint64_t flags = 0;
	unsigned int apic_id;
	int fd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 2 && !strcmp(*word, "--core")) {
		flags = CARETAKER_CPU_CORE;
		word++;
		argc--;
	}
	if (!strcmp(verb, "state") && (argc == 3 || argc == 4))
		return state(atoi(word[0]), argc == 4 ? atoi(word[1]) : 0);
	if (!strcmp(verb, "take") && argc == 3) {
		fd = take(device(), atoi(word[0]), flags, &apic_id);
		if (fd < 0)
			printf("%s\n", error_name(-fd));
		else
			printf("0 %u\n", apic_id);
		return 0;
	}
	if (!strcmp(verb, "hold") && argc > 3)
		return hold(device(), flags, word);
	if (!strcmp(verb, "cycle") && argc == 4)
		return cycle(device(), flags, atoi(word[0]), atoi(word[1]));
	if (!strcmp(verb, "refuse") && argc == 6)
		return refuse(device(), word);
	fputs("usage: cores take|hold|state|cycle|refuse ...\n", stderr);
	return 2;
}
