/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules and reference values leave open, though they are well formed: for lint. */
#ifndef CARETAKER_POLICY_ADVICE_H
#define CARETAKER_POLICY_ADVICE_H

#include "policy_reference.h"
#include "policy_rules.h"

#define POLICY_ADVICE_MAX	32

struct policy_advice {
	const char *text[POLICY_ADVICE_MAX];	/* static */
	size_t count;
};

void policy_rules_advice(const struct policy_rules *r, struct policy_advice *out);
void policy_reference_advice(const struct policy_reference *ref, struct policy_advice *out);

#endif
