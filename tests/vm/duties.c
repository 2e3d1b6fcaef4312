// SPDX-License-Identifier: GPL-2.0-only
/*
 * What KVM does at an exit beyond its answer must be done under a caretaker, too.
 *
 *   duties PAYLOADS
 *
 * Each guest runs without and with a caretaker, which must make no difference:
 *
 *  soft-interrupt  KVM injects INT n again, whose handler executes CPUID, and then an exception is
 *		    met by a page fault of the host's before it is delivered.  Its RIP is that of
 *		    the instruction that raised it, and not of INT n (svm_complete_soft_interrupt()).
 *  fast-tsc	    A TSC faster than the host's, which KVM without TSC scaling catches up at each
 *		    exit (tsc_always_catchup).  So it must be at a CPUID.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/kvm.h>

#include "trial.h"

#define MEMORY	0x20000
#define CODE	0x1000
#define PAGE_A	0x8000		/* stacks that nobody has touched when they are first used */
#define PAGE_B	0xa000
#define RESULT	0x2000
#define LEAVES	100

static const char *payloads;

struct guest {
	struct vm vm;
	unsigned char *memory;
	struct kvm_run *run;
	size_t run_size;
};

static void set_cpuid(const struct vm *vm)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry[LEAVES];
	} cpuid;

	cpuid.head.nent = LEAVES;
	if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) ||
	    ioctl(vm->vcpu, KVM_SET_CPUID2, &cpuid))
		die("CPUID");
}

static struct guest guest_new(bool with)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	struct guest g;

	g.vm.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	g.vm.fd = ioctl(g.vm.kvm, KVM_CREATE_VM, 0);
	/* Without one KVM asks for an exit behind each event that it injects */
	if (g.vm.fd < 0 || ioctl(g.vm.fd, KVM_CREATE_IRQCHIP, 0))
		die("KVM_CREATE_VM");
	g.vm.vcpu = ioctl(g.vm.fd, KVM_CREATE_VCPU, 0);
	set_cpuid(&g.vm);
	g.memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g.run_size = ioctl(g.vm.kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	g.run = mmap(NULL, g.run_size, PROT_READ | PROT_WRITE, MAP_SHARED, g.vm.vcpu, 0);
	if (g.memory == MAP_FAILED || g.run == MAP_FAILED)
		die("mmap");
	region.userspace_addr = (unsigned long)g.memory;
	if (ioctl(g.vm.fd, KVM_SET_USER_MEMORY_REGION, &region))
		die("the guest's memory");
	if (with && install_payload(g.vm.fd, payloads, "good", KVM_CARETAKER_MIN_ENCODINGS))
		die("KVM_SET_CARETAKER");
	return g;
}

