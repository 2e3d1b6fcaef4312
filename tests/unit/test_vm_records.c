// SPDX-License-Identifier: GPL-2.0-only
/* Switches and VMs by the kernel's records, and that no name of a file turns a verdict. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "attested_lie.h"

static struct caretaker_switch_record *switch_of(struct host_record *r)
{
	return (void *)r->data;
}

#define SWITCHED(name, which, change)							\
static void name(struct host *h)							\
{											\
	struct caretaker_switch_record *rec = switch_of(host_add_switch(h, 2, which));	\
											\
	(void)rec;									\
	change;										\
}

SWITCHED(latch, CARETAKER_SWITCHED_LATCH, )
SWITCHED(floor_raised, CARETAKER_SWITCHED_FLOOR, )
SWITCHED(lockdown_raised, CARETAKER_SWITCHED_LOCKDOWN, )
SWITCHED(odd_what, CARETAKER_SWITCHED_LATCH, rec->what = 4)
SWITCHED(no_what, CARETAKER_SWITCHED_LATCH, rec->what = 0)
SWITCHED(no_latch, CARETAKER_SWITCHED_LATCH, rec->switches = 0)
SWITCHED(latch_of_a_name, CARETAKER_SWITCHED_LATCH, rec->name[0] = 'a')
SWITCHED(latch_of_an_svn, CARETAKER_SWITCHED_LATCH, rec->svn = 1)
SWITCHED(floor_of_no_name, CARETAKER_SWITCHED_FLOOR, memset(rec->name, 0, 32))
SWITCHED(no_lockdown_raised, CARETAKER_SWITCHED_LOCKDOWN, rec->lockdown = 0)
SWITCHED(odd_lockdown_raised, CARETAKER_SWITCHED_LOCKDOWN, rec->lockdown = 3)
SWITCHED(odd_switches, CARETAKER_SWITCHED_LATCH, rec->switches |= 128)
SWITCHED(long_switch, CARETAKER_SWITCHED_LATCH, h->record[h->records - 1].size++; rec->h.size++)

static void late_lockdown(struct host *h)
{
	struct caretaker_boot_record *rec = (void *)h->record[RECORD_BOOT].data;

	rec->lockdown = CARETAKER_LOCKDOWN_NONE;
	host_add_switch(h, 2, CARETAKER_SWITCHED_LOCKDOWN);
}

/* Changes the install */
#define INSTALLED(name, change)								\
static void name(struct host *h)							\
{											\
	struct caretaker_record *rec = host_caretaker(&h->record[RECORD_INSTALL]);	\
											\
	change;										\
}

INSTALLED(install_with_text, h->record[RECORD_INSTALL].size++; rec->h.size++)
INSTALLED(no_vm_id, memset(rec->vm_id, 0, 16))
INSTALLED(no_signer_key, memset(rec->signer_key, 0, 32))
INSTALLED(no_keyring, rec->keyring = 0)
INSTALLED(odd_install_enforce, rec->enforce |= 1u << 5)
INSTALLED(odd_install_lockdown, rec->lockdown = 3)
INSTALLED(unlocked_install, rec->lockdown = 0)
INSTALLED(reserved_field, rec->reserved = 1)
INSTALLED(exe_without_kind, rec->exe_alg = 0xb; rec->exe_len = 32; rec->exe[0] = 1)
INSTALLED(exe_of_ima, rec->exe_alg = 0xb; rec->exe_len = 32; rec->exe[0] = 1; rec->exe_kind = 1)
INSTALLED(exe_too_long, rec->exe_alg = 0xb; rec->exe_len = 33; rec->exe_kind = 1)
INSTALLED(exe_kind_alone, rec->exe_kind = 2)
INSTALLED(below_its_floor, rec->enforce |= CARETAKER_ENFORCE_SVN_FLOOR; rec->svn_floor = 4)
INSTALLED(at_its_floor, rec->enforce |= CARETAKER_ENFORCE_SVN_FLOOR; rec->svn_floor = 3)
INSTALLED(three_without, rec->without = 3)
INSTALLED(key_of_machine, rec->keyring = CARETAKER_KEYRING_MACHINE)

