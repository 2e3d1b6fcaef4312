// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user with /dev/kvm and nothing else who wants IMA's log to grow, and another user
 * who wants to be served.
 *
 *   flood PAYLOADS SECONDS BEYOND HOLD
 *
 * Four processes of user 1000, one of them below a user namespace of its own, go on with
 * all that leaves a record: new files, long names, large signatures, installs, updates and
 * removals, VMs that come and go.  When a third of the time is over and none of the four has
 * anything left, user 1001 installs, and is refused; the last caretaker stays, in a process of
 * its own, until the file HOLD is there.  Then the file BEYOND is made, and the flood goes on
 * for two thirds of the time.  How long the log is the caller looks at.  Exit status: 0 all
 * as expected, 1 not, 3 could not be tried.
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

#include <linux/kvm.h>

#include "trial.h"

#define FLOODER		1000
#define OTHER		1001
#define PROCESSES	4
#define KEPT		2	/* VMs whose end comes when nothing is left to pay with */
#define FLAGS		KVM_CARETAKER_MIN_ENCODINGS
#define SIGNATURE	60000	/* bytes; near to what ASN.1 of the kernel takes */

/* What one process met */
struct tally {
	unsigned long tried, taken, refused, other;
	volatile unsigned long beyond;
	int odd;		/* an errno that nothing here may give */
	unsigned int ended;	/* of the VMs that were kept */
};

/* Between the processes */
struct shared {
	struct tally tally[PROCESSES];
	volatile time_t until;
};

static const char *payloads, *hold;

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

/* One turn of all that leaves a record.  In @kept, whose end is paid for, one costs least. */
static void turn(struct tally *tally, const struct vm *kept, unsigned int number)
{
	struct vm vm;

	try_file(tally, kept->fd, number, false);
	vm = vm_new();
	try_file(tally, vm.fd, number, false);
	try_file(tally, vm.fd, number, true);
	count(tally, install_payload(vm.fd, payloads, "good", FLAGS));
	count(tally, install_payload(vm.fd, payloads, "update-b", FLAGS));
	count(tally, remove_caretaker(vm.fd));
	count(tally, install_payload(vm.fd, payloads, "flipped", FLAGS));
	vm_end(&vm);
}

static void flood(struct tally *tally, unsigned int seed, const volatile time_t *until)
{
	struct vm kept[KEPT];
	unsigned int i;

	for (i = 0; i < KEPT; i++) {
		kept[i] = vm_new();
		count(tally, install_payload(kept[i].fd, payloads, "good", FLAGS));
	}
	for (i = 0; time(NULL) < *until; i++)
		turn(tally, &kept[i % KEPT], seed << 24 | i);
	for (i = 0; i < KEPT; i++)
		vm_end(&kept[i]);
}

/* Process @number of the flood; what it met comes through shared memory */
static pid_t start(struct shared *shared, unsigned int number)
{
	pid_t child = fork();

	if (child)
		return child;
	become(FLOODER);
	/* A namespace makes nobody another user */
	if (number == PROCESSES - 1 && unshare(CLONE_NEWUSER))
		die("a user namespace");
	flood(&shared->tally[number], number, &shared->until);
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
	report("another-user/again", install_payload(vm.fd, payloads, "good", FLAGS), "0");
	/* The VM is this process's, and ends with it */
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

/* What a child that did @act has to say.  With @keep it lives on, until HOLD is there. */
static int in_child(void (*act)(void), bool keep)
{
	unsigned char status;
	int told[2];
	pid_t child;

	if (pipe(told))
		die("pipe");
	child = fork();
	if (!child) {
		act();
		status = trial_status();
		if (write(told[1], &status, 1) != 1)
			die("a pipe");
		while (keep && access(hold, F_OK))
			usleep(100000);
		exit(0);
	}
	close(told[1]);
	if (child < 0 || read(told[0], &status, 1) != 1)
		die("a child");
	close(told[0]);
	return status;
}

/* Until what may come at once has come, and the processes of the flood have met the limit */
static void wait_for_limit(const struct shared *shared, time_t least)
{
	int i = 0;

	while (time(NULL) < least || i < PROCESSES) {
		usleep(100000);
		for (i = 0; i < PROCESSES && shared->tally[i].beyond; i++)
			;
		if (waitpid(-1, NULL, WNOHANG))
			die("a process of the flood has ended");
	}
}

int main(int argc, char **argv)
{
	struct shared *shared;
	struct tally *tally, all = { 0 };
	pid_t child[PROCESSES];
	int i, status, seconds, other, failed = 0;

	if (argc != 5) {
		fputs("usage: flood PAYLOADS SECONDS BEYOND HOLD\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	payloads = argv[1];
	seconds = atoi(argv[2]);
	hold = argv[4];
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	tally = shared->tally;
	/* Not before the limit is met */
	shared->until = time(NULL) + 3 * seconds;
	for (i = 0; i < PROCESSES; i++)
		child[i] = start(shared, i);
	wait_for_limit(shared, time(NULL) + seconds / 3);
	other = in_child(served, true);
	shared->until = time(NULL) + 2 * seconds / 3;
	if (close(open(argv[3], O_WRONLY | O_CREAT, 0600)))
		die(argv[3]);
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
	return other | in_child(turned_away, false) | trial_status();
}
