// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_CARETAKER_VCPU: a guest continues on a core of its own, without a VMM.
 *
 *   detach PAYLOADS CPU [KILLS [CYCLES]]
 *
 * CPU is taken from the host, and given back at the end.  What is refused, what an exit does,
 * CYCLES (50) times there and back; and KILLS (10) times the VMM is killed with SIGKILL, another
 * adopts the VM and attaches the vCPU.  Exit status: as of trial_status().
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/caretaker.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "detached.h"
#include "lying_file.h"
#include "ticker.h"
#include "trial.h"

#define MSR_UCODE_REV	0x8b
#define NX_HUGE_PAGES	"/sys/module/kvm/parameters/nx_huge_pages"

/* --- What is refused --- */

static void try_arguments(int vcpu)
{
	struct {
		struct kvm_caretaker_vcpu_op op;
		uint64_t more;
	} a = { .op = vcpu_op_init(KVM_CARETAKER_VCPU_STATE) };
	struct kvm_caretaker_vcpu_op *op = &a.op;

	op->size = sizeof(*op) - 1;
	report("argument/small", vcpu_op(vcpu, op), "EINVAL");
	op->size = 4097;
	report("argument/large", vcpu_op(vcpu, op), "E2BIG");
	op->size = sizeof(a);
	report("argument/longer", vcpu_op(vcpu, op), "0");
	a.more = 1;
	report("argument/unknown-member", vcpu_op(vcpu, op), "E2BIG");
	*op = vcpu_op_init(KVM_CARETAKER_VCPU_STATE);
	op->flags = 1;
	report("argument/flag", vcpu_op(vcpu, op), "EINVAL");
	*op = vcpu_op_init(KVM_CARETAKER_VCPU_STATE);
	op->reserved[1] = 1;
	report("argument/reserved", vcpu_op(vcpu, op), "EINVAL");
	*op = vcpu_op_init(4);
	report("argument/operation", vcpu_op(vcpu, op), "EINVAL");
	report("argument/unmapped", vcpu_op(vcpu, (void *)4096), "EFAULT");
	*op = vcpu_op_init(KVM_CARETAKER_VCPU_DETACH);
	op->cpu_fd = -1;
	report("argument/no-descriptor", vcpu_op(vcpu, op), "EBADF");
	op->cpu_fd = vcpu;
	report("argument/not-a-core", vcpu_op(vcpu, op), "EINVAL");
}

static int debug(int vcpu, uint32_t control)
{
	struct kvm_guest_debug argument = { .control = control };

	return ioctl(vcpu, KVM_SET_GUEST_DEBUG, &argument);
}

static int write_msr(int vcpu, uint32_t index, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry = { .index = index, .data = value } };

	return ioctl(vcpu, KVM_SET_MSRS, &msrs) != 1;
}

static int set_mp_state(int vcpu, uint32_t state)
{
	struct kvm_mp_state argument = { .mp_state = state };

	return ioctl(vcpu, KVM_SET_MP_STATE, &argument);
}

static void try_refused(struct ticker *ticker)
{
	int vcpu = ticker->vcpu;

	report("refused/not-prepared", detach_once(vcpu), "ENOENT");
	report("refused/prepare", vm_prepare(ticker->vm, HANDOVER), "0");
	/* The guest has written to a port, and KVM has not been told that this is over */
	report("refused/exit-not-completed", detach_once(vcpu), "EAGAIN");
	if (run_silently(ticker))
		die("KVM_RUN");
	try_arguments(vcpu);
	/* The payload answers for this one, and has not been told */
	if (write_msr(vcpu, MSR_UCODE_REV, 0x12345))
		die("KVM_SET_MSRS");
	report("refused/payload-not-told", detach_once(vcpu), "EAGAIN");
	if (debug(vcpu, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP))
		die("KVM_SET_GUEST_DEBUG");
	report("refused/debugged", detach_once(vcpu), "EOPNOTSUPP");
	if (debug(vcpu, 0) || set_mp_state(vcpu, KVM_MP_STATE_HALTED))
		die("KVM_SET_MP_STATE");
	report("refused/halted", detach_once(vcpu), "EAGAIN");
	if (set_mp_state(vcpu, KVM_MP_STATE_RUNNABLE))
		die("KVM_SET_MP_STATE");
	report("refused/attached", attach(vcpu), "ENOENT");
	report("refused/nothing-changed", core_state(), "0");
}