/* Nothing counted: no caretaker was ever asked for, or not under this kernel */
static void no_vm_at_all(struct host *h) { host_drop_record(h, RECORD_INSTALL); }

static void kernel_without_vms(struct host *h)
{
	static const char line[] = "console=ttyS0 lockdown=integrity kexec";

	host_add_record(h, "ima-buf", "kexec-cmdline", line, sizeof(line) - 1);
	host_add_kexec(h, 2, CARETAKER_KEXEC_DEFAULT, line);
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
	host_add_boot(h, 3, 2, line);
}

static void refused_alone(struct host *h)
{
	no_vm_at_all(h);
	host_add_caretaker(h, 1, CARETAKER_RECORD_REFUSE, 0);
}

static void refused_with_vm_id(struct host *h)
{
	host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_REFUSE, 0))->vm_id[0] = 1;
}

static void one_id_for_two(struct host *h)
{
	host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_INSTALL, 8))->vm_id[0] = 7;
	memset(host_caretaker(&h->record[h->records - 1])->vm_id, 7, 16);
}

static void two_ids_for_one(struct host *h)
{
	memset(host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_UPDATE, 7))->vm_id, 8, 16);
}

static void broke(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_BREAK, 7); }

static void broke_twice(struct host *h)
{
	broke(h);
	host_add_caretaker(h, 3, CARETAKER_RECORD_BREAK, 7);
	host_add_caretaker(h, 4, CARETAKER_RECORD_TEARDOWN, 7);
}

static void broke_elsewhere(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_BREAK, 8); }

/* What had begun before, or was recorded before it was done */
static void broke_then(struct host *h, uint32_t event)
{
	broke(h);
	host_add_caretaker(h, 3, event, 7);
}

static void broke_then_install(struct host *h) { broke_then(h, CARETAKER_RECORD_INSTALL); }
static void broke_then_update(struct host *h) { broke_then(h, CARETAKER_RECORD_UPDATE); }
static void broke_then_removal(struct host *h) { broke_then(h, CARETAKER_RECORD_REMOVE); }

static void broke_then_detach(struct host *h) { broke_then(h, CARETAKER_RECORD_DETACH); }
static void broke_then_attach(struct host *h) { broke_then(h, CARETAKER_RECORD_ATTACH); }
static void broke_then_adopt(struct host *h) { broke_then(h, CARETAKER_RECORD_ADOPT); }

/* --- vCPUs that go on without KVM and VMM --- */

static struct caretaker_record *move(struct host *h, uint64_t sequence, uint32_t event, uint32_t vcpu)
{
	struct caretaker_record *rec = host_caretaker(host_add_caretaker(h, sequence, event, 7));

	rec->vcpu = vcpu;
	return rec;
}

static void detached(struct host *h) { move(h, 2, CARETAKER_RECORD_DETACH, 0); }
static void detached_all(struct host *h) { move(h, 2, CARETAKER_RECORD_DETACH, CLAIMS_ALL_VCPUS); }
static void detached_elsewhere(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_DETACH, 8); }
static void detached_digest(struct host *h) { move(h, 2, CARETAKER_RECORD_DETACH, 0)->digest[0] ^= 1; }
static void attached_only(struct host *h) { move(h, 2, CARETAKER_RECORD_ATTACH, 0); }

static void detached_twice(struct host *h)
{
	detached(h);
	move(h, 3, CARETAKER_RECORD_DETACH, 0);
	move(h, 4, CARETAKER_RECORD_ATTACH, 0);
}

static void attached(struct host *h)
{
	detached(h);
	move(h, 3, CARETAKER_RECORD_ATTACH, 0);
}

static void attached_digest(struct host *h)
{
	detached(h);
	move(h, 3, CARETAKER_RECORD_ATTACH, 0)->digest[0] ^= 1;
}

static void attached_other(struct host *h)
{
	detached(h);
	move(h, 3, CARETAKER_RECORD_ATTACH, 1);
}

