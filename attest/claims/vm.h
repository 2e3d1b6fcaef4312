/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VMs have a caretaker, and which one: the life of each, through the records in
 * the order of the log.
 */
#ifndef CARETAKER_CLAIMS_VM_H
#define CARETAKER_CLAIMS_VM_H

#include <stddef.h>
#include <stdint.h>

#include <linux/caretaker.h>

#define CLAIMS_VMS_MAX	65536
#define CLAIMS_ALL_VCPUS 0xffffffffu

/* A VM, or a vCPU of it, that has a caretaker */
struct claims_vm {
	struct caretaker_record record;	/* of the install or update, checked */
	unsigned int number;		/* of that record in the IMA log */
};

struct claims_vms {
	struct claims_vm *vm;		/* live */
	size_t vms;
	struct claims_vm *ended;	/* by a caretaker that broke its contract: @number is of that record */
	size_t ended_vms;
};

/*
 * Takes one record, checked, @number of the IMA log.  @wrong: what is impossible in the
 * state of the VM, or untouched.  Return: 0 or -ENOMEM.
 */
int claims_vm_record(struct claims_vms *c, const struct caretaker_record *rec,
		     unsigned int number, const char **wrong);

/* The kernel of all of them is gone */
void claims_vm_end_all(struct claims_vms *c);

void claims_vm_free(struct claims_vms *c);

#endif
