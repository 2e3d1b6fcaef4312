/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the IMA log proves: the part of it that leads to the quoted PCR 10, the
 * boot aggregate that ties it to this boot, the policy, and our own records.
 */
#ifndef CARETAKER_CLAIMS_IMA_H
#define CARETAKER_CLAIMS_IMA_H

#include <stdbool.h>
#include <stddef.h>

#include "claims/caretaker.h"
#include "pcr.h"
#include "claims/reasons.h"

#define CLAIMS_IMA_PCR	10

struct claims_ima {
	unsigned int attested;		/* records that PCR 10 proves */
	unsigned int unattested;	/* records after them, or of other registers: not used */
	unsigned int violations;	/* among the attested; never used */
	unsigned int policies;		/* measured by the last kernel, all good so far as @policy_fit says */
	bool policy_fit;		/* each of them records what a verdict relies on */
	unsigned char policy_digest[32]; /* SHA-256 of the last one */
	unsigned char aggregate[16 + PCR_DIGEST_MAX]; /* "alg:", NUL and digest of the one at the start */
	size_t aggregate_size;
	int aggregate_bank;		/* it holds over PCR 0 to 9 of this bank; PCR_BANK_NONE: it does not */
	struct claims_caretaker caretaker;
};

/**
 * claims_ima_read - find the attested part of the log and take its claims
 * @log, @size: binary_runtime_measurements
 * @bank: the bank that counts
 * @quoted: registers that the quote proved; no others are present
 * @at_init: PCR 0 to 9 when IMA started, as claims_boot_read() found them
 *
 * Return: 0 if a part of the log is attested (there may still be reasons),
 * -EBADMSG, or -ENOMEM.  @out is empty on error.
 */
int claims_ima_read(const void *log, size_t size, enum pcr_bank bank,
		    const struct pcr_set *quoted, const struct pcr_set *at_init,
		    struct claims_ima *out, struct reasons *why);
void claims_ima_free(struct claims_ima *c);

#endif