/* In real mode, from CODE on, until it writes to a port */
static void guest_run(struct guest *g, const unsigned char *code, size_t size)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	memcpy(g->memory + CODE, code, size);
	if (ioctl(g->vm.vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.cs.base = sregs.ss.base = sregs.ds.base = 0;
	sregs.cs.selector = sregs.ss.selector = sregs.ds.selector = 0;
	if (ioctl(g->vm.vcpu, KVM_SET_SREGS, &sregs) || ioctl(g->vm.vcpu, KVM_SET_REGS, &regs) ||
	    ioctl(g->vm.vcpu, KVM_RUN, 0))
		die("KVM_RUN");
	if (g->run->exit_reason != KVM_EXIT_IO)
		printf("    exit reason %u\n", g->run->exit_reason);
}

static void guest_end(struct guest *g)
{
	munmap(g->run, g->run_size);
	munmap(g->memory, MEMORY);
	vm_end(&g->vm);
}

/* --- An exception behind a soft interrupt ------------------------------------- */

#define INT_40	0x07		/* in the code that follows */
#define AFTER	0x09
#define ON_40	0x20
#define ON_DE	0x40

static const unsigned char soft_code[] = {
	0xff, 0x06, (RESULT + 2) & 0xff, (RESULT + 2) >> 8,	/* incw RESULT+2: the page is there */
	0xbc, PAGE_A & 0xff, PAGE_A >> 8,		/* mov  $PAGE_A,%sp */
	[INT_40] = 0xcd, 0x40,				/* int  $0x40 */
	[AFTER] = 0xf6, 0xf1,				/* div  %cl */
	0xe6, 0x80,					/* out  %al,$0x80 */
	/* The frame goes away without another exit, and the next is to be on PAGE_B */
	[ON_40] = 0x66, 0x31, 0xc0,			/* xor  %eax,%eax */
	0x0f, 0xa2,					/* cpuid */
	0x31, 0xc9,					/* xor  %cx,%cx */
	0xff, 0x06, (RESULT + 2) & 0xff, (RESULT + 2) >> 8,	/* incw RESULT+2 */
	0xbc, PAGE_B & 0xff, PAGE_B >> 8,		/* mov  $PAGE_B,%sp */
	0xe9, (unsigned char)(AFTER - 0x31), 0xff,	/* jmp  AFTER */
	[ON_DE] = 0x5b,					/* pop  %bx */
	0x89, 0x1e, RESULT & 0xff, RESULT >> 8,		/* mov  %bx,RESULT */
	0xe6, 0x80,					/* out  %al,$0x80 */
};

/* RIP that the exception is reported with, and one more than there were interrupts before it */
static uint32_t soft_interrupt(bool with)
{
	struct guest g = guest_new(with);
	uint16_t result[2] = { 0 };

	/* What else it touches is there; PAGE_A and PAGE_B end where the stacks begin */
	memcpy(g.memory + 4 * 0x40, &(uint32_t){ CODE + ON_40 }, sizeof(uint32_t));
	memcpy(g.memory + 0, &(uint32_t){ CODE + ON_DE }, sizeof(uint32_t));
	memcpy(g.memory + RESULT, result, sizeof(result));
	guest_run(&g, soft_code, sizeof(soft_code));
	memcpy(result, g.memory + RESULT, sizeof(result));
	guest_end(&g);
	return (uint32_t)result[1] << 16 | result[0];
}

static void try_soft_interrupt(void)
{
	const uint32_t right = 2 << 16 | (CODE + AFTER);
	uint32_t without = soft_interrupt(false), with = soft_interrupt(true);

	report_that("soft-interrupt/without", without == right, "%#x", without);
	report_that("soft-interrupt/with", with == right, "%#x instead of %#x", with, right);
}

/* --- A TSC that is caught up --------------------------------------------------- */

#define TIMES_FASTER	4

/* Where KVM has a master clock it catches up once; an old kvmclock does without */
static const unsigned char tsc_code[] = {
	0x66, 0xb9, 0x12, 0, 0, 0,			/* mov  $MSR_KVM_SYSTEM_TIME,%ecx */
	0x66, 0x31, 0xc0,				/* xor  %eax,%eax */
	0x66, 0x31, 0xd2,				/* xor  %edx,%edx */
	0x0f, 0x30,					/* wrmsr */
	0xbe, 0xe8, 0x03,				/* mov  $1000,%si */
	0x0f, 0x31,					/* 1: rdtsc */
	0x66, 0xa3, (RESULT + 4) & 0xff, (RESULT + 4) >> 8,	/* mov  %eax,RESULT+4 */
	0x66, 0x31, 0xc0,				/* xor  %eax,%eax */
	0x0f, 0xa2,					/* cpuid */
	0x0f, 0x31,					/* rdtsc */
	0x66, 0x2b, 0x06, (RESULT + 4) & 0xff, (RESULT + 4) >> 8,	/* sub  RESULT+4,%eax */
	0x66, 0x3b, 0x06, RESULT & 0xff, RESULT >> 8,	/* cmp  RESULT,%eax */
	0x73, 0x04,					/* jae  2f */
	0x66, 0xa3, RESULT & 0xff, RESULT >> 8,		/* mov  %eax,RESULT */
	0x4e,						/* 2: dec %si */
	0x75, 0xe1,					/* jnz  1b */
	0xe6, 0x80,					/* out  %al,$0x80 */
};

/* The fewest ticks of the guest's TSC that a CPUID took */
static uint32_t fast_tsc(bool with)
{
	struct guest g = guest_new(with);
	int khz = ioctl(g.vm.vcpu, KVM_GET_TSC_KHZ, 0);
	uint32_t fewest = -1;

	if (khz <= 0 || ioctl(g.vm.vcpu, KVM_SET_TSC_KHZ, khz * TIMES_FASTER))
		die("KVM_SET_TSC_KHZ");
	memcpy(g.memory + RESULT, &fewest, sizeof(fewest));
	guest_run(&g, tsc_code, sizeof(tsc_code));
	memcpy(&fewest, g.memory + RESULT, sizeof(fewest));
	guest_end(&g);
	return fewest;
}

static void try_fast_tsc(void)
{
	uint32_t without = fast_tsc(false), with = fast_tsc(true);

	/* One that is answered without an exit of KVM's is several times as fast, and not caught up */
	report_that("fast-tsc", with >= without / 2, "%u ticks, without %u", with, without);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: duties PAYLOADS\n", stderr);
		return 2;
	}
	payloads = argv[1];
	try_soft_interrupt();
	try_fast_tsc();
	return trial_status();
}
