// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tries files and arguments with KVM_SET_CARETAKER and compares the errno with
 * what must come out.  Each case has a VM of its own, which must take a good
 * payload afterwards (unless --once): a refusal changes nothing.
 *
 *   refuse [options] --dir DIR --table FILE --column NAME
 *   refuse [options] --dir DIR --arguments
 *   refuse [options] --expect ERRNO FILE
 *
 * --user: as that user from then on.
 *
 * Exit status: 0 all as expected, 1 not, 2 usage, 3 could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


#include "stats.h"
#include "trial.h"
#include "unsigned.h"

/* <asm/kvm.h> of Linux 6.8 */
#ifndef KVM_X86_SW_PROTECTED_VM
#define KVM_X86_SW_PROTECTED_VM	1
#endif

static const char *directory = ".";
static const char *good_file = "good";
static uint64_t flags = KVM_CARETAKER_SHARED;
static bool once;

static int open_file(const char *name, int how)
{
	return payload_open(directory, name, how);
}

static int install_file(int vm_or_vcpu, const char *name)
{
	return install_payload(vm_or_vcpu, directory, name, flags);
}

/* One file in a VM of its own; after a refusal the good one must still go in */
static void try_file(const char *name, const char *expected)
{
	struct vm vm = vm_new();
	int got = install_file(vm.fd, name), after;

	report(name, got, expected);
	if (got && !once && strcmp(name, good_file)) {
		after = install_file(vm.fd, good_file);
		if (after)
			report_that(name, false, "the VM refuses the good payload afterwards (%s)",
				    error_name(after));
	}
	vm_end(&vm);
}

static void try_table(const char *path, const char *column)
{
	static const char *const columns[] = { "root", "nocap", "enforced" };
	char line[256], word[4][48];
	unsigned int i, wanted;
	FILE *file = fopen(path, "r");

	if (!file)
		die(path);
	for (wanted = 0; wanted < 3 && strcmp(columns[wanted], column); wanted++)
		;
	if (wanted == 3) {
		fprintf(stderr, "refuse: no column %s\n", column);
		exit(2);
	}
	for (i = 1; fgets(line, sizeof(line), file); i++) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%47s %47s %47s %47s", word[0], word[1], word[2], word[3]) != 4) {
			fprintf(stderr, "refuse: %s, line %u: four words are wanted\n", path, i);
			exit(2);
		}
		try_file(word[0], word[wanted + 1]);
	}
	fclose(file);
}

/* --- The argument ---------------------------------------------------------- */

/* Larger than what this kernel knows, as of a VMM of the future */
struct argument {
	struct kvm_set_caretaker known;
	unsigned char future[4096];
};

static int call(struct argument *argument)
{
	struct vm vm = vm_new();
	int ret = ioctl(vm.fd, KVM_SET_CARETAKER, argument) ? errno : 0;

	vm_end(&vm);
	return ret;
}

static int as_is(struct argument *argument)
{
	return call(argument);
}

static int size_zero(struct argument *argument)
{
	argument->known.size = 0;
	return call(argument);
}

static int size_small(struct argument *argument)
{
	argument->known.size--;
	return call(argument);
}

static int size_future_zero(struct argument *argument)
{
	argument->known.size += 64;
	return call(argument);
}

static int size_future_used(struct argument *argument)
{
	argument->known.size += 64;
	argument->future[0] = 1;
	return call(argument);
}

static int size_future_last_used(struct argument *argument)
{
	argument->known.size += 64;
	argument->future[63] = 1;
	return call(argument);
}

static int size_huge(struct argument *argument)
{
	argument->known.size = 4097;
	return call(argument);
}

static int flag_unknown(struct argument *argument)
{
	argument->known.flags |= 1ULL << 63;
	return call(argument);
}

static int flag_not_for_set(struct argument *argument)
{
	argument->known.flags |= KVM_CARETAKER_CAP_ISOLATED;
	return call(argument);
}

static int remove_and_mode(struct argument *argument)
{
	argument->known.flags = KVM_CARETAKER_REMOVE | KVM_CARETAKER_SHARED;
	argument->known.fd = -1;
	return call(argument);
}

static int remove_with_file(struct argument *argument)
{
	argument->known.flags = KVM_CARETAKER_REMOVE;
	return call(argument);
}

static int remove_none(struct argument *argument)
{
	argument->known.flags = KVM_CARETAKER_REMOVE;
	argument->known.fd = -1;
	return call(argument);
}

static int bad_pointer(struct argument *argument)
{
	(void)argument;
	return call((struct argument *)8);
}

/* The size can be read, the rest cannot */
static int half_pointer(struct argument *argument)
{
	unsigned char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (page == MAP_FAILED || mprotect(page + 4096, 4096, PROT_NONE))
		die("mmap");
	memcpy(page + 4096 - 8, argument, 8);
	ret = call((struct argument *)(page + 4096 - 8));
	munmap(page, 8192);
	return ret;
}

