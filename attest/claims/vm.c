// SPDX-License-Identifier: GPL-2.0-only
/* Follows the life of each VM's caretaker; see vm.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "claims/vm.h"

static struct claims_vm *find(struct claims_vms *c, const struct caretaker_record *rec)
{
	for (size_t i = 0; i < c->vms; i++)
		if (c->vm[i].record.vm == rec->vm && c->vm[i].record.vcpu == rec->vcpu)
			return &c->vm[i];
	return NULL;
}

/* One that serves all vCPUs and one that serves a single one exclude each other */
static bool occupied(const struct claims_vms *c, const struct caretaker_record *rec)
{
	for (size_t i = 0; i < c->vms; i++)
		if (c->vm[i].record.vm == rec->vm &&
		    (c->vm[i].record.vcpu == rec->vcpu ||
		     c->vm[i].record.vcpu == CLAIMS_ALL_VCPUS || rec->vcpu == CLAIMS_ALL_VCPUS))
			return true;
	return false;
}

/* The kernel draws an identity for each VM: another one for this, or this for another? */
static bool confused(const struct claims_vms *c, const struct caretaker_record *rec)
{
	for (size_t i = 0; i < c->vms; i++)
		if ((c->vm[i].record.vm == rec->vm) !=
		    !memcmp(c->vm[i].record.vm_id, rec->vm_id, sizeof(rec->vm_id)))
			return true;
	return false;
}

static void drop(struct claims_vms *c, struct claims_vm *vm)
{
	size_t index = (size_t)(vm - c->vm);

	memmove(vm, vm + 1, (c->vms - index - 1) * sizeof(*vm));
	c->vms--;
}

static bool drop_all(struct claims_vms *c, uint64_t serial)
{
	bool any = false;

	for (size_t i = c->vms; i-- > 0;) {
		if (c->vm[i].record.vm != serial)
			continue;
		drop(c, &c->vm[i]);
		any = true;
	}
	return any;
}

static int append(struct claims_vm **list, size_t *count, const struct caretaker_record *rec,
		  unsigned int number, const char **wrong)
{
	struct claims_vm *grown;

	if (*count == CLAIMS_VMS_MAX) {
		*wrong = "more VMs than this verifier follows";
		return 0;
	}
	grown = reallocarray(*list, *count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[(*count)++] = (struct claims_vm){ .record = *rec, .number = number };
	return 0;
}

static bool has_ended(const struct claims_vms *c, const struct caretaker_record *rec)
{
	for (size_t i = 0; i < c->ended_vms; i++)
		if (c->ended[i].record.vm == rec->vm)
			return true;
	return false;
}

/* The VM does not run again, though it is there; each of its vCPUs may tell */
static int end(struct claims_vms *c, const struct caretaker_record *rec, unsigned int number,
	       const char **wrong)
{
	if (drop_all(c, rec->vm))
		return append(&c->ended, &c->ended_vms, rec, number, wrong);
	if (!has_ended(c, rec))
		*wrong = "a contract was broken where no caretaker was";
	return 0;
}

static int install(struct claims_vms *c, const struct caretaker_record *rec,
		   unsigned int number, const char **wrong)
{
	if (occupied(c, rec))
		*wrong = "the VM has a caretaker already";
	else if (has_ended(c, rec))
		*wrong = "the VM was ended";
	else
		return append(&c->vm, &c->vms, rec, number, wrong);
	return 0;
}

int claims_vm_record(struct claims_vms *c, const struct caretaker_record *rec,
		     unsigned int number, const char **wrong)
{
	struct claims_vm *vm = find(c, rec);

	if (rec->vm && confused(c, rec)) {
		*wrong = "the VM's number and its drawn identity are of two VMs";
		return 0;
	}
	switch (rec->h.event) {
	case CARETAKER_RECORD_INSTALL:
		return install(c, rec, number, wrong);
	case CARETAKER_RECORD_UPDATE:
		if (vm)
			*vm = (struct claims_vm){ .record = *rec, .number = number };
		else
			*wrong = "an update where no caretaker was";
		return 0;
	case CARETAKER_RECORD_REMOVE:
		if (vm)
			drop(c, vm);
		else
			*wrong = "a removal where no caretaker was";
		return 0;
	case CARETAKER_RECORD_TEARDOWN:
		drop_all(c, rec->vm);
		return 0;
	case CARETAKER_RECORD_BREAK:
		return end(c, rec, number, wrong);
	case CARETAKER_RECORD_REFUSE:
		return 0;
	default:
		/* Detach and adopt: what comes after is not under this kernel's log */
		*wrong = "an event that this verifier does not follow yet";
		return 0;
	}
}

void claims_vm_end_all(struct claims_vms *c)
{
	c->vms = 0;
}

void claims_vm_free(struct claims_vms *c)
{
	free(c->vm);
	free(c->ended);
	memset(c, 0, sizeof(*c));
}
