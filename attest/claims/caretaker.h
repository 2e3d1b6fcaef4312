/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own records, one by one in the order of the log: which kernels they are
 * of, and which VMs have a caretaker now.  What is kept is bounded by what is alive and by
 * the limits in vm.h and kernel.h, not by the length of the log.
 */
#ifndef CARETAKER_CLAIMS_CARETAKER_H
#define CARETAKER_CLAIMS_CARETAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "claims/chain.h"
#include "claims/kernel.h"
#include "claims/reasons.h"
#include "claims/vm.h"
#include "reader.h"

struct claims_caretaker {
	struct claims_vms life;
	struct claims_kernels kernels;
	uint64_t sequence;	/* of the last record */
	struct claims_chain chain;
	uint64_t refusals;	/* recorded */
	uint64_t dropped;	/* refusals that were not recorded */
	uint32_t without;	/* VMs without caretaker, at the last record of a VM */
	bool counted;		/* the kernel that runs made such a record */
	bool broken;		/* a record did not fit: nothing here can be believed */
};

/*
 * Takes one record.  @name: "caretaker-install" ...; @buffer: its bytes; @number: of
 * the IMA record.  A record that is malformed, out of sequence, not chained to the one
 * before it, before its kernel's statement, or impossible in the state that those before
 * it left adds a reason and sets @broken.
 * Return: 0 or -ENOMEM.
 */
int claims_caretaker_record(struct claims_caretaker *c, struct view name, struct view buffer,
			    unsigned int number, struct reasons *why);

/* Takes a command line that IMA's own rule recorded at the load of a kernel.  0 or -ENOMEM. */
int claims_caretaker_line(struct claims_caretaker *c, struct view text, unsigned int number,
			  struct reasons *why);

/* By IMA's records a kernel ended by kexec, or another one started */
void claims_caretaker_left(struct claims_caretaker *c, unsigned int number, struct reasons *why);
void claims_caretaker_started(struct claims_caretaker *c, unsigned int number,
			      struct reasons *why);

/* The log has ended: what is still owed is a reason, and the live VMs are listed.  0 or -ENOMEM. */
int claims_caretaker_end(struct claims_caretaker *c, struct reasons *why);

void claims_caretaker_free(struct claims_caretaker *c);

#endif
