/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests for certificates (PKCS#10, RFC 2986): how a key that nobody may see gets its certificate.
 */
#ifndef CARETAKER_KEY_REQUEST_H
#define CARETAKER_KEY_REQUEST_H

#include <openssl/x509.h>

#include "file.h"
#include "reason.h"

#define KEY_REQUEST_MAX	65536	/* bytes of a file */

/* The public part of @key, without the library or token that it lives in; owned by the caller */
int key_request_public(EVP_PKEY *key, EVP_PKEY **out, struct reason *why);

/* A request of @key's owner, by the name @cn, for a certificate to sign payloads with; read back.  In PEM */
int key_request_make(EVP_PKEY *key, const char *cn, struct blob *pem, struct reason *why);

/*
 * Reads one request, in PEM or DER, to the last byte ("request-file"), whose key is one that kernels verify
 * ("key-type", "weak-key") and has signed it ("request-signature"): nobody gets a certificate for another's key.
 * Return: 0 with the request, owned by the caller; REFUSED or -errno
 */
int key_request_parse(const void *data, size_t size, X509_REQ **out, struct reason *why);
int key_request_load(const char *path, X509_REQ **out, struct reason *why);

#endif
