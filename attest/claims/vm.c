// SPDX-License-Identifier: GPL-2.0-only
/*
 * Follows the life of each VM's caretaker; see vm.h.
 *
 * A host may present millions of records.  So VMs are in two trees: by the number and
 * vCPU, and by the identity that the kernel drew.  A number has one identity and the
 * reverse (confused()), so each order is one of all entries.  The record comes first in
 * struct claims_vm: a pointer to either is a key.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "claims/vm.h"

static int same_vm(const void *a, const void *b)
{
	const struct caretaker_record *x = a, *y = b;

	return x->vm < y->vm ? -1 : x->vm > y->vm;
}

static int same_vcpu(const void *a, const void *b)
{
	const struct caretaker_record *x = a, *y = b;

	return x->vcpu < y->vcpu ? -1 : x->vcpu > y->vcpu;
}

static int same_id(const void *a, const void *b)
{
	const struct caretaker_record *x = a, *y = b;

	return memcmp(x->vm_id, y->vm_id, sizeof(x->vm_id));
}

static int same_place(const void *a, const void *b)
{
	int order = same_vm(a, b);

	return order ? order : same_vcpu(a, b);
}

static int same_id_and_vcpu(const void *a, const void *b)
{
	int order = same_id(a, b);

	return order ? order : same_vcpu(a, b);
}

/* Any entry that is the same; same_vm() and same_id() are coarser than the order of their tree */
static struct claims_vm *find(void *const *tree, const struct caretaker_record *rec,
			      int (*same)(const void *a, const void *b))
{
	struct claims_vm *const *node = tfind(rec, tree, same);

	return node ? *node : NULL;
}

static struct claims_vm *live(const struct claims_vms *c, const struct caretaker_record *rec)
{
	struct claims_vm *vm = find(&c->by_place, rec, same_place);

	return vm && vm->state == CLAIMS_VM_LIVE ? vm : NULL;
}

/* One that serves all vCPUs and one that serves a single one exclude each other */
static bool occupied(const struct claims_vms *c, const struct caretaker_record *rec)
{
	struct caretaker_record all = *rec;

	all.vcpu = CLAIMS_ALL_VCPUS;
	return find(&c->by_place, rec, rec->vcpu == CLAIMS_ALL_VCPUS ? same_vm : same_place) ||
	       find(&c->by_place, &all, same_place);
}

/* The kernel draws an identity for each VM: another one for this, or this for another? */
static bool confused(const struct claims_vms *c, const struct caretaker_record *rec)
{
	const struct claims_vm *vm = find(&c->by_place, rec, same_vm);
	const struct claims_vm *drawn = find(&c->by_id, rec, same_id);

	return (vm && same_id(vm, rec)) || (drawn && same_vm(drawn, rec));
}

/* A VM that has no caretaker any more has one entry; NULL for any other */
static struct claims_vm *past(const struct claims_vms *c, const struct caretaker_record *rec)
{
	struct claims_vm *vm = find(&c->by_place, rec, same_vm);

	return vm && vm->state != CLAIMS_VM_LIVE ? vm : NULL;
}

/*
 * What the kernel had begun when the caretaker broke its contract may be recorded after
 * that, and changes nothing: the VM does not run again.
 */
static bool too_late(const struct claims_vms *c, const struct caretaker_record *rec)
{
	const struct claims_vm *vm = past(c, rec);

	if (!vm || vm->state != CLAIMS_VM_ENDED)
		return false;
	switch (rec->h.event) {
	case CARETAKER_RECORD_INSTALL:
	case CARETAKER_RECORD_UPDATE:
	case CARETAKER_RECORD_REMOVE:
	case CARETAKER_RECORD_DETACH:
	case CARETAKER_RECORD_ATTACH:
	case CARETAKER_RECORD_BREAK:
		return true;
	default:
		return false;
	}
}

static int add(struct claims_vms *c, const struct caretaker_record *rec, unsigned int number,
	       enum claims_vm_state state)
{
	struct claims_vm *vm = malloc(sizeof(*vm));