static int with_fd(struct argument *argument, int fd)
{
	int ret;

	argument->known.fd = fd;
	ret = call(argument);
	if (fd >= 0)
		close(fd);
	return ret;
}

static int fd_negative(struct argument *argument)
{
	return with_fd(argument, -1);
}

static int fd_closed(struct argument *argument)
{
	argument->known.fd = 999;
	return call(argument);
}

static int fd_write_only(struct argument *argument)
{
	return with_fd(argument, open_file(good_file, O_WRONLY));
}

static int fd_path(struct argument *argument)
{
	return with_fd(argument, open_file(good_file, O_PATH));
}

static int fd_directory(struct argument *argument)
{
	return with_fd(argument, open("/", O_RDONLY | O_DIRECTORY));
}

static int fd_fifo(struct argument *argument)
{
	int ends[2];

	if (pipe(ends))
		die("pipe");
	close(ends[1]);
	return with_fd(argument, ends[0]);
}

static int fd_device(struct argument *argument)
{
	return with_fd(argument, open("/dev/zero", O_RDONLY));
}

static int fd_kvm(struct argument *argument)
{
	return with_fd(argument, open("/dev/kvm", O_RDWR));
}

/* Somebody could still change the bytes */
static int fd_written(struct argument *argument)
{
	int writer = open_file(good_file, O_RDWR), ret;

	ret = with_fd(argument, open_file(good_file, O_RDONLY));
	close(writer);
	return ret;
}

static int fd_both_ways(struct argument *argument)
{
	return with_fd(argument, open_file(good_file, O_RDWR));
}

/* What the descriptor's position is does not matter: the whole file counts */
static int fd_position(struct argument *argument)
{
	int fd = open_file(good_file, O_RDONLY);

	lseek(fd, 4096, SEEK_SET);
	return with_fd(argument, fd);
}

static int vcpu_after_vm(struct argument *argument)
{
	struct vm vm = vm_new();
	int ret;

	(void)argument;
	ret = install_file(vm.fd, good_file);
	if (!ret)
		ret = install_file(vm.vcpu, good_file);
	vm_end(&vm);
	return ret;
}

static int vm_after_vcpu(struct argument *argument)
{
	struct vm vm = vm_new();
	int ret;

	(void)argument;
	ret = install_file(vm.vcpu, good_file);
	if (!ret)
		ret = install_file(vm.fd, good_file);
	vm_end(&vm);
	return ret;
}

/* One vCPU has one: another may still get its own */
static int each_vcpu(struct argument *argument)
{
	struct vm vm = vm_new();
	int second = ioctl(vm.fd, KVM_CREATE_VCPU, 1), ret;

	(void)argument;
	if (second < 0)
		die("KVM_CREATE_VCPU");
	ret = install_file(vm.vcpu, good_file);
	if (!ret)
		ret = install_file(second, good_file);
	close(second);
	vm_end(&vm);
	return ret;
}

static int on_kvm_itself(struct argument *argument)
{
	struct vm vm = vm_new();
	int ret = ioctl(vm.kvm, KVM_SET_CARETAKER, argument) ? errno : 0;

	vm_end(&vm);
	return ret;
}

static const struct {
	const char *name;
	int (*try)(struct argument *argument);
	const char *expected;
} cases[] = {
	{ "as-documented", as_is, "0" },
	{ "size-zero", size_zero, "EINVAL" },
	{ "size-small", size_small, "EINVAL" },
	{ "size-of-the-future-with-zeros", size_future_zero, "0" },
	{ "size-of-the-future-in-use", size_future_used, "E2BIG" },
	{ "size-of-the-future-last-byte-in-use", size_future_last_used, "E2BIG" },
	{ "size-over-a-page", size_huge, "E2BIG" },
	{ "flag-unknown", flag_unknown, "EINVAL" },
	{ "flag-that-only-the-capability-has", flag_not_for_set, "EINVAL" },
	{ "removal-with-a-mode", remove_and_mode, "EINVAL" },
	{ "removal-with-a-file", remove_with_file, "EINVAL" },
	{ "removal-of-none", remove_none, "ENOENT" },
	{ "pointer-bad", bad_pointer, "EFAULT" },
	{ "pointer-half-bad", half_pointer, "EFAULT" },
	{ "fd-negative", fd_negative, "EBADF" },
	{ "fd-closed", fd_closed, "EBADF" },
	{ "fd-write-only", fd_write_only, "EBADF" },
	{ "fd-path-only", fd_path, "EBADF" },
	{ "fd-directory", fd_directory, "EINVAL" },
	{ "fd-fifo", fd_fifo, "EINVAL" },
	{ "fd-device", fd_device, "EINVAL" },
	{ "fd-kvm", fd_kvm, "EINVAL" },
	{ "fd-others-may-write", fd_written, "ETXTBSY" },
	{ "fd-caller-may-write", fd_both_ways, "ETXTBSY" },
	{ "fd-position-does-not-matter", fd_position, "0" },
	{ "vcpu-after-vm", vcpu_after_vm, "EBUSY" },
	{ "vm-after-vcpu", vm_after_vcpu, "EBUSY" },
	{ "each-vcpu-its-own", each_vcpu, "0" },
	{ "on-the-kvm-descriptor", on_kvm_itself, "EINVAL" },
};

