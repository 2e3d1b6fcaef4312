// SPDX-License-Identifier: GPL-2.0-only
/* One try of KVM_SET_CARETAKER; see trial.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "trial.h"

static unsigned int passed, failed;

_Noreturn void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(3);
}

struct vm vm_new(void)
{
	struct vm vm;

	vm.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm.kvm < 0)
		die("/dev/kvm");
	vm.fd = ioctl(vm.kvm, KVM_CREATE_VM, 0);
	if (vm.fd < 0)
		die("KVM_CREATE_VM");
	vm.vcpu = ioctl(vm.fd, KVM_CREATE_VCPU, 0);
	if (vm.vcpu < 0)
		die("KVM_CREATE_VCPU");
	return vm;
}

void vm_end(struct vm *vm)
{
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
}

const char *error_name(int error)
{
	return error ? strerrorname_np(error) : "0";
}

int payload_open(const char *folder, const char *name, int how)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, how | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

int install(int vm_or_vcpu, int fd, uint64_t flags)
{
	struct kvm_set_caretaker argument = { .size = sizeof(argument), .fd = fd, .flags = flags };

	memcpy(argument.vmm_id, "trial", 5);
	return ioctl(vm_or_vcpu, KVM_SET_CARETAKER, &argument) ? errno : 0;
}

int install_payload(int vm_or_vcpu, const char *folder, const char *name, uint64_t flags)
{
	int fd = payload_open(folder, name, O_RDONLY);
	int ret = install(vm_or_vcpu, fd, flags);

	close(fd);
	return ret;
}

int remove_caretaker(int vm_or_vcpu)
{
	return install(vm_or_vcpu, -1, KVM_CARETAKER_REMOVE);
}

void report_that(const char *name, int good, const char *why, ...)
{
	va_list list;

	printf(good ? "ok %s" : "not ok %s: ", name);
	if (!good) {
		va_start(list, why);
		vprintf(why, list);
		va_end(list);
	}
	putchar('\n');
	passed += good != 0;
	failed += !good;
}

void report(const char *name, int got, const char *expected)
{
	char text[128];

	snprintf(text, sizeof(text), "%s (%s)", name, expected);
	if (strcmp(error_name(got), expected))
		report_that(name, 0, "%s instead of %s", error_name(got), expected);
	else
		report_that(text, 1, "%s", "");
}

int trial_status(void)
{
	return failed ? 1 : passed ? 0 : 3;
}
