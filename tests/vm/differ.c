// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random guest programs, side by side in a VM without and in one with a caretaker.
 *
 *   differ [--no-steps] PAYLOADS PROGRAMS [SEED]
 *
 * At each exit to user space the VMM may change an MSR or filter some, in both.  There
 * all that KVM can tell of a vCPU must be the same: registers,
 * control registers, MSRs, XCR0, debug registers, FPU, pending events, and what the exit
 * says; at a program's end its memory too.  Such an exit is behind half of the
 * instructions; behind all of them in one program of four.  And at each exit that KVM
 * handled, whether or not user space saw it, registers and the control block must be the
 * same (handled.h).  A program that differs is named by its seed, and can be run alone.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "handled.h"
#include "machine.h"
#include "program.h"
#include "stats.h"
#include "trial.h"

#define PIECES		60
#define MSRS_MAX	400
#define PROGRAM_SECONDS	60
#define REPEATS		5

struct state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debugregs;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp;
	struct kvm_xsave xsave;
	struct kvm_msrs msrs;
	struct kvm_msr_entry msr[MSRS_MAX];
};

static struct machine stock, taken;
static struct handled handled;
static struct state state[2];
static uint32_t msr_list[MSRS_MAX], msr_count;
static unsigned long looks, given_up, changes;
static unsigned char allowed_msrs;	/* as both VMs have it */
static char why[200];

/* --- What is compared --------------------------------------------------------- */

/* Time, and the paravirtual MSRs that are about it */
static int is_steady(uint32_t msr)
{
	return msr != 0x10 && msr != 0x3b && msr != 0xe7 && msr != 0xe8 && msr != 0x6e0 &&
	       msr != 0x11 && msr != 0x12 && msr >> 12 != 0x40000 &&
	       (msr < 0x4b564d00 || msr > 0x4b564dff);
}

static void list_msrs(void)
{
	struct kvm_msr_list *list = calloc(1, sizeof(*list) + 1000 * sizeof(list->indices[0]));
	uint32_t i;

	if (!list)
		die("memory");
	list->nmsrs = 1000;
	if (ioctl(stock.kvm, KVM_GET_MSR_INDEX_LIST, list))
		die("KVM_GET_MSR_INDEX_LIST");
	for (i = 0; i < list->nmsrs && msr_count < MSRS_MAX; i++) {
		struct kvm_msrs *one = &state[0].msrs;

		one->nmsrs = 1;
		one->entries[0].index = list->indices[i];
		if (is_steady(list->indices[i]) && ioctl(stock.vcpu[0].fd, KVM_GET_MSRS, one) == 1)
			msr_list[msr_count++] = list->indices[i];
	}
	free(list);
}

static void look(const struct machine *machine, struct state *out)
{
	int fd = machine->vcpu[0].fd;
	uint32_t i;

	memset(out, 0, sizeof(*out));
	out->msrs.nmsrs = msr_count;
	for (i = 0; i < msr_count; i++)
		out->msrs.entries[i].index = msr_list[i];
	if (ioctl(fd, KVM_GET_REGS, &out->regs) || ioctl(fd, KVM_GET_SREGS, &out->sregs) ||
	    ioctl(fd, KVM_GET_XCRS, &out->xcrs) || ioctl(fd, KVM_GET_DEBUGREGS, &out->debugregs) ||
	    ioctl(fd, KVM_GET_VCPU_EVENTS, &out->events) || ioctl(fd, KVM_GET_MP_STATE, &out->mp) ||
	    ioctl(fd, KVM_GET_XSAVE, &out->xsave) ||
	    ioctl(fd, KVM_GET_MSRS, &out->msrs) != (int)msr_count)
		die("state of a vCPU");
}

static bool same(const char *what, const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;
	size_t i;

	for (i = 0; i < size && x[i] == y[i]; i++)
		;
	if (i == size)
		return true;
	snprintf(why, sizeof(why), "%s differ at byte %zu: %02x, %02x with a caretaker; RIP %#llx",
		 what, i, x[i], y[i], state[0].regs.rip);
	return false;
}

#define SAME(what, field) same(what, &state[0].field, &state[1].field, sizeof(state[0].field))

