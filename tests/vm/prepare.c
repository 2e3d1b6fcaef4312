// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_CARETAKER_VM: memory that is pinned and frozen, what is refused meanwhile, and that all of
 * it comes back.
 *
 *   prepare PAYLOADS
 *
 * Exit status: as of trial_status().
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ticker.h"
#include "trial.h"

#define HANDOVER	KVM_CARETAKER_VM_HANDOVER
#define OTHER_USER	1000
#define FAULTING_ROUNDS	20
/* One that goes round and round ends then, with EINTR */
#define PREPARE_SECONDS	60

static const char *payloads;

/* --- Arguments --- */

static struct kvm_caretaker_vm_op bad;
static unsigned char room[8192];

static void size_small(void) { bad.size = KVM_CARETAKER_VM_OP_SIZE_VER0 - 1; }
static void size_large(void) { bad.size = 4097; }
static void tail_set(void) { bad.size += 8; room[sizeof(bad) + 4] = 1; }
static void tail_zero(void) { bad.size += 8; }
static void flag_unknown(void) { bad.flags = 1ULL << 1; }
static void reserved_set(void) { bad.reserved = 1; }
static void moves_given(void) { bad.moves = 4096; }
static void moves_counted(void) { bad.nr_moves = 1; }
static void op_unknown(void) { bad.op = 99; }
static void op_none(void) { bad.op = 0; }
static void name_other(void) { bad.vmm_id[0] ^= 1; }
static void release_flag(void) { bad = vm_op_init(KVM_CARETAKER_VM_RELEASE, HANDOVER); }
static void release_none(void) { bad = vm_op_init(KVM_CARETAKER_VM_RELEASE, 0); }
static void release_name(void)
{
	release_none();
	bad.vmm_id[15] = 1;
}

static void state_flag(void) { bad = vm_op_init(KVM_CARETAKER_VM_STATE, HANDOVER); }
static void state_name(void)
{
	bad = vm_op_init(KVM_CARETAKER_VM_STATE, 0);
	bad.vmm_id[0] = 1;
}

static void adopt_none(void) { bad.op = KVM_CARETAKER_VM_ADOPT; }

static const struct {
	const char *name;
	void (*change)(void);
	int error;
} arguments[] = {
	{ "size-too-small", size_small, EINVAL },
	{ "size-above-a-page", size_large, E2BIG },
	{ "unknown-member-set", tail_set, E2BIG },
	{ "unknown-flag", flag_unknown, EINVAL },
	{ "reserved", reserved_set, EINVAL },
	{ "moves-of-no-use", moves_given, EINVAL },
	{ "moves-counted", moves_counted, EINVAL },
	{ "unknown-operation", op_unknown, EINVAL },
	{ "no-operation", op_none, EINVAL },
	{ "another-name", name_other, EINVAL },
	{ "release-with-a-flag", release_flag, EINVAL },
	{ "release-of-nothing", release_none, ENOENT },
	{ "state-with-a-flag", state_flag, EINVAL },
	{ "release-with-a-name", release_name, EINVAL },
	{ "state-with-a-name", state_name, EINVAL },
	{ "adopt-nothing", adopt_none, ENOENT },
};

static unsigned int state_of(int vm)
{
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_STATE, 0);

	return vm_op(vm, &op) ? ~0U : op.state;
}

static void try_arguments(void)
{
	struct ticker ticker;
	char name[80];
	unsigned int i;
	int got;

	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	for (i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		bad = vm_op_init(KVM_CARETAKER_VM_PREPARE, 0);
		memset(room, 0, sizeof(room));
		arguments[i].change();
		memcpy(room, &bad, sizeof(bad));
		got = ioctl(ticker.vm, KVM_CARETAKER_VM, room) ? errno : 0;
		snprintf(name, sizeof(name), "argument/%s", arguments[i].name);
		report(name, got, error_name(arguments[i].error));
		if (state_of(ticker.vm) != KVM_CARETAKER_VM_PLAIN)
			report_that(name, 0, "the VM is prepared now");
	}
	got = ioctl(ticker.vm, KVM_CARETAKER_VM, NULL) ? errno : 0;
	report("argument/no-address", got, "EFAULT");
	bad = vm_op_init(KVM_CARETAKER_VM_PREPARE, 0);
	memset(room, 0, sizeof(room));
	tail_zero();
	memcpy(room, &bad, sizeof(bad));
	got = ioctl(ticker.vm, KVM_CARETAKER_VM, room) ? errno : 0;
	report("argument/unknown-member-zero", got, "0");
	ticker_close(&ticker);
}

