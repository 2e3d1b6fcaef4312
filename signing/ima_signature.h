/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The signature of a file that IMA appraises: the value of the extended attribute security.ima, as
 * `evmctl ima_sign` makes it.
 *
 * It is struct signature_v2_hdr of the kernel (security/integrity/integrity.h): type 3, version 2, the
 * hash (enum hash_algo), the last four bytes of the signer's subjectKeyIdentifier, by which a
 * keyring is asked, the length, and the signature over the file: RSA PKCS#1 v1.5 or ECDSA in DER.
 */
#ifndef CARETAKER_IMA_SIGNATURE_H
#define CARETAKER_IMA_SIGNATURE_H

#include <openssl/x509.h>

#include "file.h"
#include "reason.h"

#define IMA_ATTRIBUTE	"security.ima"
#define IMA_SUFFIX	".sig"		/* as evmctl's --sigfile */
#define IMA_MAX		1024		/* bytes; RSA of 4096 bits needs 521 */

/*
 * Makes it of @der, the CMS of signature.h that @cert's key made over the file with @hash.
 * Return: 0; REFUSED, "certificate-key-id": @cert has no subjectKeyIdentifier of 4 bytes; -errno
 */
int ima_signature_make(const struct blob *der, X509 *cert, const EVP_MD *hash, struct blob *out,
		       struct reason *why);

/* Would a kernel that has @cert in .ima take it for @file?  REFUSED, "bad-signature", if not */
int ima_signature_check(const struct blob *signature, X509 *cert, const struct blob *file,
			struct reason *why);

#endif
