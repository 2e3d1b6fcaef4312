/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys that a token makes itself, and never gives away.
 */
#ifndef CARETAKER_TOKEN_MAKE_H
#define CARETAKER_TOKEN_MAKE_H

#include "token.h"

/*
 * Makes a key pair of @type (rsa2048, rsa3072, rsa4096, p256, p384, p521) in the one token that @uri means, with the label of the
 * URI (object=), and its id or a random one.  The private key cannot leave the token, or it is destroyed again
 * (key-extractable).  Before anything is made: the token may be written to (token-read-only), makes keys
 * of that type (mechanism-missing), takes the PIN, and has nothing with that label or id (key-exists).
 * Return: 0 with the key in @out, as token_find_key() has it; -errno.  token_key_free() in any case
 */
int token_make_key(const char *uri, const struct key_source *source, const char *type, struct token_key *out,
		   struct reason *why);

/* Adds to @why, which is of @ret, that the pair that was made for nothing could not be destroyed, and @more, why not */
void token_make_stays(int ret, const struct reason *more, struct reason *why);

/* Destroys the pair that token_make_key() has made.  0 or -errno */
int token_unmake_key(const struct token_key *key, struct reason *why);

#endif