	if (!vm)
		return -ENOMEM;
	*vm = (struct claims_vm){ .record = *rec, .number = number, .since = number, .state = state };
	if (!tsearch(vm, &c->by_place, same_place)) {
		free(vm);
		return -ENOMEM;
	}
	if (!tsearch(vm, &c->by_id, same_id_and_vcpu)) {
		tdelete(vm, &c->by_place, same_place);
		free(vm);
		return -ENOMEM;
	}
	c->followed++;
	c->vms += state == CLAIMS_VM_LIVE;
	return 0;
}

static void drop(struct claims_vms *c, struct claims_vm *vm)
{
	tdelete(vm, &c->by_place, same_place);
	tdelete(vm, &c->by_id, same_id_and_vcpu);
	c->followed--;
	c->vms -= vm->state == CLAIMS_VM_LIVE;
	free(vm);
}

static void drop_all(struct claims_vms *c, const struct caretaker_record *rec)
{
	struct claims_vm *vm;

	while ((vm = find(&c->by_place, rec, same_vm)))
		drop(c, vm);
	claims_detached_drop_vm(&c->detached, rec->vm);
}

static int keep_ended(struct claims_vms *c, const struct caretaker_record *rec,
		      unsigned int number)
{
	struct claims_ended *e;

	if (c->ended_vms++ >= CLAIMS_ENDED_MAX)
		return 0;
	e = reallocarray(c->ended, c->ended_vms, sizeof(*e));
	if (!e) {
		c->ended_vms--;
		return -ENOMEM;
	}
	c->ended = e;
	e += c->ended_vms - 1;
	*e = (struct claims_ended){ .vm = rec->vm, .number = number };
	memcpy(e->vm_id, rec->vm_id, sizeof(e->vm_id));
	memcpy(e->name, rec->name, sizeof(e->name));
	return 0;
}

/* The VM does not run again, though it is there */
static int end(struct claims_vms *c, const struct caretaker_record *rec, unsigned int number,
	       const char **wrong)
{
	int rc;

	if (!find(&c->by_place, rec, same_vm)) {
		*wrong = "a contract was broken where no caretaker was";
		return 0;
	}
	drop_all(c, rec);
	rc = add(c, rec, number, CLAIMS_VM_ENDED);
	return rc ? rc : keep_ended(c, rec, number);
}

static int install(struct claims_vms *c, const struct caretaker_record *rec,
		   unsigned int number, const char **wrong)
{
	struct claims_vm *without = past(c, rec);

	if (without)
		drop(c, without);
	else if (occupied(c, rec))
		*wrong = "the VM has a caretaker already";
	return *wrong ? 0 : add(c, rec, number, CLAIMS_VM_LIVE);
}

/* Recorded before it is done: until then the caretaker may break its contract */
static int forget(struct claims_vms *c, const struct caretaker_record *rec, unsigned int number,
		  struct claims_vm *vm)
{
	drop(c, vm);
	/* None is, but an attach may have had no record */
	claims_detached_drop_vm(&c->detached, rec->vm);
	return find(&c->by_place, rec, same_vm) ? 0 : add(c, rec, number, CLAIMS_VM_WITHOUT);
}

/* What runs, and how; who asked for it, and when, is another matter */
static bool same_caretaker(const struct caretaker_record *a, const struct caretaker_record *b)
{
	return a->mode == b->mode && a->flags == b->flags && a->payload_abi == b->payload_abi &&
	       a->svn == b->svn && a->mandatory == b->mandatory && a->optional == b->optional &&
	       a->digest_alg == b->digest_alg && a->digest_len == b->digest_len &&
	       !memcmp(a->digest, b->digest, sizeof(a->digest)) &&
	       a->keyring == b->keyring &&
	       !memcmp(a->signer_key, b->signer_key, sizeof(a->signer_key)) &&
	       !memcmp(a->name, b->name, sizeof(a->name)) &&
	       !memcmp(a->version, b->version, sizeof(a->version));
}

/* The VM goes on with another VMM, and with the caretaker that it had */
static void adopt(const struct caretaker_record *rec, unsigned int number, struct claims_vm *vm,
		  const char **wrong)
{
	if (!vm || rec->vcpu != CLAIMS_ALL_VCPUS) {
		*wrong = "an adoption of a VM that has no caretaker for all of its vCPUs";
	} else if (!same_caretaker(&vm->record, rec)) {
		*wrong = "an adoption with another caretaker than the VM has";
	} else {
		vm->record = *rec;
		vm->number = number;
	}
}

