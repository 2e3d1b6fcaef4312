/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Public keys that a caller trusts, from certificates or by themselves.
 */
#ifndef CARETAKER_PUBLIC_KEYS_H
#define CARETAKER_PUBLIC_KEYS_H

#include <stddef.h>

#include <openssl/x509.h>

#include "reason.h"

#define PUBLIC_KEY_ID_TEXT	65	/* SHA-256 in hexadecimal, and NUL */

/* Begins empty, all zero; the keys are its own. */
struct public_keys {
	EVP_PKEY **key;
	size_t count;
};

/* Appends the keys of certificates.  0 or -errno, -ENOPKG for ML-DSA that OpenSSL does not know */
int public_keys_add(struct public_keys *keys, STACK_OF(X509) *certs, struct reason *why);

/*
 * Appends what is in a file: one SubjectPublicKeyInfo in PEM ("PUBLIC KEY", RFC 7468, 13) and
 * nothing else, or certificates as of certificate_parse().  -errno, "key-file" for neither,
 * -ENOPKG as above
 */
int public_keys_load(const char *path, struct public_keys *keys, struct reason *why);
void public_keys_free(struct public_keys *keys);

/* SHA-256 of the SubjectPublicKeyInfo in DER.  0 or -errno */
int public_key_id(EVP_PKEY *key, char out[PUBLIC_KEY_ID_TEXT], struct reason *why);

#endif