static void detached_two(struct host *h)
{
	move(h, 2, CARETAKER_RECORD_DETACH, 3);
	move(h, 3, CARETAKER_RECORD_DETACH, 1);
	move(h, 4, CARETAKER_RECORD_ATTACH, 2);
}

static void adopted_meanwhile(struct host *h)
{
	detached(h);
	host_add_caretaker(h, 3, CARETAKER_RECORD_ADOPT, 7);
}

static void detached_then(struct host *h, uint32_t event)
{
	detached(h);
	host_add_caretaker(h, 3, event, 7);
}

static void detached_then_gone(struct host *h) { detached_then(h, CARETAKER_RECORD_TEARDOWN); }
static void detached_then_broke(struct host *h) { detached_then(h, CARETAKER_RECORD_BREAK); }

/* It came back before that, and its attach had no record */
static void detached_then_removed(struct host *h)
{
	detached_then(h, CARETAKER_RECORD_REMOVE);
	host_add_caretaker(h, 4, CARETAKER_RECORD_INSTALL, 7);
}

static void may_detach(struct lie_verifier *v) { v->rules.allow_detached = true; }

/* Another VMM goes on with the VM; what the kernel could not have recorded so is changed */
#define ADOPTED(name, change)								\
static void name(struct host *h)							\
{											\
	struct caretaker_record *rec =							\
		host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_ADOPT, 7));	\
											\
	(void)rec;									\
	change;										\
}

ADOPTED(adopted, )
ADOPTED(adopted_by_another_user, rec->uid ^= 1; rec->pid ^= 1; rec->vmm_id[0] ^= 1)
ADOPTED(adopted_single, rec->vcpu = 0)
ADOPTED(adopted_digest, rec->digest[0] ^= 1)
ADOPTED(adopted_svn, rec->svn ^= 1)
ADOPTED(adopted_mode, rec->mode ^= 1)
ADOPTED(adopted_flags, rec->flags ^= CARETAKER_FLAG_MIN_ENCODINGS)
ADOPTED(adopted_name, rec->name[0] ^= 1)
ADOPTED(adopted_key, rec->signer_key[0] ^= 1)

static void adopted_elsewhere(struct host *h) { host_add_caretaker(h, 2, CARETAKER_RECORD_ADOPT, 8); }

static void removed_then(struct host *h, uint32_t event)
{
	host_add_caretaker(h, 2, CARETAKER_RECORD_REMOVE, 7);
	host_add_caretaker(h, 3, event, 7);
}

static void removal_then_broke(struct host *h) { removed_then(h, CARETAKER_RECORD_BREAK); }
static void removal_then_update(struct host *h) { removed_then(h, CARETAKER_RECORD_UPDATE); }
static void removal_then_removal(struct host *h) { removed_then(h, CARETAKER_RECORD_REMOVE); }
static void removal_then_adopt(struct host *h) { removed_then(h, CARETAKER_RECORD_ADOPT); }
static void removal_then_install(struct host *h) { removed_then(h, CARETAKER_RECORD_INSTALL); }

static void gone_then_broke(struct host *h)
{
	removed_then(h, CARETAKER_RECORD_TEARDOWN);
	host_add_caretaker(h, 4, CARETAKER_RECORD_BREAK, 7);
}

static void two_without(struct lie_verifier *v) { v->rules.maximum_vms_without = 2; }
static void none_without(struct lie_verifier *v) { v->rules.maximum_vms_without = 0; }
static void some_without(struct lie_verifier *v) { v->rules.maximum_vms_without = 3; }

static void right_key(struct lie_verifier *v)
{
	memcpy(v->signer.key.value, host_signer_key, 32);
	v->signer.key.size = 32;
	v->signer.id.value[0] ^= 1;
}

static void wrong_key(struct lie_verifier *v)
{
	v->signer.key.size = 32;
}

