// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs cases of the trust matrix: each is a file of its own on a tmpfs, with an
 * owner (which picks a rule of IMA's policy) and perhaps a security.ima, given to
 * KVM_SET_CARETAKER by a process that is who the case says.
 *
 *   trust --as root|nocap|userns --files DIR CASES
 *
 * A line of CASES: id, name, file, owner, file with the attribute or "-", errno,
 * and whether the kernel has the taint of an unsigned payload (TAINT_USER) afterwards (0 or 1).
 * The id becomes the vmm_id, so that the record of a case can be found.
 * Exit status: 0 all as expected, 1 not, 2 usage, 3 could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/kvm.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>


#include "unsigned.h"

#define CASE_FILE		"/tmp/trust-case"
#define NOT_TRIED		255	/* no errno that may come out is that large */

static const char *directory = ".";
static bool in_child;

struct trial {
	char id[16], name[96], file[48], xattr[64], expected[24];
	unsigned int owner, tainted;
};

static void die(const char *what)
{
	fprintf(stderr, "trust: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	/* Not exit(): in a child it would wind the parent's table back */
	_exit(in_child ? NOT_TRIED : 3);
}

/* All of a file; the caller frees it */
static char *read_file(const char *name, size_t *size)
{
	char path[256], *data;
	struct stat stat;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &stat))
		die(path);
	data = malloc(stat.st_size + 1);
	if (!data || read(fd, data, stat.st_size) != stat.st_size)
		die(path);
	close(fd);
	*size = stat.st_size;
	return data;
}

/* A new inode for each case: IMA remembers what it thought of the last one */
static void make_file(const struct trial *trial)
{
	size_t size;
	char *data;
	int fd;

	unlink(CASE_FILE);
	fd = open(CASE_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		die(CASE_FILE);
	data = read_file(trial->file, &size);
	if (write(fd, data, size) != (ssize_t)size || fchown(fd, trial->owner, 0))
		die(CASE_FILE);
	free(data);
	close(fd);
	if (!strcmp(trial->xattr, "-"))
		return;
	data = read_file(trial->xattr, &size);
	if (setxattr(CASE_FILE, "security.ima", data, size, 0))
		die("security.ima");
	free(data);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

static void become(const char *who)
{
	if (!strcmp(who, "nocap")) {
		if (drop_module_capability())
			die("CAP_SYS_MODULE");
	} else if (!strcmp(who, "userns")) {
		if (unshare(CLONE_NEWUSER))
			die("unshare");
		write_text("/proc/self/uid_map", "0 0 1\n");
	}
}

/* 0 or the errno */
static int install(const struct trial *trial)
{
	struct kvm_set_caretaker argument = {
		.size = sizeof(argument), .flags = KVM_CARETAKER_SHARED,
	};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

	if (kvm < 0)
		die("/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		die("KVM_CREATE_VM");
	argument.fd = open(CASE_FILE, O_RDONLY | O_CLOEXEC);
	if (argument.fd < 0)
		die(CASE_FILE);
	strncpy((char *)argument.vmm_id, trial->id, sizeof(argument.vmm_id));
	return ioctl(vm, KVM_SET_CARETAKER, &argument) ? errno : 0;
}

/*
 * Once it is gone another gets its number, and with it what it owes for its records
 * (virt/caretaker/budget.c)
 */
static void keep_namespace(pid_t child)
{
	char path[32];
	siginfo_t info;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)child);
	if (waitid(P_PID, child, &info, WEXITED | WNOWAIT) || open(path, O_RDONLY | O_CLOEXEC) < 0)
		die(path);
}

static bool try_case(const struct trial *trial, const char *who)
{
	const char *got;
	int status, taint;
	pid_t child;

	make_file(trial);
	fflush(NULL);
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		in_child = true;
		become(who);
		_exit(install(trial));
	}
	keep_namespace(child);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		die(trial->name);
	taint = unsigned_taint();
	if (taint < 0)
		die("/proc/sys/kernel/tainted");
	got = WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "0";
	if (!got)
		got = "not tried";
	if (strcmp(got, trial->expected)) {
		printf("not ok %s: %s instead of %s\n", trial->name, got, trial->expected);
		return false;
	}
	if ((unsigned int)taint != trial->tainted) {
		printf("not ok %s: %s, but the taint is %d\n", trial->name, got, taint);
		return false;
	}
	printf("ok %s (%s)\n", trial->name, got);
	return true;
}

static const struct option longs[] = {
	{ "as", required_argument, NULL, 'a' },
	{ "files", required_argument, NULL, 'f' },
	{ }
};

int main(int argc, char **argv)
{
	const char *who = "root";
	unsigned int passed = 0, failed = 0;
	struct trial trial;
	FILE *file;
	int c, n;

	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (c) {
		case 'a': who = optarg; break;
		case 'f': directory = optarg; break;
		default: return 2;
		}
	}
	if (optind + 1 != argc) {
		fputs("usage: trust [--as root|nocap|userns] [--files DIR] CASES\n", stderr);
		return 2;
	}
	file = fopen(argv[optind], "re");
	if (!file)
		die(argv[optind]);
	while ((n = fscanf(file, "%15s %95s %47s %u %63s %23s %u\n", trial.id, trial.name, trial.file,
			   &trial.owner, trial.xattr, trial.expected, &trial.tainted)) == 7) {
		if (try_case(&trial, who))
			passed++;
		else
			failed++;
	}
	if (n != EOF || !(passed + failed)) {
		printf("not ok %s: line %u cannot be read\n", argv[optind], passed + failed + 1);
		failed++;
	}
	unlink(CASE_FILE);
	return failed ? 1 : 0;
}
