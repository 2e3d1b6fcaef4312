/* SPDX-License-Identifier: GPL-2.0-only */
/* What the VMM does of a guest's mode.  Both: NULL, or what could not be done. */
#ifndef MACHINE_MODE_H
#define MACHINE_MODE_H

#include "machine.h"

/* RIPs that MODE_DEBUG has room for */
#define DEBUG_STOPS	2000

/* By the thread that runs the vCPU, before the first KVM_RUN */
const char *mode_begin(const struct machine *machine, struct vcpu *vcpu);
/* At each port write in between */
const char *mode_between(struct machine *machine, const struct vcpu *vcpu);

#endif