/* A vCPU goes on without KVM and VMM, or is KVM's again */
static int move_vcpu(struct claims_vms *c, const struct caretaker_record *rec, unsigned int number,
		     const char **wrong)
{
	struct caretaker_record all = *rec;
	const struct claims_vm *vm;
	int rc;

	all.vcpu = CLAIMS_ALL_VCPUS;
	vm = live(c, &all);
	if (!vm || rec->vcpu == CLAIMS_ALL_VCPUS) {
		*wrong = "a vCPU was detached or attached where no caretaker was for all of them";
	} else if (!same_caretaker(&vm->record, rec)) {
		*wrong = "a vCPU was detached or attached with another caretaker than the VM has";
	} else if (rec->h.event == CARETAKER_RECORD_ATTACH) {
		claims_detached_drop(&c->detached, rec->vm, rec->vcpu);
	} else {
		rc = claims_detached_add(&c->detached, rec->vm, rec->vcpu, number);
		if (rc != -E2BIG)
			return rc;
		*wrong = "more vCPUs are detached than a verifier follows";
	}
	return 0;
}

bool claims_vm_full(const struct claims_vms *c)
{
	return c->followed >= CLAIMS_VMS_MAX;
}

int claims_vm_record(struct claims_vms *c, const struct caretaker_record *rec,
		     unsigned int number, const char **wrong)
{
	struct claims_vm *vm = live(c, rec);

	if (rec->vm && confused(c, rec)) {
		*wrong = "the VM's number and its drawn identity are of two VMs";
		return 0;
	}
	if (too_late(c, rec))
		return 0;
	switch (rec->h.event) {
	case CARETAKER_RECORD_INSTALL:
		return install(c, rec, number, wrong);
	case CARETAKER_RECORD_UPDATE:
		if (vm) {
			vm->record = *rec;
			vm->number = number;
		} else {
			*wrong = "an update where no caretaker was";
		}
		return 0;
	case CARETAKER_RECORD_REMOVE:
		if (vm)
			return forget(c, rec, number, vm);
		*wrong = "a removal where no caretaker was";
		return 0;
	case CARETAKER_RECORD_TEARDOWN:
		drop_all(c, rec);
		return 0;
	case CARETAKER_RECORD_BREAK:
		return end(c, rec, number, wrong);
	case CARETAKER_RECORD_ADOPT:
		adopt(rec, number, vm, wrong);
		return 0;
	case CARETAKER_RECORD_DETACH:
	case CARETAKER_RECORD_ATTACH:
		return move_vcpu(c, rec, number, wrong);
	case CARETAKER_RECORD_REFUSE:
		return 0;
	default:
		*wrong = "an event that this verifier does not follow yet";
		return 0;
	}
}

static void not_owned(void *vm)
{
	(void)vm;
}

void claims_vm_end_all(struct claims_vms *c)
{
	tdestroy(c->by_id, not_owned);
	tdestroy(c->by_place, free);
	c->by_id = c->by_place = NULL;
	c->vms = c->followed = 0;
	claims_detached_free(&c->detached);
}

/* --- The list ------------------------------------------------------------------------ */

struct walk {
	struct claims_vm **next;
};

static void take_live(const void *node, VISIT visit, void *closure)
{
	struct claims_vm *vm = *(struct claims_vm *const *)node;
	struct walk *walk = closure;

	if ((visit == postorder || visit == leaf) && vm->state == CLAIMS_VM_LIVE)
		*walk->next++ = vm;
}

static int by_install(const void *a, const void *b)
{
	const struct claims_vm *x = *(struct claims_vm *const *)a, *y = *(struct claims_vm *const *)b;

	return x->since < y->since ? -1 : x->since > y->since;
}

int claims_vm_list(struct claims_vms *c)
{
	struct walk walk;

	free(c->vm);
	c->vm = walk.next = calloc(c->vms + 1, sizeof(*c->vm));
	if (!c->vm)
		return -ENOMEM;
	twalk_r(c->by_place, take_live, &walk);
	qsort(c->vm, c->vms, sizeof(*c->vm), by_install);
	return claims_detached_list(&c->detached);
}

void claims_vm_free(struct claims_vms *c)
{
	claims_vm_end_all(c);
	free(c->vm);
	free(c->ended);
	memset(c, 0, sizeof(*c));
}
