// SPDX-License-Identifier: GPL-2.0-only
/* A virtual machine made with raw KVM ioctls, and the guest that it runs. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "machine.h"
#include "machine_mode.h"

#define PTE_PRESENT	(1ULL << 0)
#define PTE_WRITE	(1ULL << 1)
#define PTE_USER	(1ULL << 2)
#define PTE_LARGE	(1ULL << 7)

#define CR0_PE		(1ULL << 0)
#define CR0_MP		(1ULL << 1)
#define CR0_ET		(1ULL << 4)
#define CR0_NE		(1ULL << 5)
#define CR0_PG		(1ULL << 31)
#define CR4_PAE		(1ULL << 5)
#define CR4_OSFXSR	(1ULL << 9)
#define CR4_OSXMMEXCPT	(1ULL << 10)
#define EFER_LME	(1ULL << 8)
#define EFER_LMA	(1ULL << 10)

static const char *const names[MODES] = {
	"long", "ring3", "prot32", "step", "shadow", "fault", "debug", "watched", "cr4", "timer",
	"deadline", "pause", "xsetbv", "tsx", "stops",
};

const char *mode_name(enum guest_mode mode)
{
	return names[mode];
}

unsigned char *machine_area(const struct machine *machine, unsigned int vcpu)
{
	return machine->memory + GUEST_AREAS + (size_t)vcpu * GUEST_AREA_SIZE;
}

static const struct guest_entries *entries(void)
{
	return (const void *)guest_blob;
}

static int set_memory(struct machine *machine, uint32_t slot, uint64_t address,
		      void *memory, size_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = address,
		.memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	return ioctl(machine->fd, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

static int get_cpuid(struct machine *machine)
{
	unsigned int entry = 256;

	machine->cpuid = calloc(1, sizeof(*machine->cpuid) +
				entry * sizeof(machine->cpuid->entries[0]));
	if (!machine->cpuid)
		return -ENOMEM;
	machine->cpuid->nent = entry;
	return ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, machine->cpuid) ? -errno : 0;
}

int machine_create(struct machine *machine, const char **what)
{
	struct kvm_enable_cap apics = { .cap = KVM_CAP_SPLIT_IRQCHIP };
	int ret;

	memset(machine, 0, sizeof(*machine));
	machine->fd = -1;
	*what = "open /dev/kvm";
	machine->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (machine->kvm < 0)
		return -errno;
	*what = "KVM_GET_VCPU_MMAP_SIZE";
	ret = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (ret < 0)
		return -errno;
	machine->run_size = ret;
	*what = "KVM_GET_SUPPORTED_CPUID";
	ret = get_cpuid(machine);
	if (ret)
		return ret;
	*what = "KVM_CREATE_VM";
	machine->fd = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	if (machine->fd < 0)
		return -errno;
	*what = "guest memory";
	machine->memory_size = GUEST_AREAS + (size_t)GUEST_MAX_VCPUS * GUEST_AREA_SIZE;
	machine->memory = mmap(NULL, machine->memory_size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	machine->last_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (machine->memory == MAP_FAILED || machine->last_page == MAP_FAILED)
		return -ENOMEM;
	*what = "KVM_SET_USER_MEMORY_REGION";
	ret = set_memory(machine, 0, 0, machine->memory, machine->memory_size);
	if (!ret)
		ret = set_memory(machine, 1, GUEST_LAST_PAGE, machine->last_page, 4096);
	if (ret)
		return ret;
	/* Local APICs in the kernel, nothing else: works without CONFIG_KVM_IOAPIC too */
	*what = "KVM_CAP_SPLIT_IRQCHIP";
	return ioctl(machine->fd, KVM_ENABLE_CAP, &apics) ? -errno : 0;
}

