/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates of payload signers, and which of their keys the kernel can use.
 */
#ifndef CARETAKER_CERTIFICATE_H
#define CARETAKER_CERTIFICATE_H

#include <openssl/x509.h>

#include "reason.h"

#define CERTIFICATE_FILE_MAX	(256u << 20)	/* bytes */
#define CERTIFICATE_KEY_ID_MAX	36		/* bytes */

/*
 * Appends all certificates of a file to @out: one in DER, or a PEM file with any number, with
 * text around them.  A private key beside a certificate is skipped.  Anything else is
 * -EINVAL and appends none: another kind of block, a damaged one, bytes that are no text.
 */
int certificate_parse(const void *data, size_t size, STACK_OF(X509) *out, struct reason *why);
int certificate_load_all(const char *path, STACK_OF(X509) *out, struct reason *why);

/*
 * The same where one certificate is meant: more are "several-certificates".  Owned by
 * the caller.  Of both a certificate must be what it encodes to, since a kernel reads the file.
 */
int certificate_load(const char *path, X509 **out, struct reason *why);

/*
 * Is the key of a type and a strength that the kernel verifies and that we take?
 * RSA (PKCS#1 v1.5) of 2048, 3072 or 4096 bits, ECDSA on P-256, P-384 or P-521, ML-DSA.
 */
int certificate_check_key(EVP_PKEY *key, struct reason *why);

/*
 * May a payload be signed now with @key in the name of @cert?  It must be a certificate that the kernel
 * loads, of that key, in its time, for digital signatures and (if it says for what) for code, with a
 * key identifier.  What a kernel loads and we do not sign with is in the words "certificate-early",
 * "certificate-expired", "certificate-usage" and "certificate-key-id".
 */
int certificate_check_signer(X509 *cert, EVP_PKEY *key, struct reason *why);

/* A name in the form of RFC 2253, ASCII.  Freed by the caller; NULL: no memory. */
char *certificate_name(const X509_NAME *name);

/* Subject key identifier in hexadecimal, "" if it has none.  The same. */
char *certificate_key_id(X509 *cert);

#endif
