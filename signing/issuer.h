/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who issued a certificate, as the kernel asks it.
 */
#ifndef CARETAKER_ISSUER_H
#define CARETAKER_ISSUER_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "reason.h"

/* What a certificate says of another one as its issuer (authorityKeyIdentifier) */
enum issuer_named {
	ISSUER_OTHER,		/* it names somebody else */
	ISSUER_UNNAMED,		/* it names nobody */
	ISSUER_HALF,		/* the right number, and somebody else's key: the kernel stops here */
	ISSUER_NAMED,
};

/* find_asymmetric_key().  Both must have the kernel's form.  Return: 0 or -ENOMEM */
int issuer_names(X509 *cert, X509 *other, enum issuer_named *named);

/* Did the key of @other sign @cert, with a hash that each kernel has (SHA-256, SHA-384 or SHA-512), or ML-DSA? */
bool issuer_signed(X509 *cert, X509 *other);

/*
 * Does a secondary keyring let @cert in where @issuers are trusted?  restrict_link_by_signature():
 * it is the first one that @cert names, or whose subject is its issuer if it names none, who must
 * have signed.  As nobody knows which is first, each must.  Word: "not-issued".
 */
int issuer_check(X509 *cert, STACK_OF(X509) *issuers, struct reason *why);

#endif
