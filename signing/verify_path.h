/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who issued the certificates of signers, at which time, and what their issuers have revoked: what a kernel does
 * not ask, and whoever publishes does.
 */
#ifndef CARETAKER_VERIFY_PATH_H
#define CARETAKER_VERIFY_PATH_H

#include <stdbool.h>
#include <time.h>

#include <openssl/cms.h>

#include "reason.h"

/**
 * struct verify_path - what is asked of the certificates
 * @issuers:	CAs that they must lead to, roots or not; none: only the dates of a certificate itself count
 * @lists:	revocation lists; none: nothing is revoked
 * @timed:	@when counts, for certificates as for lists; never false with @lists
 */
struct verify_path {
	STACK_OF(X509) *issuers;
	STACK_OF(X509_CRL) *lists;
	bool timed;
	time_t when;
};

/*
 * Does the way of @cert hold, over @others?
 *
 * - All lists can be believed: crl_check().
 * - It leads to one of the issuers ("not-issued"), in the time of each certificate on the way
 *   ("certificate-early", "certificate-expired").
 * - With lists, nobody on the way is revoked ("certificate-revoked"), and there is a list of each one's
 *   issuer, but for the last one's, which is trusted by the caller's word ("crl-missing").  The way ends at
 *   the first issuer that is given.
 *
 * Return: 0, REFUSED, or -errno
 */
int verify_path_check(const struct verify_path *path, X509 *cert, STACK_OF(X509) *others, struct reason *why);

#endif
