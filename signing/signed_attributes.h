/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signed attributes (RFC 5652, 5.3), which go with ML-DSA and with nothing else: the signature is over them, and they
 * hold the digest of the payload.
 */
#ifndef CARETAKER_SIGNED_ATTRIBUTES_H
#define CARETAKER_SIGNED_ATTRIBUTES_H

#include <openssl/cms.h>

#include "file.h"
#include "reason.h"

/*
 * The one hash that goes with ML-DSA: software_key_determine_akcipher() in the kernel takes no other.  RFC 9882, 3.3,
 * wants everybody to have it, and allows others.
 */
const EVP_MD *signed_attributes_hash(void);

/*
 * What is signed of @data, and no more: contentType and messageDigest, in DER as a SET OF (RFC 5652, 5.4).
 * Return: 0 or -errno
 */
int signed_attributes_make(const void *data, size_t size, struct blob *der, struct reason *why);

/* Gives @signer, which has none, these attributes.  Return: 0 or -errno */
int signed_attributes_add(CMS_SignerInfo *signer, const void *data, size_t size, struct reason *why);

/* What @signer signed, in the same form.  Return: 0 or -ENOMEM */
int signed_attributes_of(CMS_SignerInfo *signer, struct blob *der, struct reason *why);

/*
 * Are they such as the kernel takes?  pkcs7_sig_note_authenticated_attr(): one contentType, one messageDigest, at most
 * one signingTime, none that belong to Authenticode or S/MIME; others are nothing to it.
 * Return: 0 or REFUSED, "signed-attributes"
 */
int signed_attributes_check(CMS_SignerInfo *signer, struct reason *why);

/*
 * Is the digest in them that of @data?  pkcs7_digest().
 * Return: 0, REFUSED ("bad-signature"; "signed-attributes" where there is none), or -errno
 */
int signed_attributes_check_digest(CMS_SignerInfo *signer, const void *data, size_t size, struct reason *why);

/*
 * Was @cert, which the signature carries, valid at their signingTime?  pkcs7_verify_one().
 * Return: 0 or REFUSED, "signing-time"
 */
int signed_attributes_check_time(CMS_SignerInfo *signer, X509 *cert, struct reason *why);

#endif
