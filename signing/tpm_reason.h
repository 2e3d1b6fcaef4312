/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a TPM says, as a reason: response codes (TPM 2.0 Library, part 2, 6.6; TSS 2.0 Overview, 3.10),
 * as OpenSSL's provider "tpm2" leaves them in its queue of errors.
 */
#ifndef CARETAKER_TPM_REASON_H
#define CARETAKER_TPM_REASON_H

#include <stdbool.h>
#include <stdint.h>

#include "reason.h"

/* Is @data, what stands beside an error in the queue, of a TPM?  It has the code in front: "2446 tpm:...". */
bool tpm_reason_code(const char *data, uint32_t *code);

/*
 * Fills @why with a word for @code and "@what: the TPM says 0x...".  Codes without a word of their own are "tpm".
 * Return: -errno that belongs to it
 */
int tpm_reason(struct reason *why, uint32_t code, const char *what);

#endif
