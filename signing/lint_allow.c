// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exceptions that `caretaker sign` makes, compiled in: whoever may change them
 * may change the tool, and a review of this file is the review of the policy.
 *
 * A line holds for the whole of the function, for that instruction only.  A payload
 * without symbols gets none.  docs/payload.md says what such a line is worth.
 */
#include "lint_allow.h"

const struct lint_exception lint_exceptions[] = {
	{ "caretaker_entry", LINT_VIRTUALIZATION, "VMRUN", "enters the guest" },
	{ "vmx_left", LINT_VIRTUALIZATION, "VMREAD", "reads the exit" },
	{ "vmx_left", LINT_VIRTUALIZATION, "VMWRITE", "completes a CPUID" },
	{ "vmx_exit", LINT_VIRTUALIZATION, "VMREAD", "reads the exit" },
	{ "vmx_exit", LINT_VIRTUALIZATION, "VMWRITE", "completes the instruction" },
	{ "vmx_exit_rdmsr", LINT_VIRTUALIZATION, "VMREAD", "reads the exit" },
	{ "vmx_exit_rdmsr", LINT_VIRTUALIZATION, "VMWRITE", "completes the instruction" },
};

const size_t lint_exceptions_count = sizeof(lint_exceptions) / sizeof(lint_exceptions[0]);
