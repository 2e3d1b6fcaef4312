// SPDX-License-Identifier: GPL-2.0-only
/*
 * A new key in a token, with what belongs to it.
 */
#include <errno.h>

#include "keypair.h"
#include "mldsa.h"
#include "token_make.h"
#include "token_pair.h"

int token_pair_make(const char *uri, const struct key_source *source, const char *type, struct private_key *out,
		    struct reason *why)
{
	struct token_key made;
	int ret;

	*out = (struct private_key){ 0 };
	if (mldsa_of_type(type))
		return reason_set(why, REFUSED, "ml-dsa-token", "%s: a key of ML-DSA is taken from a file alone, not from a "
				  "token", uri);
	ret = token_make_key(uri, source, type, &made, why);
	if (ret) {
		token_key_free(&made);
		return ret;
	}
	ret = private_key_open_made(&made, source, out, why);
	return ret ? token_pair_undo(out, ret, why) : 0;
}

int token_pair_undo(const struct private_key *key, int ret, struct reason *why)
{
	struct reason more;

	if (token_unmake_key(&key->token, &more))
		token_make_stays(ret, &more, why);
	return ret;
}
