/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A new key in a token, with what belongs to it: a certificate, or a request.
 */
#ifndef CARETAKER_TOKEN_PAIR_H
#define CARETAKER_TOKEN_PAIR_H

#include "private_key.h"

/* token_make_key(), and the key opened to sign.  Return: 0 or -errno; private_key_free() in any case */
int token_pair_make(const char *uri, const struct key_source *source, const char *type, struct private_key *out,
		    struct reason *why);

/*
 * What the key was made for has failed, with @ret and @why: it is destroyed, and where that does not go, @why says so, too.
 * Return: @ret
 */
int token_pair_undo(const struct private_key *key, int ret, struct reason *why);

#endif
