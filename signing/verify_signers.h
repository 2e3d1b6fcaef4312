/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each signer of a payload for itself: with which algorithm, who vouches for it, and why not.
 */
#ifndef CARETAKER_VERIFY_SIGNERS_H
#define CARETAKER_VERIFY_SIGNERS_H

#include <jansson.h>

#include "payload.h"
#include "verify.h"
#include "verify_path.h"

/*
 * What @trust->found has of the same payload is not verified again.
 * An array with an object for each signer, and whether each that is vouched for stands on a way that holds
 * (verify_path.h).  A certificate that the signature carries and that its issuer has revoked is refused,
 * whosoever it is: a kernel that knows of it refuses the whole signature.
 * @path: what is asked; of signers that one of @trust's certificates vouches for only their dates where
 * @demanded is not set.
 * Return: 0 or REFUSED with the array in @out; REFUSED with NULL if there are no signers to be read; -errno
 */
int verify_each_signer(const struct payload *payload, const struct verify_trust *trust,
		       const struct verify_path *path, bool demanded, json_t **out, struct reason *why);

#endif
