/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The caretaker's own records: read one by one in the order of the log, they tell
 * which VMs have a caretaker now, and which one.
 */
#ifndef CARETAKER_CLAIMS_CARETAKER_H
#define CARETAKER_CLAIMS_CARETAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/caretaker.h>

#include "reader.h"
#include "claims/reasons.h"

#define CLAIMS_VMS_MAX	65536
#define CLAIMS_ALL_VCPUS 0xffffffffu

/* A VM, or a vCPU of it, that has a caretaker */
struct claims_vm {
	struct caretaker_record record;	/* of the install or update, checked */
	unsigned int number;		/* of that record in the IMA log */
};

struct claims_caretaker {
	struct claims_vm *vm;
	size_t vms;
	uint64_t sequence;	/* of the last record */
	uint64_t refusals;	/* recorded */
	uint64_t dropped;	/* refusals that were not recorded */
	bool broken;		/* a record did not fit: nothing here can be believed */
};

/* Does @name claim to be one of ours? */
bool claims_caretaker_is_name(struct view name);

/*
 * Takes one record.  @name: "caretaker-install" ...; @buffer: struct
 * caretaker_record; @number: of the IMA record.  A record that is malformed, out
 * of sequence or impossible in the VM's state adds a reason and sets @broken.
 * Return: 0 or -ENOMEM.
 */
int claims_caretaker_record(struct claims_caretaker *c, struct view name, struct view buffer,
			    unsigned int number, struct reasons *why);

void claims_caretaker_free(struct claims_caretaker *c);

#endif
