/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's side of attestation: what is asked of the TPM, through ESYS.
 *
 * Keys are primaries of the endorsement hierarchy made from fixed templates, so
 * that the same TPM gives the same keys each boot and nothing must be stored.
 */
#ifndef CARETAKER_COLLECT_TPM_H
#define CARETAKER_COLLECT_TPM_H

#include <stdbool.h>

#include <tss2/tss2_esys.h>

#include "evidence/json.h"

enum collect_key { COLLECT_ECC, COLLECT_RSA };

struct collect_options {
	const char *tcti;		/* NULL: /dev/tpmrm0, then /dev/tpm0 */
	const char *ak;			/* persistent handle or context file; NULL: derived */
	enum collect_key ak_type;	/* of a derived one */
	enum collect_key ek_type;
};

struct tpm {
	ESYS_CONTEXT *esys;
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_TR ak;
	bool ak_transient;
	char error[EVIDENCE_REASON];	/* of the last call that failed */
};

/* All: 0, -ENODEV when there is no TPM, -EIO for what the TPM answered, -ENOMEM, -EINVAL */
int tpm_open(struct tpm *tpm, const struct collect_options *options);
void tpm_close(struct tpm *tpm);

/* Creates or loads the attestation key; @public is its marshalled TPM2B_PUBLIC */
int tpm_attestation_key(struct tpm *tpm, const struct collect_options *options,
			struct blob *public);

/*
 * Quotes @selection over @nonce into @e->attest and @e->signature, with the PCR
 * values that were quoted in @e->bank.
 */
int tpm_quote(struct tpm *tpm, const TPML_PCR_SELECTION *selection,
	      const unsigned char *nonce, size_t nonce_size, struct evidence *e);

/* The EK certificate from NV storage; empty if the TPM holds none */
int tpm_ek_certificate(struct tpm *tpm, enum collect_key type, struct blob *certificate);
int tpm_ek_public(struct tpm *tpm, enum collect_key type, struct blob *public);

/* TPM2_ActivateCredential() with AK and EK */
int tpm_activate(struct tpm *tpm, enum collect_key ek_type, const struct challenge *challenge,
		 unsigned char secret[EVIDENCE_SECRET_SIZE]);

/* "sha256:0-10,14", adding to @out; 0 or -EINVAL */
int collect_parse_selection(const char *text, TPML_PCR_SELECTION *out);

#endif
