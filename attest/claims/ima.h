/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the IMA log proves: the part of it that leads to the quoted PCR 10, the
 * boot aggregate that ties it to this boot, the policy, and our own records.
 *
 * The log is read once, forwards, and may have any length.  In memory are a window of it
 * (2 MiB, two of the longest records), up to 4 MiB for kernels and loads of kernels
 * (kernel.h), and 0.7 KiB for each caretaker that is live (vm.h).
 */
#ifndef CARETAKER_CLAIMS_IMA_H
#define CARETAKER_CLAIMS_IMA_H

#include <stdbool.h>
#include <stddef.h>

#include "claims/caretaker.h"
#include "claims/reasons.h"
#include "log/ima_stream.h"
#include "pcr.h"

#define CLAIMS_IMA_PCR		10
#define CLAIMS_POLICIES_MAX	32	/* of one kernel; what goes beyond is a reason */

struct claims_ima {
	unsigned int attested;		/* records that PCR 10 proves */
	unsigned int unattested;	/* records after them, or of other registers: not used */
	unsigned int violations;	/* among the attested; never used */
	unsigned int policies;		/* different ones that the last kernel measured */
	unsigned char policy_digest[CLAIMS_POLICIES_MAX][32]; /* SHA-256 of each, in their order */
	unsigned char aggregate[16 + PCR_DIGEST_MAX]; /* "alg:", NUL and digest of the one at the start */
	size_t aggregate_size;
	int aggregate_bank;		/* it holds over PCR 0 to 9 of this bank; PCR_BANK_NONE: it does not */
	struct claims_caretaker caretaker;
};

/**
 * struct claims_ima_input - what the log must lead to
 * @banks:	PCR_BANK_BIT of those that count: one record must lead to the quoted PCR 10 in each
 * @quoted:	registers that the quote proved; no others are present
 * @at_init:	PCR 0 to 9 (and 14, not used) when IMA started, as claims_boot_read() found them
 */
struct claims_ima_input {
	uint32_t banks;
	const struct pcr_set *quoted;
	const struct pcr_set *at_init;
};

/**
 * claims_ima_read - find the attested part of the log and take its claims
 * @in:		an opened log; where opening failed, this says so as well
 * @out:	the claims of the first records, as few as lead to the quoted value
 * @why:	reasons are added; none of a record that is not proven
 *
 * Reads to the end: what comes behind the proven part must have the form of a log.
 *
 * Return: 0 if a part of the log is attested (there may still be reasons),
 * -EBADMSG with a reason, -ENOMEM, or what read() says.  @out is empty on error.
 */
int claims_ima_read(struct ima_stream *in, const struct claims_ima_input *input,
		    struct claims_ima *out, struct reasons *why);
void claims_ima_free(struct claims_ima *c);

#endif
