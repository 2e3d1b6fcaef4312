// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the emulator leave an event in EXITINTINFO that is long delivered?
 *
 * A guest without a caretaker divides by zero, handles that, and writes to a device.  QEMU 7.2
 * clears the valid bit of the event alone, and svm_check_emulate_instruction() of KVM
 * looks at the type without it: the write is taken for one in the middle of a delivery, and
 * the guest ends with KVM_INTERNAL_ERROR_DELIVERY_EV.  AMD64 manual, volume 2, 15.7.2.
 *
 * Exit status: 0 the device was written to, 1 the guest was ended so, 3 neither.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/kvm.h>

#include "trial.h"

#define MEMORY	0x10000
#define CODE	0x1000
#define HANDLER	0x1100	/* of #DE, entry 0 of the vectors at 0 */

/* 16-bit, real mode */
static const unsigned char code[] = {
	0xb8, 0x00, 0xb8,	/* mov  $0xb800,%ax: no memory there */
	0x8e, 0xd8,		/* mov  %ax,%ds */
	0x31, 0xc9,		/* xor  %cx,%cx */
	0xf6, 0xf1,		/* div  %cl */
	0xa2, 0x00, 0x00,	/* mov  %al,0 */
};

/* Goes on behind the division */
static const unsigned char handler[] = {
	0x55,			/* push %bp */
	0x89, 0xe5,		/* mov  %sp,%bp */
	0x83, 0x46, 0x02, 0x02,	/* addw $2,2(%bp) */
	0x5d,			/* pop  %bp */
	0xcf,			/* iret */
};

static void load(struct vm *vm, unsigned char *memory)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = MEMORY, .userspace_addr = (unsigned long)memory,
	};
	struct kvm_regs regs = { .rip = CODE, .rsp = MEMORY / 2, .rflags = 2 };
	struct kvm_sregs sregs;

	memcpy(memory, &(uint32_t){ HANDLER }, sizeof(uint32_t));
	memcpy(memory + CODE, code, sizeof(code));
	memcpy(memory + HANDLER, handler, sizeof(handler));
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) ||
	    ioctl(vm->vcpu, KVM_GET_SREGS, &sregs))
		die("the guest's memory");
	sregs.cs.base = sregs.ss.base = 0;
	sregs.cs.selector = sregs.ss.selector = 0;
	if (ioctl(vm->vcpu, KVM_SET_SREGS, &sregs) || ioctl(vm->vcpu, KVM_SET_REGS, &regs))
		die("the guest's registers");
}

/* Runs that guest: the exit reason, or 0 if it was ended because of the event */
static unsigned int guest(void)
{
	struct vm vm = vm_new();
	unsigned char *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t size = ioctl(vm.kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vm.vcpu, 0);
	unsigned int reason;

	if (memory == MAP_FAILED || run == MAP_FAILED)
		die("mmap");
	load(&vm, memory);
	if (ioctl(vm.vcpu, KVM_RUN, 0))
		die("KVM_RUN");
	reason = run->exit_reason;
	if (reason == KVM_EXIT_INTERNAL_ERROR &&
	    run->internal.suberror == KVM_INTERNAL_ERROR_DELIVERY_EV)
		reason = 0;
	munmap(run, size);
	munmap(memory, MEMORY);
	vm_end(&vm);
	return reason;
}

int main(void)
{
	unsigned int i, reason;

	/* Where an interrupt of the host comes in between there is nothing to see */
	for (i = 0; i < 20; i++) {
		reason = guest();
		if (!reason) {
			puts("an event that was delivered is left in EXITINTINFO");
			return 1;
		}
		if (reason != KVM_EXIT_MMIO) {
			printf("exit reason %u\n", reason);
			return 3;
		}
	}
	puts("an event that was delivered is gone");
	return 0;
}
