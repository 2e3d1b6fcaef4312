/* SPDX-License-Identifier: GPL-2.0-only */
/* A quote, and the register values that it is of. */
#ifndef CARETAKER_TPM_COLLECT_QUOTE_H
#define CARETAKER_TPM_COLLECT_QUOTE_H

#include "tpm/collect_ima.h"
#include "tpm/device.h"

/*
 * Quotes @selection over @nonce with @tpm->ak into @e->attest and @e->signature.
 * @e->pcrs are the values as they were read just before: collect_settle() makes
 * them those that were quoted.
 */
int tpm_quote(struct tpm *tpm, const TPML_PCR_SELECTION *selection,
	      const unsigned char *nonce, size_t nonce_size, struct evidence *e);

/**
 * collect_settle - what was quoted, and how much of IMA's list belongs to it
 * @e: the quote, and the registers as they were read just before
 * @list: IMA's list, opened after the quote
 * @max: bytes that it may have
 * @part: the first part of it that leads to the quoted PCR 10; all of it if none does, or if
 *	PCR 10 was not quoted: what that means is for the verifier to say
 *
 * Makes @e->pcrs the values that were quoted, where the kernel extended PCR 10 between the
 * reading and the quote, as it does all the time on a busy host: PCR 10 is then taken from
 * the list, as the first part of it behind the value read that fits the quoted digest.
 * Looks at each record once.
 *
 * Return: 0; -EAGAIN if the list explains nothing (another register changed, or there is no
 * list): quote again; -EBADMSG for what is no quote; -EFBIG; -ENOMEM; or what reading says
 */
int collect_settle(struct evidence *e, struct collect_ima *list, uint64_t max,
		   struct collect_part *part);

#endif
