/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ML-DSA (FIPS 204), which OpenSSL has from 3.5 on.  What the library knows is asked when it runs: its headers
 * may be older than it is.
 */
#ifndef CARETAKER_MLDSA_H
#define CARETAKER_MLDSA_H

#include <stdbool.h>

#include <openssl/cms.h>

#include "reason.h"

/*
 * "ML-DSA-44", "ML-DSA-65" or "ML-DSA-87"; NULL for anything else.  An algorithm has no parameters then
 * (RFC 9881, section 2), and this libcrypto need not know it.
 */
const char *mldsa_of_algorithm(const X509_ALGOR *algor);
const char *mldsa_of_signer(CMS_SignerInfo *signer);
const char *mldsa_of_key(const EVP_PKEY *key);

/* The same by the name that its keys have as a type of ours: "mldsa44", "mldsa65", "mldsa87" */
const char *mldsa_of_type(const char *type);

/* Of the key itself, which may be NULL; of that in @cert, and in a certificate request */
const char *mldsa_of_public_key(X509_PUBKEY *key);
const char *mldsa_of_certificate(const X509 *cert);
const char *mldsa_of_request(X509_REQ *request);

/* Has OpenSSL got it?  Return: 0, or mldsa_refuse() */
int mldsa_check_library(struct reason *why);

/* Does @cert have a key that only OpenSSL's want of ML-DSA keeps from being read?  Return: 0, or mldsa_refuse() */
int mldsa_check_certificate(const X509 *cert, struct reason *why);

/* Says that it has not, "ml-dsa-missing", and empties its queue of errors.  Return: -ENOPKG */
int mldsa_refuse(struct reason *why);

/* Do OpenSSL's errors say that a private key was not read because it is one of ML-DSA? */
bool mldsa_was_missing(void);

#endif
