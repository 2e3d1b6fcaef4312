/* SPDX-License-Identifier: GPL-2.0-only */
/* A quote, and the register values that it is of. */
#ifndef CARETAKER_TPM_COLLECT_QUOTE_H
#define CARETAKER_TPM_COLLECT_QUOTE_H

#include "tpm/device.h"

/*
 * Quotes @selection over @nonce with @tpm->ak into @e->attest and @e->signature.
 * @e->pcrs are the values as they were read just before: collect_settle() makes
 * them those that were quoted.
 */
int tpm_quote(struct tpm *tpm, const TPML_PCR_SELECTION *selection,
	      const unsigned char *nonce, size_t nonce_size, struct evidence *e);

/*
 * Makes @e->pcrs the values that were quoted, where the kernel extended PCR 10
 * between the reading and the quote, as it does all the time on a busy host: PCR 10
 * is then taken from @e->ima_log, which was read after the quote, as the first part
 * of it behind the value read that fits the quoted digest.  Looks at each record
 * once.
 * Return: 0; -EAGAIN if the log explains nothing (another register changed, or
 * there is no log): quote again; -EBADMSG for what is no quote.
 */
int collect_settle(struct evidence *e);

#endif