/* The table of KVM_GET_SUPPORTED_CPUID, with this vCPU's APIC id where it belongs */
static int set_cpuid(struct machine *machine, struct vcpu *vcpu)
{
	struct kvm_cpuid_entry2 *entry;
	uint32_t i;

	for (i = 0; i < machine->cpuid->nent; i++) {
		entry = &machine->cpuid->entries[i];
		if (entry->function == 1)
			entry->ebx = (entry->ebx & 0xffffff) | vcpu->id << 24;
		else if (entry->function == 0xb || entry->function == 0x1f)
			entry->edx = vcpu->id;
	}
	return ioctl(vcpu->fd, KVM_SET_CPUID2, machine->cpuid) ? -errno : 0;
}

int machine_add_vcpu(struct machine *machine, const char **what)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct vcpu *vcpu = &machine->vcpu[machine->vcpus];
	int ret;

	vcpu->id = machine->vcpus;
	*what = "KVM_CREATE_VCPU";
	vcpu->fd = ioctl(machine->fd, KVM_CREATE_VCPU, vcpu->id);
	if (vcpu->fd < 0)
		return -errno;
	machine->vcpus++;
	*what = "mmap of kvm_run";
	vcpu->run = mmap(NULL, machine->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		return -errno;
	*what = "KVM_SET_CPUID2";
	ret = set_cpuid(machine, vcpu);
	if (ret)
		return ret;
	*what = "KVM_SET_MP_STATE";
	return ioctl(vcpu->fd, KVM_SET_MP_STATE, &runnable) ? -errno : 0;
}

/* Every leaf that the vCPU has, and around each range some that it has not: not all are answered */
static unsigned int list_leaves(const struct machine *machine, struct guest_leaf *list)
{
	static const struct guest_leaf outside[] = {
		{ 0x7fffffff, 0 }, { 0x40000100, 0 }, { 0x400000ff, 7 }, { 0x800000ff, 0 },
		{ 0x8fffffff, 1 }, { 0xc0000000, 0 }, { 0xffffffff, 0xffffffff },
		{ 0x7, 0x80000000 }, { 0xd, 0xff }, { 0x4, 0xff }, { 0x20, 3 }, { 0xb, 0x107 },
	};
	unsigned int n = 0;
	uint32_t i;

	for (i = 0; i < machine->cpuid->nent && n < GUEST_MAX_LEAVES - 16; i++) {
		list[n].function = machine->cpuid->entries[i].function;
		list[n].index = machine->cpuid->entries[i].index;
		n++;
	}
	for (i = 0; i < sizeof(outside) / sizeof(outside[0]) && machine->mode != MODE_TSX; i++)
		list[n++] = outside[i];
	return n;
}

static uint64_t code_descriptor(bool is64, unsigned int dpl)
{
	return 0x000f9b000000ffffULL | (is64 ? 1ULL << 53 : 1ULL << 54) | 1ULL << 55 |
	       (uint64_t)dpl << 45;
}

static uint64_t data_descriptor(unsigned int dpl)
{
	return 0x00cf93000000ffffULL | (uint64_t)dpl << 45;
}

void machine_fill_area(struct machine *machine, unsigned int vcpu)
{
	unsigned char *area = machine_area(machine, vcpu);
	uint64_t address = GUEST_AREAS + (uint64_t)vcpu * GUEST_AREA_SIZE;
	uint64_t *gdt = (void *)(area + AREA_GDT), *idt = (void *)(area + AREA_IDT);
	uint64_t tss = address + AREA_TSS, stack = address + AREA_STACK;
	struct guest_area *head = (void *)area;
	unsigned int i;

	memset(area, 0, GUEST_AREA_SIZE);
	head->count = machine->count;
	head->every = machine->every;
	head->results = address + AREA_ANSWERS;
	head->leaves = list_leaves(machine, head->list);
	head->shortest = UINT64_MAX;
	head->toggle = machine->mode == MODE_LONG ? machine->count / 2 : 0;
	machine->leaves = head->leaves;

	gdt[SEL_CODE64 / 8] = code_descriptor(true, 0);
	gdt[SEL_DATA / 8] = data_descriptor(0);
	gdt[SEL_CODE32 / 8] = code_descriptor(false, 0);
	gdt[SEL_DATA3 / 8] = data_descriptor(3);
	gdt[SEL_CODE64_3 / 8] = code_descriptor(true, 3);
	gdt[SEL_TSS / 8] = 0x67 | (tss & 0xffffff) << 16 | 0x8bULL << 40 | (tss >> 24 & 0xff) << 56;
	gdt[SEL_TSS / 8 + 1] = tss >> 32;
	memcpy(area + AREA_TSS + 4, &stack, sizeof(stack));

	for (i = 0; i < 256; i++) {
		uint64_t stub = entries()->stubs + i * STUB_SIZE;

		idt[i * 2] = (stub & 0xffff) | SEL_CODE64 << 16 | 0x8eULL << 40 |
			     (stub >> 16 & 0xffff) << 48;
		idt[i * 2 + 1] = stub >> 32;
	}
}

