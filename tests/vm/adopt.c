// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_CARETAKER_VM_ADOPT: a VMM is killed, and another goes on with its guest.
 *
 *   adopt PAYLOADS [TIMES [SEED]]
 *
 * This process is the keeper: it has the descriptors and runs no guest.  VMMs are its children.
 * First what is refused, then TIMES (20) kills at random points, a new VM every tenth time.
 * Exit status: as of trial_status().
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper.h"
#include "ticker.h"
#include "trial.h"

#define HANDOVER	KVM_CARETAKER_VM_HANDOVER
#define USER		1000
#define OTHER_USER	1001
#define VMM_WAITS	7	/* exit status of a child that could not adopt */

static const char *payloads;

/* --- The keeper and its VMMs --- */

/* As another process: a child that ends with what @in_child returns */
static pid_t child(int (*in_child)(void *), void *argument)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	exit(in_child(argument));
}

static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static int ask_child(int (*in_child)(void *), void *argument)
{
	return wait_for(child(in_child, argument));
}

/* Runs the guest until it is killed, in the guest or at an exit that it has not finished */
static int go_on(const char *who, struct ticker *ticker)
{
	const char *why;

	for (;;) {
		why = ticker_run(ticker, 1);
		if (why) {
			printf("    %s: %s\n", who, why);
			return 1;
		}
		usleep(500);
	}
}

struct first {
	int socket;
	uint64_t flags;
	bool prepared;
	int user;
	bool xen;
};

/* The first VMM: makes the VM, hands its descriptors on, and runs it */
static int vmm_first(void *argument)
{
	struct first *first = argument;
	struct ticker ticker;
	int error;

	ticker_new(&ticker, false);
	ticker_install(&ticker, payloads);
	if (first->user && setresuid(first->user, first->user, first->user))
		die("setresuid");
	error = first->prepared ? vm_prepare(ticker.vm, first->flags) : 0;
	if (error) {
		errno = error;
		die("KVM_CARETAKER_VM_PREPARE");
	}
	if (first->xen)
		ticker_set_xen(&ticker);
	keeper_send_ticker(first->socket, &ticker);
	return go_on("first VMM", &ticker);
}

/* What the keeper has of it.  It maps the memory, to look and to compare; it is no VMM */
static pid_t start_first(struct ticker *kept, struct first *first)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	first->socket = pair[1];
	pid = child(vmm_first, first);
	close(pair[1]);
	keeper_receive_ticker(pair[0], kept);
	close(pair[0]);
	return pid;
}

static pid_t start(struct ticker *kept, uint64_t flags, bool prepared, int user)
{
	struct first first = { .flags = flags, .prepared = prepared, .user = user };

	return start_first(kept, &first);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	wait_for(pid);
}

static uint32_t round_now(const struct ticker *ticker)
{
	return *(volatile uint32_t *)&ticker_head(ticker)->round;
}

static bool goes_on(const struct ticker *ticker, uint32_t from)
{
	unsigned int i;

	for (i = 0; i < 500 && round_now(ticker) - from < 200; i++)
		usleep(10000);
	return round_now(ticker) - from >= 200 && round_now(ticker) - from < 1U << 31 &&
	       !ticker_head(ticker)->lost;
}

