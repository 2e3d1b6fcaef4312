/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IMA policies: the syntax of security/integrity/ima/ima_policy.c as far as we
 * use it, and whether a policy records what a verdict relies on.  Used on the
 * files in policy/ and on the policy that a host measured ("ima_policy_loaded").
 */
#ifndef CARETAKER_POLICY_IMA_H
#define CARETAKER_POLICY_IMA_H

#include <stdbool.h>
#include <stddef.h>

#include "policy_rules.h"

/* What a policy is asked to do */
#define POLICY_IMA_RECORDS	(1u << 0) /* critical data, label caretaker, into PCR 10 */
#define POLICY_IMA_MEASURE	(1u << 1) /* payload files */
#define POLICY_IMA_APPRAISE	(1u << 2) /* payload files, by signature */
#define POLICY_IMA_SELF		(1u << 3) /* the policy itself: label ima_policy */
#define POLICY_IMA_KEXEC	(1u << 4) /* critical data, label ima_kexec: that a kexec happens */
#define POLICY_IMA_KEXEC_CMDLINE (1u << 5) /* the command line of each kernel that is loaded */
#define POLICY_IMA_KEXEC_KERNEL	(1u << 6) /* its image */

/* What a verdict rests on */
#define POLICY_IMA_VERDICT	(POLICY_IMA_RECORDS | POLICY_IMA_KEXEC | \
				 POLICY_IMA_KEXEC_CMDLINE | POLICY_IMA_KEXEC_KERNEL)

struct policy_ima_note {
	unsigned int line;	/* 1-based, 0: the whole file */
	bool error;		/* else a warning */
	char text[POLICY_REASON];
};

#define POLICY_IMA_NOTES	32

/**
 * struct policy_ima_report - what was found
 * @does:	POLICY_IMA_* that are in effect
 * @errors:	of any kind; also those for which @note had no room
 * @notes, @note: what to tell the author
 */
struct policy_ima_report {
	unsigned int does;
	unsigned int errors;
	unsigned int notes;
	struct policy_ima_note note[POLICY_IMA_NOTES];
};

/* Always fills @report; a policy is good if @errors is 0 and @does has what is asked. */
void policy_ima_check(const char *text, size_t size, struct policy_ima_report *report);

#endif
