/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures that another program made.
 */
#ifndef CARETAKER_SIGNATURE_FOREIGN_H
#define CARETAKER_SIGNATURE_FOREIGN_H

#include "signature.h"

/*
 * Makes the CMS of signature.h of what @signature holds: the bytes of an RSA (PKCS#1 v1.5) or an ECDSA
 * signature over @data with @hash, the latter in DER or as two numbers of one length, as PKCS#11
 * has it; those of ML-DSA over signed_attributes_make() of @data; or a CMS, as `sign --detached` makes it.  It is
 * held against @cert.
 * Return: 0; REFUSED, "bad-signature" among the words; -errno
 */
int signature_take(const struct blob *signature, const void *data, size_t size, X509 *cert,
		   const EVP_MD *hash, struct blob *der, struct reason *why);

/*
 * Lets a shell run @command, with @data as its standard input and hash and digest (hexadecimal) in the
 * environment as CARETAKER_HASH and CARETAKER_DIGEST; without @hash "none", and no digest.  What it prints is the
 * signature.
 * Return: 0; -errno, also where the command ends with another status than 0
 */
int signature_external(const char *command, const void *data, size_t size, const EVP_MD *hash,
		       struct blob *signature, struct reason *why);

#endif