static void revoked_key(struct lie_verifier *v)
{
	memcpy(v->revoked.value, host_signer_key, 32);
	v->revoked.size = 32;
	v->rules.revoked_signers = &v->revoked;
	v->rules.revoked_signer_count = 1;
}

/* Each name that a record of the kernel's has, as a file's, in each template of files */
static void names_of_files(struct host *h)
{
	static const char *const names[] = {
		"caretaker-install", "boot_aggregate", "kexec_execute", "ima_policy_loaded",
		"caretaker-boot", "kexec-cmdline", "caretaker-",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		host_add_file(h, "ima-ng", names[i]);
		host_add_file(h, "ima-sig", names[i]);
		host_add_file(h, "ima-modsig", names[i]);
	}
}

/* Five fields can be no record of the kernel's, even if the third hashes to the digest */
static void five_fields(struct host *h)
{
	host_add_record(h, "ima-modsig", "kexec_execute", "kexec_segment_size=1;", 21);
}

/* Three fields, of which the third does not hash to the digest: of no template that we know */
static void three_fields(struct host *h)
{
	host_add_record(h, "d-ng|n-ng|evmsig", "kexec_execute", "\2sig", 4)->other_digest = true;
}

/* The bytes of an ima-buf record, whatever the host says they are */
static void kexec_as_signature(struct host *h)
{
	host_add_record(h, "ima-buf", "kexec_execute", "kexec_segment_size=1;", 21)->template = "ima-sig";
}

/* Whose content is its own security.ima: three fields, and the third hashes to the first */
static void files_signed_by_themselves(struct host *h)
{
	static const char *const names[] = { "caretaker-install", "kexec_execute", "kexec-cmdline",
					     "ima_policy_loaded", "boot_aggregate" };
	static const char types[] = { 3, 5, 6 };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t j = 0; j < sizeof(types); j++)
			host_add_record(h, "ima-buf", names[i], (char []){ types[j], 2, 4, (char)i }, 4)
				->template = "ima-sig";
}

static void policy_as_signature(struct host *h) { h->record[RECORD_POLICY].template = "ima-sig"; }
static void statement_as_signature(struct host *h) { h->record[RECORD_BOOT].template = "ima-sig"; }
static void statement_as_fields(struct host *h) { h->record[RECORD_BOOT].template = "sig|n-ng|buf"; }

static void policy_without(struct host *h, const char *rule)
{
	struct host_record *r = &h->record[RECORD_POLICY];
	char *at = strstr((char *)r->data, rule), *end;

	assert_non_null(at);
	end = strchr(at, '\n') + 1;
	memmove(at, end, strlen(end) + 1);
	r->size = strlen((char *)r->data);
}

static void no_ima_kexec(struct host *h) { policy_without(h, "measure func=CRITICAL_DATA label=ima_kexec"); }
static void no_kexec_cmdline(struct host *h) { policy_without(h, "measure func=KEXEC_CMDLINE"); }
static void no_kexec_kernel(struct host *h) { policy_without(h, "measure func=KEXEC_KERNEL_CHECK"); }

static void one_vm(struct lie_verifier *v) { v->rules.minimum_vms = 1; }