/* --- Detached --- */

static int error_of(int fd, unsigned long number, void *argument)
{
	return ioctl(fd, number, argument) ? errno : 0;
}

static void try_ioctls(struct ticker *ticker)
{
	struct kvm_userspace_memory_region region = { .slot = 9 };
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_STATE, 0);
	struct kvm_vcpu_events events = { 0 };
	struct kvm_msr_filter filter = { 0 };
	struct kvm_clock_data clock = { 0 };
	struct kvm_msi msi = { .address_lo = 0xfee00000, .data = 0x40 };
	struct kvm_regs regs = { 0 };

	report("detached/run", error_of(ticker->vcpu, KVM_RUN, NULL), "EBUSY");
	report("detached/get-regs", error_of(ticker->vcpu, KVM_GET_REGS, &regs), "EBUSY");
	report("detached/set-regs", error_of(ticker->vcpu, KVM_SET_REGS, &regs), "EBUSY");
	report("detached/get-events", error_of(ticker->vcpu, KVM_GET_VCPU_EVENTS, &events),
	       "EBUSY");
	report("detached/nmi", error_of(ticker->vcpu, KVM_NMI, NULL), "EBUSY");
	report("detached/vcpu-caretaker", remove_caretaker(ticker->vcpu), "EBUSY");
	report("detached/detach", detach_once(ticker->vcpu), "EALREADY");
	report("detached/memslot", error_of(ticker->vm, KVM_SET_USER_MEMORY_REGION, &region),
	       "EBUSY");
	report("detached/new-vcpu", error_of(ticker->vm, KVM_CREATE_VCPU, (void *)1), "EBUSY");
	report("detached/clock", error_of(ticker->vm, KVM_SET_CLOCK, &clock), "EBUSY");
	report("detached/msr-filter", error_of(ticker->vm, KVM_X86_SET_MSR_FILTER, &filter),
	       "EBUSY");
	report("detached/update", install_payload(ticker->vm, payloads, "good",
						  KVM_CARETAKER_MIN_ENCODINGS), "EBUSY");
	report("detached/release", vm_release(ticker->vm), "EBUSY");
	report("detached/vm-state", vm_op(ticker->vm, &op), "0");
	report_that("detached/msi", ioctl(ticker->vm, KVM_SIGNAL_MSI, &msi) >= 0, "%s",
		    error_name(errno));
}

static void try_another(void)
{
	struct ticker other;

	detached_guest(&other);
	report("another/prepare", vm_prepare(other.vm, HANDOVER), "0");
	report("another/core-is-in-use", detach(&other), "EBUSY");
	goes_on("another/goes-on", &other);
	ticker_close(&other);
}

/* As another VMM's memory may have it: preempted, and a flush is wanted */
static int detach_marked(struct ticker *ticker)
{
	unsigned int i;
	int error = EAGAIN;

	for (i = 0; i < 100 && error == EAGAIN; i++) {
		if (run_silently(ticker))
			return EIO;
		ticker_kvm(ticker)->preempted = 3;
		error = detach_once(ticker->vcpu);
	}
	return error;
}

