// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to load code into the kernel: KVM_SET_CARETAKER, and finit_module()
 * of a file of the same size.
 *
 *   load caretaker|module RUNS FILE...
 *
 * Prints "KIND BYTES TICKS" for each run, TICKS of the time stamp counter.  Under
 * `-icount shift=0` a tick is an instruction.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include <linux/kvm.h>

/* The module that load_files.py pads */
#define MODULE	"irqbypass"

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(3);
}

static uint64_t load_caretaker(int file)
{
	struct kvm_set_caretaker argument = {
		.size = sizeof(argument), .fd = file, .flags = KVM_CARETAKER_SHARED,
	};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu, ret;
	uint64_t begun, ended;

	if (kvm < 0)
		die("/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	vcpu = vm < 0 ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		die("a VM with a vCPU");
	begun = __rdtsc();
	ret = ioctl(vm, KVM_SET_CARETAKER, &argument);
	ended = __rdtsc();
	if (ret)
		die("KVM_SET_CARETAKER");
	close(vcpu);
	close(vm);
	close(kvm);
	return ended - begun;
}

static uint64_t load_module(int file)
{
	uint64_t begun, ended;
	long ret;

	begun = __rdtsc();
	ret = syscall(SYS_finit_module, file, "", 0);
	ended = __rdtsc();
	if (ret)
		die("finit_module");
	if (syscall(SYS_delete_module, MODULE, O_NONBLOCK))
		die("delete_module");
	return ended - begun;
}

int main(int argc, char **argv)
{
	uint64_t (*load)(int file);
	struct stat status;
	int i, run, runs;

	if (argc < 4) {
		fputs("usage: load caretaker|module RUNS FILE...\n", stderr);
		return 2;
	}
	load = strcmp(argv[1], "module") ? load_caretaker : load_module;
	runs = atoi(argv[2]);
	for (i = 3; i < argc; i++) {
		int file = open(argv[i], O_RDONLY | O_CLOEXEC);

		if (file < 0 || fstat(file, &status))
			die(argv[i]);
		for (run = 0; run < runs; run++)
			printf("%s %lld %llu\n", argv[1], (long long)status.st_size,
			       (unsigned long long)load(file));
		close(file);
	}
	return 0;
}
