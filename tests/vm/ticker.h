/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that counts in memory that outlives its VMM, and notices if any of it is lost.
 *
 * In each round it adds one to a word in each page of its memory, which must have the number of
 * the round before, counts in the FPU too, reads the ROM, executes CPUID, looks at a register that
 * it set once, and stores the number of the round.  It writes to a port now and then.
 */
#ifndef TESTS_VM_TICKER_H
#define TESTS_VM_TICKER_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TICKER_SLOT		0
#define TICKER_ROM_SLOT		3
#define TICKER_SIZE		0x400000	/* guest memory, from 0 */
#define TICKER_DATA		0x100000	/* pages of it that are counted in, up to its end */
#define TICKER_ROM		0x10000000
#define TICKER_ROM_SIZE		0x10000
#define TICKER_PAGES		((TICKER_SIZE + TICKER_ROM_SIZE) / 4096)
#define TICKER_BYTES		((uint64_t)TICKER_PAGES * 4096)

#define TICKER_VENDOR	0x68747541	/* "Auth" */

/* Where the guest keeps what, and its VMM may look */
struct ticker_head {
	uint32_t round;
	uint32_t quiet;		/* VMM: 1 or 2: write to no port; 4: and no CPUID */
	uint32_t lost;		/* address of the word that had another number */
	uint32_t fpu;		/* what the FPU has counted */
	uint32_t vendor;	/* EBX of CPUID leaf 0, each time: TICKER_VENDOR */
};

/* What KVM writes for the guest; Documentation/virt/kvm/x86/msr.rst */
struct ticker_kvm {
	uint64_t steal;
	uint32_t steal_version;
	uint32_t flags;
	uint8_t preempted;
	uint8_t unused[47];
	uint32_t clock_version;
	uint32_t pad;
	uint64_t tsc, system_time;
};

struct ticker {
	int kvm, vm, vcpu;
	int memory_fd, rom_fd;		/* memfds; -1: anonymous memory */
	unsigned char *memory, *rom;
	struct kvm_run *run;
};

/* All end the program with status 3 if something fails that is not tested */
void ticker_new(struct ticker *ticker, bool anonymous);
/* The same from descriptors: maps memory and kvm_run, and changes nothing of the VM */
void ticker_map(struct ticker *ticker);
void ticker_install(const struct ticker *ticker, const char *payloads);
/* Xen's interface, of the vCPU alone: KVM has an address of the VMM for it */
void ticker_set_xen(const struct ticker *ticker);
/* Nothing is left of it in this process */
void ticker_close(struct ticker *ticker);

struct ticker_head *ticker_head(const struct ticker *ticker);
struct ticker_kvm *ticker_kvm(const struct ticker *ticker);
/* Runs until so many more rounds are done; NULL, or what went wrong */
const char *ticker_run(struct ticker *ticker, unsigned int rounds);

/* KVM_CARETAKER_VM with the name that ticker_install() gave: 0 or the errno */
struct kvm_caretaker_vm_op vm_op_init(unsigned int op, uint64_t flags);
int vm_op(int vm, struct kvm_caretaker_vm_op *op);
int vm_prepare(int vm, uint64_t flags);
int vm_release(int vm);
/* The moves of a ticker, to where it has its memory */
void ticker_moves(const struct ticker *ticker, struct kvm_caretaker_move moves[2]);
int ticker_adopt(const struct ticker *ticker);

/* Pages that somebody has pinned and not unpinned, in the whole machine */
long pages_pinned(void);
/* A line of KVM's debugfs about the one VM that a process has created, if there is one: or -1 */
long vm_stat(int pid, const char *name);

#endif