static void try_detached(struct ticker *ticker)
{
	struct kvm_caretaker_vcpu_op state;
	struct kvm_regs regs = { 0 };
	uint32_t round;

	report("detach", detach_marked(ticker), "0");
	report_that("detached/not-preempted", !ticker_kvm(ticker)->preempted, "%u",
		    ticker_kvm(ticker)->preempted);
	report_that("detached/counts", counts(ticker), "round %u", head(ticker)->round);
	state = state_of(ticker->vcpu);
	report_that("detached/state", state.state == KVM_CARETAKER_VCPU_RUNNING &&
		    state.detached_ns && !state.blocked_ns, "state %u, reason %#llx", state.state,
		    state.exit_reason);
	report_that("detached/core", core_state() == CARETAKER_CPU_RUNNING, "%u", core_state());
	try_ioctls(ticker);
	try_another();
	report_that("detached/still-counts", counts(ticker), "round %u", head(ticker)->round);
	report("attach", attach(ticker->vcpu), "0");
	report_that("attached/stands-still", stands_still(ticker), "%s", "it runs");
	report_that("attached/state", state_of(ticker->vcpu).state == KVM_CARETAKER_VCPU_ATTACHED,
		    "%u", state_of(ticker->vcpu).state);
	report_that("attached/core", core_state() == CARETAKER_CPU_IDLE, "%u", core_state());
	round = head(ticker)->round;
	if (ioctl(ticker->vcpu, KVM_GET_REGS, &regs))
		die("KVM_GET_REGS");
	report_that("attached/registers", regs.rbp - round < 2 && regs.rsi == 0x5eed5eed,
		    "rbp %#llx, rsi %#llx, round %#x", regs.rbp, regs.rsi, round);
	goes_on("attached/goes-on", ticker);
}

/* --- Exits --- */

static void try_blocked(struct ticker *ticker, const char *name, uint32_t quiet, uint64_t reason)
{
	struct kvm_caretaker_vcpu_op state;
	char text[64];

	snprintf(text, sizeof(text), "%s/detach", name);
	report(text, detach(ticker), "0");
	head(ticker)->quiet = quiet;
	snprintf(text, sizeof(text), "%s/blocks", name);
	becomes(ticker, KVM_CARETAKER_VCPU_BLOCKED);
	usleep(20000);
	state = state_of(ticker->vcpu);
	report_that(text, state.state == KVM_CARETAKER_VCPU_BLOCKED && state.exit_reason == reason &&
		    state.blocked_ns >= 20000000 && state.blocked_ns <= state.detached_ns,
		    "state %u, reason %#llx, %llu of %llu ns", state.state, state.exit_reason,
		    state.blocked_ns, state.detached_ns);
	snprintf(text, sizeof(text), "%s/core", name);
	report_that(text, core_state() == CARETAKER_CPU_BLOCKED, "%u", core_state());
	snprintf(text, sizeof(text), "%s/attach", name);
	report(text, attach(ticker->vcpu), "0");
	snprintf(text, sizeof(text), "%s/detach-again", name);
	report(text, detach_once(ticker->vcpu), "EAGAIN");
}

/* The payload may not answer where neither hardware nor the VMM says how long an instruction is */
static void try_routed(void)
{
	struct ticker ticker;
	const char *why;

	ticker_new(&ticker, false);
	report("cpuid/install", install_payload(ticker.vm, payloads, "good", 0), "0");
	why = ticker_run(&ticker, 64);
	report_that("cpuid/runs", !why, "%s", why);
	report("cpuid/prepare", vm_prepare(ticker.vm, HANDOVER), "0");
	try_blocked(&ticker, "cpuid", 0, EXIT_CPUID);
	goes_on("cpuid/goes-on", &ticker);
	ticker_close(&ticker);
}

/* The exit that it had there is KVM's first, and comes once */
static void try_exits(struct ticker *ticker)
{
	uint32_t value = 0, round;

	try_blocked(ticker, "out", ONLY_OUT, EXIT_IOIO);
	round = head(ticker)->round;
	if (ioctl(ticker->vcpu, KVM_RUN, 0))
		die("KVM_RUN");
	memcpy(&value, (char *)ticker->run + ticker->run->io.data_offset, sizeof(value));
	report_that("out/exit", ticker->run->exit_reason == KVM_EXIT_IO && value == round &&
		    head(ticker)->round == round, "exit %u, value %u, round %u",
		    ticker->run->exit_reason, value, round);
	if (ioctl(ticker->vcpu, KVM_RUN, 0))
		die("KVM_RUN");
	report_that("out/once", head(ticker)->round == round + 64, "%u rounds",
		    head(ticker)->round - round);
	goes_on("out/goes-on", ticker);
}

