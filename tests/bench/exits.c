// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an exit costs: a guest that does one thing again and again, on stock KVM, under a
 * caretaker on the host's page tables, and under one on its own.
 *
 *   exits RUNS COUNT PAYLOAD [WHAT]...
 *
 * WHAT is a name of the table what[]; without one all are measured, and "nothing" always is.
 * PAYLOAD - is none: then stock KVM alone is measured, also on a kernel that has no caretakers.
 * Prints "exit WHAT MODE RUN TICKS", TICKS of the time stamp counter for COUNT rounds.
 * Under `-icount shift=0` and in Bochs a tick is an instruction, also of the guest: what
 * its loop takes by itself is the row "nothing".  With more vCPUs each runs COUNT rounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#include <linux/kvm.h>

#define CODE		0x1000
#define MEMORY		0x10000
#define PORT_END	0x501

/* Real mode: ESI rounds of what is measured, three bytes that leave ESI alone */
static const unsigned char loop[] = {
	0x66, 0xb9, 0x1b, 0x00, 0x00, 0x00,	/* L: mov ecx, IA32_APIC_BASE or another */
	0x66, 0xb8, 0x01, 0x00, 0x00, 0x00,	/* mov eax, 1 */
	0x90, 0x90, 0x90,			/* what is measured */
	0x66, 0x4e,				/* dec esi */
	0x75, 0xed,				/* jnz L */
	0xba, PORT_END & 0xff, PORT_END >> 8,	/* mov dx, PORT_END */
	0xee,					/* out dx, al */
};

#define MSR		2
#define LEAF		8
#define MEASURED	12

/*
 * HLT with an interrupt that waits: the guest sends it to itself (x2APIC), and HLT is in
 * the shadow of STI. So a round is that, the wake-up, and the end of interrupt.
 */
static const unsigned char sleep_once[] = {
	0x66, 0xb9, 0x3f, 0x08, 0x00, 0x00,	/* mov ecx, SELF_IPI */
	0x66, 0xb8, 0x40, 0x00, 0x00, 0x00,	/* mov eax, VECTOR */
	0x66, 0x31, 0xd2,			/* xor edx, edx */
	0x0f, 0x30,				/* wrmsr */
	0xfb, 0xf4, 0xfa,			/* sti; hlt; cli */
	0xc3,					/* ret */
};

static const unsigned char interrupt[] = {
	0x66, 0xb9, 0x0b, 0x08, 0x00, 0x00,	/* mov ecx, EOI */
	0x66, 0x31, 0xc0,			/* xor eax, eax */
	0x66, 0x31, 0xd2,			/* xor edx, edx */
	0x0f, 0x30,				/* wrmsr */
	0xcf,					/* iret */
};

#define VECTOR		0x40
#define SLEEP_ONCE	0x1100
#define INTERRUPT	0x1200
#define STACKS		0x8000
#define STACK_SIZE	0x400
#define VCPUS		4

enum who {
	STOCK,
	SHARED,
	ISOLATED,
};

static const char *const who_name[] = { "stock", "shared", "isolated" };

/*
 * The caretaker answers CPUID, unless the VMM has breakpoints in the guest: then it
 * routes it.  A port of the interrupt controller and the APIC's base are KVM's own
 * business, the microcode's revision is not: no exit here goes to user space.
 */