/* --- Which VM --- */

static void try_caretaker(const char *name, bool on_vcpu, uint64_t flags, const char *expected)
{
	struct ticker ticker;

	ticker_new(&ticker, false);
	if (install_payload(on_vcpu ? ticker.vcpu : ticker.vm, payloads, "good",
			    flags | KVM_CARETAKER_MIN_ENCODINGS))
		die("KVM_SET_CARETAKER");
	report(name, vm_prepare(ticker.vm, 0), expected);
	ticker_close(&ticker);
}

static void try_vms(void)
{
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_PREPARE, HANDOVER);
	struct ticker ticker;

	ticker_new(&ticker, false);
	report_that("capability", ioctl(ticker.kvm, KVM_CHECK_EXTENSION, KVM_CAP_CARETAKER) &
		    KVM_CARETAKER_CAP_VM, "KVM_CARETAKER_CAP_VM is not there");
	report("caretaker/none", vm_prepare(ticker.vm, 0), "EOPNOTSUPP");
	ticker_close(&ticker);
	try_caretaker("caretaker/on-a-vcpu", true, 0, "EOPNOTSUPP");
	try_caretaker("caretaker/shared", false, KVM_CARETAKER_SHARED, "EOPNOTSUPP");
	try_caretaker("caretaker/isolated", false, 0, "0");

	ticker_new(&ticker, true);
	ticker_install(&ticker, payloads);
	report("anonymous/handover", vm_op(ticker.vm, &op), "EINVAL");
	report_that("anonymous/slot-is-named", op.slot == TICKER_SLOT, "slot %#x", op.slot);
	report("anonymous/alone", vm_prepare(ticker.vm, 0), "0");
	ticker_close(&ticker);
}

/* Addresses of the VMM that KVM would look up in the next one: of the VM, and of a vCPU alone */
static void try_xen(void)
{
	struct kvm_xen_hvm_config config = {
		.flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, .msr = 0x40000000,
	};
	struct ticker ticker;

	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	if (ioctl(ticker.vm, KVM_XEN_HVM_CONFIG, &config))
		die("KVM_XEN_HVM_CONFIG");
	report("xen/vm/handover", vm_prepare(ticker.vm, HANDOVER), "EOPNOTSUPP");
	report("xen/vm/alone", vm_prepare(ticker.vm, 0), "0");
	ticker_close(&ticker);

	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	ticker_set_xen(&ticker);
	report("xen/vcpu/handover", vm_prepare(ticker.vm, HANDOVER), "EOPNOTSUPP");
	report("xen/vcpu/alone", vm_prepare(ticker.vm, 0), "0");
	ticker_close(&ticker);
}

/* --- What the VMM does to memory that is prepared --- */

static void do_nothing(struct ticker *t) { (void)t; }

static void do_dontneed(struct ticker *t)
{
	madvise(t->memory, TICKER_SIZE, MADV_DONTNEED);
}