static void set_parameter(const char *value)
{
	int fd = open(NX_HUGE_PAGES, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		die(NX_HUGE_PAGES);
	close(fd);
}

/* Who changes this zaps all tables of all VMs */
static void try_stopped(struct ticker *ticker)
{
	report("stopped/detach", detach(ticker), "0");
	set_parameter("force");
	report_that("stopped/state", state_of(ticker->vcpu).state == KVM_CARETAKER_VCPU_STOPPED,
		    "%u", state_of(ticker->vcpu).state);
	report_that("stopped/stands-still", stands_still(ticker), "%s", "it runs");
	set_parameter("off");
	report("stopped/attach", attach(ticker->vcpu), "0");
	goes_on("stopped/goes-on", ticker);
}

/* --- An update that was under way --- */

struct update {
	int vm, fd, error;
};

static void *update(void *argument)
{
	struct update *u = argument;

	u->error = install(u->vm, u->fd, KVM_CARETAKER_MIN_ENCODINGS);
	return NULL;
}

/* It waits for its file while the vCPU is detached: the attach would be of another caretaker */
static void try_update_meanwhile(struct ticker *ticker)
{
	struct bytes bytes;
	struct lying_file file = { .fails_at = UINT64_MAX, .holds = true };
	struct update u = { .vm = ticker->vm };
	unsigned int i;
	sigset_t alarm;
	pthread_t thread;
	char path[256];

	snprintf(path, sizeof(path), "%s/good", payloads);
	bytes = read_all(path);
	file.first = bytes.data;
	file.again = bytes.data;
	file.bytes = bytes.size;
	file.size = bytes.size;
	/* The timer is for KVM_RUN */
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	lying_file_start(&file);
	u.fd = lying_file_open(&file, O_RDONLY);
	if (u.fd < 0 || pthread_create(&thread, NULL, update, &u))
		die("update");
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	for (i = 0; i < 5000 && !file.reached; i++)
		usleep(1000);
	report_that("update-meanwhile/is-under-way", file.reached, "%s", "nobody reads the file");
	report("update-meanwhile/detach", detach(ticker), "0");
	file.holds = false;
	pthread_join(thread, NULL);
	report("update-meanwhile/is-refused", u.error, "EBUSY");
	report_that("update-meanwhile/counts", counts(ticker), "round %u", head(ticker)->round);
	report("update-meanwhile/attach", attach(ticker->vcpu), "0");
	goes_on("update-meanwhile/goes-on", ticker);
	close(u.fd);
	lying_file_end(&file);
	free(bytes.data);
}

static void try_cycles(struct ticker *ticker, unsigned int cycles)
{
	unsigned int i, good = 0;
	uint32_t before;

	for (i = 0; i < cycles; i++) {
		if (detach(ticker))
			break;
		before = head(ticker)->round;
		good += counts(ticker) && head(ticker)->round != before;
		if (attach(ticker->vcpu))
			break;
	}
	report_that("cycles", good == cycles, "%u of %u", good, cycles);
	printf("    %u of %u times it counted there\n", good, cycles);
	goes_on("cycles/goes-on", ticker);
}

/* --- Without a VMM --- */

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	wait_for(pid);
}