/* A VMM that is not the first.  Its memory is at other addresses than the keeper's */
static void map_elsewhere(struct ticker *ticker)
{
	/* One page more, so that nothing is aligned as it was */
	if (mmap(NULL, 5 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		die("mmap");
	ticker_map(ticker);
}

static int vmm_next(void *argument)
{
	struct ticker *ticker = argument;
	int error;

	map_elsewhere(ticker);
	error = ticker_adopt(ticker);
	if (error) {
		printf("    adopt: %s\n", error_name(error));
		return VMM_WAITS;
	}
	return go_on("next VMM", ticker);
}

/* --- What is refused --- */

struct attempt {
	struct ticker *ticker;
	struct kvm_caretaker_vm_op op;
	struct kvm_caretaker_move moves[4];
};

static void another_name(struct attempt *a) { a->op.vmm_id[15] = 1; }
static void flag(struct attempt *a) { a->op.flags = HANDOVER; }
static void none(struct attempt *a) { a->op.nr_moves = 0; }
static void too_few(struct attempt *a) { a->op.nr_moves = 1; }
static void too_many(struct attempt *a) { a->op.nr_moves = 3; }
static void far_too_many(struct attempt *a) { a->op.nr_moves = 1U << 20; }
static void twice(struct attempt *a) { a->moves[1].slot = TICKER_SLOT; }
static void unknown_slot(struct attempt *a) { a->moves[1].slot = 9; }
static void other_space(struct attempt *a) { a->moves[0].slot = 1 << 16; }
static void reserved(struct attempt *a) { a->moves[1].reserved = 1; }
static void misaligned(struct attempt *a) { a->moves[0].userspace_addr += 8; }
static void of_the_kernel(struct attempt *a) { a->moves[0].userspace_addr = 0xffff888000000000; }
static void too_high(struct attempt *a) { a->moves[0].userspace_addr = 0x7ffffffff000 - 4096; }
static void list_unmapped(struct attempt *a) { a->op.moves = 4096; }
static void shifted(struct attempt *a) { a->moves[0].userspace_addr += 4096; }
static void unmapped(struct attempt *a) { munmap(a->ticker->memory + TICKER_SIZE - 4096, 4096); }

static void swapped(struct attempt *a)
{
	uint64_t other = a->moves[0].userspace_addr;

	a->moves[0].userspace_addr = a->moves[1].userspace_addr;
	a->moves[1].userspace_addr = other;
}

static void read_only(struct attempt *a)
{
	mprotect(a->ticker->memory, TICKER_SIZE, PROT_READ);
}

static void private_copy(struct attempt *a)
{
	if (mmap(a->ticker->memory, TICKER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
		 a->ticker->memory_fd, 0) == MAP_FAILED)
		die("mmap");
}

/* The same bytes in the last page, and another page */
static void last_page_copied(struct attempt *a)
{
	unsigned char *last = a->ticker->memory + TICKER_SIZE - 4096;
	unsigned char copy[4096];

	memcpy(copy, last, sizeof(copy));
	if (mmap(last, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		die("mmap");
	memcpy(last, copy, sizeof(copy));
}

static void rom_of_another(struct attempt *a)
{
	if (mmap(a->ticker->rom, TICKER_ROM_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED,
		 a->ticker->memory_fd, 0) == MAP_FAILED)
		die("mmap");
}

static void other_user(struct attempt *a)
{
	(void)a;
	if (setresuid(OTHER_USER, OTHER_USER, OTHER_USER))
		die("setresuid");
}

/* The user's number, in a namespace of his own, where he has every capability */
static void same_user_elsewhere(struct attempt *a)
{
	(void)a;
	if (setresuid(USER, USER, USER) || unshare(CLONE_NEWUSER))
		die("CLONE_NEWUSER");
}

static const struct {
	const char *name;
	void (*change)(struct attempt *);
	int error;
	unsigned int slot;
} attempts[] = {
	{ "another-name", another_name, EACCES, ~0U },
	{ "another-user", other_user, EPERM, ~0U },
	{ "another-namespace", same_user_elsewhere, EPERM, ~0U },
	{ "unknown-flag", flag, EINVAL, 0 },		/* nothing is answered */
	{ "no-moves", none, EINVAL, TICKER_SLOT },
	{ "too-few-moves", too_few, EINVAL, TICKER_ROM_SLOT },
	{ "too-many-moves", too_many, EINVAL, ~0U },
	{ "far-too-many-moves", far_too_many, EINVAL, ~0U },
	{ "a-slot-twice", twice, EINVAL, TICKER_SLOT },
	{ "unknown-slot", unknown_slot, EINVAL, TICKER_ROM_SLOT },
	{ "another-address-space", other_space, EINVAL, TICKER_SLOT },
	{ "reserved", reserved, EINVAL, TICKER_ROM_SLOT },
	{ "misaligned", misaligned, EINVAL, TICKER_SLOT },
	{ "address-of-the-kernel", of_the_kernel, EINVAL, TICKER_SLOT },
	{ "address-at-the-end", too_high, EINVAL, TICKER_SLOT },
	{ "list-unmapped", list_unmapped, EFAULT, ~0U },
	{ "shifted", shifted, EFAULT, TICKER_SLOT },
	{ "one-page-unmapped", unmapped, EFAULT, TICKER_SLOT },
	{ "slots-swapped", swapped, EFAULT, TICKER_SLOT },
	{ "read-only", read_only, EFAULT, TICKER_SLOT },
	{ "private-copy", private_copy, EFAULT, TICKER_SLOT },
	{ "last-page-copied", last_page_copied, EFAULT, TICKER_SLOT },
	{ "rom-of-another", rom_of_another, EFAULT, TICKER_ROM_SLOT },
};

static struct ticker *orphan;
static unsigned int chosen;

/* Exit status: 0 as expected, otherwise the errno */
static int attempt(void *unused)
{
	struct attempt a = {
		.ticker = orphan, .op = vm_op_init(KVM_CARETAKER_VM_ADOPT, 0),
	};
	int got;

	(void)unused;
	map_elsewhere(orphan);
	ticker_moves(orphan, a.moves);
	a.moves[2].slot = 5;
	a.op.moves = (uintptr_t)a.moves;
	a.op.nr_moves = 2;
	attempts[chosen].change(&a);
	got = vm_op(orphan->vm, &a.op);
	if (got != attempts[chosen].error)
		return got ?: 255;
	if (a.op.slot != attempts[chosen].slot) {
		printf("    %s: slot %#x\n", attempts[chosen].name, a.op.slot);
		return 254;
	}
	return 0;
}

/* ADOPT with all as it should be, of a VM that is not there for it */
static int adopt_as_is(void *unused)
{
	(void)unused;
	map_elsewhere(orphan);
	return ticker_adopt(orphan);
}

static int foreign_prepare(void *unused) { (void)unused; return vm_prepare(orphan->vm, 0); }
static int foreign_release(void *unused) { (void)unused; return vm_release(orphan->vm); }

static int foreign_state(void *unused)
{
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_STATE, 0);

	(void)unused;
	return vm_op(orphan->vm, &op);
}

static int foreign_run(void *unused)
{
	(void)unused;
	return ioctl(orphan->vcpu, KVM_RUN, 0) ? errno : 0;
}

static unsigned int answered_state(void)
{
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_ADOPT, 0);

	vm_op(orphan->vm, &op);
	return op.state;
}

static void try_not_there(void)
{
	struct ticker kept;
	pid_t pid;

	orphan = &kept;
	pid = start(&kept, 0, false, 0);
	end(pid);
	report("refused/not-prepared", ask_child(adopt_as_is, NULL), "ENOENT");
	ticker_close(&kept);

	pid = start(&kept, 0, true, 0);
	end(pid);
	report("refused/not-for-a-handover", ask_child(adopt_as_is, NULL), "ENOENT");
	ticker_close(&kept);

	pid = start(&kept, HANDOVER, true, 0);
	report("refused/vmm-lives", ask_child(adopt_as_is, NULL), "EBUSY");
	report_that("refused/vmm-lives-state", answered_state() == KVM_CARETAKER_VM_PREPARED, "%u",
		    answered_state());
	report("foreign/prepare", ask_child(foreign_prepare, NULL), "EIO");
	report("foreign/release", ask_child(foreign_release, NULL), "EIO");
	report("foreign/state", ask_child(foreign_state, NULL), "EIO");
	report("foreign/run", ask_child(foreign_run, NULL), "EIO");
	end(pid);
	report("foreign/run-of-an-orphan", ask_child(foreign_run, NULL), "EIO");
	report_that("orphan/state", answered_state() == KVM_CARETAKER_VM_ORPHANED, "%u",
		    answered_state());
	ticker_close(&kept);
}

/* The VMM that created the VM names it in debugfs, also when it is gone */
static long mapped(pid_t pid)
{
	return vm_stat(pid, "pages_4k") + 512 * vm_stat(pid, "pages_2m");
}

static void try_refusals(void)
{
	long before = pages_pinned();
	struct ticker kept;
	uint32_t round;
	pid_t pid, next;
	char name[80];
	int got;

	orphan = &kept;
	pid = start(&kept, HANDOVER, true, USER);
	usleep(100000);
	end(pid);
	report_that("orphan/tables-are-there", mapped(pid) == TICKER_PAGES, "%ld of %u pages",
		    mapped(pid), TICKER_PAGES);
	for (chosen = 0; chosen < sizeof(attempts) / sizeof(attempts[0]); chosen++) {
		round = round_now(&kept);
		got = ask_child(attempt, NULL);
		snprintf(name, sizeof(name), "refused/%s (%s)", attempts[chosen].name,
			 error_name(attempts[chosen].error));
		report_that(name, !got, "%s", got > 250 ? "taken, or another slot" : error_name(got));
		if (answered_state() != KVM_CARETAKER_VM_ORPHANED || round_now(&kept) != round)
			report_that(name, 0, "something changed");
	}
	round = round_now(&kept);
	next = child(vmm_next, &kept);
	report_that("refused/nothing-has-changed", goes_on(&kept, round), "round %u of %u, lost %#x",
		    round_now(&kept), round, ticker_head(&kept)->lost);
	report("refused/adopted-already", ask_child(adopt_as_is, NULL), "EBUSY");
	end(next);
	ticker_close(&kept);
	report_that("refused/unpinned", pages_pinned() == before, "%ld pages",
		    pages_pinned() - before);
}

/* --- Who may --- */

static int as_the_user(void *ticker)
{
	if (setresuid(USER, USER, USER))
		die("setresuid");
	return vmm_next(ticker);
}

static void try_who(const char *name, int user, int (*next)(void *))
{
	struct ticker kept;
	uint32_t round;
	pid_t pid;

	end(start(&kept, HANDOVER, true, user));
	round = round_now(&kept);
	pid = child(next, &kept);
	report_that(name, goes_on(&kept, round), "round %u of %u", round_now(&kept), round);
	end(pid);
	ticker_close(&kept);
}

/* Xen's interface came behind PREPARE: KVM would look its address up in the adopter */
static void try_xen(void)
{
	struct first first = { .flags = HANDOVER, .prepared = true, .xen = true };
	struct ticker kept;

	orphan = &kept;
	end(start_first(&kept, &first));
	report("refused/xen", ask_child(adopt_as_is, NULL), "EOPNOTSUPP");
	ticker_close(&kept);
}

/* --- What the new VMM can do then --- */

static bool has_thread(const char *name)
{
	char comm[32];
	bool found = false;
	glob_t threads;
	FILE *file;
	size_t i;

	if (glob("/proc/self/task/*/comm", 0, NULL, &threads))
		return false;
	for (i = 0; i < threads.gl_pathc && !found; i++) {
		file = fopen(threads.gl_pathv[i], "r");
		found = file && fscanf(file, "%31s", comm) == 1 && !strcmp(comm, name);
		if (file)
			fclose(file);
	}
	globfree(&threads);
	return found;
}

static int vmm_whole_life(void *argument)
{
	struct ticker *ticker = argument;
	struct kvm_userspace_memory_region gone = { .slot = TICKER_ROM_SLOT,
						    .flags = KVM_MEM_READONLY };
	struct ticker_kvm before;
	struct kvm_regs regs;
	const char *why;

	map_elsewhere(ticker);
	report("then/adopt", ticker_adopt(ticker), "0");
	if (ioctl(ticker->vcpu, KVM_GET_REGS, &regs))
		die("KVM_GET_REGS");
	report_that("then/registers", regs.rsi == 0x5eed5eed &&
		    regs.rbp - round_now(ticker) <= 1, "RSI %#llx, RBP %llu of %u", regs.rsi,
		    regs.rbp, round_now(ticker));
	before = *ticker_kvm(ticker);
	if (ioctl(ticker->vcpu, KVM_KVMCLOCK_CTRL, 0))
		die("KVM_KVMCLOCK_CTRL");
	why = ticker_run(ticker, 200);
	report_that("then/runs", !why, "%s", why ?: "");
	report_that("then/steal-time", ticker_kvm(ticker)->steal_version > before.steal_version,
		    "version %u", before.steal_version);
	report_that("then/clock", ticker_kvm(ticker)->clock_version > before.clock_version,
		    "version %u", before.clock_version);
	report_that("then/nx-recovery", has_thread("kvm-nx-lpage-re"), "%s", "no such thread");
	report("then/memslots-are-pinned", ioctl(ticker->vm, KVM_SET_USER_MEMORY_REGION, &gone) ?
	       errno : 0, "EBUSY");
	report("then/release", vm_release(ticker->vm), "0");
	/* Faults find the new addresses, and the notifier is the new address space's */
	why = ticker_run(ticker, 200);
	report_that("then/runs-released", !why, "%s", why ?: "");
	madvise(ticker->memory, TICKER_SIZE, MADV_DONTNEED);
	why = ticker_run(ticker, 200);
	report_that("then/runs-after-madvise", !why, "%s", why ?: "");
	report("then/prepare", vm_prepare(ticker->vm, HANDOVER), "0");
	why = ticker_run(ticker, 200);
	report_that("then/runs-prepared", !why, "%s", why ?: "");
	report("then/release-again", vm_release(ticker->vm), "0");
	if (fallocate(ticker->memory_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, TICKER_DATA,
		      4096))
		die("fallocate");
	why = ticker_run(ticker, 200);
	report_that("then/sees-a-hole", !!why, "%s", "it goes on");
	report("then/memslot-goes", ioctl(ticker->vm, KVM_SET_USER_MEMORY_REGION, &gone) ?
	       errno : 0, "0");
	return trial_status();
}

static void try_then(void)
{
	struct ticker kept;
	int status;
	pid_t pid;

	pid = start(&kept, HANDOVER, true, 0);
	if (!goes_on(&kept, 0))
		report_that("then/first", 0, "the guest does not run");
	end(pid);
	status = ask_child(vmm_whole_life, &kept);
	report_that("then", !status, "status %d", status);
	ticker_close(&kept);
}

/* --- Again and again --- */

static void try_kills(unsigned int times, unsigned int seed)
{
	unsigned int i, good = 0, after_exit = 0;
	long before = pages_pinned();
	struct ticker kept;
	uint32_t round;
	pid_t pid = -1;

	srand(seed);
	for (i = 0; i < times; i++) {
		if (i % 10 == 0) {
			if (pid > 0) {
				end(pid);
				ticker_close(&kept);
			}
			pid = start(&kept, HANDOVER, true, 0);
		}
		usleep(rand() % 60000);
		end(pid);
		after_exit += kept.run->exit_reason == KVM_EXIT_IO;
		round = round_now(&kept);
		pid = child(vmm_next, &kept);
		good += goes_on(&kept, round);
	}
	end(pid);
	ticker_close(&kept);
	printf("    seed %u, %u of %u VMMs had seen an exit last\n", seed, after_exit, times);
	report_that("kills/guests-go-on", good == times, "%u of %u", good, times);
	printf("    %u of %u guests went on\n", good, times);
	report_that("kills/unpinned", pages_pinned() == before, "%ld pages",
		    pages_pinned() - before);
}

int main(int argc, char **argv)
{
	unsigned int times, seed;

	if (argc < 2 || argc > 4) {
		fputs("usage: adopt PAYLOADS [TIMES [SEED]]\n", stderr);
		return 2;
	}
	payloads = argv[1];
	times = argc > 2 ? strtoul(argv[2], NULL, 0) : 20;
	seed = argc > 3 ? strtoul(argv[3], NULL, 0) : (unsigned int)getpid();
	setvbuf(stdout, NULL, _IOLBF, 0);
	try_not_there();
	try_refusals();
	try_who("who/the-same-user", USER, as_the_user);
	try_who("who/an-administrator", USER, vmm_next);
	try_xen();
	try_then();
	try_kills(times, seed);
	return trial_status();
}
