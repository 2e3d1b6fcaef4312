/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VMs have a caretaker, and which one: the life of each, through the records in
 * the order of the log.
 *
 * Memory is bounded by the VMs that are there, about 0.7 KiB for each caretaker, and not
 * by the length of the log; time for each record grows with the logarithm of their number.
 */
#ifndef CARETAKER_CLAIMS_VM_H
#define CARETAKER_CLAIMS_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/caretaker_record.h>

#include "claims/detached.h"

#define CLAIMS_VMS_MAX	65536	/* caretakers at a time, and VMs that had one */
#define CLAIMS_ENDED_MAX 1024	/* VMs that their caretaker ended, in a verdict */
#define CLAIMS_ALL_VCPUS 0xffffffffu

enum claims_vm_state {
	CLAIMS_VM_LIVE,
	CLAIMS_VM_WITHOUT,	/* its last caretaker was removed: what has not left it yet may break */
	CLAIMS_VM_ENDED,	/* by a caretaker that broke its contract: it does not run again */
};

/* A VM, or a vCPU of it, that has a caretaker; or, until it is torn down, a VM that had one */
struct claims_vm {
	struct caretaker_record record;	/* of the install or update, or what came last; checked */
	unsigned int number;		/* of that record in the IMA log */
	unsigned int since;		/* number of the install */
	enum claims_vm_state state;
};

/* For people: a caretaker broke its contract, and so the VM was ended */
struct claims_ended {
	uint64_t vm;
	unsigned char vm_id[16];
	char name[CARETAKER_NAME_LEN];
	unsigned int number;
};

struct claims_vms {
	struct claims_vm **vm;		/* live, in the order of their installs: claims_vm_list() */
	size_t vms;			/* live */
	size_t followed;		/* of any state */
	struct claims_detached_set detached;	/* of those that are live */
	void *by_place, *by_id;		/* of those; tsearch(3) */
	struct claims_ended *ended;	/* since the last reset */
	size_t ended_vms;		/* more than CLAIMS_ENDED_MAX are counted, not kept */
};

/* No install can be followed any more */
bool claims_vm_full(const struct claims_vms *c);

/*
 * Takes one record, checked, @number of the IMA log; an install only if there is room.
 * @wrong: what is impossible in the state of the VM, or untouched.  Return: 0 or -ENOMEM.
 */
int claims_vm_record(struct claims_vms *c, const struct caretaker_record *rec,
		     unsigned int number, const char **wrong);

/* The kernel of all of them is gone */
void claims_vm_end_all(struct claims_vms *c);

/* Fills @c->vm and the list of what is detached, behind the last record.  0 or -ENOMEM. */
int claims_vm_list(struct claims_vms *c);

void claims_vm_free(struct claims_vms *c);

#endif