/* Another VMM: adopts, attaches, runs, detaches, and waits.  Exit status if it cannot: a number */
static _Noreturn void vmm_next(struct ticker *ticker, int ready)
{
	const char *why;
	uint32_t round;

	if (mmap(NULL, 5 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		die("mmap");
	ticker_map(ticker);
	if (attach(ticker->vcpu) != EIO)
		exit(2);
	if (ticker_adopt(ticker))
		exit(3);
	round = head(ticker)->round;
	if (state_of(ticker->vcpu).state != KVM_CARETAKER_VCPU_RUNNING || !counts(ticker))
		exit(4);
	if (attach(ticker->vcpu))
		exit(5);
	head(ticker)->quiet = 0;
	why = ticker_run(ticker, 64);
	if (why || head(ticker)->lost || head(ticker)->round - round < 64)
		exit(6);
	if (detach(ticker))
		exit(7);
	if (write(ready, "", 1) != 1)
		die("write");
	for (;;)
		pause();
}

static void try_kills(unsigned int kills)
{
	unsigned int i, good = 0;
	struct ticker kept;
	uint32_t alone = 0, before;
	int ready[2];
	pid_t pid;
	char byte;

	pid = detached_vmm(&kept, detached_guest, SILENT);
	for (i = 0; i < kills; i++) {
		end(pid);
		before = head(&kept)->round;
		good += counts(&kept) && core_state() == CARETAKER_CPU_RUNNING;
		usleep(20000);
		alone += head(&kept)->round - before;
		if (pipe2(ready, O_CLOEXEC))
			die("pipe2");
		pid = child();
		if (!pid)
			vmm_next(&kept, ready[1]);
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1) {
			printf("    next VMM: status %d\n", wait_for(pid));
			break;
		}
		close(ready[0]);
	}
	report_that("kills/guest-goes-on", good == kills && i == kills, "%u of %u", good, kills);
	printf("    %u of %u times it counted without a VMM, %u rounds\n", good, kills, alone);
	if (i == kills)
		end(pid);
	report_that("kills/counts", counts(&kept), "round %u", head(&kept)->round);
	/* The last descriptor of the vCPU: nobody can attach it any more */
	close(kept.vcpu);
	munmap(kept.run, ioctl(kept.kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	report_that("closed/stands-still", stands_still(&kept), "%s", "it runs");
	report_that("closed/core", core_state() == CARETAKER_CPU_IDLE, "%u", core_state());
	close(kept.vm);
	close(kept.kvm);
	munmap(kept.memory, TICKER_SIZE);
	munmap(kept.rom, TICKER_ROM_SIZE);
	close(kept.memory_fd);
	close(kept.rom_fd);
}

/* Its holder has closed the core, and the vCPU has it yet */
static void try_core_closed(unsigned int cpu)
{
	struct caretaker_get_cpu get = { .size = sizeof(get), .cpu = cpu,
					 .flags = CARETAKER_CPU_CORE };
	int device = open("/dev/kvm-caretaker", O_RDWR | O_CLOEXEC);
	struct ticker ticker;

	detached_guest(&ticker);
	report("core-closed/prepare", vm_prepare(ticker.vm, HANDOVER), "0");
	report("core-closed/detach", detach(&ticker), "0");
	close(core);
	report_that("core-closed/counts", counts(&ticker), "round %u", head(&ticker)->round);
	report("core-closed/is-taken", error_of(device, CARETAKER_GET_CPU, &get), "EEXIST");
	report("core-closed/attach", attach(ticker.vcpu), "0");
	goes_on("core-closed/goes-on", &ticker);
	ticker_close(&ticker);
	close(device);
}

int main(int argc, char **argv)
{
	struct ticker ticker;
	int kvm;

	if (argc < 3 || argc > 5) {
		fputs("usage: detach PAYLOADS CPU [KILLS [CYCLES]]\n", stderr);
		return 2;
	}
	detached_begin(argv[1], atoi(argv[2]));
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	report_that("capability", kvm >= 0 && ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_CARETAKER) &
		    (int)KVM_CARETAKER_CAP_VCPU, "%s", "not there");
	close(kvm);
	detached_guest(&ticker);
	try_refused(&ticker);
	try_detached(&ticker);
	try_exits(&ticker);
	try_routed();
	try_stopped(&ticker);
	try_update_meanwhile(&ticker);
	try_cycles(&ticker, argc > 4 ? atoi(argv[4]) : 50);
	report("release", vm_release(ticker.vm), "0");
	goes_on("released/goes-on", &ticker);
	ticker_close(&ticker);
	try_kills(argc > 3 ? atoi(argv[3]) : 10);
	try_core_closed(atoi(argv[2]));
	printf("    %u vCPUs were detached\n", *detached);
	return trial_status();
}