static const struct {
	const char *name;
	unsigned char code[3];
	bool watched;
	int vcpus;
	unsigned char msr;	/* 0: IA32_APIC_BASE */
	bool timer;		/* an APIC timer runs, on Intel by the preemption timer */
	uint32_t leaf;		/* 0: 1. Another is asked for with index 0 */
} what[] = {
	{ "nothing", { 0x90, 0x90, 0x90 }, false, 1, 0, false, 0 },
	{ "cpuid-local", { 0x0f, 0xa2, 0x90 }, false, 1, 0, false, 0 },
	{ "cpuid-local-timer", { 0x0f, 0xa2, 0x90 }, false, 1, 0, true, 0 },
	{ "cpuid-local-0x80000008", { 0x0f, 0xa2, 0x90 }, false, 1, 0, false, 0x80000008 },
	{ "cpuid-local-0xb", { 0x0f, 0xa2, 0x90 }, false, 1, 0, false, 0xb },
	{ "cpuid-local-2-vcpus", { 0x0f, 0xa2, 0x90 }, false, 2, 0, false, 0 },
	{ "cpuid-local-4-vcpus", { 0x0f, 0xa2, 0x90 }, false, 4, 0, false, 0 },
	{ "cpuid-routed", { 0x0f, 0xa2, 0x90 }, true, 1, 0, false, 0 },
	{ "port-routed", { 0xe6, 0x21, 0x90 }, false, 1, 0, false, 0 },	/* out 0x21, al */
	{ "port-routed-2-vcpus", { 0xe6, 0x21, 0x90 }, false, 2, 0, false, 0 },
	{ "port-routed-4-vcpus", { 0xe6, 0x21, 0x90 }, false, 4, 0, false, 0 },
	{ "msr-local", { 0x0f, 0x32, 0x90 }, false, 1, 0x8b, false, 0 },	/* rdmsr */
	{ "msr-local-timer", { 0x0f, 0x32, 0x90 }, false, 1, 0x8b, true, 0 },
	{ "msr-routed", { 0x0f, 0x32, 0x90 }, false, 1, 0, false, 0 },	/* rdmsr */
	{ "hlt-routed", { 0xe8, 0xf1, 0x00 }, false, 1, 0, false, 0 },	/* call SLEEP_ONCE */
};

static _Noreturn void die(const char *step)
{
	fprintf(stderr, "exits: %s: %s\n", step, strerror(errno));
	exit(3);
}

static void set_cpuid(int kvm, int vcpu)
{
	unsigned int entries = 256;
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + entries * sizeof(cpuid->entries[0]));

	if (!cpuid)
		die("memory");
	cpuid->nent = entries;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) || ioctl(vcpu, KVM_SET_CPUID2, cpuid))
		die("CPUID");
	free(cpuid);
}

static void install(int vm, const char *payload, enum who who)
{
	struct kvm_set_caretaker argument = {
		.size = sizeof(argument),
		.flags = KVM_CARETAKER_MIN_ENCODINGS | (who == SHARED ? KVM_CARETAKER_SHARED : 0),
	};

	argument.fd = open(payload, O_RDONLY | O_CLOEXEC);
	if (argument.fd < 0 || ioctl(vm, KVM_SET_CARETAKER, &argument))
		die("KVM_SET_CARETAKER");
	close(argument.fd);
}

static void set_apic(int vcpu, bool timer)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[5];
	} msrs = {
		.head.nmsrs = timer ? 5 : 2,
		.entry = {
			{ .index = 0x1b, .data = 0xfee00d00 },	/* APIC_BASE: x2APIC */
			{ .index = 0x80f, .data = 0x1ff },	/* spurious vector: enabled */
			{ .index = 0x832, .data = 0x10000 },	/* timer: masked, one shot */
			{ .index = 0x83e, .data = 0xb },	/* divided by 1 */
			{ .index = 0x838, .data = UINT32_MAX },	/* seconds: it ends after the run */
		},
	};

	if (ioctl(vcpu, KVM_SET_MSRS, &msrs) != (int)msrs.head.nmsrs)
		die("the APIC");
}

struct vcpu {
	int fd, id;
	struct kvm_run *state;
	pthread_t thread;
	pthread_barrier_t *start;
};

static void set_registers(const struct vcpu *vcpu, uint32_t count)
{
	struct kvm_regs regs = {
		.rip = CODE, .rsi = count, .rflags = 2, .rsp = STACKS + (vcpu->id + 1) * STACK_SIZE,
	};
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		die("registers");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) || ioctl(vcpu->fd, KVM_SET_REGS, &regs) ||
	    ioctl(vcpu->fd, KVM_SET_MP_STATE, &runnable))
		die("registers");
}

static void *run_vcpu(void *of)
{
	struct vcpu *vcpu = of;

	pthread_barrier_wait(vcpu->start);
	if (ioctl(vcpu->fd, KVM_RUN, 0))
		die("KVM_RUN");
	if (vcpu->state->exit_reason != KVM_EXIT_IO || vcpu->state->io.port != PORT_END) {
		fprintf(stderr, "exits: exit reason %u\n", vcpu->state->exit_reason);
		exit(3);
	}
	return NULL;
}

