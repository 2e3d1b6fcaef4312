// SPDX-License-Identifier: GPL-2.0-only
/* A Linux guest as its VMMs have it: see linux_guest.h. */
#include <asm/kvm_para.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "linux_boot.h"
#include "linux_guest.h"
#include "ticker.h"
#include "trial.h"

#define ENTRIES		256

/*
 * XSAVE, OSXSAVE, AVX, FMA, F16C, and AVX2.  QEMU 7.2 does not intercept XSETBV: KVM does not learn of
 * it, and the guest's kernel would write beyond its areas (docs/lab.md)
 */
#define NO_XSAVE	(1U << 26 | 1U << 27 | 1U << 28 | 1U << 12 | 1U << 29)
#define NO_AVX2		(1U << 5)	/* leaf 7 */

/* KVM's features (Documentation/virt/kvm/x86/cpuid.rst), but for those that take hypercalls */
#define PV_LEAF		0x40000001
#define PV_CLOCK	(1U << KVM_FEATURE_CLOCKSOURCE | 1U << KVM_FEATURE_CLOCKSOURCE2 | \
			 1U << KVM_FEATURE_CLOCKSOURCE_STABLE_BIT | 1U << KVM_FEATURE_NOP_IO_DELAY)
#define PV_ALL		(~(1U << KVM_FEATURE_PV_UNHALT | 1U << KVM_FEATURE_PV_SEND_IPI | \
			   1U << KVM_FEATURE_PV_SCHED_YIELD))

/* ttyS0 is written to by the early console alone, which asks for nothing but room */
static const char words[] = "earlycon=uart8250,io,0x3f8,115200 keep_bootcon quiet reboot=t panic=-1 "
			    "pci=off mitigations=off";

static void set_cpuid(int kvm, int vcpu, unsigned int id, unsigned int cpus,
		      enum linux_features features)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry[ENTRIES];
	} *cpuid = calloc(1, sizeof(*cpuid));
	unsigned int i;

	if (!cpuid)
		die("calloc");
	cpuid->head.nent = ENTRIES;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid))
		die("KVM_GET_SUPPORTED_CPUID");
	for (i = 0; i < cpuid->head.nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entry[i];

		switch (e->function) {
		case 1:
			e->ebx = (e->ebx & 0xffff) | cpus << 16 | id << 24;
			e->ecx |= 1U << 21 | 1U << 24 | 1U << 31;	/* x2APIC, TSC deadline, hypervisor */
			e->ecx &= ~NO_XSAVE;
			break;
		case 7:
			if (!e->index)
				e->ebx &= ~NO_AVX2;
			break;
		case 0xd:
			e->eax = e->ebx = e->ecx = e->edx = 0;
			break;
		case 0xb:
		case 0x1f:
			e->edx = id;
			break;
		case 0x8000001e:
			e->eax = id;
			break;
		case PV_LEAF:
			e->eax &= features == LINUX_PV_ALL ? PV_ALL : PV_CLOCK;
			break;
		}
	}
	if (ioctl(vcpu, KVM_SET_CPUID2, cpuid))
		die("KVM_SET_CPUID2");
	free(cpuid);
}

static void map(struct linux_guest *guest)
{
	unsigned int i;

	guest->memory = mmap(NULL, LINUX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, guest->memory_fd, 0);
	if (guest->memory == MAP_FAILED)
		die("mmap of the guest's memory");
	for (i = 0; i < guest->cpus; i++) {
		guest->run[i] = mmap(NULL, ioctl(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
				     MAP_SHARED, guest->vcpu[i], 0);
		if (guest->run[i] == MAP_FAILED)
			die("mmap of kvm_run");
	}
}

void linux_new(struct linux_guest *guest, unsigned int cpus, enum linux_features features,
	       const char *kernel, const char *init)
{
	struct kvm_userspace_memory_region region = { .memory_size = LINUX_SIZE };
	uint64_t entry;
	unsigned int i;

	guest->cpus = cpus;
	guest->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	guest->vm = guest->kvm < 0 ? -1 : ioctl(guest->kvm, KVM_CREATE_VM, 0);
	guest->memory_fd = memfd_create("linux", MFD_CLOEXEC);
	if (guest->vm < 0 || guest->memory_fd < 0 || ftruncate(guest->memory_fd, LINUX_SIZE) ||
	    ioctl(guest->vm, KVM_CREATE_IRQCHIP, 0))
		die("a VM");
	for (i = 0; i < cpus; i++) {
		guest->vcpu[i] = ioctl(guest->vm, KVM_CREATE_VCPU, i);
		if (guest->vcpu[i] < 0)
			die("KVM_CREATE_VCPU");
		set_cpuid(guest->kvm, guest->vcpu[i], i, cpus, features);
	}
	map(guest);
	region.userspace_addr = (uintptr_t)guest->memory;
	if (ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
	entry = linux_boot_load(guest->memory, kernel, init, words, cpus);
	linux_boot_vcpu(guest->vcpu[0], entry);
}

void linux_fds(const struct linux_guest *guest, int fds[LINUX_FDS])
{
	unsigned int i;

	fds[0] = guest->kvm;
	fds[1] = guest->vm;
	fds[2] = guest->memory_fd;
	/* A guest of one vCPU has that twice */
	for (i = 0; i < LINUX_CPUS; i++)
		fds[3 + i] = guest->vcpu[i < guest->cpus ? i : 0];
}

void linux_map(struct linux_guest *guest, const int fds[LINUX_FDS], unsigned int cpus)
{
	unsigned int i;

	guest->kvm = fds[0];
	guest->vm = fds[1];
	guest->memory_fd = fds[2];
	guest->cpus = cpus;
	for (i = 0; i < LINUX_CPUS; i++)
		guest->vcpu[i] = fds[3 + i];
	map(guest);
}

volatile struct linux_record *linux_record(const struct linux_guest *guest)
{
	uint64_t at;

	for (at = 0; at < LINUX_SIZE; at += 4096) {
		volatile struct linux_record *record = (void *)(guest->memory + at);

		if (record->magic[0] == LINUX_MAGIC_0 && record->magic[1] == LINUX_MAGIC_1 && record->cpus &&
		    record->cpus <= LINUX_CPUS)
			return record;
	}
	return NULL;
}

int linux_adopt(const struct linux_guest *guest)
{
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_ADOPT, 0);
	struct kvm_caretaker_move move = { .userspace_addr = (uintptr_t)guest->memory };

	op.moves = (uintptr_t)&move;
	op.nr_moves = 1;
	return vm_op(guest->vm, &op);
}

void linux_close(struct linux_guest *guest)
{
	int fds[LINUX_FDS];
	unsigned int i;

	for (i = 0; i < guest->cpus; i++)
		munmap(guest->run[i], ioctl(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	munmap(guest->memory, LINUX_SIZE);
	linux_fds(guest, fds);
	for (i = 0; i < 3 + guest->cpus; i++)
		close(fds[i]);
}