/* A VM with a type of its own offers no caretaker, and takes none for itself nor for a vCPU */
static void try_vm_type(void)
{
	struct vm vm = vm_new();
	int type, vcpu, offered = ioctl(vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_CARETAKER);

	report_that("vm-type-default-capability", offered > 0, "%d", offered);
	type = ioctl(vm.kvm, KVM_CREATE_VM, KVM_X86_SW_PROTECTED_VM);
	report_that("vm-type-protected-is-there", type >= 0,
		    "%s (CONFIG_KVM_SW_PROTECTED_VM, nested paging)", strerror(errno));
	if (type >= 0) {
		vcpu = ioctl(type, KVM_CREATE_VCPU, 0);
		if (vcpu < 0)
			die("KVM_CREATE_VCPU");
		offered = ioctl(type, KVM_CHECK_EXTENSION, KVM_CAP_CARETAKER);
		report_that("vm-type-protected-capability", !offered, "%d", offered);
		report("vm-type-protected", install_file(type, good_file), "EOPNOTSUPP");
		report("vm-type-protected-vcpu", install_file(vcpu, good_file), "EOPNOTSUPP");
		close(vcpu);
		close(type);
	}
	vm_end(&vm);
}

static void try_arguments(void)
{
	struct argument argument;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&argument, 0, sizeof(argument));
		fd = open_file(good_file, O_RDONLY);
		argument.known.size = sizeof(argument.known);
		argument.known.flags = flags;
		argument.known.fd = fd;
		report(cases[i].name, cases[i].try(&argument), cases[i].expected);
		close(fd);
	}
	try_vm_type();
}

/* A record is required from here on, and IMA makes none: what is there stays */
static void try_removal(const char *enforce)
{
	struct vm vm = vm_new();
	char state[16] = "";
	int fd;

	report("install", install_payload(vm.fd, directory, "good", flags), "0");
	fd = open(enforce, O_WRONLY | O_CLOEXEC);
	report_that("switch", fd >= 0 && write(fd, "1", 1) == 1, "%s", strerror(errno));
	close(fd);
	report("without-a-record", remove_caretaker(vm.fd), "ENOENT");
	telemetry_state(vm.fd, 0, state);
	report_that("is-still-there", !strcmp(state, "staged"), "%s", state);
	vm_end(&vm);
}

/* What KVM offers, as a number; of the system, which a VMM asks first */
static int print_capability(void)
{
	struct vm vm = vm_new();

	printf("%d\n", ioctl(vm.kvm, KVM_CHECK_EXTENSION, KVM_CAP_CARETAKER));
	vm_end(&vm);
	return 0;
}

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "good", required_argument, NULL, 'g' },
	{ "table", required_argument, NULL, 't' },
	{ "column", required_argument, NULL, 'c' },
	{ "arguments", no_argument, NULL, 'a' },
	{ "expect", required_argument, NULL, 'e' },
	{ "removal", required_argument, NULL, 'r' },
	{ "once", no_argument, NULL, 'o' },
	{ "isolated", no_argument, NULL, 'i' },
	{ "capability", no_argument, NULL, 'C' },
	{ "drop-capability", no_argument, NULL, 'n' },
	{ "user", required_argument, NULL, 'u' },
	{ }
};

int main(int argc, char **argv)
{
	const char *table = NULL, *column = "root", *expected = NULL, *enforce = NULL;
	bool arguments = false;
	int c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (c) {
		case 'd': directory = optarg; break;
		case 'g': good_file = optarg; break;
		case 't': table = optarg; break;
		case 'c': column = optarg; break;
		case 'a': arguments = true; break;
		case 'e': expected = optarg; break;
		case 'r': enforce = optarg; break;
		case 'o': once = true; break;
		case 'i': flags = 0; break;
		case 'C': return print_capability();
		case 'n':
			if (drop_module_capability())
				die("CAP_SYS_MODULE");
			break;
		case 'u':
			if (setuid(strtoul(optarg, NULL, 10)))
				die("setuid");
			break;
		default: return 2;
		}
	}
	if (!(table || arguments || enforce || (expected && optind < argc))) {
		fputs("usage: refuse [--dir DIR] [--good FILE] [--isolated] [--once] [--drop-capability]\n"
		      "              [--user ID]\n"
		      "              --table FILE --column root|nocap|enforced | --arguments |\n"
		      "              --removal ENFORCE-FILE | --capability |\n"
		      "              --expect ERRNO FILE...\n", stderr);
		return 2;
	}
	if (table)
		try_table(table, column);
	if (arguments)
		try_arguments();
	if (enforce)
		try_removal(enforce);
	for (; expected && optind < argc; optind++)
		try_file(argv[optind], expected);
	return trial_status();
}
