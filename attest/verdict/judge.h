/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of a decision, in the order in which verdict_decide() takes them. */
#ifndef CARETAKER_VERDICT_JUDGE_H
#define CARETAKER_VERDICT_JUDGE_H

#include "verdict/verdict.h"

/* The kernels that stated themselves, and those that were loaded to follow */
void verdict_judge_kernels(const struct verdict_input *in, struct verdict *v);

/* Each live VM, and how many there are.  0 or -ENOMEM. */
int verdict_judge_vms(const struct verdict_input *in, struct verdict *v);

#endif
