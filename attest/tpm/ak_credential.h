/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Credential protection without a TPM: TPM 2.0 Part 1, section 24.
 *
 * The verifier encrypts a secret so that only the TPM that has both the EK and
 * the named AK can read it.  That binds the AK to the EK, and through the EK's
 * certificate to a real TPM.
 */
#ifndef CARETAKER_AK_CREDENTIAL_H
#define CARETAKER_AK_CREDENTIAL_H

#include <tss2/tss2_tpm2_types.h>

#include "file.h"

/**
 * ak_credential_make - TPM2_MakeCredential() in software
 * @ek: endorsement key, RSA or ECC; its symmetric algorithm is AES-CFB
 * @name, @name_size: TPM name of the attestation key
 * @secret, @secret_size: what to protect, at most 32 bytes
 * @credential: TPM2B_ID_OBJECT, marshalled
 * @encrypted: TPM2B_ENCRYPTED_SECRET, marshalled
 *
 * Return: 0, -EOPNOTSUPP for an EK that this cannot serve, -ENOMEM, -EIO.
 */
int ak_credential_make(const TPM2B_PUBLIC *ek, const unsigned char *name, size_t name_size,
		       const unsigned char *secret, size_t secret_size,
		       struct blob *credential, struct blob *encrypted);

/*
 * What the host returns: HMAC-SHA256(secret, "caretaker-activate" || 0 || binding).
 * The secret itself never leaves the host again.
 */
int ak_credential_proof(const unsigned char secret[32], const unsigned char binding[32],
			unsigned char proof[32]);

/* KDFa, TPM 2.0 Part 1, section 11.4.10.2; for ak_credential.c and its test */
int ak_credential_kdfa(const char *hash, const unsigned char *key, size_t key_size,
		       const char *label, const unsigned char *u, size_t u_size,
		       const unsigned char *v, size_t v_size, unsigned char *out, size_t bits);

#endif