static const struct lie others[] = {
	{ "latch thrown", latch, NULL, NULL, NULL, NULL },
	{ "floor raised", floor_raised, NULL, NULL, NULL, NULL },
	{ "lockdown raised", lockdown_raised, NULL, NULL, NULL, NULL },
	{ "lockdown raised after the start", late_lockdown, NULL, NULL, NULL, "lockdown-too-low" },
	{ "switch: not known", odd_what, NULL, NULL, NULL, "record-malformed" },
	{ "switch: none", no_what, NULL, NULL, NULL, "record-malformed" },
	{ "switch: latch that is not thrown", no_latch, NULL, NULL, NULL, "record-malformed" },
	{ "switch: latch of a name", latch_of_a_name, NULL, NULL, NULL, "record-malformed" },
	{ "switch: latch of an SVN", latch_of_an_svn, NULL, NULL, NULL, "record-malformed" },
	{ "switch: floor of no name", floor_of_no_name, NULL, NULL, NULL, "record-malformed" },
	{ "switch: lockdown that is not", no_lockdown_raised, NULL, NULL, NULL, "record-malformed" },
	{ "switch: lockdown not known", odd_lockdown_raised, NULL, NULL, NULL, "record-malformed" },
	{ "switch: switches not known", odd_switches, NULL, NULL, NULL, "record-malformed" },
	{ "switch: with text", long_switch, NULL, NULL, NULL, "record-malformed" },

	{ "install: with text", install_with_text, NULL, NULL, NULL, "record-malformed" },
	{ "install: no drawn identity", no_vm_id, NULL, NULL, NULL, "record-malformed" },
	{ "install: no key of the signer", no_signer_key, NULL, NULL, NULL, "record-malformed" },
	{ "install: no keyring", no_keyring, NULL, NULL, NULL, "record-malformed" },
	{ "install: enforcement not known", odd_install_enforce, NULL, NULL, NULL, "record-malformed" },
	{ "install: lockdown not known", odd_install_lockdown, NULL, NULL, NULL, "record-malformed" },
	{ "install: not locked down", unlocked_install, NULL, NULL, NULL, "lockdown-too-low" },
	{ "install: reserved field", reserved_field, NULL, NULL, NULL, "record-malformed" },
	{ "install: executable of no kind", exe_without_kind, NULL, NULL, NULL, "record-malformed" },
	{ "install: executable by IMA", exe_of_ima, NULL, NULL, NULL, NULL },
	{ "install: executable too long", exe_too_long, NULL, NULL, NULL, "record-malformed" },
	{ "install: kind without executable", exe_kind_alone, NULL, NULL, NULL, "record-malformed" },
	{ "install: below its floor", below_its_floor, NULL, NULL, NULL, "record-malformed" },
	{ "install: at its floor", at_its_floor, NULL, NULL, NULL, NULL },
	{ "refusal of no VM with an identity", refused_with_vm_id, NULL, NULL, NULL, "record-malformed" },
	{ "one identity for two VMs", one_id_for_two, NULL, NULL, NULL, "record-state" },
	{ "two identities for one VM", two_ids_for_one, NULL, NULL, NULL, "record-state" },
	{ "contract broken", broke, NULL, NULL, NULL, NULL },
	{ "contract broken: the VM lives no more", broke, NULL, NULL, one_vm, "too-few-vms" },
	{ "contract broken on two vCPUs", broke_twice, NULL, NULL, NULL, NULL },
	{ "contract broken where none was", broke_elsewhere, NULL, NULL, NULL, "record-state" },
	{ "contract broken before an install", broke_then_install, NULL, NULL, NULL, NULL },
	{ "contract broken before an install: the VM lives no more", broke_then_install, NULL, NULL, one_vm,
	  "too-few-vms" },
	{ "contract broken before an update", broke_then_update, NULL, NULL, NULL, NULL },
	{ "contract broken before an update: the VM lives no more", broke_then_update, NULL, NULL, one_vm,
	  "too-few-vms" },
	{ "contract broken before a removal", broke_then_removal, NULL, NULL, NULL, NULL },
	{ "contract broken before a detach", broke_then_detach, NULL, NULL, NULL, NULL },
	{ "contract broken before an attach", broke_then_attach, NULL, NULL, NULL, NULL },
	{ "contract broken before an adoption", broke_then_adopt, NULL, NULL, NULL, "record-state" },
	{ "detached", detached, NULL, NULL, NULL, "detached" },
	{ "detached, and may be", detached, NULL, NULL, may_detach, NULL },
	{ "detached: all at once", detached_all, NULL, NULL, may_detach, "record-state" },
	{ "detached: no such VM", detached_elsewhere, NULL, NULL, may_detach, "record-state" },
	{ "detached: another payload", detached_digest, NULL, NULL, may_detach, "record-state" },
	{ "detached twice", detached_twice, NULL, NULL, NULL, NULL },
	{ "detached: two", detached_two, NULL, NULL, NULL, "detached" },
	{ "detached, and adopted meanwhile", adopted_meanwhile, NULL, NULL, NULL, "detached" },
	{ "detached, and its VM ends", detached_then_gone, NULL, NULL, NULL, NULL },
	{ "detached, and its VM is ended", detached_then_broke, NULL, NULL, NULL, NULL },
	{ "detached, removed and installed", detached_then_removed, NULL, NULL, NULL, NULL },
	{ "attached", attached, NULL, NULL, one_vm, NULL },
	{ "attached, never detached", attached_only, NULL, NULL, NULL, NULL },
	{ "attached: another vCPU", attached_other, NULL, NULL, NULL, "detached" },
	{ "attached: another payload", attached_digest, NULL, NULL, may_detach, "record-state" },
	{ "adopted", adopted, NULL, NULL, one_vm, NULL },
	{ "adopted by another user", adopted_by_another_user, NULL, NULL, one_vm, NULL },
	{ "adopted: a single vCPU", adopted_single, NULL, NULL, NULL, "record-state" },
	{ "adopted: another payload", adopted_digest, NULL, NULL, NULL, "record-state" },
	{ "adopted: another version", adopted_svn, NULL, NULL, NULL, "record-state" },
	{ "adopted: another mode", adopted_mode, NULL, NULL, NULL, "record-state" },
	{ "adopted: other flags", adopted_flags, NULL, NULL, NULL, "record-state" },
	{ "adopted: another name", adopted_name, NULL, NULL, NULL, "record-state" },
	{ "adopted: another signer", adopted_key, NULL, NULL, NULL, "record-state" },
	{ "adopted: no such VM", adopted_elsewhere, NULL, NULL, NULL, "record-state" },
	{ "adopted behind a removal", removal_then_adopt, NULL, NULL, NULL, "record-state" },
	{ "contract broken behind a removal", removal_then_broke, NULL, NULL, NULL, NULL },
	{ "contract broken behind the VM's end", gone_then_broke, NULL, NULL, NULL, "record-state" },
	{ "update behind a removal", removal_then_update, NULL, NULL, NULL, "record-state" },
	{ "removal behind a removal", removal_then_removal, NULL, NULL, NULL, "record-state" },
	{ "install behind a removal", removal_then_install, NULL, NULL, one_vm, NULL },
	{ "VMs without, any number", three_without, NULL, NULL, NULL, NULL },
	{ "VMs without, as many as may be", three_without, NULL, NULL, some_without, NULL },
	{ "VMs without, too many", three_without, NULL, NULL, two_without, "too-many-without" },
	{ "VMs without, none", NULL, NULL, NULL, none_without, NULL },
	{ "VMs without, not counted", no_vm_at_all, NULL, NULL, none_without, "vms-without-unknown" },
	{ "VMs without, not counted, and any number", no_vm_at_all, NULL, NULL, NULL, NULL },
	{ "VMs without, not counted by this kernel", kernel_without_vms, NULL, NULL, none_without,
	  "vms-without-unknown" },
	{ "VMs without, not counted by this kernel, and any number", kernel_without_vms, NULL, NULL, NULL,
	  NULL },
	{ "VMs without, counted at a refusal", refused_alone, NULL, NULL, none_without, NULL },
	{ "the machine owner's key", key_of_machine, NULL, NULL, NULL, "keyring-not-allowed" },
	{ "signer by key, whatever the identifier", NULL, NULL, NULL, right_key, NULL },
	{ "identifier of a signer with another key", NULL, NULL, NULL, wrong_key, "unknown-signer" },
	{ "signer's key revoked", NULL, NULL, NULL, revoked_key, "revoked-signer" },

	{ "names of our records are files'", names_of_files, NULL, NULL, NULL, NULL },
	{ "five fields are a file's", five_fields, NULL, NULL, NULL, NULL },
	{ "three fields that do not fit are a file's", three_fields, NULL, NULL, NULL, NULL },
	{ "files that are their own signatures", files_signed_by_themselves, NULL, NULL, NULL, NULL },
	{ "a kexec shown as ima-sig", kexec_as_signature, NULL, NULL, NULL, "kexec-boot" },
	{ "a policy shown as ima-sig", NULL, policy_as_signature, NULL, NULL, "ima-policy-unfit" },
	{ "a statement shown as ima-sig", NULL, statement_as_signature, NULL, NULL, "record-malformed" },
	{ "policy without label ima_kexec", no_ima_kexec, NULL, NULL, NULL, "ima-policy-unfit" },
	{ "policy without KEXEC_CMDLINE", no_kexec_cmdline, NULL, NULL, NULL, "ima-policy-unfit" },
	{ "policy without KEXEC_KERNEL_CHECK", no_kexec_kernel, NULL, NULL, NULL, "ima-policy-unfit" },
};

