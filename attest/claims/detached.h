/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which vCPUs are detached: they run on a core that the host has given away, and KVM and its VMM
 * do not.  Part of a VM's life; see vm.h.
 */
#ifndef CARETAKER_CLAIMS_DETACHED_H
#define CARETAKER_CLAIMS_DETACHED_H

#include <stddef.h>
#include <stdint.h>

#define CLAIMS_DETACHED_MAX	65536	/* at a time, of all VMs: each needs a core */

/* A vCPU that is detached */
struct claims_detached {
	uint64_t vm;
	uint32_t vcpu;
	unsigned int number;		/* of the record in the IMA log */
};

struct claims_detached_set {
	void *tree;			/* by VM and vCPU; tsearch(3) */
	size_t count;
	struct claims_detached *list;	/* in that order: claims_detached_list() */
};

/* Again is no mistake: what came between may have had no record.  0, -ENOMEM, or -E2BIG if there is no room. */
int claims_detached_add(struct claims_detached_set *s, uint64_t vm, uint32_t vcpu, unsigned int number);

/* Attached; or it was not detached */
void claims_detached_drop(struct claims_detached_set *s, uint64_t vm, uint32_t vcpu);

/* All of a VM that is gone */
void claims_detached_drop_vm(struct claims_detached_set *s, uint64_t vm);

/* Fills @s->list, behind the last record.  0 or -ENOMEM. */
int claims_detached_list(struct claims_detached_set *s);

/* Those of @vm in that list: @count gets how many */
const struct claims_detached *claims_detached_of(const struct claims_detached_set *s, uint64_t vm,
						 size_t *count);

void claims_detached_free(struct claims_detached_set *s);

#endif
