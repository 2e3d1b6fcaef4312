/* SPDX-License-Identifier: GPL-2.0-only */
/* What an EK certificate is like: TCG EK Credential Profile 2.5, 3.2. */
#ifndef CARETAKER_EK_CERTIFICATE_H
#define CARETAKER_EK_CERTIFICATE_H

#include <stdbool.h>

#include <openssl/x509.h>

/*
 * Is it for an endorsement key?  Its extended key usage says so (3.2.16), or, where
 * it has none, its subject alternative name has the TPM's manufacturer, model and
 * version (3.2.9), which no other certificate has.  Never that of an authority.
 */
bool ek_certificate_fits(X509 *certificate);

/*
 * Are all its critical extensions those that OpenSSL knows, and subject directory
 * attributes (3.2.10: the TPM's specification), which say nothing that we rely on?
 */
bool ek_certificate_understood(X509 *certificate);

#endif