static bool same_msrs(void)
{
	const struct kvm_msr_entry *a = state[0].msrs.entries, *b = state[1].msrs.entries;
	uint32_t i;

	for (i = 0; i < msr_count && a[i].data == b[i].data; i++)
		;
	if (i == msr_count)
		return true;
	snprintf(why, sizeof(why), "MSRs %#x differ: %#llx, %#llx with a caretaker; RIP %#llx",
		 a[i].index, a[i].data, b[i].data, state[0].regs.rip);
	return false;
}

static bool same_state(void)
{
	look(&stock, &state[0]);
	look(&taken, &state[1]);
	looks++;
	return SAME("registers", regs) && SAME("control registers", sregs) &&
	       SAME("XCRs", xcrs) && SAME("debug registers", debugregs) &&
	       SAME("events", events) && SAME("MP states", mp) && SAME("FPU states", xsave) &&
	       same_msrs() && handled_same(&handled, why, sizeof(why));
}

/* What the exit says; the VMM reads no more of kvm_run than this */
static bool same_exit(void)
{
	const struct kvm_run *a = stock.vcpu[0].run, *b = taken.vcpu[0].run;

	if (!same("exit reasons", &a->exit_reason, &b->exit_reason, sizeof(a->exit_reason)))
		return false;
	switch (a->exit_reason) {
	case KVM_EXIT_IO:
		return same("port exits", &a->io, &b->io, sizeof(a->io)) &&
		       (a->io.direction == KVM_EXIT_IO_IN ||
			same("port data", (const char *)a + a->io.data_offset,
			     (const char *)b + b->io.data_offset, a->io.size * a->io.count));
	case KVM_EXIT_MMIO:
		return same("MMIO exits", &a->mmio, &b->mmio, sizeof(a->mmio));
	case KVM_EXIT_INTERNAL_ERROR:
		return same("suberrors", &a->internal.suberror, &b->internal.suberror,
			    sizeof(a->internal.suberror));
	default:
		snprintf(why, sizeof(why), "exit reason %u at RIP %#llx", a->exit_reason,
			 state[0].regs.rip);
		return false;
	}
}

/* --- Running -------------------------------------------------------------------- */

static void load(struct machine *machine, uint64_t seed)
{
	uint64_t random = seed;
	uint64_t general[14];
	struct kvm_regs regs;
	size_t i;

	machine_load_guest(machine, MODE_LONG, 1, 0);
	program_write(machine->memory, &random, PIECES, seed % 4 ? 2 : 1);
	program_set_idt((uint64_t *)(machine_area(machine, 0) + AREA_IDT), SEL_CODE64);
	if (machine_set_registers(machine, &machine->vcpu[0]) ||
	    ioctl(machine->vcpu[0].fd, KVM_GET_REGS, &regs))
		die("registers");
	for (i = 0; i < 14; i++)
		general[i] = program_random(&random);
	regs.rax = general[0], regs.rbx = general[1], regs.rcx = general[2];
	regs.rdx = general[3], regs.rsi = general[4], regs.rdi = general[5];
	regs.rbp = general[6];
	memcpy(&regs.r8, &general[7], 7 * sizeof(regs.r8));
	regs.r15 = 0;
	regs.rip = PROGRAM_CODE;
	if (ioctl(machine->vcpu[0].fd, KVM_SET_REGS, &regs))
		die("KVM_SET_REGS");
}

/* What devices give is a number that both are asked for in the same order */
static void give(struct machine *machine, uint32_t value)
{
	struct kvm_run *run = machine->vcpu[0].run;

	if (run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_IN)
		memcpy((char *)run + run->io.data_offset, &value, run->io.size);
	else if (run->exit_reason == KVM_EXIT_MMIO && !run->mmio.is_write)
		memcpy(run->mmio.data, &value, sizeof(value));
}

