// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens when memory is short: the first allocation in the path of the ioctl
 * fails, then the second, and so on, until a call goes through in which none did.
 *
 *   faults PAYLOADS [enforced]
 *
 * A call in which one failed gives ENOMEM, or goes on without what it could not get;
 * it changes nothing if it fails, it leaks nothing, and above all it never takes a
 * payload that it would not have taken otherwise.  A caretaker that was there before,
 * on another VM, goes on and answers.  Documentation/fault-injection/fault-injection.rst
 * has fail-nth; who calls this program has set up failslab and fail_page_alloc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "allocinfo.h"
#include "machine.h"
#include "stats.h"
#include "trial.h"
#include "unsigned.h"

#define MOST			5000	/* no path of ours allocates as often */
#define LOOK_EVERY		16	/* calls between two looks at the other VM and the memory */

enum what {
	INSTALL_ON_VM,
	INSTALL_AFTER_GOOD,	/* freed memory has the digest of a good one */
	INSTALL_ON_VCPU,
	UPDATE,			/* of a VM that has another */
	REMOVE,			/* from a VM that has one */
	CREATE_VCPU,		/* on a VM that has a caretaker */
	CLOSE,			/* such a VM */
};

static const struct path {
	const char *name;
	enum what what;
	const char *file;
	int free, enforced;	/* what comes out when memory is there, by enforcement */
} paths[] = {
	{ "signed-on-the-vm", INSTALL_ON_VM, "good", 0, 0 },
	{ "signed-on-the-vcpu", INSTALL_ON_VCPU, "good", 0, 0 },
	{ "update", UPDATE, "update-b", 0, 0 },
	{ "removal", REMOVE, "good", 0, 0 },
	{ "vcpu-that-comes-later", CREATE_VCPU, "good", 0, 0 },
	{ "close", CLOSE, "good", 0, 0 },
	{ "flipped", INSTALL_ON_VM, "flipped", EKEYREJECTED, EKEYREJECTED },
	{ "flipped-after-good", INSTALL_AFTER_GOOD, "flipped", EKEYREJECTED, EKEYREJECTED },
	{ "withdrawn-key", INSTALL_ON_VM, "withdrawn", EKEYREVOKED, EKEYREVOKED },
	{ "revoked-hash", INSTALL_ON_VM, "revoked", EKEYREVOKED, EKEYREVOKED },
	{ "unsigned", INSTALL_ON_VM, "unsigned", 0, EPERM },
};

#define PATHS	(sizeof(paths) / sizeof(paths[0]))

struct outcome {
	unsigned int failed;		/* ENOMEM */
	unsigned int went_on;		/* the same as with memory */
	unsigned int wrong;		/* anything else, or something was changed */
};

static const char *payloads;
static bool enforced;
static int fail_nth;
static struct machine bystander;

static void arm(unsigned int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_nth, text, length, 0) != length)
		die("fail-nth");
}

/* Whether an allocation was made to fail since arm(n), n not 0 */
static bool disarm(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		die("fail-nth");
	arm(0);
	return strtoul(text, NULL, 10) == 0;
}

static int install_plainly(int vm_or_vcpu, const char *name)
{
	return install_payload(vm_or_vcpu, payloads, name, KVM_CARETAKER_MIN_ENCODINGS);
}

/* --- The VM beside it ------------------------------------------------------- */

/* Runs a guest once more; whether its caretaker answered @count CPUIDs of it */
static bool answers(struct machine *machine, unsigned int count)
{
	struct stats before, after;
	uint64_t answered;

	machine_load_guest(machine, MODE_LONG, count, count);
	if (telemetry_read(machine->fd, 0, &before))
		return false;
	if (!machine_run_vcpu(machine, &machine->vcpu[0])) {
		printf("    %s: %s\n", machine->vcpu[0].failure, machine->vcpu[0].detail);
		return false;
	}
	if (telemetry_read(machine->fd, 0, &after))
		return false;
	answered = stats_get(&after, "handled cpuid") - stats_get(&before, "handled cpuid");
	return answered >= count / 10 * 9;
}

/* --- One path --------------------------------------------------------------- */

static void install_or_die(const struct path *path, const struct vm *vm, const char *name)
{
	int ret = install_plainly(vm->fd, name);

	if (ret) {
		errno = ret;
		die(path->name);
	}
}

/* The VM for one call; what has to be there before it */
static struct vm prepare(const struct path *path)
{
	struct vm vm = vm_new();

