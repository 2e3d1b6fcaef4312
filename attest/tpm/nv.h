/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading what the TPM's maker put into NV storage. */
#ifndef CARETAKER_TPM_NV_H
#define CARETAKER_TPM_NV_H

#include "tpm/device.h"

/*
 * Reads all of an index: with its own (empty) authorisation where its attributes
 * let that read, else as the owner, whose authorisation tpm_set_auth() gave.
 * Return: 0; -ENOENT if it is not defined, or nobody wrote it; -EACCES if nobody
 * but the platform may read it, or the TPM refuses; -EFBIG for more than @max bytes.
 */
int tpm_nv_read(struct tpm *tpm, TPM2_HANDLE index, size_t max, struct blob *out);

/* The indices from @first to @last that are defined, in order; at most @max */
int tpm_nv_list(struct tpm *tpm, TPM2_HANDLE first, TPM2_HANDLE last, TPM2_HANDLE *list,
		size_t max, size_t *count);

#endif
