/* SPDX-License-Identifier: GPL-2.0-only */
/* One kind of guest in two VMs, the second with a caretaker, and what must come of it. */
#ifndef VMM_H
#define VMM_H

#include <stdbool.h>
#include <stdint.h>

#include "machine.h"
#include "stats.h"

struct options {
	const char *payload;
	const char *vmm_id;
	const char *json;
	const char *hold;
	unsigned int modes;		/* bit per enum guest_mode */
	unsigned int count;
	unsigned int every;
	unsigned int vcpus;
	unsigned int install_at;	/* install when this many vCPUs are there */
	uint64_t flags;
	bool on_vcpu;
	bool expect_routed;
	bool twice;			/* compare two runs without, to test the test */
	unsigned int local;		/* percent of CPUIDs that it must answer */
	unsigned int late;		/* percent that timers may take longer, 0: any */
	bool once;			/* no second try after a fault of the emulator */
	bool uncounted;			/* the caretaker routes each exit, and does not say why */
};

struct run {
	struct machine machine;
	struct stats kvm[GUEST_MAX_VCPUS];	/* what changed during the run */
	struct stats caretaker[GUEST_MAX_VCPUS];
};

/* vmm_same.c: did the guests, and the VMM, see the same? */
bool same(const struct run *a, const struct run *b, enum guest_mode mode, unsigned int vcpu);

/* vmm_counted.c: is the count of CPUIDs what the guest does, and all it does? */
bool is_loop(enum guest_mode mode);
/* Who answered: what the caretaker counted, KVM's counters, the clock */
bool counted_as_expected(const struct options *options, const struct run *without,
			 const struct run *with, enum guest_mode mode, unsigned int vcpu);

#endif