static struct kvm_segment segment(uint16_t selector, uint64_t base, bool code, bool is64)
{
	return (struct kvm_segment){
		.base = base, .limit = 0xffffffff, .selector = selector,
		.type = code ? 0xb : 3, .present = 1, .dpl = selector & 3, .s = 1, .g = 1,
		.l = code && is64, .db = !(code && is64),
	};
}

int machine_set_registers(struct machine *machine, struct vcpu *vcpu)
{
	static const uint32_t *const entry[MODES] = {
		[MODE_LONG] = &((const struct guest_entries *)guest_blob)->loop64,
		[MODE_RING3] = &((const struct guest_entries *)guest_blob)->loop64,
		[MODE_PROT32] = &((const struct guest_entries *)guest_blob)->loop32,
		[MODE_STEP] = &((const struct guest_entries *)guest_blob)->step,
		[MODE_SHADOW] = &((const struct guest_entries *)guest_blob)->shadow,
		[MODE_FAULT] = &((const struct guest_entries *)guest_blob)->fault,
		[MODE_DEBUG] = &((const struct guest_entries *)guest_blob)->loop64,
		[MODE_WATCHED] = &((const struct guest_entries *)guest_blob)->loop64,
		[MODE_CR4] = &((const struct guest_entries *)guest_blob)->loop64,
		[MODE_TIMER] = &((const struct guest_entries *)guest_blob)->loop64,
		[MODE_DEADLINE] = &((const struct guest_entries *)guest_blob)->deadline,
		[MODE_PAUSE] = &((const struct guest_entries *)guest_blob)->spin,
		[MODE_XSETBV] = &((const struct guest_entries *)guest_blob)->xcr,
		[MODE_TSX] = &((const struct guest_entries *)guest_blob)->loop64,
		[MODE_STOPS] = &((const struct guest_entries *)guest_blob)->watch_tsc,
	};
	uint64_t area = GUEST_AREAS + (uint64_t)vcpu->id * GUEST_AREA_SIZE;
	bool is64 = machine->mode != MODE_PROT32, ring3 = machine->mode == MODE_RING3;
	struct kvm_regs regs = {
		.rip = *entry[machine->mode],
		.rsp = area + (ring3 ? AREA_STACK3 : AREA_STACK),
		.rflags = ring3 ? 0x3002 : 2,
	};
	struct kvm_sregs sregs;
	uint16_t data = ring3 ? SEL_DATA3 : SEL_DATA;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return -errno;
	sregs.cs = segment(ring3 ? SEL_CODE64_3 : is64 ? SEL_CODE64 : SEL_CODE32, 0, true, is64);
	sregs.ds = segment(data, 0, false, is64);
	sregs.es = sregs.ds;
	sregs.fs = sregs.ds;
	sregs.ss = sregs.ds;
	sregs.gs = segment(data, area, false, is64);
	sregs.tr = (struct kvm_segment){
		.base = area + AREA_TSS, .limit = 0x67, .selector = SEL_TSS, .type = 0xb,
		.present = 1,
	};
	sregs.gdt.base = area + AREA_GDT;
	sregs.gdt.limit = SEL_TSS + 15;
	sregs.idt.base = area + AREA_IDT;
	sregs.idt.limit = 0xfff;
	sregs.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE;
	sregs.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	if (is64) {
		sregs.cr0 |= CR0_PG;
		sregs.cr3 = GUEST_PML4;
		sregs.efer |= EFER_LME | EFER_LMA;
	}
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) || ioctl(vcpu->fd, KVM_SET_REGS, &regs))
		return -errno;
	return 0;
}

