// SPDX-License-Identifier: GPL-2.0-only
/* A guest that counts in memory that outlives its VMM: see ticker.h. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ticker.h"
#include "trial.h"

#define HEAD		0x2000
#define OF_KVM		0x3000
#define CODE		0x8000
#define PORT_TICK	0x10
#define PORT_LOST	0x11
#define ROM_WORD	0x524f4d21

extern const unsigned char ticker_code[], ticker_code_end[];

/* 32-bit, flat, without paging; a tick every 64 rounds */
asm(".pushsection .rodata\n"
    ".code32\n"
    ".globl ticker_code\n"
    "ticker_code:\n"
    "	movl	$0x5eed5eed, %esi\n"
    "	xorl	%ebp, %ebp\n"
    "	fninit\n"
    "	fldz\n"
    "	fld1\n"
    "1:	incl	%ebp\n"
    "	fadd	%st, %st(1)\n"
    "	fld	%st(1)\n"
    "	movl	$0x200c, %edi\n"
    "	fistpl	(%edi)\n"
    "	cmpl	%ebp, (%edi)\n"
    "	jne	3f\n"
    "	movl	$0x100000, %edi\n"
    "2:	movl	(%edi), %eax\n"
    "	incl	%eax\n"
    "	cmpl	%ebp, %eax\n"
    "	jne	3f\n"
    "	movl	%eax, (%edi)\n"
    "	addl	$4096, %edi\n"
    "	cmpl	$0x400000, %edi\n"
    "	jb	2b\n"
    "	movl	$0x10008000, %edi\n"
    "	cmpl	$0x524f4d21, (%edi)\n"
    "	jne	3f\n"
    "	testl	$4, 0x2004\n"
    "	jnz	4f\n"
    "	xorl	%eax, %eax\n"
    "	cpuid\n"
    "	movl	%ebx, 0x2010\n"
    "4:	movl	$0x2000, %edi\n"
    "	cmpl	$0x5eed5eed, %esi\n"
    "	jne	3f\n"
    "	movl	%ebp, (%edi)\n"
    "	testl	$63, %ebp\n"
    "	jnz	1b\n"
    "	testl	$3, 4(%edi)\n"
    "	jnz	1b\n"
    "	movl	%ebp, %eax\n"
    "	outl	%eax, $0x10\n"
    "	jmp	1b\n"
    "3:	movl	%edi, 0x2008\n"
    "	outl	%eax, $0x11\n"
    "	hlt\n"
    ".globl ticker_code_end\n"
    "ticker_code_end:\n"
    ".code64\n"
    ".popsection\n");

static int memory_file(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, size))
		die("memfd_create");
	return fd;
}

static void *map(int fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void set_slot(int vm, uint32_t slot, uint32_t flags, uint64_t gpa, void *at, size_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)at,
	};

	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
}

static void set_registers(int vcpu)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;
	struct kvm_segment flat = {
		.limit = 0xffffffff, .selector = 0x10, .type = 3, .present = 1, .s = 1, .db = 1,
		.g = 1,
	};

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.ds = flat;
	sregs.es = flat;
	sregs.ss = flat;
	sregs.fs = flat;
	sregs.gs = flat;
	flat.selector = 8;
	flat.type = 0xb;
	sregs.cs = flat;
	sregs.cr0 |= 1;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		die("registers");
}

/* One leaf, by which the guest knows that it was answered: an AMD's */
static void set_cpuid(int vcpu)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry;
	} cpuid = {
		.head.nent = 1,
		.entry = { .ebx = TICKER_VENDOR, .edx = 0x69746e65, .ecx = 0x444d4163 },
	};

	if (ioctl(vcpu, KVM_SET_CPUID2, &cpuid))
		die("KVM_SET_CPUID2");
}

/* KVM has addresses of the VMM for these */
static void set_clocks(int vcpu)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[2];
	} msrs = {
		.head.nmsrs = 2,
		.entry = {
			{ .index = 0x4b564d03, .data = OF_KVM | 1 },		/* steal time */
			{ .index = 0x4b564d01, .data = (OF_KVM + 64) | 1 },	/* clock */
		},
	};

	if (ioctl(vcpu, KVM_SET_MSRS, &msrs) != 2)
		die("KVM_SET_MSRS");
}

void ticker_map(struct ticker *ticker)
{
	int size = ioctl(ticker->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	ticker->memory = map(ticker->memory_fd, TICKER_SIZE);
	ticker->rom = map(ticker->rom_fd, TICKER_ROM_SIZE);
	if (size < 0)
		die("KVM_GET_VCPU_MMAP_SIZE");
	ticker->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ticker->vcpu, 0);
	if (ticker->run == MAP_FAILED)
		die("mmap of kvm_run");
}

void ticker_new(struct ticker *ticker, bool anonymous)
{
	struct kvm_enable_cap apics = { .cap = KVM_CAP_SPLIT_IRQCHIP };
	uint32_t rom = ROM_WORD;

	ticker->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (ticker->kvm < 0)
		die("/dev/kvm");
	ticker->vm = ioctl(ticker->kvm, KVM_CREATE_VM, 0);
	if (ticker->vm < 0 || ioctl(ticker->vm, KVM_ENABLE_CAP, &apics))
		die("KVM_CREATE_VM");
	ticker->vcpu = ioctl(ticker->vm, KVM_CREATE_VCPU, 0);
	if (ticker->vcpu < 0)
		die("KVM_CREATE_VCPU");
	ticker->memory_fd = anonymous ? -1 : memory_file("guest", TICKER_SIZE);
	ticker->rom_fd = anonymous ? -1 : memory_file("rom", TICKER_ROM_SIZE);
	ticker_map(ticker);
	memcpy(ticker->memory + CODE, ticker_code, ticker_code_end - ticker_code);
	memcpy(ticker->rom + 0x8000, &rom, sizeof(rom));
	set_slot(ticker->vm, TICKER_SLOT, 0, 0, ticker->memory, TICKER_SIZE);
	set_slot(ticker->vm, TICKER_ROM_SLOT, KVM_MEM_READONLY, TICKER_ROM, ticker->rom,
		 TICKER_ROM_SIZE);
	set_cpuid(ticker->vcpu);
	set_registers(ticker->vcpu);
	set_clocks(ticker->vcpu);
}

