/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker sign --prepare: the digest of what was prepared.
 */
#ifndef CARETAKER_SIGN_DIGEST_H
#define CARETAKER_SIGN_DIGEST_H

#include "sign_request.h"

/*
 * Computes it, with the hash of the request, in hexadecimal; "" where there is none, with the certificate of
 * ML-DSA.  Return: 0, REFUSED ("no-digest" where a file is to have it all the same) or -errno
 */
int sign_digest_make(const struct sign_request *request, const struct payload *payload, X509 *cert,
		     char digest[2 * EVP_MAX_MD_SIZE + 1], struct reason *why);

/* Is it printed?  Not if it is "", nor where @out or what goes beside it is standard output. */
bool sign_digest_is_said(const struct sign_request *request, const char *digest, const char *out);

/* Prints it, and delivers it.  Return: 0; -errno with "output" */
int sign_digest_say(const char *digest, const char *out, struct reason *why);

#endif
