/* SPDX-License-Identifier: GPL-2.0-only */
/* What an endorsement key is called: in the operator's list, and in a host's identity. */
#ifndef CARETAKER_EK_DIGEST_H
#define CARETAKER_EK_DIGEST_H

#include <openssl/evp.h>

/**
 * ek_digest - SHA-256 of the key's SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) in DER
 * @key: an EC point becomes uncompressed in it
 *
 * Of the key alone, and encoded here, so that each key has one: of a TPM2B_PUBLIC the host
 * chooses the policy and attributes that nobody checks.
 *
 * Return: 0, or -EBADMSG for a key that cannot be encoded.
 */
int ek_digest(EVP_PKEY *key, unsigned char digest[32]);

#endif