void ticker_install(const struct ticker *ticker, const char *payloads)
{
	int error = install_payload(ticker->vm, payloads, "good", KVM_CARETAKER_MIN_ENCODINGS);

	if (error) {
		errno = error;
		die("KVM_SET_CARETAKER");
	}
}

void ticker_set_xen(const struct ticker *ticker)
{
	struct kvm_xen_vcpu_attr info = {
		.type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO_HVA,
		.u.hva = (uintptr_t)ticker->memory + OF_KVM + 1024,
	};

	if (ioctl(ticker->vcpu, KVM_XEN_VCPU_SET_ATTR, &info))
		die("KVM_XEN_VCPU_SET_ATTR");
}

void ticker_close(struct ticker *ticker)
{
	munmap(ticker->run, ioctl(ticker->kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	munmap(ticker->memory, TICKER_SIZE);
	munmap(ticker->rom, TICKER_ROM_SIZE);
	close(ticker->vcpu);
	close(ticker->vm);
	close(ticker->kvm);
	if (ticker->memory_fd >= 0) {
		close(ticker->memory_fd);
		close(ticker->rom_fd);
	}
}

struct ticker_head *ticker_head(const struct ticker *ticker)
{
	return (void *)(ticker->memory + HEAD);
}

struct ticker_kvm *ticker_kvm(const struct ticker *ticker)
{
	return (void *)(ticker->memory + OF_KVM);
}

/* An OUT is over once the vCPU runs again, whoever has seen it */
const char *ticker_run(struct ticker *ticker, unsigned int rounds)
{
	static char why[100];
	uint32_t first = 0, value;
	bool begun = false;

	for (;;) {
		if (ioctl(ticker->vcpu, KVM_RUN, 0)) {
			if (errno == EINTR)
				continue;
			return strerrorname_np(errno);
		}
		if (ticker->run->exit_reason != KVM_EXIT_IO) {
			snprintf(why, sizeof(why), "exit reason %u", ticker->run->exit_reason);
			return why;
		}
		memcpy(&value, (char *)ticker->run + ticker->run->io.data_offset, sizeof(value));
		if (ticker->run->io.port == PORT_LOST) {
			snprintf(why, sizeof(why), "lost: the guest found %#x", value);
			return why;
		}
		if (!begun)
			first = value;
		begun = true;
		if (value - first >= rounds)
			return NULL;
	}
}

struct kvm_caretaker_vm_op vm_op_init(unsigned int op, uint64_t flags)
{
	struct kvm_caretaker_vm_op arg = { .size = sizeof(arg), .op = op, .flags = flags };

	if (op == KVM_CARETAKER_VM_PREPARE || op == KVM_CARETAKER_VM_ADOPT)
		memcpy(arg.vmm_id, "trial", 5);
	return arg;
}

int vm_op(int vm, struct kvm_caretaker_vm_op *op)
{
	return ioctl(vm, KVM_CARETAKER_VM, op) ? errno : 0;
}

int vm_prepare(int vm, uint64_t flags)
{
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_PREPARE, flags);

	return vm_op(vm, &op);
}

int vm_release(int vm)
{
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_RELEASE, 0);

	return vm_op(vm, &op);
}

void ticker_moves(const struct ticker *ticker, struct kvm_caretaker_move moves[2])
{
	moves[0] = (struct kvm_caretaker_move){
		.slot = TICKER_SLOT, .userspace_addr = (uintptr_t)ticker->memory,
	};
	moves[1] = (struct kvm_caretaker_move){
		.slot = TICKER_ROM_SLOT, .userspace_addr = (uintptr_t)ticker->rom,
	};
}

int ticker_adopt(const struct ticker *ticker)
{
	struct kvm_caretaker_vm_op op = vm_op_init(KVM_CARETAKER_VM_ADOPT, 0);
	struct kvm_caretaker_move moves[2];

	ticker_moves(ticker, moves);
	op.moves = (uintptr_t)moves;
	op.nr_moves = 2;
	return vm_op(ticker->vm, &op);
}

long pages_pinned(void)
{
	int refresh = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	long value, acquired = 0, released = 0;
	char name[64];
	FILE *file;

	/* Each CPU has a part of the numbers */
	if (refresh < 0 || write(refresh, "1", 1) != 1)
		die("/proc/sys/vm/stat_refresh");
	close(refresh);
	file = fopen("/proc/vmstat", "r");
	if (!file)
		die("/proc/vmstat");
	while (fscanf(file, "%63s %ld", name, &value) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = value;
		else if (!strcmp(name, "nr_foll_pin_released"))
			released = value;
	}
	fclose(file);
	return acquired - released;
}

long vm_stat(int pid, const char *name)
{
	char pattern[128];
	glob_t found;
	long value = -1;
	FILE *file;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/debug/kvm/%d-*/%s", pid, name);
	if (glob(pattern, 0, NULL, &found))
		return -1;
	file = found.gl_pathc == 1 ? fopen(found.gl_pathv[0], "r") : NULL;
	if (file) {
		if (fscanf(file, "%ld", &value) != 1)
			value = -1;
		fclose(file);
	}
	globfree(&found);
	return value;
}
