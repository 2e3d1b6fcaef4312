/* SPDX-License-Identifier: GPL-2.0-only */
/* How parts of a verdict are written as JSON.  Each returns a new reference. */
#ifndef CARETAKER_VERDICT_JSON_H
#define CARETAKER_VERDICT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "verdict/verdict.h"

json_t *verdict_hex(const unsigned char *value, size_t size);	/* null beyond 256 bytes */
json_t *verdict_enforcement(uint32_t enforce);			/* CARETAKER_ENFORCE_* */
json_t *verdict_line(const char *line);				/* any bytes */
const char *verdict_lockdown(uint32_t lockdown);		/* CARETAKER_LOCKDOWN_* */

/* How many live VMs that have a caretaker are shown, and one of them */
size_t verdict_vms(const struct verdict *v);
json_t *verdict_vm_json(const struct verdict_vm *vm);

/* All of a verdict, with "vms" in its place and empty */
json_t *verdict_json_but_vms(const struct verdict *v);

/* Adds "kernels", "kexec", "ended_vms", "ended_vms_count", "vms_without" and "holds_unless_crashed" to @root */
void verdict_kernels_json(const struct verdict *v, json_t *root);

#endif
