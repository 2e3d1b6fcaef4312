/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the zoo, which zoo_key() gives by name.
 */
#ifndef ZOO_KEYS_H
#define ZOO_KEYS_H

#include <stdbool.h>

#include <openssl/evp.h>

#include "file.h"

/* Those of ML-DSA are among them where libcrypto has it. */
bool zoo_has_mldsa(void);

void zoo_keys_make(void);
void zoo_keys_free(void);

/* A signature by @key; @md counts for no key that has a hash of its own. */
struct blob zoo_sign(EVP_PKEY *key, const char *md, bool pss, const void *data, size_t size);

/* SubjectPublicKeyInfo, and what is in it: RSAPublicKey, or the point.  Their data is OpenSSL's. */
struct blob zoo_public_key(EVP_PKEY *key);
struct blob zoo_bare_key(EVP_PKEY *key);

#endif
