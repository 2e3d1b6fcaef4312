/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Public areas of TPM keys: what an attestation key and an endorsement key must
 * be like, their TPM names, and how they become OpenSSL keys.
 */
#ifndef CARETAKER_AK_PUBLIC_H
#define CARETAKER_AK_PUBLIC_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <tss2/tss2_tpm2_types.h>

#include "file.h"

/*
 * All: 0, -EBADMSG for bytes that are no such structure (trailing bytes
 * included), -EPERM for a key that may not have the role, -EOPNOTSUPP for an
 * algorithm that is not supported, -ENOMEM.  @why says which, in a few words.
 */
int ak_public_parse(const struct blob *in, TPM2B_PUBLIC *out, const char **why);

/* Restricted signing key that never left this TPM; TPM 2.0 Part 1, 25.1 */
int ak_public_is_attestation_key(const TPM2B_PUBLIC *ak, const char **why);

/* Restricted decryption key, as the EK profile says; TCG EK Credential Profile, B.3 */
int ak_public_is_endorsement_key(const TPM2B_PUBLIC *ek, const char **why);

int ak_public_to_pkey(const TPM2B_PUBLIC *pub, EVP_PKEY **out, const char **why);

/* Name: nameAlg || H(TPMT_PUBLIC); TPM 2.0 Part 1, 16 */
int ak_public_name(const TPM2B_PUBLIC *pub, unsigned char *name, size_t *size);

/* Do both hold the same public key? */
bool ak_public_equals_certificate(const TPM2B_PUBLIC *ek, X509 *certificate);

#endif
