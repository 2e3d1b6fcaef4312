/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Revocation lists (RFC 5280, 5): read whole, and believed only if one of the given CAs has signed them.
 */
#ifndef CARETAKER_CRL_H
#define CARETAKER_CRL_H

#include <time.h>

#include <openssl/x509.h>

#include "reason.h"

#define CRL_FILE_MAX	(64u << 20)	/* bytes */

/*
 * Appends all lists of a file to @out: one in DER, or a PEM file with any number and nothing else but text.
 * Anything else is -EINVAL, "crl-file", and appends none.
 */
int crl_parse(const void *data, size_t size, STACK_OF(X509_CRL) *out, struct reason *why);
int crl_load_all(const char *path, STACK_OF(X509_CRL) *out, struct reason *why);

/*
 * May each of @lists be believed at @when?  Its issuer is one of @issuers, which may sign lists, and has
 * signed it, and it has no critical extension ("crl-untrusted"); it was issued ("crl-early"), and the next
 * one was not due yet ("crl-expired", also where it does not say when that is: RFC 5280, 5.1.2.5).
 */
int crl_check(STACK_OF(X509_CRL) *lists, STACK_OF(X509) *issuers, time_t when, struct reason *why);

/*
 * Is @cert on one of @lists of an issuer of its issuer's name ("certificate-revoked")?  And has @issuer, or NULL if
 * nobody asks, signed one of them ("crl-missing")?
 */
int crl_check_certificate(STACK_OF(X509_CRL) *lists, X509 *cert, X509 *issuer, struct reason *why);

#endif
