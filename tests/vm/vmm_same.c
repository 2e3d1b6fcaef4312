// SPDX-License-Identifier: GPL-2.0-only
/* Compares all that two guests, and their VMM, saw; says the first difference. */
#include <stdio.h>
#include <string.h>

#include "vmm.h"

static bool differ(const char *mode, unsigned int vcpu, const char *what, uint64_t at,
		   uint64_t without, uint64_t with)
{
	if (without == with)
		return false;
	printf("vmm: %s, vCPU %u: %s %llu differs: %#llx without, %#llx with caretaker\n", mode,
	       vcpu, what, (unsigned long long)at, (unsigned long long)without,
	       (unsigned long long)with);
	return true;
}

static bool same_answers(const struct run *a, const struct run *b, unsigned int vcpu)
{
	const unsigned char *left = machine_area(&a->machine, vcpu);
	const unsigned char *right = machine_area(&b->machine, vcpu);
	const struct guest_area *head = (const void *)left;
	const struct guest_answer *x = (const void *)(left + AREA_ANSWERS);
	const struct guest_answer *y = (const void *)(right + AREA_ANSWERS);
	const struct guest_leaf *leaf;
	unsigned int i;

	for (i = 0; i < head->count; i++) {
		if (!memcmp(&x[i], &y[i], sizeof(*x)))
			continue;
		leaf = &head->list[i % head->leaves];
		printf("vmm: CPUID %u, leaf %#x.%#x: without %08x %08x %08x %08x, with %08x %08x %08x %08x\n",
		       i, leaf->function, leaf->index, x[i].eax, x[i].ebx, x[i].ecx, x[i].edx,
		       y[i].eax, y[i].ebx, y[i].ecx, y[i].edx);
		return false;
	}
	return true;
}

/* Everything that the guest and the VMM saw of it */
bool same(const struct run *a, const struct run *b, enum guest_mode mode, unsigned int i)
{
	const struct vcpu *x = &a->machine.vcpu[i], *y = &b->machine.vcpu[i];
	const unsigned char *left = machine_area(&a->machine, i);
	const unsigned char *right = machine_area(&b->machine, i);
	const struct guest_area *p = (const void *)left, *q = (const void *)right;
	const uint64_t *log = (const void *)(left + AREA_LOG);
	const uint64_t *log2 = (const void *)(right + AREA_LOG);
	const uint64_t *regs = (const void *)&x->regs, *regs2 = (const void *)&y->regs;
	const char *name = mode_name(mode);
	bool bad;
	size_t k;

	bad = !same_answers(a, b, i);
	bad |= differ(name, i, "upper halves after", 0, p->high, q->high);
	bad |= differ(name, i, "register lost at step", 0, p->clobbered, q->clobbered);
	bad |= differ(name, i, "port writes of", i, x->port_writes, y->port_writes);
	bad |= differ(name, i, "events of", i, p->log_count, q->log_count);
	for (k = 0; k < p->log_count * 4 && !bad; k++) {
		/* Where a timer's interrupt meets the guest is chance */
		if (mode != MODE_DEADLINE || k % 4 < 2)
			bad |= differ(name, i, "event", k / 4, log[k], log2[k]);
	}
	for (k = 0; k < sizeof(x->regs) / 8 && !bad; k++)
		bad |= differ(name, i, "register", k, regs[k], regs2[k]);
	bad |= differ(name, i, "debug stops of", i, x->traced, y->traced);
	for (k = 0; k < x->traced && k < y->traced && !bad; k++)
		bad |= differ(name, i, "debug stop", k, x->trace[k], y->trace[k]);
	return !bad;
}
