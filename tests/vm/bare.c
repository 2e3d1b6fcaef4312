// SPDX-License-Identifier: GPL-2.0-only
/* What a 32-bit guest needs for interrupts: see bare.h. */
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bare.h"
#include "ticker.h"
#include "trial.h"

#define IDT		0x4000
#define GDT		0x5000

#define CPUID_X2APIC		(1U << 21)
#define CPUID_TSC_DEADLINE	(1U << 24)

static const uint64_t gdt[] = { 0, 0x00cf9b000000ffff, 0x00cf93000000ffff };

uint64_t bare_tsc_hz(void)
{
	struct timespec from, to;
	uint64_t begin, end;

	clock_gettime(CLOCK_MONOTONIC, &from);
	begin = __rdtsc();
	usleep(200000);
	clock_gettime(CLOCK_MONOTONIC, &to);
	end = __rdtsc();
	return (end - begin) * 1000000000.0 /
	       ((to.tv_sec - from.tv_sec) * 1e9 + to.tv_nsec - from.tv_nsec);
}

void bare_code(unsigned char *memory, const unsigned char *code, const unsigned char *end)
{
	memcpy(memory + BARE_CODE, code, end - code);
	memcpy(memory + GDT, gdt, sizeof(gdt));
}

void bare_gate(unsigned char *memory, unsigned int vector, uint32_t at)
{
	uint64_t gate;

	at += BARE_CODE;
	gate = (at & 0xffff) | 8ULL << 16 | 0x8eULL << 40 | (uint64_t)(at >> 16) << 48;
	memcpy(memory + IDT + 8 * vector, &gate, sizeof(gate));
}

/* An x2APIC, and its timer by TSC deadline */
static void set_cpuid(int vcpu)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry[2];
	} cpuid = {
		.head.nent = 2,
		.entry = {
			{ .eax = 1, .ebx = TICKER_VENDOR, .edx = 0x69746e65, .ecx = 0x444d4163 },
			{ .function = 1, .ecx = CPUID_X2APIC | CPUID_TSC_DEADLINE, .edx = 1 << 9 },
		},
	};

	if (ioctl(vcpu, KVM_SET_CPUID2, &cpuid))
		die("KVM_SET_CPUID2");
}

void bare_vcpu(int vcpu)
{
	struct kvm_sregs sregs;

	set_cpuid(vcpu);
	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.gdt.base = GDT;
	sregs.gdt.limit = sizeof(gdt) - 1;
	sregs.idt.base = IDT;
	sregs.idt.limit = 8 * 256 - 1;
	sregs.apic_base |= 0xc00;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs))
		die("KVM_SET_SREGS");
}
