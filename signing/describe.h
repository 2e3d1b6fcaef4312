/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Payloads and their signers as JSON.  NULL and -ENOMEM mean no memory.
 */
#ifndef CARETAKER_DESCRIBE_H
#define CARETAKER_DESCRIBE_H

#include <jansson.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

#include "payload.h"

/* "r-x" */
void describe_flags(unsigned int flags, char out[4]);

/* The report of `inspect`.  Takes over @signers, which may be NULL. */
json_t *describe_payload(const struct payload *payload, const char *error, json_t *signers);

/* An array of describe_signer() */
int describe_signers(const void *der, size_t size, json_t **out, struct reason *why);

/* How a SignerInfo names its signer, hash and algorithm */
json_t *describe_signer(CMS_SignerInfo *signer);

/* "KEY-ID SUBJECT" of a certificate, a JSON string */
json_t *describe_certificate(X509 *cert);

#endif