/* MSRs of which a caretaker knows the value; both vCPUs get the same */
static void change_msr(uint64_t random)
{
	static const struct { uint32_t index; uint64_t bits; } known[] = {
		{ 0x3b, ~0ULL }, { 0x8b, ~0ULL }, { 0x1a0, 1 | 1 << 11 | 1 << 12 },
		{ 0x2ff, 1 << 10 | 1 << 11 | 4 }, { 0xc0010015, 1 << 24 | 1 << 18 },
	};
	const unsigned int which = random % 5;
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } msr = {
		.head.nmsrs = 1,
		.entry.index = known[which].index,
		.entry.data = (random >> 8 | random << 56) & known[which].bits,
	};

	if (ioctl(stock.vcpu[0].fd, KVM_SET_MSRS, &msr) !=
	    ioctl(taken.vcpu[0].fd, KVM_SET_MSRS, &msr))
		die("KVM_SET_MSRS");
	changes++;
}

/* Some of MSRs 0x88 to 0x8f, as the bits say; the guest gets #GP for them */
static void filter_msrs(unsigned char allowed)
{
	struct kvm_msr_filter filter = {
		.ranges[0] = {
			.flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE,
			.nmsrs = 8, .base = 0x88, .bitmap = &allowed,
		},
	};

	if (allowed == allowed_msrs)
		return;
	allowed_msrs = allowed;
	if (ioctl(stock.fd, KVM_X86_SET_MSR_FILTER, &filter) ||
	    ioctl(taken.fd, KVM_X86_SET_MSR_FILTER, &filter))
		die("KVM_X86_SET_MSR_FILTER");
	changes++;
}

static void meddle(uint64_t *random)
{
	uint64_t value = program_random(random);

	if (value >> 61 == 0)
		change_msr(value);
	else if (value >> 59 == 8)
		filter_msrs(value >> 58 & 1 ? 0xff : 0xf7);
}

static bool run(struct machine *machine)
{
	if (!ioctl(machine->vcpu[0].fd, KVM_RUN, 0))
		return true;
	snprintf(why, sizeof(why), "KVM_RUN: %s", strerror(errno));
	return false;
}

/*
 * An exit right behind STI or MOV SS that is not the program's: QEMU's VMRUN does not load
 * the interrupt shadow, so it is lost whenever the host is interrupted there.
 */
static bool only_shadow_lost(void)
{
	struct kvm_vcpu_events *a = &state[0].events, *b = &state[1].events;

	if (a->interrupt.shadow == b->interrupt.shadow)
		return handled.shadow_lost;
	a->interrupt.shadow = b->interrupt.shadow;
	return !memcmp(a, b, sizeof(*a));
}

static bool same_memory(void)
{
	return same("exceptions taken", stock.memory + PROGRAM_COUNTS,
		    taken.memory + PROGRAM_COUNTS, 32 * 4) &&
	       same("data", stock.memory + PROGRAM_DATA, taken.memory + PROGRAM_DATA,
		    PROGRAM_DATA_SIZE) &&
	       same("stacks", machine_area(&stock, 0) + AREA_STACK - 0x1000,
		    machine_area(&taken, 0) + AREA_STACK - 0x1000, 0x1000);
}

static bool run_program(uint64_t seed)
{
	const struct kvm_run *exit = stock.vcpu[0].run;
	uint64_t random = ~seed;
	uint32_t value = seed;

	filter_msrs(0xff);
	load(&stock, seed);
	load(&taken, seed);
	handled_forget(&handled);
	alarm(PROGRAM_SECONDS);
	do {
		if (!run(&stock) || !run(&taken) || !same_state() || !same_exit())
			return false;
		value = value * 1103515245 + 12345;
		give(&stock, value);
		give(&taken, value);
		meddle(&random);
		/* KVM's emulator knows not every instruction; that must be the same too */
		if (exit->exit_reason == KVM_EXIT_INTERNAL_ERROR) {
			given_up++;
			break;
		}
	} while (exit->exit_reason != KVM_EXIT_IO || exit->io.port != PROGRAM_END);
	return same_memory();
}

/* --- What moves with the time --------------------------------------------------- */

/*
 * A write of the TSC is seen in MSR_IA32_TSC_ADJUST, which no two VMs have alike: here the
 * guest must read what KVM tells the VMM.
 */
