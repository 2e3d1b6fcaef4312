// SPDX-License-Identifier: GPL-2.0-only
/* What speaks against the caretaker of a VM, and against all of them together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/judge.h"

/* By any digest of it that is known: a record has the SHA-256 alone, and rules may have another */
static bool revoked(const struct caretaker_record *rec, const struct policy_payload *known,
		    const struct policy_rules *rules)
{
	const struct policy_digest *list = rules->revoked_payloads;
	size_t count = rules->revoked_payload_count;

	if (policy_digest_listed(list, count, rec->digest, rec->digest_len))
		return true;
	for (int bank = 0; known && bank < PCR_BANKS; bank++)
		if (policy_digest_listed(list, count, known->digest.of[bank].value,
					 known->digest.of[bank].size))
			return true;
	return false;
}

const char *verdict_judge_vm(const struct caretaker_record *rec, const struct policy_rules *rules,
			     const struct policy_reference *ref)
{
	int alg = pcr_bank_by_alg(rec->digest_alg);
	const struct policy_payload *known;

	if (alg < 0 || alg == PCR_SHA1)
		return "weak-digest";
	if (rec->enforce & CARETAKER_WAIVED_SIGNATURE || !rec->signer_len)
		return "unsigned";
	known = policy_reference_payload(ref, alg, rec->digest, rec->digest_len);
	if (revoked(rec, known, rules))
		return "revoked-payload";
	if (policy_digest_listed(rules->revoked_signers, rules->revoked_signer_count,
				 rec->signer, rec->signer_len) ||
	    policy_digest_listed(rules->revoked_signers, rules->revoked_signer_count,
				 rec->signer_key, sizeof(rec->signer_key)))
		return "revoked-signer";
	if (!policy_reference_signer(ref, rec->signer_key, rec->signer, rec->signer_len))
		return "unknown-signer";
	if (rec->keyring > 31 || !(rules->keyrings >> rec->keyring & 1))
		return "keyring-not-allowed";
	if (!known)
		return "unknown-payload";
	if (strcmp(known->name, rec->name) || strcmp(known->version, rec->version) ||
	    known->svn != rec->svn)
		return "payload-mismatch";
	if (rec->svn < policy_rules_svn_floor(rules, rec->name))
		return "svn-too-low";
	if (rec->mode > 31 || !(rules->modes >> rec->mode & 1))
		return "mode-not-allowed";
	if (rec->flags & ~rules->flags)
		return "flags-not-allowed";
	if ((rec->enforce & rules->require_enforce) != rules->require_enforce)
		return "not-enforced";
	if (rec->lockdown < rules->require_lockdown)
		return "lockdown-too-low";
	return NULL;
}

/* What no record of this kernel counted is not known: it may be any number */
static void judge_without(const struct policy_rules *rules, const struct claims_caretaker *c,
			  struct reasons *why)
{
	if (rules->maximum_vms_without < 0)
		return;
	if (!c->counted)
		reasons_add(why, "vms-without-unknown",
			    "no record of this kernel counts the VMs without a caretaker");
	else if (c->without > rules->maximum_vms_without)
		reasons_add(why, "too-many-without", "%u live VMs have no caretaker", c->without);
}

/* Those of which each vCPU has a caretaker, also one that comes later */
static size_t whole_vms(const struct claims_vms *life)
{
	size_t vms = 0;

	for (size_t i = 0; i < life->vms; i++)
		vms += life->vm[i]->record.vcpu == CLAIMS_ALL_VCPUS;
	return vms;
}

static struct verdict_vm judge_one(const struct verdict_input *in, const struct claims_caretaker *c,
				   const struct claims_vm *claim)
{
	struct verdict_vm vm = { .claim = claim };

	vm.detached = claims_detached_of(&c->life.detached, claim->record.vm, &vm.detached_count);
	vm.reason = c->broken ? "record-malformed" :
				verdict_judge_vm(&claim->record, in->rules, in->reference);
	if (!vm.reason && vm.detached_count && !in->rules->allow_detached)
		vm.reason = "detached";
	return vm;
}

int verdict_judge_vms(const struct verdict_input *in, struct verdict *v)
{
	const struct claims_caretaker *c = &v->ima.caretaker;
	const struct claims_vms *life = &c->life;
	uint64_t refused = c->refusals + c->dropped;
	size_t whole = whole_vms(life);

	v->vm = calloc(life->vms + 1, sizeof(*v->vm));
	if (!v->vm)
		return -ENOMEM;
	for (size_t i = 0; i < life->vms; i++) {
		v->vm[i] = judge_one(in, c, life->vm[i]);
		if (v->vm[i].reason)
			reasons_add(&v->why, v->vm[i].reason, "VM %llu, IMA record %u",
				    (unsigned long long)life->vm[i]->record.vm, life->vm[i]->number);
	}
	if (whole < in->rules->minimum_vms)
		reasons_add(&v->why, "too-few-vms", "%zu live VMs have a caretaker on all vCPUs", whole);
	if (in->rules->maximum_refusals >= 0 && refused > (uint64_t)in->rules->maximum_refusals)
		reasons_add(&v->why, "too-many-refusals", "%llu refusals",
			    (unsigned long long)refused);
	judge_without(in->rules, c, &v->why);
	return 0;
}
