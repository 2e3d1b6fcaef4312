/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker sign --ima: the signature that IMA appraises, over the file as it is written.
 */
#ifndef CARETAKER_SIGN_IMA_H
#define CARETAKER_SIGN_IMA_H

#include "sign_request.h"

/* Where the signature goes beside @out; NULL in @path: not into a file.  Freed by the caller.  0 or -ENOMEM */
int sign_ima_path(const struct sign_request *request, const char *out, char **path);

/*
 * With --idempotent: is one there already, that holds for @file?  In @in's attribute, or in the file beside
 * @out.  Then it is @signature.
 */
bool sign_ima_there(const struct sign_request *request, X509 *cert, const char *in, const char *out,
		    const struct blob *file, struct blob *signature);

/*
 * Lets the key, or the request's command, sign @file with the hash of @payload's signature.
 * Return: 0, REFUSED or -errno
 */
int sign_ima(const struct sign_request *request, const struct payload *payload,
	     const struct signing_key *key, const struct blob *file, struct blob *signature,
	     struct reason *why);

#endif