static void each(void **state)
{
	lie_run(*state, true, NULL);
}

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void switches(struct host *h)
{
	host_add_switch(h, 2, CARETAKER_SWITCHED_LATCH);
	host_add_switch(h, 3, CARETAKER_SWITCHED_FLOOR);
	host_add_switch(h, 4, CARETAKER_SWITCHED_LOCKDOWN);
	host_add_caretaker(h, 5, CARETAKER_RECORD_BREAK, 7);
}

static void look_switches(const struct verdict *v)
{
	json_t *root = verdict_json(v), *kernel, *ended;

	kernel = json_array_get(json_object_get(root, "kernels"), 0);
	ended = json_array_get(json_object_get(root, "ended_vms"), 0);
	assert_string_equal(text_of(kernel, "lockdown"), "confidentiality");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(kernel, "svn_floors"),
							    "caretaker")), 5);
	assert_string_equal(json_string_value(json_array_get(json_object_get(kernel, "switches"), 0)),
			    "enforce");
	assert_int_equal(json_array_size(json_object_get(kernel, "enforcement")), 3);
	assert_int_equal(json_integer_value(json_object_get(ended, "vm")), 7);
	assert_int_equal(json_array_size(json_object_get(root, "vms")), 0);
	json_decref(root);
}

static void shows_switches(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "switches", .before = switches }, true, look_switches);
}

