// SPDX-License-Identifier: GPL-2.0-only
/* The kernels of a verdict as JSON: what each said, and which were loaded. */
#include <string.h>

#include "verdict/json.h"

#define WORD(list, i) ((i) < sizeof(list) / sizeof(list[0]) ? (list)[i] : "unknown")

static const char *const handover[] = { "none", "taken", "refused" };

const char *verdict_lockdown(uint32_t lockdown)
{
	static const char *const words[] = { "none", "integrity", "confidentiality" };

	return WORD(words, lockdown);
}

static json_t *secure_boot_json(uint32_t state)
{
	return state == CARETAKER_SECURE_BOOT_UNKNOWN ? json_null() :
	       json_boolean(state == CARETAKER_SECURE_BOOT_ON);
}

static json_t *switches_json(uint32_t switches)
{
	static const char *const words[] = {
		"enforce", "nonglobal", "builtin", "no-machine", "closed",
		"isolated", "any",
	};
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (switches >> i & 1)
			json_array_append_new(array, json_string(words[i]));
	return array;
}

static json_t *floors_json(const struct claims_kernel *k)
{
	json_t *object = json_object();

	for (uint32_t i = 0; i < k->floors; i++)
		json_object_set_new(object, k->floor[i].name, json_integer(k->floor[i].svn));
	return object;
}

static json_t *kernel_json(const struct claims_kernel *k)
{
	const struct caretaker_boot_record *rec = &k->record;

	return json_pack("{s:I, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:I}",
			 "kernel", (json_int_t)rec->kernel, "release", rec->release,
			 "build_id", verdict_hex(rec->build_id, rec->build_id_len),
			 "lockdown", verdict_lockdown(k->lockdown),
			 "secure_boot", secure_boot_json(rec->secure_boot),
			 "enforcement", verdict_enforcement(k->enforce),
			 "switches", switches_json(k->switches), "svn_floors", floors_json(k),
			 "handover", WORD(handover, rec->handover),
			 "command_line", verdict_line(k->command_line),
			 "ima_record", (json_int_t)k->number);
}

static json_t *load_json(const struct claims_load *load)
{
	const struct caretaker_kexec_record *rec = &load->record;
	bool file = rec->flags & CARETAKER_KEXEC_FILE;

	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:b, s:I, s:b, s:I}",
			 "type", rec->type == CARETAKER_KEXEC_CRASH ? "crash" : "default",
			 "by_kernel", (json_int_t)load->kernel,
			 "image", file ? verdict_hex(rec->image, sizeof(rec->image)) : json_null(),
			 "initrd", rec->flags & CARETAKER_KEXEC_INITRD ?
				   verdict_hex(rec->initrd, sizeof(rec->initrd)) : json_null(),
			 "command_line", file ? verdict_line(load->command_line) : json_null(),
			 "handover", !!(rec->flags & CARETAKER_KEXEC_HANDOVER),
			 "uid", (json_int_t)rec->uid, "executed", load->executed,
			 "ima_record", (json_int_t)load->number);
}

static json_t *ended_json(const struct claims_ended *vm)
{
	return json_pack("{s:I, s:o, s:s, s:I}", "vm", (json_int_t)vm->vm,
			 "vm_id", verdict_hex(vm->vm_id, sizeof(vm->vm_id)), "name", vm->name,
			 "ima_record", (json_int_t)vm->number);
}

void verdict_kernels_json(const struct verdict *v, json_t *root)
{
	const struct claims_caretaker *c = &v->ima.caretaker;
	json_t *kernels = json_array(), *loads = json_array(), *ended = json_array();

	for (size_t i = 0; v->logged && i < c->kernels.kernels; i++)
		json_array_append_new(kernels, kernel_json(&c->kernels.kernel[i]));
	for (size_t i = 0; v->logged && i < c->kernels.loads; i++)
		json_array_append_new(loads, load_json(&c->kernels.load[i]));
	for (size_t i = 0; v->logged && i < c->life.ended_vms && i < CLAIMS_ENDED_MAX; i++)
		json_array_append_new(ended, ended_json(&c->life.ended[i]));
	json_object_set_new(root, "kernels", kernels);
	json_object_set_new(root, "kexec", loads);
	json_object_set_new(root, "ended_vms", ended);
	json_object_set_new(root, "ended_vms_count",
			    json_integer(v->logged ? (json_int_t)c->life.ended_vms : 0));
	json_object_set_new(root, "vms_without", v->logged && c->counted ?
			    json_integer(c->without) : json_null());
	json_object_set_new(root, "holds_unless_crashed", v->logged ?
			    json_boolean(claims_kernel_for_crash(&c->kernels)) : json_null());
}