static void do_unmap(struct ticker *t)
{
	munmap(t->memory, TICKER_SIZE);
	if (mmap(t->memory, TICKER_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("mmap");
}

static void do_punch(struct ticker *t)
{
	if (fallocate(t->memory_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, TICKER_DATA,
		      TICKER_SIZE - TICKER_DATA))
		die("fallocate");
}

static void do_punch_and_fill(struct ticker *t)
{
	do_punch(t);
	memset(t->memory + TICKER_DATA, 0xee, TICKER_SIZE - TICKER_DATA);
}

static void do_truncate(struct ticker *t)
{
	if (ftruncate(t->memory_fd, 0) || ftruncate(t->rom_fd, 0))
		die("ftruncate");
}

static void do_protect(struct ticker *t)
{
	if (mprotect(t->memory, TICKER_SIZE, PROT_NONE) ||
	    mprotect(t->rom, TICKER_ROM_SIZE, PROT_NONE))
		die("mprotect");
}

/* @seen: without PREPARE the guest does not survive it */
static const struct {
	const char *name;
	void (*change)(struct ticker *);
	bool seen;
} changes[] = {
	{ "nothing", do_nothing, false },
	{ "dontneed", do_dontneed, false },
	{ "unmapped", do_unmap, true },
	{ "punched", do_punch, true },
	{ "punched-and-filled", do_punch_and_fill, true },
	{ "truncated", do_truncate, true },
	{ "protected", do_protect, true },
};

static long mapped(void)
{
	return vm_stat(getpid(), "pages_4k") + 512 * vm_stat(getpid(), "pages_2m");
}

/* KVM zaps all of all VMs, as it may at any time */
static void zap_all(void)
{
	static const char file[] = "/sys/module/kvm/parameters/nx_huge_pages";
	int fd = open(file, O_WRONLY);
	static bool on;

	on = !on;
	if (fd < 0 || write(fd, on ? "force" : "off", on ? 5 : 3) < 0)
		die(file);
	close(fd);
}

/* Is anything of the guest's tables taken away, and does the guest go on? */
static void try_change(unsigned int i, uint64_t flags)
{
	long pages, zapped, before = pages_pinned();
	struct ticker ticker;
	const char *why;
	char name[100];

#define NAME(what) (snprintf(name, sizeof(name), "%s/%s/%s", flags ? "handover" : "memory", \
			     changes[i].name, what), name)
	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	why = ticker_run(&ticker, 100);
	report_that(NAME("runs"), !why, "%s", why ?: "");
	report(NAME("prepared"), vm_prepare(ticker.vm, flags), "0");
	report_that(NAME("pinned"), pages_pinned() - before == TICKER_PAGES, "%ld of %u pages",
		    pages_pinned() - before, TICKER_PAGES);
	pages = mapped();
	report_that(NAME("all-is-mapped"), pages == TICKER_PAGES, "%ld of %u pages", pages,
		    TICKER_PAGES);
	changes[i].change(&ticker);
	zapped = pages - mapped();
	report_that(NAME("nothing-is-zapped"), !zapped, "%ld pages", zapped);
	why = ticker_run(&ticker, 100);
	report_that(NAME("goes-on"), !why, "%s", why ?: "");
	zap_all();
	report_that(NAME("zapped"), mapped() < pages, "%ld pages", mapped());
	why = ticker_run(&ticker, 100);
	report_that(NAME("goes-on-zapped"), !why, "%s", why ?: "");
	ticker_close(&ticker);
	report_that(NAME("unpinned-at-the-end"), pages_pinned() == before, "%ld pages",
		    pages_pinned() - before);

	/* The same without PREPARE: the test would see it */
	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	ticker_run(&ticker, 100);
	changes[i].change(&ticker);
	why = ticker_run(&ticker, 100);
	report_that(NAME("plain"), !why == !changes[i].seen, "%s", why ?: "it goes on");
	ticker_close(&ticker);

	/* And once it is released */
	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	ticker_run(&ticker, 100);
	vm_prepare(ticker.vm, flags);
	changes[i].change(&ticker);
	report(NAME("released"), vm_release(ticker.vm), "0");
	report_that(NAME("unpinned"), pages_pinned() == before, "%ld pages",
		    pages_pinned() - before);
	why = ticker_run(&ticker, 100);
	report_that(NAME("seen-then"), !why == !changes[i].seen, "%s", why ?: "it goes on");
	ticker_close(&ticker);
}

/* --- What is refused --- */

static int set_slot(struct ticker *t, uint32_t slot, uint32_t flags, uint64_t gpa, uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)t->memory,
	};

	return ioctl(t->vm, KVM_SET_USER_MEMORY_REGION, &region) ? errno : 0;
}

static int slot_new(struct ticker *t) { return set_slot(t, 7, 0, 0x20000000, 4096); }
static int slot_gone(struct ticker *t) { return set_slot(t, TICKER_SLOT, 0, 0, 0); }

