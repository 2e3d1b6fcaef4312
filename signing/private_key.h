/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private keys: PEM files, and tokens by their RFC 7512 URI.
 */
#ifndef CARETAKER_PRIVATE_KEY_H
#define CARETAKER_PRIVATE_KEY_H

#include <openssl/evp.h>

#include "passphrase.h"

/*
 * Loads @key, a path or a "pkcs11:" URI.  @source is only asked if a passphrase
 * or a PIN is needed.  Owned by the caller.  Return: 0 or -errno.
 */
int private_key_load(const char *key, const struct passphrase_source *source,
		     EVP_PKEY **out, struct reason *why);

#endif