static void adjust_follows_the_tsc(const char *mode)
{
	static const unsigned char program[] = {
		0xb9, 0x3b, 0, 0, 0, 0x0f, 0x32,		/* mov ecx, 0x3b; rdmsr */
		0xb9, 0x10, 0, 0, 0, 0x31, 0xd2,		/* mov ecx, 0x10; xor edx, edx */
		0xb8, 0, 0, 0x10, 0, 0x0f, 0x30,		/* mov eax, 1 << 20; wrmsr */
		0xb9, 0x3b, 0, 0, 0, 0x0f, 0x32,		/* mov ecx, 0x3b; rdmsr */
		0xe7, PROGRAM_END,				/* out PROGRAM_END, eax */
	};
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } msr = {
		.head.nmsrs = 1, .entry.index = 0x3b,
	};
	struct kvm_regs regs;
	uint64_t guest, host;
	char name[64];

	load(&taken, 0);
	memcpy(taken.memory + PROGRAM_CODE, program, sizeof(program));
	if (!run(&taken) || ioctl(taken.vcpu[0].fd, KVM_GET_REGS, &regs) ||
	    ioctl(taken.vcpu[0].fd, KVM_GET_MSRS, &msr) != 1)
		die("MSR_IA32_TSC_ADJUST");
	guest = (uint32_t)regs.rax | regs.rdx << 32;
	host = msr.entry.data;
	snprintf(name, sizeof(name), "%s/tsc-adjust-follows-the-tsc", mode);
	report_that(name, guest == host && host, "%#llx, and KVM has %#llx",
		    (unsigned long long)guest, (unsigned long long)host);
}

/* --- What was answered -------------------------------------------------------- */

/*
 * Exits that KVM handled of one vCPU alone are those that the payload says it answered.
 * Not INVD: KVM has it on a fast path, which does not come to where exits are logged.
 */
static void answers_add_up(const char *mode, const struct stats *counted, unsigned int repeated)
{
	unsigned long long here = stats_get(counted, "handled cpuid") +
				  stats_get(counted, "handled msr-read") +
				  stats_get(counted, "handled msr-write") +
				  stats_get(counted, "handled xsetbv");
	char name[64];

	printf("    %lu exits that KVM handled in both, %lu words; %lu in one alone\n",
	       handled.compared, handled.words, handled.answered);
	snprintf(name, sizeof(name), "%s/exits-handled", mode);
	report_that(name, handled.compared >= looks, "%lu, of %lu looks", handled.compared, looks);
	snprintf(name, sizeof(name), "%s/exits-answered", mode);
	/* A program that was begun anew was left in the middle */
	report_that(name, here == handled.answered || (repeated && here > handled.answered),
		    "%llu, KVM missed %lu", here, handled.answered);
}

/* --- Does it notice? ------------------------------------------------------------ */

static void changes_are_noticed(const char *mode)
{
	struct kvm_regs regs;
	struct kvm_vcpu_events events;
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } msr = { .head.nmsrs = 1 };
	int fd = taken.vcpu[0].fd;
	char name[64];

	snprintf(name, sizeof(name), "%s/notices-a-register", mode);
	ioctl(fd, KVM_GET_REGS, &regs);
	regs.r14 ^= 1ULL << 40;
	ioctl(fd, KVM_SET_REGS, &regs);
	report_that(name, !same_state(), "it was not seen");
	regs.r14 ^= 1ULL << 40;
	ioctl(fd, KVM_SET_REGS, &regs);

	snprintf(name, sizeof(name), "%s/notices-a-shadow", mode);
	ioctl(fd, KVM_GET_VCPU_EVENTS, &events);
	events.interrupt.shadow ^= KVM_X86_SHADOW_INT_STI;
	events.flags |= KVM_VCPUEVENT_VALID_SHADOW;
	ioctl(fd, KVM_SET_VCPU_EVENTS, &events);
	report_that(name, !same_state(), "it was not seen");
	events.interrupt.shadow ^= KVM_X86_SHADOW_INT_STI;
	ioctl(fd, KVM_SET_VCPU_EVENTS, &events);

	snprintf(name, sizeof(name), "%s/notices-a-control-block", mode);
	handled.flip = true;
	report_that(name, !run_program(1) && strstr(why, "control blocks"), "it was not seen");
	handled.flip = false;

	snprintf(name, sizeof(name), "%s/notices-an-msr", mode);
	msr.entry.index = 0xc0000081;
	ioctl(fd, KVM_GET_MSRS, &msr);
	msr.entry.data ^= 1ULL << 33;
	ioctl(fd, KVM_SET_MSRS, &msr);
	report_that(name, !same_state(), "it was not seen");
	msr.entry.data ^= 1ULL << 33;
	ioctl(fd, KVM_SET_MSRS, &msr);

	snprintf(name, sizeof(name), "%s/and-nothing-else", mode);
	report_that(name, same_state(), "%s", why);
}