static void look_without(const struct verdict *v)
{
	json_t *root = verdict_json(v);

	assert_int_equal(json_integer_value(json_object_get(root, "vms_without")), 3);
	json_decref(root);
}

static void look_not_counted(const struct verdict *v)
{
	json_t *root = verdict_json(v);

	assert_true(json_is_null(json_object_get(root, "vms_without")));
	json_decref(root);
}

static void flip_signature(struct host *h, struct evidence *e)
{
	(void)h;
	e->signature.data[e->signature.size - 1] ^= 1;
}

/* What nobody counted is no number */
static void shows_without(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "three", .before = three_without }, true, look_without);
	lie_run(&(struct lie){ .name = "not counted", .before = no_vm_at_all }, true, look_not_counted);
	lie_run(&(struct lie){ .name = "not by this kernel", .before = kernel_without_vms }, true,
		look_not_counted);
	lie_run(&(struct lie){ .name = "no quote", .evidence = flip_signature, .word = "bad-signature" },
		true, look_not_counted);
}

static void look_detached(const struct verdict *v)
{
	json_t *root = verdict_json(v);
	json_t *vm = json_array_get(json_object_get(root, "vms"), 0), *list = json_object_get(vm, "detached");

	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(json_integer_value(json_array_get(list, 0)), 1);
	assert_int_equal(json_integer_value(json_array_get(list, 1)), 3);
	assert_string_equal(json_string_value(json_object_get(vm, "reason")), "detached");
	json_decref(root);
}

static void look_attached(const struct verdict *v)
{
	json_t *root = verdict_json(v);
	json_t *vm = json_array_get(json_object_get(root, "vms"), 0);

	assert_int_equal(json_array_size(json_object_get(vm, "detached")), 0);
	assert_true(json_is_array(json_object_get(vm, "detached")));
	json_decref(root);
}