static int slot_moved(struct ticker *t)
{
	return set_slot(t, TICKER_SLOT, 0, 0x40000000, TICKER_SIZE);
}

static int slot_logged(struct ticker *t)
{
	return set_slot(t, TICKER_SLOT, KVM_MEM_LOG_DIRTY_PAGES, 0, TICKER_SIZE);
}

static int log_got(struct ticker *t)
{
	struct kvm_dirty_log log = { .slot = TICKER_SLOT, .dirty_bitmap = room };

	return ioctl(t->vm, KVM_GET_DIRTY_LOG, &log) ? errno : 0;
}

static int log_cleared(struct ticker *t)
{
	struct kvm_clear_dirty_log log = {
		.slot = TICKER_SLOT, .num_pages = 64, .dirty_bitmap = room,
	};

	return ioctl(t->vm, KVM_CLEAR_DIRTY_LOG, &log) ? errno : 0;
}

static int rings_reset(struct ticker *t)
{
	return ioctl(t->vm, KVM_RESET_DIRTY_RINGS, 0) < 0 ? errno : 0;
}

static int prepared_again(struct ticker *t) { return vm_prepare(t->vm, 0); }
static int removed(struct ticker *t) { return remove_caretaker(t->vm); }

static int made_shared(struct ticker *t)
{
	return install_payload(t->vm, payloads, "good",
			       KVM_CARETAKER_MIN_ENCODINGS | KVM_CARETAKER_SHARED);
}

static int updated(struct ticker *t)
{
	return install_payload(t->vm, payloads, "update-b", KVM_CARETAKER_MIN_ENCODINGS);
}

static int vcpu_new(struct ticker *t)
{
	return ioctl(t->vm, KVM_CREATE_VCPU, 1) < 0 ? errno : 0;
}

/* @then: without PREPARE, in this order on one VM */
static const struct {
	const char *name;
	int (*call)(struct ticker *);
	const char *prepared, *then;
} calls[] = {
	{ "memslot-new", slot_new, "EBUSY", "0" },
	{ "memslot-flags", slot_logged, "EBUSY", "0" },
	{ "dirty-log", log_got, "EBUSY", "0" },
	{ "dirty-log-clear", log_cleared, "EBUSY", "0" },
	{ "dirty-rings", rings_reset, "EBUSY", "EINVAL" },
	{ "memslot-moved", slot_moved, "EBUSY", "0" },
	{ "memslot-gone", slot_gone, "EBUSY", "0" },
	{ "update-to-shared", made_shared, "EBUSY", "0" },
	{ "update", updated, "0", "0" },
	{ "vcpu-new", vcpu_new, "0", "EEXIST" },
	{ "prepare-again", prepared_again, "EBUSY", "EOPNOTSUPP" },
	{ "removal", removed, "EBUSY", "0" },
};

static void try_refusals(void)
{
	struct ticker ticker;
	unsigned int i;
	char name[80];

	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	report("refused/prepared", vm_prepare(ticker.vm, HANDOVER), "0");
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		snprintf(name, sizeof(name), "refused/%s", calls[i].name);
		report(name, calls[i].call(&ticker), calls[i].prepared);
	}
	report_that("refused/state", state_of(ticker.vm) == KVM_CARETAKER_VM_PREPARED, "%u",
		    state_of(ticker.vm));
	report("refused/released", vm_release(ticker.vm), "0");
	report_that("refused/state-then", state_of(ticker.vm) == KVM_CARETAKER_VM_PLAIN, "%u",
		    state_of(ticker.vm));
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].call == prepared_again)
			continue;
		snprintf(name, sizeof(name), "refused/%s-then", calls[i].name);
		report(name, calls[i].call(&ticker), calls[i].then);
	}
	ticker_close(&ticker);

	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	if (slot_logged(&ticker))
		die("KVM_MEM_LOG_DIRTY_PAGES");
	report("refused/while-dirty-pages-are-logged", vm_prepare(ticker.vm, 0), "EBUSY");
	ticker_close(&ticker);
}

/* --- Whose account --- */