static void compare(const char *payloads, const char *mode, uint64_t flags,
		    unsigned int programs, uint64_t seed)
{
	struct stats counted;
	unsigned int i, repeats, lost = 0;
	bool good = true;
	char name[64];
	uint64_t here;

	machine_new(&stock, 1);
	machine_new(&taken, 1);
	msr_count = 0;
	list_msrs();
	handled_start(&handled, stock.vcpu[0].fd, taken.vcpu[0].fd);
	snprintf(name, sizeof(name), "%s/install", mode);
	report(name, install_payload(taken.fd, payloads, "good",
				     flags | KVM_CARETAKER_MIN_ENCODINGS), "0");
	looks = given_up = changes = 0;
	allowed_msrs = 0xff;
	for (i = 0; i < programs; i++) {
		repeats = 0;
		while (!(good = run_program(seed + i)) && only_shadow_lost() &&
		       repeats++ < REPEATS)
			lost++;
		if (!good)
			break;
	}
	snprintf(name, sizeof(name), "%s/programs", mode);
	report_that(name, i == programs, "seed %llu: %s", (unsigned long long)(seed + i), why);
	alarm(0);
	telemetry_read(taken.fd, 0, &counted);
	here = stats_get(&counted, "handled cpuid");
	printf("    %u programs, %lu looks, %u MSRs, %llu CPUIDs answered here\n", i, looks,
	       msr_count, (unsigned long long)here);
	printf("    %llu MSRs read, %llu written, %llu INVDs here, %lu changes by the VMM\n",
	       (unsigned long long)stats_get(&counted, "handled msr-read"),
	       (unsigned long long)stats_get(&counted, "handled msr-write"),
	       (unsigned long long)stats_get(&counted, "handled invd"), changes);
	printf("    %llu XSETBVs here\n",
	       (unsigned long long)stats_get(&counted, "handled xsetbv"));
	printf("    %lu ended where KVM gives up, %u repeated for a lost shadow\n", given_up, lost);
	/* One piece in four is a CPUID, and it may fail now and then */
	snprintf(name, sizeof(name), "%s/answered-here", mode);
	report_that(name, here >= programs * PIECES / 16, "%llu", (unsigned long long)here);
	snprintf(name, sizeof(name), "%s/answered-here-msrs", mode);
	report_that(name, stats_get(&counted, "handled msr-read") >= programs &&
			  stats_get(&counted, "handled msr-write") >= programs / 4, "fewer");
	answers_add_up(mode, &counted, lost);
	changes_are_noticed(mode);
	adjust_follows_the_tsc(mode);
	handled_end(&handled);
	machine_destroy(&stock);
	machine_destroy(&taken);
}

/* A guest that never comes out: KVM_RUN gives EINTR */
static void too_long(int signal)
{
	(void)signal;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = too_long };
	unsigned int programs;
	uint64_t seed;

	program_without_steps = argc > 1 && !strcmp(argv[1], "--no-steps");
	argc -= program_without_steps;
	argv += program_without_steps;
	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: differ [--no-steps] PAYLOADS PROGRAMS [SEED]\n");
		return 2;
	}
	programs = atoi(argv[2]);
	seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
	sigaction(SIGALRM, &action, NULL);
	compare(argv[1], "isolated", 0, programs, seed);
	compare(argv[1], "shared", KVM_CARETAKER_SHARED, programs, seed + programs);
	return trial_status();
}
