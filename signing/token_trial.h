/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a token did not sign.
 */
#ifndef CARETAKER_TOKEN_TRIAL_H
#define CARETAKER_TOKEN_TRIAL_H

#include "token.h"

/*
 * The provider keeps to itself what the token said when it did not sign: OpenSSL's error queue stays
 * empty (findings/pkcs11-refused-signature.sh).  So the token is asked once more, without it: for
 * a signature of zeros, which is no hash in PKCS#1's form, and is thrown away; where the key wants
 * the PIN for each use, only whether it would begin one.  Fills @why if it says no again.
 * Return: 0 if it signs, or has nothing to say; or -errno
 */
int token_trial(const struct token_key *key, struct reason *why);

#endif
