/* SPDX-License-Identifier: GPL-2.0-only */
/* What the VMM does of a guest's mode. */
#ifndef MACHINE_MODE_H
#define MACHINE_MODE_H

#include <stdbool.h>

#include "machine.h"

/* RIPs that MODE_DEBUG has room for */
#define DEBUG_STOPS	2000

/* RTM and HLE in EBX of leaf 7: KVM hides them while TSX_CTRL says so, if the vCPU has one */
#define LEAF7_TSX	(1U << 11 | 1U << 4)
#define MSR_TSX_CTRL	0x122
#define TSX_CTRL_HIDES	(1U << 1)

/* False where what the mode is about is known not to work in the emulator that this runs in */
bool mode_runs_here(enum guest_mode mode);
/*
 * By the thread that runs the vCPU, before the first KVM_RUN.
 * Return: NULL, or what could not be done; the same goes for mode_between().
 */
const char *mode_begin(const struct machine *machine, struct vcpu *vcpu);
/* At each port write in between */
const char *mode_between(struct machine *machine, const struct vcpu *vcpu);

#endif
