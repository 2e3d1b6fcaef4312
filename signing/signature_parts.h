/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What OpenSSL reads past in a signature, and the kernel does not.
 */
#ifndef CARETAKER_SIGNATURE_PARTS_H
#define CARETAKER_SIGNATURE_PARTS_H

#include <openssl/cms.h>

#include "reason.h"

/*
 * Holds @cms, which was read from @der and encodes to the same, against the kernel's grammar
 * (crypto/asymmetric_keys/pkcs7.asn1): version numbers, names, digest algorithms, what is
 * carried.  Words: "malformed-signature", "signer-form", "carried-crl", "carried-certificate".
 */
int signature_check_parts(CMS_ContentInfo *cms, const void *der, size_t size, struct reason *why);

#endif
