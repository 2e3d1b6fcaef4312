// SPDX-License-Identifier: GPL-2.0-only
/* The VMs of a verdict as JSON: what the record of the last install or update says. */
#include "verdict/json.h"

static json_t *flags_json(uint64_t flags)
{
	json_t *array = json_array();

	if (flags & CARETAKER_FLAG_SHARED)
		json_array_append_new(array, json_string("shared"));
	if (flags & CARETAKER_FLAG_MIN_ENCODINGS)
		json_array_append_new(array, json_string("minimal-encodings"));
	if (flags & ~(CARETAKER_FLAG_SHARED | CARETAKER_FLAG_MIN_ENCODINGS))
		json_array_append_new(array, json_string("unknown"));
	return array;
}

static const char *const keyrings[] = {
	[CARETAKER_KEYRING_NONE] = "none", [CARETAKER_KEYRING_BUILTIN] = "builtin",
	[CARETAKER_KEYRING_PLATFORM] = "platform", [CARETAKER_KEYRING_SECONDARY] = "secondary",
	[CARETAKER_KEYRING_MACHINE] = "machine",
};

/* Of the VMM's executable; null where the kernel had no digest of it */
static void add_program(json_t *vm, const struct caretaker_record *rec)
{
	static const char *const kinds[] = {
		[CARETAKER_EXE_IMA] = "ima", [CARETAKER_EXE_VERITY] = "fs-verity",
	};
	int alg = pcr_bank_by_alg(rec->exe_alg);
	bool there = rec->exe_len && rec->exe_kind < sizeof(kinds) / sizeof(kinds[0]);

	json_object_set_new(vm, "program_kind", there ? json_string(kinds[rec->exe_kind]) : json_null());
	json_object_set_new(vm, "program_alg", there ? json_string(alg < 0 ? "unknown" : pcr_bank_name(alg)) :
						       json_null());
	json_object_set_new(vm, "program", there ? verdict_hex(rec->exe, rec->exe_len) : json_null());
}

/* Who installed, or updated, and under what */
static void add_circumstances(json_t *vm, const struct caretaker_record *rec)
{
	bool floor = rec->enforce & CARETAKER_ENFORCE_SVN_FLOOR;

	json_object_set_new(vm, "uid", json_integer(rec->uid));
	json_object_set_new(vm, "pid", json_integer(rec->pid));
	json_object_set_new(vm, "svn_floor", floor ? json_integer(rec->svn_floor) : json_null());
	json_object_set_new(vm, "lockdown", json_string(verdict_lockdown(rec->lockdown)));
	add_program(vm, rec);
}

/* The numbers of the vCPUs that run without KVM and VMM */
static json_t *detached_json(const struct verdict_vm *vm)
{
	json_t *array = json_array();

	for (size_t i = 0; i < vm->detached_count; i++)
		json_array_append_new(array, json_integer(vm->detached[i].vcpu));
	return array;
}

json_t *verdict_vm_json(const struct verdict_vm *vm)
{
	const struct caretaker_record *rec = &vm->claim->record;
	int alg = pcr_bank_by_alg(rec->digest_alg);
	json_t *object;

	object = json_pack("{s:I, s:o, s:o, s:o, s:o, s:s, s:s, s:I, s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:I, s:s, s:s?}",
			 "vm", (json_int_t)rec->vm,
			 "vm_id", verdict_hex(rec->vm_id, sizeof(rec->vm_id)),
			 "vmm_id", verdict_hex(rec->vmm_id, sizeof(rec->vmm_id)),
			 "vcpu", rec->vcpu == CLAIMS_ALL_VCPUS ? json_null() :
				 json_integer(rec->vcpu),
			 "detached", detached_json(vm),
			 "name", rec->name, "version", rec->version, "svn", (json_int_t)rec->svn,
			 "digest_alg", alg < 0 ? "unknown" : pcr_bank_name(alg),
			 "digest", verdict_hex(rec->digest, rec->digest_len),
			 "signer", verdict_hex(rec->signer, rec->signer_len),
			 "signer_key", verdict_hex(rec->signer_key, sizeof(rec->signer_key)),
			 "keyring", rec->keyring < sizeof(keyrings) / sizeof(keyrings[0]) ?
				    keyrings[rec->keyring] : "unknown",
			 "mode", rec->mode == CARETAKER_MODE_ISOLATED ? "isolated" : "shared",
			 "flags", flags_json(rec->flags), "enforcement", verdict_enforcement(rec->enforce),
			 "ima_record", (json_int_t)vm->claim->number,
			 "verdict", vm->reason ? "rejected" : "accepted", "reason", vm->reason);
	if (object)
		add_circumstances(object, rec);
	return object;
}

size_t verdict_vms(const struct verdict *v)
{
	return v->logged && v->vm ? v->ima.caretaker.life.vms : 0;
}
