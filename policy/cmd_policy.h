/* SPDX-License-Identifier: GPL-2.0-only */
/* What `caretaker policy` does, a function a word.  Each returns an exit status of verb.h. */
#ifndef CARETAKER_CMD_POLICY_H
#define CARETAKER_CMD_POLICY_H

#include <stdio.h>

#include "policy_reference.h"

void policy_usage(FILE *to);

int policy_lint(int argc, char **argv);

/* @from_evidence: reads what policy/ may not know, since attest/ is above it */
int policy_compile(int argc, char **argv, policy_from_evidence from_evidence);

#endif