	if (path->what == CREATE_VCPU || path->what == CLOSE || path->what == REMOVE)
		install_or_die(path, &vm, path->file);
	if (path->what == UPDATE)
		install_or_die(path, &vm, "good");
	if (path->what == INSTALL_AFTER_GOOD) {
		struct vm other = vm_new();

		install_or_die(path, &other, "good");
		vm_end(&other);
	}
	return vm;
}

/* The call itself, with the @n-th allocation failing.  Return: 0 or the errno. */
static int perform(const struct path *path, struct vm *vm, unsigned int n, bool *injected)
{
	int ret = 0, fd = -1, vcpu;

	if (path->what != CREATE_VCPU && path->what != CLOSE && path->what != REMOVE)
		fd = payload_open(payloads, path->file, O_RDONLY);
	arm(n);
	switch (path->what) {
	case INSTALL_ON_VM:
	case INSTALL_AFTER_GOOD:
	case UPDATE:
		ret = install(vm->fd, fd, KVM_CARETAKER_MIN_ENCODINGS);
		break;
	case INSTALL_ON_VCPU:
		ret = install(vm->vcpu, fd, KVM_CARETAKER_MIN_ENCODINGS);
		break;
	case REMOVE:
		ret = remove_caretaker(vm->fd);
		break;
	case CREATE_VCPU:
		vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 1);
		ret = vcpu < 0 ? errno : 0;
		fd = vcpu;
		break;
	case CLOSE:
		vm_end(vm);
		break;
	}
	*injected = disarm() && n;
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Whether the vCPU is to run "update-b", whose version is so */
static bool is_updated(const struct vm *vm)
{
	char payload[80];

	telemetry_line(vm->fd, 0, "payload", payload, sizeof(payload));
	return strlen(payload) > 2 && !strcmp(payload + strlen(payload) - 2, " b");
}

/* After a removal, or an attempt */
static const char *look_removed(const struct vm *vm, int ret)
{
	char state[16];

	telemetry_state(vm->fd, 0, state);
	if (!ret)
		return strcmp(state, "none") ? "succeeded, and the caretaker is there" : NULL;
	if (!strcmp(state, "none"))
		return "failed, and the caretaker is gone";
	return remove_caretaker(vm->fd) ? "then failed with memory too" : look_removed(vm, 0);
}

/* After a call: is the VM as it should be?  NULL, or what is wrong */
static const char *look(const struct path *path, const struct vm *vm, int ret, int normal,
			bool injected)
{
	unsigned int vcpu = path->what == CREATE_VCPU;
	char state[16];

	if (path->what == CLOSE)
		return NULL;
	if (path->what == REMOVE)
		return look_removed(vm, ret);
	/* KVM does without a vCPU's files in debugfs if it must: then there is nothing to see */
	if (telemetry_state(vm->fd, vcpu, state) && vcpu && !ret && injected)
		return NULL;
	if (!ret && strcmp(state, "staged"))
		return "succeeded without a caretaker on the vCPU";
	if (path->what == UPDATE && is_updated(vm) != !ret)
		return ret ? "failed, and the caretaker is another" : "succeeded, and it is the old one";
	if (ret && !vcpu && path->what != UPDATE && strcmp(state, "none"))
		return "failed, and left a caretaker on the vCPU";
	if (!ret || normal)
		return NULL;
	/* With memory it works, as if nothing had happened */
	if (vcpu) {
		int fd = ioctl(vm->fd, KVM_CREATE_VCPU, 1);

		if (fd < 0)
			return "then failed with memory too";
		telemetry_state(vm->fd, vcpu, state);
		close(fd);
	} else {
		if (install_plainly(path->what == INSTALL_ON_VCPU ? vm->vcpu : vm->fd, path->file))
			return "then failed with memory too";
		telemetry_state(vm->fd, vcpu, state);
	}
	return strcmp(state, "staged") ? "with memory it left no caretaker" : NULL;
}

/* With @level 2 the kernel's log tells which allocation failed */
static void set_verbose(const char *level)
{
	static const char * const files[] = {
		"/sys/kernel/debug/failslab/verbose", "/sys/kernel/debug/fail_page_alloc/verbose",
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = open(files[i], O_WRONLY);

		if (fd < 0 || write(fd, level, 1) != 1)
			die(files[i]);
		close(fd);
	}
}

static void complain(const struct path *path, unsigned int n, int ret, const char *what,
		     struct outcome *outcome)
{
	bool injected;
	struct vm vm;