/* As a user who may lock so many bytes; two VMs of one user have one account */
static void try_account(void)
{
	struct rlimit limit = { TICKER_BYTES * 3 / 2, TICKER_BYTES * 3 / 2 };
	struct ticker first, second;

	ticker_new(&first, false);
	ticker_install(&first, payloads);
	ticker_new(&second, false);
	ticker_install(&second, payloads);
	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setresuid(OTHER_USER, OTHER_USER, OTHER_USER))
		die("setresuid");
	report("account/first", vm_prepare(first.vm, 0), "0");
	report("account/second", vm_prepare(second.vm, 0), "ENOMEM");
	report("account/first-released", vm_release(first.vm), "0");
	report("account/second-then", vm_prepare(second.vm, 0), "0");
	report("account/first-not", vm_prepare(first.vm, 0), "ENOMEM");
	ticker_close(&second);
	report("account/second-has-ended", vm_prepare(first.vm, 0), "0");
	report("account/first-again", vm_release(first.vm), "0");
	limit.rlim_cur = 4096;
	setrlimit(RLIMIT_MEMLOCK, &limit);
	report("account/limit-is-low", vm_prepare(first.vm, 0), "ENOMEM");
}

/* In a process of its own, which ends as another user; its lines count as ours */
static void in_child(const char *name, void (*try)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		try();
		exit(trial_status());
	}
	waitpid(pid, &status, 0);
	report_that(name, WIFEXITED(status) && !WEXITSTATUS(status), "status %#x", status);
}

static void try_account_of_root(void)
{
	struct rlimit limit = { 0, 0 };
	struct ticker ticker;

	setrlimit(RLIMIT_MEMLOCK, &limit);
	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	report("account/CAP_IPC_LOCK", vm_prepare(ticker.vm, 0), "0");
	ticker_close(&ticker);
}

/* --- While the guest runs --- */

static void on_signal(int signal) { (void)signal; }

static void *run_on(void *ticker)
{
	struct ticker *t = ticker;

	while (ticker_head(t)->quiet != 2 && (!ioctl(t->vcpu, KVM_RUN, 0) || errno == EINTR))
		;
	return NULL;
}

static void try_running(void)
{
	struct sigaction kick = { .sa_handler = on_signal };
	long before = pages_pinned();
	struct ticker ticker;
	pthread_t thread;
	unsigned int i, tries, good = 0;
	uint32_t round;
	int got;

	sigaction(SIGUSR1, &kick, NULL);
	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	if (pthread_create(&thread, NULL, run_on, &ticker))
		die("pthread_create");
	for (i = 0; i < 20; i++) {
		/* It may be in KVM_RUN whenever one looks */
		for (tries = 0; tries < 20; tries++) {
			got = vm_prepare(ticker.vm, HANDOVER);
			if (got != EAGAIN)
				break;
		}
		good += !got && !vm_release(ticker.vm);
	}
	report_that("running/in-a-row", good == i, "%u of %u", good, i);
	report_that("running/unpinned", pages_pinned() == before, "%ld pages",
		    pages_pinned() - before);

	/* One that never leaves KVM_RUN: it cannot be made to */
	ticker_head(&ticker)->quiet = 1;
	usleep(200000);
	report("running/no-vcpu-is-free", vm_prepare(ticker.vm, 0), "EAGAIN");
	report_that("running/undone", pages_pinned() == before, "%ld pages",
		    pages_pinned() - before);
	report_that("running/plain", state_of(ticker.vm) == KVM_CARETAKER_VM_PLAIN, "%u",
		    state_of(ticker.vm));
	report("running/memslots-are-free", slot_new(&ticker), "0");
	round = ticker_head(&ticker)->round;
	/* A busy machine may let it wait for long */
	for (tries = 0; tries < 200 && ticker_head(&ticker)->round == round; tries++)
		usleep(100000);
	report_that("running/guest-goes-on", ticker_head(&ticker)->round != round &&
		    !ticker_head(&ticker)->lost, "round %u, lost %#x", round,
		    ticker_head(&ticker)->lost);
	ticker_head(&ticker)->quiet = 2;
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	ticker_close(&ticker);
}

/*
 * The memory is unmapped all the while, and roots become obsolete: the guest faults whenever
 * PREPARE or RELEASE begins, and PREPARE maps what is zapped.  Of a file in memory nothing is
 * lost by it.
 */
