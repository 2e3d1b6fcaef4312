/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates that a signature carries.  We make none, but a kernel reads and verifies each, and may
 * refuse a good signature for one of them.
 */
#ifndef CARETAKER_CARRIED_H
#define CARETAKER_CARRIED_H

#include <openssl/cms.h>

#include "reason.h"

/*
 * Does none of them stand in the way where @trusted (or NULL) are in the keyring?  Each must have a form
 * that the kernel loads, be the trusted one where it has the name of one, and be signed by
 * each that it names as its issuer: pkcs7_verify_sig_chain(), pkcs7_validate_trust_one().
 * That carried ones fit the signers is not looked at.
 * Return: 0, REFUSED ("carried-certificate"), -ENOPKG for a key of ML-DSA that OpenSSL does not know, or -errno
 */
int carried_check(CMS_ContentInfo *cms, STACK_OF(X509) *trusted, struct reason *why);

#endif
