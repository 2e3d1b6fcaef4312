/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the keyrings of a kernel say of a certificate: does a payload load that its owner has signed?
 */
#ifndef CARETAKER_KERNEL_TRUST_H
#define CARETAKER_KERNEL_TRUST_H

#include <stdbool.h>

#include <jansson.h>
#include <openssl/x509.h>

#include "reason.h"

/* A keyring's name stands in the list of those that may vouch for payloads: caretaker_verify_signature() */
bool kernel_trust_vouches(const char *keyring);

/*
 * Looks for @cert in @rings, [{"name", "keys": [{"type", "description"}]}] as of keyring_list(): a key by what the
 * kernel calls it, subject and key identifier or number (x509_key_preparse()); a revocation also by
 * "tbs:" and the hash of what was signed (is_hash_blacklisted()).
 * Return: 0 with {"trusted", "revoked", "keyrings": [names]} in @out; REFUSED with it where no keyring
 * vouches ("not-in-keyring") or .blacklist has it ("certificate-revoked"); -errno
 */
int kernel_trust_find(const json_t *rings, X509 *cert, json_t **out, struct reason *why);

#endif