static atomic_bool unmapping;

static void *unmap_on(void *ticker)
{
	while (atomic_load(&unmapping)) {
		do_dontneed(ticker);
		zap_all();
	}
	return NULL;
}

static void try_faulting(void)
{
	struct sigaction ignored = { .sa_handler = on_signal };
	unsigned int i, good = 0;
	pthread_t guest, unmapper;
	struct ticker ticker;
	int got, bad = 0;

	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	sigaction(SIGALRM, &ignored, NULL);
	atomic_store(&unmapping, true);
	if (pthread_create(&guest, NULL, run_on, &ticker) ||
	    pthread_create(&unmapper, NULL, unmap_on, &ticker))
		die("pthread_create");
	for (i = 0; i < FAULTING_ROUNDS; i++) {
		/* EAGAIN: the vCPU was in KVM_RUN; all was frozen and thawed even so */
		alarm(PREPARE_SECONDS);
		got = vm_prepare(ticker.vm, HANDOVER);
		alarm(0);
		if (got == EAGAIN || (!got && !vm_release(ticker.vm)))
			good++;
		else
			bad = got;
	}
	atomic_store(&unmapping, false);
	pthread_join(unmapper, NULL);
	report_that("faulting/in-a-row", good == i, "%u of %u, the last %s", good, i,
		    error_name(bad));
	ticker_head(&ticker)->quiet = 2;
	pthread_kill(guest, SIGUSR1);
	pthread_join(guest, NULL);
	report_that("faulting/nothing-is-lost", !ticker_head(&ticker)->lost, "%#x",
		    ticker_head(&ticker)->lost);
	ticker_close(&ticker);
}

/* A VMM that is killed while it prepares, or has prepared, leaves nothing */
static void try_killed(void)
{
	long before = pages_pinned();
	struct ticker ticker;
	unsigned int i;
	pid_t pid;

	for (i = 0; i < 20; i++) {
		fflush(stdout);
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid) {
			ticker_new(&ticker, false);
			ticker_install(&ticker, payloads);
			for (;;) {
				vm_prepare(ticker.vm, i % 2 ? HANDOVER : 0);
				ticker_run(&ticker, 100);
				vm_release(ticker.vm);
			}
		}
		usleep(100000 + 17000 * i);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	report_that("killed/unpinned", pages_pinned() == before, "%ld pages",
		    pages_pinned() - before);
}

/* --- Another thread --- */

static int stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static void *run_once(void *ticker)
{
	return (void *)ticker_run(ticker, 64);
}

/* A thread that has waited for its CPU runs a guest, and then one that has not */
static void try_threads(void)
{
	struct timespec end, now;
	struct ticker ticker;
	uint64_t waited;
	void *why = NULL;
	pthread_t other;
	int child;

	ticker_new(&ticker, true);
	ticker_install(&ticker, payloads);
	stay_on(0);
	child = fork();
	if (!child)
		for (;;)
			;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 1;
	do {
		why = (void *)(why ?: ticker_run(&ticker, 64));
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec || now.tv_nsec < end.tv_nsec);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	waited = ticker_kvm(&ticker)->steal;
	report_that("threads/waited", !why && waited > 10000000, "%llu ns of steal time",
		    (unsigned long long)waited);
	if (pthread_create(&other, NULL, run_once, &ticker) || pthread_join(other, &why))
		die("pthread_create");
	report_that("threads/steal-time", !why && ticker_kvm(&ticker)->steal >= waited &&
		    ticker_kvm(&ticker)->steal - waited < 5000000000, "%llu ns, and then %llu",
		    (unsigned long long)waited, (unsigned long long)ticker_kvm(&ticker)->steal);
	ticker_close(&ticker);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc != 2) {
		fputs("usage: prepare PAYLOADS\n", stderr);
		return 2;
	}
	payloads = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	try_arguments();
	try_vms();
	try_xen();
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		try_change(i, 0);
		try_change(i, HANDOVER);
	}
	try_refusals();
	in_child("account/of-a-user", try_account);
	in_child("account/of-root", try_account_of_root);
	try_running();
	try_faulting();
	try_killed();
	try_threads();
	return trial_status();
}
