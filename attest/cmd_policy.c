// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker policy, with the part that reads evidence: policy/ is below it.
 */
#include "golden.h"
#include "verb.h"

int cmd_policy(int argc, char **argv)
{
	return policy_verb(argc, argv, golden_reference);
}
