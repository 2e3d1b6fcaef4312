// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts the vCPUs of an unmodified KVM program under a caretaker (LD_PRELOAD).
 *
 * Behind each successful KVM_CREATE_VCPU comes a KVM_SET_CARETAKER on that vCPU, so
 * that late ones count too. The program's own calls give what they gave, errno and all.
 *
 *   CARETAKER_PAYLOAD	the signed payload
 *   CARETAKER_LOG	what came of it, a line each: "loaded", "vcpu FD installed",
 *			"vcpu FD refused ERRNO", "vcpu FD runs" at its first KVM_RUN,
 *			which may never come back (xapic_ipi_test), "vcpu FD updated"
 *   CARETAKER_SHARED	if set: the host's page tables
 *   CARETAKER_UPDATE	if set: behind each so-manieth KVM_RUN another one in its place
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kvm.h>

/* Descriptors above are under a caretaker too; only that they ran is not told */
#define FDS	8192

/* A vCPU that was installed on; one of these that has not run yet; its returns from KVM_RUN */
static atomic_bool has[FDS], waits[FDS];
static atomic_uint runs[FDS];

__attribute__((format(printf, 1, 2)))
static void tell(const char *format, ...)
{
	const char *path = getenv("CARETAKER_LOG");
	char line[96];
	va_list args;
	int fd, length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);

	/* Opened for each line: the program may close what it does not know */
	fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	if (fd < 0 || write(fd, line, length) != length) {
		fprintf(stderr, "under_caretaker: cannot write to %s: %m\n", path ? path : "CARETAKER_LOG");
		abort();
	}
	close(fd);
}

__attribute__((constructor))
static void loaded(void)
{
	tell("loaded\n");
}

static int install(int vcpu)
{
	const char *path = getenv("CARETAKER_PAYLOAD");
	struct kvm_set_caretaker arg = {
		.size = sizeof(arg),
		.flags = KVM_CARETAKER_MIN_ENCODINGS,
		.vmm_id = "judge",
	};
	int ret;

	if (getenv("CARETAKER_SHARED"))
		arg.flags |= KVM_CARETAKER_SHARED;
	arg.fd = open(path ? path : "", O_RDONLY | O_CLOEXEC);
	if (arg.fd < 0)
		return errno;
	ret = syscall(SYS_ioctl, vcpu, KVM_SET_CARETAKER, &arg) ? errno : 0;
	close(arg.fd);
	return ret;
}

static void created(int vcpu)
{
	int error = install(vcpu);

	if (vcpu < FDS) {
		has[vcpu] = waits[vcpu] = !error;
		runs[vcpu] = 0;
	}
	if (error)
		tell("vcpu %d refused %s\n", vcpu, strerrorname_np(error));
	else
		tell("vcpu %d installed\n", vcpu);
}

/* It has come back from KVM_RUN */
static void ran(int vcpu)
{
	const char *text = getenv("CARETAKER_UPDATE");
	unsigned int every = text ? atoi(text) : 0, count = ++runs[vcpu];
	int error;

	if (!has[vcpu] || !every || count % every)
		return;
	error = install(vcpu);
	if (error)
		tell("vcpu %d update refused %s\n", vcpu, strerrorname_np(error));
	else if (count == every)
		tell("vcpu %d updated\n", vcpu);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	int ret, saved = errno;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);

	if (request == KVM_RUN && fd >= 0 && fd < FDS && atomic_exchange(&waits[fd], false))
		tell("vcpu %d runs\n", fd);
	errno = saved;
	ret = syscall(SYS_ioctl, fd, request, arg);
	saved = errno;
	if (request == KVM_CREATE_VCPU && ret >= 0)
		created(ret);
	if (request == KVM_RUN && fd >= 0 && fd < FDS)
		ran(fd);
	errno = saved;
	return ret;
}