/* A VM names those of its vCPUs that are detached */
static void shows_detached(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "two", .before = detached_two, .word = "detached" }, true, look_detached);
	lie_run(&(struct lie){ .name = "back", .before = attached }, true, look_attached);
}

/* --- Who installed ----------------------------------------------------------------------- */

static void installed_by(struct host *h)
{
	struct caretaker_record *rec = host_caretaker(&h->record[RECORD_INSTALL]);

	rec->uid = 1000;
	rec->pid = 4242;
	rec->exe_kind = CARETAKER_EXE_IMA;
	rec->exe_alg = 0xb;
	rec->exe_len = 32;
	memset(rec->exe, 0xe1, 32);
	rec->enforce |= CARETAKER_ENFORCE_SVN_FLOOR;
	rec->svn_floor = 2;
	rec->lockdown = CARETAKER_LOCKDOWN_CONFIDENTIALITY;
}

/* Another process, whose program nobody hashed, and without a floor */
static void updated_by(struct host *h)
{
	struct caretaker_record *rec;

	installed_by(h);
	rec = host_caretaker(host_add_caretaker(h, 2, CARETAKER_RECORD_UPDATE, 7));
	rec->uid = UINT32_MAX;
	rec->pid = 1;
}

static void installed_by_verity(struct host *h)
{
	installed_by(h);
	host_caretaker(&h->record[RECORD_INSTALL])->exe_kind = CARETAKER_EXE_VERITY;
}

static json_t *first_vm(json_t *root) { return json_array_get(json_object_get(root, "vms"), 0); }

static void look_installer(const struct verdict *v)
{
	json_t *root = verdict_json(v), *vm = first_vm(root);

	assert_int_equal(json_integer_value(json_object_get(vm, "uid")), 1000);
	assert_int_equal(json_integer_value(json_object_get(vm, "pid")), 4242);
	assert_string_equal(text_of(vm, "program_kind"), "ima");
	assert_string_equal(text_of(vm, "program_alg"), "sha256");
	assert_string_equal(text_of(vm, "program"),
			    "e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1");
	assert_int_equal(json_integer_value(json_object_get(vm, "svn_floor")), 2);
	assert_string_equal(text_of(vm, "lockdown"), "confidentiality");
	json_decref(root);
}

static void look_verity(const struct verdict *v)
{
	json_t *root = verdict_json(v);

	assert_string_equal(text_of(first_vm(root), "program_kind"), "fs-verity");
	json_decref(root);
}

static void look_updater(const struct verdict *v)
{
	json_t *root = verdict_json(v), *vm = first_vm(root);

	assert_int_equal(json_integer_value(json_object_get(vm, "uid")), UINT32_MAX);
	assert_int_equal(json_integer_value(json_object_get(vm, "pid")), 1);
	assert_true(json_is_null(json_object_get(vm, "program_kind")));
	assert_true(json_is_null(json_object_get(vm, "program_alg")));
	assert_true(json_is_null(json_object_get(vm, "program")));
	assert_true(json_is_null(json_object_get(vm, "svn_floor")));
	assert_string_equal(text_of(vm, "lockdown"), "integrity");
	json_decref(root);
}

static void shows_installer(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "installed", .before = installed_by }, true, look_installer);
	lie_run(&(struct lie){ .name = "fs-verity", .before = installed_by_verity }, true, look_verity);
	lie_run(&(struct lie){ .name = "updated", .before = updated_by }, true, look_updater);
}

/* A template of fields that do not parse as such voids the log, or the record */
static void relabelled_fields(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "fields", .after = statement_as_fields,
			       .word = "record-malformed" }, true, NULL);
}

int main(void)
{
	static struct CMUnitTest tests[sizeof(others) / sizeof(others[0]) + 5];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		tests[n++] = (struct CMUnitTest){ .name = others[i].name, .test_func = each,
						  .initial_state = (void *)&others[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shows_switches);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shows_without);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shows_detached);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shows_installer);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(relabelled_fields);
	return _cmocka_run_group_tests("VM records", tests, n, NULL, NULL);
}
