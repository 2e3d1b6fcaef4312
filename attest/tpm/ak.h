/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's attestation key: derived from a template, or one that is there already. */
#ifndef CARETAKER_TPM_AK_H
#define CARETAKER_TPM_AK_H

#include "tpm/ak_template.h"
#include "tpm/device.h"

/*
 * Puts the key into @tpm->ak.  @which: a persistent handle or the file of a saved
 * context; NULL: the key of the template @type.  @public is its marshalled
 * TPM2B_PUBLIC.  Errors as in device.h, and those of file_read().
 */
int tpm_attestation_key(struct tpm *tpm, const char *which, enum ak_type type,
			struct blob *public);

#endif
