/* SPDX-License-Identifier: GPL-2.0-only */
/* A Linux guest that keeps a record of itself, and its VMMs. */
#ifndef TESTS_VM_LINUX_GUEST_H
#define TESTS_VM_LINUX_GUEST_H

#include <linux/kvm.h>
#include <stdbool.h>

#include "linux_record.h"

/* What KVM offers its guests: clocks alone, or all that takes no hypercall */
enum linux_features { LINUX_PV_CLOCK, LINUX_PV_ALL };

struct linux_guest {
	int kvm, vm, memory_fd;
	int vcpu[LINUX_CPUS];
	unsigned int cpus;
	int core[LINUX_CPUS];		/* that they are detached to */
	unsigned char *memory;
	struct kvm_run *run[LINUX_CPUS];
};

/* Those that a keeper keeps */
#define LINUX_FDS	(3 + LINUX_CPUS)

/* All end the program with status 3 if something fails that is not tested */
void linux_new(struct linux_guest *guest, unsigned int cpus, enum linux_features features,
	       const char *kernel, const char *init);
void linux_fds(const struct linux_guest *guest, int fds[LINUX_FDS]);
/* From descriptors: maps memory and each kvm_run, and changes nothing of the VM */
void linux_map(struct linux_guest *guest, const int fds[LINUX_FDS], unsigned int cpus);
/* What the guest has written; NULL if it has not begun */
volatile struct linux_record *linux_record(const struct linux_guest *guest);
/* 0 or the errno */
int linux_adopt(const struct linux_guest *guest);
void linux_close(struct linux_guest *guest);

/*
 * Its vCPUs run, each in a thread of this process, which runs no other guest.  linux_prepare() and linux_detach(): 0 or the errno; they are
 * called while it runs, and after linux_detach() nothing does.
 */
void linux_start(struct linux_guest *guest);
int linux_prepare(void);
int linux_detach(void);
/* Waits for its end: it has reset itself */
bool linux_ended(unsigned int seconds);

#endif
