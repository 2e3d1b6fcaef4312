/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a token did not sign.
 */
#ifndef CARETAKER_TOKEN_TRIAL_H
#define CARETAKER_TOKEN_TRIAL_H

#include "token.h"

/*
 * Provider and engine keep to themselves what the token said when it did not sign.  So it is asked
 * once more, without them: for a signature of zeros, which is no hash in PKCS#1's form, and is
 * thrown away.  Fills @why if it says no again.
 * Return: 0 if it signs, or has nothing to say; or -errno
 */
int token_trial(const struct token_key *key, struct reason *why);

#endif