void machine_load_guest(struct machine *machine, enum guest_mode mode,
			unsigned int count, unsigned int every)
{
	uint64_t *pml4 = (void *)(machine->memory + GUEST_PML4);
	uint64_t *pdpt = (void *)(machine->memory + GUEST_PDPT);
	uint64_t *pd = (void *)(machine->memory + GUEST_PD);
	unsigned int i;

	/* What the guest writes behind its area would be that of the next vCPU */
	if (count > GUEST_MAX_COUNT) {
		fprintf(stderr, "machine_load_guest: %u of %u answers\n", count, GUEST_MAX_COUNT);
		exit(3);
	}
	machine->mode = mode;
	machine->count = count;
	machine->every = every;
	pml4[0] = GUEST_PDPT | PTE_PRESENT | PTE_WRITE | PTE_USER;
	pdpt[0] = GUEST_PD | PTE_PRESENT | PTE_WRITE | PTE_USER;
	for (i = 0; i < 512; i++)
		pd[i] = (uint64_t)i << 21 | PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_LARGE;
	memcpy(machine->memory + GUEST_CODE, guest_blob, guest_blob_end - guest_blob);
	memcpy(machine->memory, machine->memory + entries()->at_zero, 2);
	memcpy(machine->last_page + (GUEST_WRAP - GUEST_LAST_PAGE), "\x0f\xa2", 2);
	for (i = 0; i < machine->vcpus; i++)
		machine_fill_area(machine, i);
}

static void fail(struct vcpu *vcpu, const char *why)
{
	ioctl(vcpu->fd, KVM_GET_REGS, &vcpu->regs);
	vcpu->failure = why;
	snprintf(vcpu->detail + strlen(vcpu->detail), sizeof(vcpu->detail) - strlen(vcpu->detail),
		 " (guest RIP %#llx)", vcpu->regs.rip);
}

static void internal_error(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	unsigned int i;
	size_t at;

	at = snprintf(vcpu->detail, sizeof(vcpu->detail), "suberror %#x%s, data",
		      run->internal.suberror,
		      run->internal.suberror == KVM_INTERNAL_ERROR_CARETAKER ? " (caretaker)" : "");
	for (i = 0; i < run->internal.ndata && i < 6 && at < sizeof(vcpu->detail); i++)
		at += snprintf(vcpu->detail + at, sizeof(vcpu->detail) - at, " %#llx",
			       run->internal.data[i]);
	fail(vcpu, "KVM_EXIT_INTERNAL_ERROR");
}

/* Returns whether to go on */
static bool port_write(struct machine *machine, struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	const char *failed;
	uint32_t value;

	memcpy(&value, (const char *)run + run->io.data_offset, sizeof(value));
	switch (run->io.port) {
	case PORT_BETWEEN:
		if (run->io.size == 4 && value == (vcpu->port_writes + 1) * machine->every) {
			vcpu->port_writes++;
			failed = mode_between(machine, vcpu);
			if (failed)
				fail(vcpu, failed);
			return !failed;
		}
		snprintf(vcpu->detail, sizeof(vcpu->detail), "write %u of %u bytes: %u",
			 vcpu->port_writes, run->io.size, value);
		fail(vcpu, "a port write came with the wrong value");
		return false;
	case PORT_DONE:
		ioctl(vcpu->fd, KVM_GET_REGS, &vcpu->regs);
		return false;
	default:
		fail(vcpu, "the guest saw what it should not");
		return false;
	}
}

