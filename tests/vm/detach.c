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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper.h"
#include "ticker.h"
#include "trial.h"

#define HANDOVER	KVM_CARETAKER_VM_HANDOVER
#define SILENT		5	/* ticker_head.quiet: no exit at all */
#define ONLY_OUT	4
#define EXIT_CPUID	0x72	/* APM Vol. 2, appendix C */
#define EXIT_IOIO	0x7b
#define NX_HUGE_PAGES	"/sys/module/kvm/parameters/nx_huge_pages"

static const char *payloads;
static int core = -1;

/* Children count too */
static unsigned int *detached;

/* --- Operations --- */

static struct kvm_caretaker_vcpu_op vcpu_op_init(unsigned int op)
{
	return (struct kvm_caretaker_vcpu_op){ .size = sizeof(struct kvm_caretaker_vcpu_op),
					       .op = op, .cpu_fd = core };
}

static int vcpu_op(int vcpu, struct kvm_caretaker_vcpu_op *op)
{
	return ioctl(vcpu, KVM_CARETAKER_VCPU, op) ? errno : 0;
}

static int detach_once(int vcpu)
{
	struct kvm_caretaker_vcpu_op op = vcpu_op_init(KVM_CARETAKER_VCPU_DETACH);
	int error = vcpu_op(vcpu, &op);

	if (!error)
		__atomic_add_fetch(detached, 1, __ATOMIC_RELAXED);
	return error;
}

static int attach(int vcpu)
{
	struct kvm_caretaker_vcpu_op op = vcpu_op_init(KVM_CARETAKER_VCPU_ATTACH);

	return vcpu_op(vcpu, &op);
}

static struct kvm_caretaker_vcpu_op state_of(int vcpu)
{
	struct kvm_caretaker_vcpu_op op = vcpu_op_init(KVM_CARETAKER_VCPU_STATE);
	int error = vcpu_op(vcpu, &op);

	if (error) {
		errno = error;
		die("KVM_CARETAKER_VCPU_STATE");
	}
	return op;
}

static unsigned int core_state(void)
{
	struct caretaker_cpu_state state = { .size = sizeof(state) };

	if (ioctl(core, CARETAKER_CPU_STATE, &state))
		die("CARETAKER_CPU_STATE");
	return state.state;
}

/* --- The guest --- */

static volatile struct ticker_head *head(const struct ticker *ticker)
{
	return ticker_head(ticker);
}

static void no_action(int signal) { (void)signal; }

/* In the guest for some milliseconds, without an exit to user space */
static int run_silently(struct ticker *ticker)
{
	struct itimerval soon = { .it_value.tv_usec = 5000 };
	int status;

	head(ticker)->quiet = SILENT;
	do {
		setitimer(ITIMER_REAL, &soon, NULL);
		status = ioctl(ticker->vcpu, KVM_RUN, 0);
	} while (!status && ticker->run->exit_reason == KVM_EXIT_IO);
	if (status && errno == EINTR)
		return 0;
	printf("    KVM_RUN: %d, %s, exit %u\n", status, error_name(errno),
	       ticker->run->exit_reason);
	return -1;
}

/* As a VMM does it: what KVM must finish first is finished by running once more */
static int detach(struct ticker *ticker)
{
	unsigned int tries;
	int error = EAGAIN;

	for (tries = 0; tries < 100 && error == EAGAIN; tries++) {
		if (run_silently(ticker))
			return EIO;
		error = detach_once(ticker->vcpu);
	}
	return error;
}

/* Does it count, though nobody calls KVM_RUN? */
static int counts(const struct ticker *ticker)
{
	uint32_t from = head(ticker)->round;
	unsigned int i;

	for (i = 0; i < 2000 && head(ticker)->round - from < 20; i++)
		usleep(1000);
	return head(ticker)->round - from >= 20 && !head(ticker)->lost;
}

static int stands_still(const struct ticker *ticker)
{
	uint32_t from = head(ticker)->round;

	usleep(50000);
	return head(ticker)->round == from;
}

static int becomes(const struct ticker *ticker, unsigned int state)
{
	unsigned int i;

	for (i = 0; i < 2000 && state_of(ticker->vcpu).state != state; i++)
		usleep(1000);
	return state_of(ticker->vcpu).state == state;
}

