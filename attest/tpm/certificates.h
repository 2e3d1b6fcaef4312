/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of certificates and of revocation lists: all that is in them counts, or none. */
#ifndef CARETAKER_CERTIFICATES_H
#define CARETAKER_CERTIFICATES_H

#include <openssl/x509.h>

#include "evidence/json.h"

/*
 * All of a file: certificates as certificate_parse() takes them; revocation lists in PEM,
 * however many and whatever text is between, or in DER one after another.
 * Return: 0; -EBADMSG with @why (which one is broken) if there is none, or one that
 * cannot be read; -ENOMEM.  Lists that were read before are added all the same.
 */
int certificates_read(const void *data, size_t size, STACK_OF(X509) *out,
		      char why[EVIDENCE_REASON]);
int certificates_read_crls(const void *data, size_t size, X509_STORE *out, unsigned int *count,
			   char why[EVIDENCE_REASON]);

/* The same from a TPM: DER, and zeros or erased bytes behind each, as an index is filled up */
int certificates_read_stored(const void *data, size_t size, STACK_OF(X509) *out,
			     char why[EVIDENCE_REASON]);

#endif
