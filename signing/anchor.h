/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signers that a trusted CA's certificate vouches for, over certificates that the signature carries.
 */
#ifndef CARETAKER_ANCHOR_H
#define CARETAKER_ANCHOR_H

#include <openssl/cms.h>

/*
 * Which of @anchors does the certificate that the signature carries for @signer lead to?  As
 * pkcs7_validate_trust_one(), after carried_check() with them: each step names the next by
 * authorityKeyIdentifier, and has been signed by it.  Stricter than the kernel: no step may lead to two carried
 * certificates, and whoever issued one must be a CA (RFC 5280, 4.2.1.9).
 * Return: 0 with the anchor, borrowed, or with NULL if there is none; -ENOMEM
 */
int anchor_find(CMS_SignerInfo *signer, STACK_OF(X509) *carried, STACK_OF(X509) *anchors, X509 **anchor);

#endif
