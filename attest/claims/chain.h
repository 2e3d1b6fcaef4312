/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The chain of secrets through the kernel's records: each reveals what the one before it
 * committed to, and commits to what the next one will reveal.  Root can extend PCR 10 and
 * write what fits into a log, but cannot name the secret that the kernel still keeps.
 */
#ifndef CARETAKER_CLAIMS_CHAIN_H
#define CARETAKER_CLAIMS_CHAIN_H

#include <stdbool.h>

#include <linux/caretaker_record.h>

#define CLAIMS_SECRET	32	/* bytes of a secret, and of its SHA-256 */

struct claims_chain {
	unsigned char commit[CLAIMS_SECRET];	/* of the last record */
	bool begun;
};

/*
 * Takes the header of the next record since the last reset.  @wrong: why it is none that
 * the kernel made behind those before it, or untouched.  Whatever it is, the chain goes
 * on from it.  Return: 0 or -ENOMEM.
 */
int claims_chain_record(struct claims_chain *c, const struct caretaker_record_header *h,
			const char **wrong);

#endif
