// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user with /dev/kvm and nothing else who wants IMA's log to grow, and another user
 * who wants to be served.
 *
 *   flood PAYLOADS SECONDS
 *
 * Four processes of user 1000, one of them below a user namespace of its own, go on with
 * all that leaves a record: new files, long names, large signatures, installs, updates and
 * removals, VMs that come and go.  Then user 1001 installs, and is refused.  How long the
 * log is the caller looks at.  Exit status: 0 all as expected, 1 not, 3 could not be tried.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/caretaker.h>
#include <linux/kvm.h>

#include "trial.h"

#define FLOODER		1000
#define OTHER		1001
#define PROCESSES	4
#define KEPT		4	/* VMs whose end comes when nothing is left to pay with */
#define FLAGS		(KVM_CARETAKER_SHARED | KVM_CARETAKER_MIN_ENCODINGS)
#define SIGNATURE	60000	/* bytes; near to what ASN.1 of the kernel takes */

/* What one process met */
struct tally {
	unsigned long tried, taken, refused, beyond, other;
	int odd;		/* an errno that nothing here may give */
	unsigned int ended;	/* of the VMs that were kept */
};

static const char *payloads;

static void count(struct tally *tally, int result)
{
	tally->tried++;
	switch (result) {
	case 0:
		tally->taken++;
		break;
	case EDQUOT:
		tally->beyond++;
		break;
	/* Unsigned, no signature at all, a removal of nothing, another goes on */
	case EPERM:
	case EBADMSG:
	case EKEYREJECTED:
	case ENOENT:
		tally->refused++;
		break;
	default:
		tally->other++;
		tally->odd = result;
	}
}

static void become(uid_t user)
{
	if (setgroups(0, NULL) || setresgid(user, user, user) || setresuid(user, user, user))
		die("another user");
}

static const char marker[] = "~Module signature appended~\n";

/* Behind a signature: struct module_signature of the kernel, and the marker */
static void put_trailer(unsigned char *end)
{
	unsigned char *at = end - (sizeof(marker) - 1) - 12;
	uint32_t length = htonl(SIGNATURE);

	memset(at, 0, 12);
	at[2] = 2;	/* PKCS#7 */
	memcpy(at + 8, &length, sizeof(length));
	memcpy(at + 12, marker, sizeof(marker) - 1);
}

/* A file that nobody has seen yet; its name is as long as a name may be */
static int new_file(unsigned int number, bool large)
{
	static unsigned char bytes[512 + SIGNATURE + 12 + sizeof(marker) - 1];
	char name[NAME_MAX - 16];
	size_t size = large ? sizeof(bytes) : 512;
	int fd;

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	memset(bytes, 0x30, sizeof(bytes));
	memcpy(bytes, &number, sizeof(number));
	/* A SEQUENCE that fills the room: X.690, section 8.1.3.5 */
	bytes[513] = 0x82;
	bytes[514] = (SIGNATURE - 4) >> 8;
	bytes[515] = (SIGNATURE - 4) & 0xff;
	put_trailer(bytes + sizeof(bytes));
	fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		die("memfd_create");
	return fd;
}

static void try_file(struct tally *tally, int vm, unsigned int number, bool large)
{
	int fd = new_file(number, large);

	count(tally, install(vm, fd, FLAGS));
	close(fd);
}

/* One turn of all that leaves a record */
static void turn(struct tally *tally, unsigned int number)
{
	struct vm vm = vm_new();

	try_file(tally, vm.fd, number, false);
	try_file(tally, vm.fd, number, true);
	count(tally, install_payload(vm.fd, payloads, "good", FLAGS));
	count(tally, install_payload(vm.fd, payloads, "update-b", FLAGS));
	count(tally, remove_caretaker(vm.fd));
	count(tally, install_payload(vm.fd, payloads, "flipped", FLAGS));
	vm_end(&vm);
}

static void flood(struct tally *tally, unsigned int seed, time_t until)
{
	struct vm kept[KEPT];
	unsigned int i;

	for (i = 0; i < KEPT; i++) {
		kept[i] = vm_new();
		count(tally, install_payload(kept[i].fd, payloads, "good", FLAGS));
	}
	for (i = 0; time(NULL) < until; i++)
		turn(tally, seed << 24 | i);
	for (i = 0; i < KEPT; i++)
		vm_end(&kept[i]);
}

/* Process @number of the flood; what it met comes through shared memory */
static pid_t start(struct tally *tally, unsigned int number, time_t until)
{
	pid_t child = fork();

	if (child)
		return child;
	become(FLOODER);
	/* A namespace makes nobody another user */
	if (number == PROCESSES - 1 && unshare(CLONE_NEWUSER))
		die("a user namespace");
	flood(tally, number, until);
	exit(0);
}

/* Who did nothing yet is served, and refused for what the file is */
static void served(void)
{
	struct vm vm;

	become(OTHER);
	vm = vm_new();
	report("another-user/install", install_payload(vm.fd, payloads, "good", FLAGS), "0");
	report("another-user/removal", remove_caretaker(vm.fd), "0");
	report("another-user/refusal", install_payload(vm.fd, payloads, "unsigned", FLAGS), "EPERM");
	vm_end(&vm);
}

/* The first user has nothing left, in another process and VM neither */
static void turned_away(void)
{
	struct vm vm;
	int i, result = 0;

	become(FLOODER);
	vm = vm_new();
	/* Some seconds have passed, and they pay for a few */
	for (i = 0; i < 200 && result != EDQUOT; i++)
		result = install_payload(vm.fd, payloads, "good", FLAGS);
	report("flooder/beyond-the-budget", result, "EDQUOT");
	/* Before anything is looked at: not even a descriptor that is none */
	report("flooder/nothing-is-read", install(vm.fd, -1, FLAGS), "EDQUOT");
	vm_end(&vm);
}

static int in_child(void (*act)(void))
{
	int status;
	pid_t child = fork();

	if (!child) {
		act();
		exit(trial_status());
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		die("a child");
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct tally *tally, all = { 0 };
	pid_t child[PROCESSES];
	int i, status, failed = 0;

	if (argc != 3) {
		fputs("usage: flood PAYLOADS SECONDS\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	payloads = argv[1];
	tally = mmap(NULL, PROCESSES * sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		die("mmap");
	for (i = 0; i < PROCESSES; i++)
		child[i] = start(&tally[i], i, time(NULL) + atoi(argv[2]));
	for (i = 0; i < PROCESSES; i++) {
		if (child[i] < 0 || waitpid(child[i], &status, 0) != child[i])
			die("a process of the flood");
		failed |= status;
		all.tried += tally[i].tried;
		all.taken += tally[i].taken;
		all.refused += tally[i].refused;
		all.beyond += tally[i].beyond;
		all.other += tally[i].other;
		all.odd |= tally[i].odd;
	}
	printf("    %lu calls: %lu taken, %lu refused, %lu beyond the budget\n", all.tried,
	       all.taken, all.refused, all.beyond);
	report_that("flood/ended", !failed, "a process ended with status %#x", failed);
	report_that("flood/errors", !all.other, "%lu times %s", all.other, error_name(all.odd));
	report_that("flood/some-taken", all.taken >= KEPT, "%lu", all.taken);
	report_that("flood/budget", all.beyond > all.taken + all.refused,
		    "%lu of %lu calls", all.beyond, all.tried);
	fflush(stdout);
	failed = in_child(served) | in_child(turned_away) | trial_status();
	return failed;
}