	if (outcome->wrong++ >= 10)
		return;
	printf("    %s: allocation %u: %s, %s\n", path->name, n, error_name(ret), what);
	vm = prepare(path);
	set_verbose("2");
	perform(path, &vm, n, &injected);
	set_verbose("0");
	if (path->what != CLOSE)
		vm_end(&vm);
}

/* One call.  Return: whether an allocation failed in it */
static bool attempt(const struct path *path, unsigned int n, struct outcome *outcome)
{
	int ret, normal = enforced ? path->enforced : path->free;
	int taint = unsigned_taint();
	struct vm vm = prepare(path);
	const char *wrong;
	bool injected;

	if (taint < 0)
		die("/proc/sys/kernel/tainted");
	ret = perform(path, &vm, n, &injected);
	wrong = look(path, &vm, ret, normal, injected);
	if (wrong)
		complain(path, n, ret, wrong, outcome);
	else if (ret == normal)
		outcome->went_on += injected;
	else if (ret == ENOMEM && injected)
		outcome->failed++;
	else
		complain(path, n, ret, "which is not what it should be", outcome);
	/* A signature that could not be checked is not one that may be waived */
	if (strcmp(path->file, "unsigned") && unsigned_taint() != taint)
		complain(path, n, ret, "taken as unsigned", outcome);
	if (path->what != CLOSE)
		vm_end(&vm);
	return injected;
}

/* Memory may come back a little later */
static bool all_back(int64_t before)
{
	int i;

	for (i = 0; i < 40; i++) {
		if (allocinfo_held() == before)
			return true;
		usleep(50000);
	}
	return false;
}

static void try_path(const struct path *path)
{
	struct outcome outcome = { 0 };
	unsigned int n, leaked_at = 0, silent_at = 0;
	int64_t before;
	char name[96];

	/* Once with memory, for what is allocated once */
	attempt(path, 0, &outcome);
	before = allocinfo_held();
	for (n = 1; n < MOST; n++) {
		if (!attempt(path, n, &outcome))
			break;
		if (n % LOOK_EVERY)
			continue;
		if (!leaked_at && !all_back(before))
			leaked_at = n;
		if (!silent_at && !answers(&bystander, 20))
			silent_at = n;
	}
	printf("    %s: %u allocations: %u calls failed with ENOMEM, %u went on without\n",
	       path->name, n - 1, outcome.failed, outcome.went_on);
	snprintf(name, sizeof(name), "%s/allocations-failed", path->name);
	report_that(name, n > 1 && n < MOST && (outcome.failed || path->what == CLOSE),
		    "%u, and %u calls with them", n - 1, outcome.failed);
	report_that(path->name, !outcome.wrong, "%u wrong outcomes in %u calls", outcome.wrong, n);
	snprintf(name, sizeof(name), "%s/nothing-leaks", path->name);
	if (!all_back(before))
		allocinfo_print();
	report_that(name, !leaked_at && all_back(before), "%lld bytes, up to allocation %u",
		    (long long)(allocinfo_held() - before), leaked_at);
	snprintf(name, sizeof(name), "%s/others-go-on", path->name);
	if (!silent_at && !answers(&bystander, 20))
		silent_at = n;
	report_that(name, !silent_at, "no answers up to allocation %u", silent_at);
}

/* Installed after a failure: it does not only look well, it runs */
static void runs_after_failure(void)
{
	struct machine machine;
	unsigned int n = 20;
	int ret, fd;

	/* Not every allocation is one that it cannot do without */
	for (;;) {
		machine_new(&machine, 1);
		fd = payload_open(payloads, "good", O_RDONLY);
		arm(n);
		ret = install(machine.fd, fd, KVM_CARETAKER_MIN_ENCODINGS);
		disarm();
		close(fd);
		if (ret || n++ == 60)
			break;
		machine_destroy(&machine);
	}
	report("then-it-runs/failed-first", ret, "ENOMEM");
	report("then-it-runs/installed", install_plainly(machine.fd, "good"), "0");
	report_that("then-it-runs/answers", answers(&machine, 50), "no answers");
	machine_destroy(&machine);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2 || argc > 3) {
		fputs("usage: faults PAYLOADS [enforced]\n", stderr);
		return 2;
	}
	payloads = argv[1];
	enforced = argc > 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		die("fail-nth");
	machine_new(&bystander, 1);
	report("other-vm/install", install_plainly(bystander.fd, "good"), "0");
	report_that("other-vm/answers", answers(&bystander, 50), "no answers");
	for (i = 0; i < PATHS; i++)
		try_path(&paths[i]);
	runs_after_failure();
	machine_destroy(&bystander);
	return trial_status();
}