/* Registers are set by the thread that runs: KVM binds them to it anyway */
bool machine_run_vcpu(struct machine *machine, struct vcpu *vcpu)
{
	const char *failed;

	vcpu->failure = NULL;
	vcpu->detail[0] = 0;
	vcpu->port_writes = 0;
	vcpu->traced = 0;
	if (machine_set_registers(machine, vcpu)) {
		fail(vcpu, "registers could not be set");
		return false;
	}
	failed = mode_begin(machine, vcpu);
	if (failed) {
		fail(vcpu, failed);
		return false;
	}
	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, 0)) {
			if (errno == EINTR)
				continue;
			snprintf(vcpu->detail, sizeof(vcpu->detail), "%s", strerror(errno));
			fail(vcpu, "KVM_RUN");
			return false;
		}
		switch (vcpu->run->exit_reason) {
		case KVM_EXIT_IO:
			if (!port_write(machine, vcpu))
				return !vcpu->failure;
			break;
		case KVM_EXIT_DEBUG:
			if (vcpu->trace && vcpu->traced < DEBUG_STOPS) {
				vcpu->trace[vcpu->traced++] = vcpu->run->debug.arch.pc;
				break;
			}
			return true;
		case KVM_EXIT_INTERNAL_ERROR:
			internal_error(vcpu);
			return false;
		case KVM_EXIT_SHUTDOWN:
			fail(vcpu, "the guest ended in a triple fault");
			return false;
		default:
			snprintf(vcpu->detail, sizeof(vcpu->detail), "exit reason %u",
				 vcpu->run->exit_reason);
			fail(vcpu, "an exit that the VMM does not know");
			return false;
		}
	}
}

struct work {
	struct machine *machine;
	struct vcpu *vcpu;
};

static void *run_in_thread(void *argument)
{
	struct work *work = argument;

	machine_run_vcpu(work->machine, work->vcpu);
	return NULL;
}

unsigned int machine_run(struct machine *machine)
{
	struct work work[GUEST_MAX_VCPUS];
	pthread_t thread[GUEST_MAX_VCPUS];
	unsigned int i, failed = 0;

	for (i = 0; i < machine->vcpus; i++) {
		work[i] = (struct work){ machine, &machine->vcpu[i] };
		if (pthread_create(&thread[i], NULL, run_in_thread, &work[i])) {
			perror("pthread_create");
			exit(3);
		}
	}
	for (i = 0; i < machine->vcpus; i++) {
		pthread_join(thread[i], NULL);
		failed += machine->vcpu[i].failure != NULL;
	}
	return failed;
}

bool machine_lost_shadow(const struct machine *machine, unsigned int vcpu)
{
	const unsigned char *area = machine_area(machine, vcpu);
	const struct guest_area *head = (const void *)area;
	const struct guest_event *event = (const void *)(area + AREA_LOG);
	const unsigned char sti = 0xfb;
	uint32_t i;

	for (i = 0; i < head->log_count && i < GUEST_MAX_EVENTS; i++)
		if (event[i].vector == IRQ_VECTOR && event[i].rip > GUEST_CODE &&
		    event[i].rip < machine->memory_size &&
		    machine->memory[event[i].rip - 1] == sti)
			return true;
	return false;
}

void machine_destroy(struct machine *machine)
{
	unsigned int i;

	for (i = 0; i < machine->vcpus; i++) {
		struct vcpu *vcpu = &machine->vcpu[i];

		if (vcpu->run && vcpu->run != MAP_FAILED)
			munmap(vcpu->run, machine->run_size);
		close(vcpu->fd);
		free(vcpu->trace);
	}
	if (machine->memory && machine->memory != MAP_FAILED)
		munmap(machine->memory, machine->memory_size);
	if (machine->last_page && machine->last_page != MAP_FAILED)
		munmap(machine->last_page, 4096);
	if (machine->fd >= 0)
		close(machine->fd);
	if (machine->kvm >= 0)
		close(machine->kvm);
	free(machine->cpuid);
}
