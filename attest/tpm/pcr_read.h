/* SPDX-License-Identifier: GPL-2.0-only */
/* Which registers a quote is asked for, and what they hold. */
#ifndef CARETAKER_TPM_PCR_READ_H
#define CARETAKER_TPM_PCR_READ_H

#include "pcr.h"
#include "tpm/device.h"

/* "sha256:0-10,14", adding to @out; 0 or -EINVAL */
int collect_parse_selection(const char *text, TPML_PCR_SELECTION *out);

/*
 * PCR 0 to 10 and 14 in the bank that the TPM keeps: SHA-256, or SHA-384 where that
 * one is off, as on hosts that are bound to CNSA.  -ENOENT: neither is on.
 */
int tpm_default_selection(struct tpm *tpm, TPML_PCR_SELECTION *out);

/* Reads the selected registers.  The TPM may extend one of them in between. */
int tpm_read_pcrs(struct tpm *tpm, const TPML_PCR_SELECTION *selection, struct pcr_set *out);

#endif
