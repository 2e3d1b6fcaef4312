/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TPM that is open: commands through ESYS, and what went wrong with the last one.
 *
 * Everything that is put into the TPM is taken out again: without a resource
 * manager (/dev/tpm0) a forgotten handle stays until the next boot.
 */
#ifndef CARETAKER_TPM_DEVICE_H
#define CARETAKER_TPM_DEVICE_H

#include <stdbool.h>

#include "evidence/json.h"
#include "tpm/tss.h"

struct tpm {
	ESYS_CONTEXT *esys;
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_TR ak;
	bool ak_transient;
	char error[EVIDENCE_REASON];	/* of the last call that failed */
};

/*
 * All functions on a struct tpm: 0, -ENODEV when there is no TPM, -EIO for what the
 * TPM answered, -ENOENT, -ENOMEM, -EINVAL.  All but -ENOMEM leave @tpm->error.
 */

/* @tcti: NULL for /dev/tpmrm0, then /dev/tpm0 */
int tpm_open(struct tpm *tpm, const char *tcti);
void tpm_close(struct tpm *tpm);

/*
 * The authorisation of a hierarchy (ESYS_TR_RH_OWNER, ESYS_TR_RH_ENDORSEMENT), as
 * the next commands give it to the TPM.  Return: 0, or -EINVAL if it is too long.
 */
int tpm_set_auth(struct tpm *tpm, ESYS_TR hierarchy, const char *auth);

/* Fills @tpm->error with what the TPM answered.  Return: -EIO. */
int tpm_error(struct tpm *tpm, const char *what, TSS2_RC rc);

/* Fills @tpm->error.  Return: @rc. */
int tpm_fail(struct tpm *tpm, int rc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Answers that ask to send the same command again, a bounded number of times; TPM 2.0 Part 2, 6.6.3 */
bool tpm_again(TSS2_RC rc, int *tries);

/* Repeats @call while the TPM asks for it; the result is in @rc */
#define TPM_CALL(rc, call) do {			\
	int tries_ = 0;				\
						\
	do {					\
		(rc) = (call);			\
	} while (tpm_again((rc), &tries_));	\
} while (0)

/*
 * A primary key of the endorsement hierarchy from a fixed template: the same TPM
 * gives the same key each boot, and nothing must be stored.  @handle is to be
 * flushed; @public is the marshalled TPM2B_PUBLIC.
 */
int tpm_create_primary(struct tpm *tpm, const TPM2B_PUBLIC *template, ESYS_TR *handle,
		       struct blob *public);

int tpm_marshal_public(struct tpm *tpm, const TPM2B_PUBLIC *public, struct blob *out);

#endif