/* All that it has is there, and exits reach the VMM */
static void goes_on(const char *name, struct ticker *ticker)
{
	const char *why;

	head(ticker)->quiet = 0;
	why = ticker_run(ticker, 200);
	report_that(name, !why && !head(ticker)->lost, "%s", why ?: "it has lost something");
}

static void new_guest(struct ticker *ticker)
{
	const char *why;

	ticker_new(ticker, false);
	ticker_install(ticker, payloads);
	why = ticker_run(ticker, 64);
	if (why)
		printf("    new guest: %s\n", why);
}

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

	new_guest(&other);
	report("another/prepare", vm_prepare(other.vm, HANDOVER), "0");
	report("another/core-is-in-use", detach(&other), "EBUSY");
	goes_on("another/goes-on", &other);
	ticker_close(&other);
}

static void try_detached(struct ticker *ticker)
{
	struct kvm_caretaker_vcpu_op state;
	struct kvm_regs regs = { 0 };
	uint32_t round;

	report("detach", detach(ticker), "0");
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

/* The exit that it had there is KVM's first, and comes once */
static void try_exits(struct ticker *ticker)
{
	uint32_t value = 0, round;

	try_blocked(ticker, "cpuid", 0, EXIT_CPUID);
	goes_on("cpuid/goes-on", ticker);
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

static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static pid_t child(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* The first VMM: it hands the descriptors on, detaches, and waits for its end */
static _Noreturn void vmm_first(int socket)
{
	struct ticker ticker;
	int error;

	new_guest(&ticker);
	error = vm_prepare(ticker.vm, HANDOVER) ?: detach(&ticker);
	if (error) {
		printf("    first VMM: %s\n", error_name(error));
		exit(1);
	}
	if (keeper_send(socket, (int[]){ ticker.kvm, ticker.vm, ticker.vcpu, ticker.memory_fd,
					 ticker.rom_fd }, 5))
		die("keeper_send");
	for (;;)
		pause();
}

static pid_t start(struct ticker *kept)
{
	int pair[2], fds[5];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	pid = child();
	if (!pid)
		vmm_first(pair[1]);
	close(pair[1]);
	if (keeper_receive(pair[0], fds, 5))
		die("keeper_receive");
	close(pair[0]);
	*kept = (struct ticker){ .kvm = fds[0], .vm = fds[1], .vcpu = fds[2], .memory_fd = fds[3],
				 .rom_fd = fds[4] };
	ticker_map(kept);
	return pid;
}

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

	pid = start(&kept);
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

	new_guest(&ticker);
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

static void take(unsigned int cpu)
{
	struct caretaker_get_cpu get = { .size = sizeof(get), .cpu = cpu,
					 .flags = CARETAKER_CPU_CORE };
	int device = open("/dev/kvm-caretaker", O_RDWR | O_CLOEXEC);

	if (device < 0 || ioctl(device, CARETAKER_GET_CPU, &get))
		die("CARETAKER_GET_CPU");
	close(device);
	core = get.fd;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = no_action };
	struct ticker ticker;
	int kvm;

	if (argc < 3 || argc > 5) {
		fputs("usage: detach PAYLOADS CPU [KILLS [CYCLES]]\n", stderr);
		return 2;
	}
	payloads = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGALRM, &action, NULL);
	detached = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (detached == MAP_FAILED)
		die("mmap");
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	report_that("capability", kvm >= 0 && ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_CARETAKER) &
		    (int)KVM_CARETAKER_CAP_VCPU, "%s", "not there");
	close(kvm);
	take(atoi(argv[2]));
	new_guest(&ticker);
	try_refused(&ticker);
	try_detached(&ticker);
	try_exits(&ticker);
	try_stopped(&ticker);
	try_cycles(&ticker, argc > 4 ? atoi(argv[4]) : 50);
	report("release", vm_release(ticker.vm), "0");
	goes_on("released/goes-on", &ticker);
	ticker_close(&ticker);
	try_kills(argc > 3 ? atoi(argv[3]) : 10);
	try_core_closed(atoi(argv[2]));
	printf("    %u vCPUs were detached\n", *detached);
	return trial_status();
}
