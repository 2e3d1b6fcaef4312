/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pkcs11: URIs (RFC 7512): what p11-kit passes over.
 */
#ifndef CARETAKER_TOKEN_URI_H
#define CARETAKER_TOKEN_URI_H

#include "reason.h"

/*
 * No attribute of @uri, which begins with "pkcs11:", stands there twice (RFC 7512, 2.3), and its query has none but those of
 * 2.4.  Of two tokens p11-kit takes the last one, and a query that it does not know is as if it were not there.
 * Return: 0, or -EINVAL with "key-uri"
 */
int token_uri_check(const char *uri, struct reason *why);

#endif
