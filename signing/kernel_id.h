/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the kernel names keys: crypto/asymmetric_keys/asymmetric_type.c.  An identifier is a row of
 * bytes; serial number and issuer stand in it one behind the other, with nothing between.
 */
#ifndef CARETAKER_KERNEL_ID_H
#define CARETAKER_KERNEL_ID_H

#include <stdbool.h>

#include <openssl/cms.h>
#include <openssl/x509v3.h>

#include "file.h"

/* What asymmetric_key_id_same() says; one that is missing is like none. */
bool kernel_id_same(const struct blob *a, const struct blob *b);

/* Byte for byte, where OpenSSL would overlook upper and lower case */
bool kernel_name_same(const X509_NAME *a, const X509_NAME *b);

/* Is there something in a name, and in each of its parts?  The kernel's grammar has no empty ones. */
bool kernel_name_is_whole(const X509_NAME *name);

/*
 * Serial number and issuer; the identifier in a certificate or of the authority; what names
 * a signer.  Freed by blob_free(); NULL in data: there is none, or it is no DER.
 * Return: 0 or -ENOMEM
 */
int kernel_id_of(const ASN1_INTEGER *serial, const X509_NAME *issuer, struct blob *out);
int kernel_id_of_certificate(X509 *cert, struct blob *out);
int kernel_id_of_key(X509 *cert, struct blob *out);
int kernel_id_of_signer(CMS_SignerInfo *signer, struct blob *out);

/*
 * What a certificate says of who issued it (authorityKeyIdentifier): by key, and by number
 * and name.  Only what certificate_check_form() takes has these.
 */
struct kernel_authority {
	struct blob key;
	struct blob number;
};

int kernel_authority_of(X509 *cert, struct kernel_authority *out);
void kernel_authority_free(struct kernel_authority *authority);

#endif
