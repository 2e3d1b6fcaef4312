/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's endorsement key: its certificate, wherever the maker put it, the key
 * that the certificate is for, and the answer to a challenge for that key.
 */
#ifndef CARETAKER_TPM_EK_H
#define CARETAKER_TPM_EK_H

#include "tpm/device.h"
#include "tpm/ek_template.h"

/**
 * struct ek_source - which key to enrol
 * @kinds:	EK_KIND_BIT of those that may be taken; EK_ALL_KINDS without a wish
 * @certificate: file with its certificate, and possibly those of the authorities
 *		between (PEM, or one in DER), for TPMs that hold none; NULL: from the TPM
 * @without:	no certificate: the verifier knows the key itself
 */
struct ek_source {
	unsigned int kinds;
	const char *certificate;
	bool without;
};

struct ek {
	const struct ek_place *place;
	ESYS_TR handle;
};

/*
 * Fills all of @e but the AK, and leaves the key in the TPM.  Without a wish the
 * first index with a certificate counts whose key this TPM can make.
 * Errors as in device.h; -ENOENT when there is no certificate of these kinds.
 */
int tpm_ek_open(struct tpm *tpm, const struct ek_source *source, struct ek *ek,
		struct enrolment *e);
void tpm_ek_close(struct tpm *tpm, struct ek *ek);

/* TPM2_ActivateCredential() with @tpm->ak and @ek */
int tpm_activate(struct tpm *tpm, const struct ek *ek, const struct challenge *challenge,
		 unsigned char secret[EVIDENCE_SECRET_SIZE]);

#endif