/* Ticks from when all are ready until the last has come to its end */
static uint64_t run(struct vcpu *vcpus, int count, uint32_t rounds)
{
	pthread_barrier_t start;
	uint64_t begun;
	int i;

	pthread_barrier_init(&start, NULL, count);
	for (i = 0; i < count; i++) {
		vcpus[i].start = &start;
		set_registers(&vcpus[i], rounds);
	}
	for (i = 1; i < count; i++)
		if (pthread_create(&vcpus[i].thread, NULL, run_vcpu, &vcpus[i]))
			die("a thread");
	begun = __rdtsc();
	run_vcpu(&vcpus[0]);
	for (i = 1; i < count; i++)
		pthread_join(vcpus[i].thread, NULL);
	begun = __rdtsc() - begun;
	pthread_barrier_destroy(&start);
	return begun;
}

static void add_vcpu(struct vcpu *vcpu, int kvm, int vm, bool watched, bool timer)
{
	struct kvm_guest_debug watch = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP };

	vcpu->fd = ioctl(vm, KVM_CREATE_VCPU, vcpu->id);
	if (vcpu->fd < 0)
		die("a vCPU");
	vcpu->state = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
			   MAP_SHARED, vcpu->fd, 0);
	if (vcpu->state == MAP_FAILED)
		die("kvm_run");
	set_cpuid(kvm, vcpu->fd);
	set_apic(vcpu->fd, timer);
	if (watched && ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &watch))
		die("KVM_SET_GUEST_DEBUG");
}

static void fill(unsigned char *memory, size_t i)
{
	const uint16_t vector[2] = { INTERRUPT, 0 };

	memcpy(memory + VECTOR * 4, vector, sizeof(vector));
	memcpy(memory + CODE, loop, sizeof(loop));
	if (what[i].msr)
		memory[CODE + MSR] = what[i].msr;
	if (what[i].leaf) {
		memory[CODE + MSR] = 0;
		memcpy(memory + CODE + LEAF, &what[i].leaf, sizeof(what[i].leaf));
	}
	memcpy(memory + CODE + MEASURED, what[i].code, sizeof(what[i].code));
	memcpy(memory + SLEEP_ONCE, sleep_once, sizeof(sleep_once));
	memcpy(memory + INTERRUPT, interrupt, sizeof(interrupt));
}

/* More vCPUs are threads on one CPU: let their turns be as long on either side */
static void take_turns(bool equal)
{
	const struct sched_param priority = { .sched_priority = equal };

	if (sched_setscheduler(0, equal ? SCHED_RR : SCHED_OTHER, &priority))
		die("the scheduler");
}

static void measure(size_t i, enum who who, int runs, uint32_t count, const char *payload)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, n;
	struct vcpu vcpus[VCPUS] = { 0 };
	unsigned char *memory;

	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || memory == MAP_FAILED || ioctl(vm, KVM_CREATE_IRQCHIP, 0))
		die("a VM");
	fill(memory, i);
	region.userspace_addr = (uintptr_t)memory;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("memory");
	for (n = 0; n < what[i].vcpus; n++) {
		vcpus[n].id = n;
		add_vcpu(&vcpus[n], kvm, vm, what[i].watched, what[i].timer);
	}
	if (who != STOCK)
		install(vm, payload, who);
	take_turns(what[i].vcpus > 1);
	/* Pages are faulted in, and what is set up once is set up */
	run(vcpus, what[i].vcpus, 10);
	for (n = 0; n < runs; n++)
		printf("exit %s %s %d %llu\n", what[i].name, who_name[who], n,
		       (unsigned long long)run(vcpus, what[i].vcpus, count) / what[i].vcpus);
	for (n = 0; n < what[i].vcpus; n++)
		close(vcpus[n].fd);
	close(vm);
	close(kvm);
	munmap(memory, MEMORY);
}

static bool is_wanted(const char *name, char **names)
{
	bool all = !*names;

	while (*names && strcmp(*names, name))
		names++;
	return all || *names || !strcmp(name, "nothing");
}

int main(int argc, char **argv)
{
	enum who who, last;
	size_t i;

	if (argc < 4) {
		fputs("usage: exits RUNS COUNT PAYLOAD [WHAT]...\n", stderr);
		return 2;
	}
	last = strcmp(argv[3], "-") ? ISOLATED : STOCK;
	printf("exit count %s\n", argv[2]);
	for (i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		for (who = STOCK; who <= last && is_wanted(what[i].name, argv + 4); who++)
			measure(i, who, atoi(argv[1]), strtoul(argv[2], NULL, 0), argv[3]);
	return 0;
}
