// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an exit costs: a guest that does one thing again and again, on stock KVM, under a
 * caretaker on the host's page tables, and under one on its own.
 *
 *   exits RUNS COUNT PAYLOAD
 *
 * Prints "exit WHAT MODE RUN TICKS", TICKS of the time stamp counter for COUNT rounds.
 * Under `-icount shift=0` and in Bochs a tick is an instruction, also of the guest: what
 * its loop takes by itself is the row "nothing".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#include <linux/caretaker.h>
#include <linux/kvm.h>

#define CODE		0x1000
#define MEMORY		0x10000
#define PORT_END	0x501

/* Real mode: ESI rounds of what is measured, three bytes that leave ESI alone */
static const unsigned char loop[] = {
	0x66, 0xb9, 0x1b, 0x00, 0x00, 0x00,	/* L: mov ecx, IA32_APIC_BASE */
	0x66, 0xb8, 0x01, 0x00, 0x00, 0x00,	/* mov eax, 1 */
	0x90, 0x90, 0x90,			/* what is measured */
	0x66, 0x4e,				/* dec esi */
	0x75, 0xed,				/* jnz L */
	0xba, PORT_END & 0xff, PORT_END >> 8,	/* mov dx, PORT_END */
	0xee,					/* out dx, al */
};

#define MEASURED	12

enum who {
	STOCK,
	SHARED,
	ISOLATED,
};

static const char *const who_name[] = { "stock", "shared", "isolated" };

/*
 * The caretaker answers CPUID, unless the VMM has breakpoints in the guest: then it
 * routes it.  A port of the interrupt controller and an MSR are KVM's own business: no
 * exit here goes to user space.
 */
static const struct {
	const char *name;
	unsigned char code[3];
	bool watched;
} what[] = {
	{ "nothing", { 0x90, 0x90, 0x90 }, false },
	{ "cpuid-local", { 0x0f, 0xa2, 0x90 }, false },
	{ "cpuid-routed", { 0x0f, 0xa2, 0x90 }, true },
	{ "port-routed", { 0xe6, 0x21, 0x90 }, false },	/* out 0x21, al */
	{ "msr-routed", { 0x0f, 0x32, 0x90 }, false },	/* rdmsr */
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

static void set_registers(int vcpu, uint32_t count)
{
	struct kvm_regs regs = { .rip = CODE, .rsi = count, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("registers");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		die("registers");
}

static uint64_t run(int vcpu, const struct kvm_run *state, uint32_t count)
{
	uint64_t begun;

	set_registers(vcpu, count);
	begun = __rdtsc();
	if (ioctl(vcpu, KVM_RUN, 0))
		die("KVM_RUN");
	begun = __rdtsc() - begun;
	if (state->exit_reason != KVM_EXIT_IO || state->io.port != PORT_END) {
		fprintf(stderr, "exits: exit reason %u\n", state->exit_reason);
		exit(3);
	}
	return begun;
}

static void measure(size_t i, enum who who, int runs, uint32_t count, const char *payload)
{
	struct kvm_guest_debug watch = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP };
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu, n;
	unsigned char *memory;
	struct kvm_run *state;

	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || memory == MAP_FAILED || ioctl(vm, KVM_CREATE_IRQCHIP, 0))
		die("a VM");
	memcpy(memory + CODE, loop, sizeof(loop));
	memcpy(memory + CODE + MEASURED, what[i].code, sizeof(what[i].code));
	region.userspace_addr = (uintptr_t)memory;
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0 || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("a vCPU");
	state = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
		     MAP_SHARED, vcpu, 0);
	if (state == MAP_FAILED)
		die("kvm_run");
	set_cpuid(kvm, vcpu);
	if (what[i].watched && ioctl(vcpu, KVM_SET_GUEST_DEBUG, &watch))
		die("KVM_SET_GUEST_DEBUG");
	if (who != STOCK)
		install(vm, payload, who);
	/* Pages are faulted in, and what is set up once is set up */
	run(vcpu, state, 10);
	for (n = 0; n < runs; n++)
		printf("exit %s %s %d %llu\n", what[i].name, who_name[who], n,
		       (unsigned long long)run(vcpu, state, count));
	close(vcpu);
	close(vm);
	close(kvm);
	munmap(memory, MEMORY);
}

int main(int argc, char **argv)
{
	enum who who;
	size_t i;

	if (argc != 4) {
		fputs("usage: exits RUNS COUNT PAYLOAD\n", stderr);
		return 2;
	}
	printf("exit count %s\n", argv[2]);
	for (i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		for (who = STOCK; who <= ISOLATED; who++)
			measure(i, who, atoi(argv[1]), strtoul(argv[2], NULL, 0), argv[3]);
	return 0;
}
