// SPDX-License-Identifier: GPL-2.0-only
/* Follows the chain of secrets; see chain.h. */
#include <errno.h>
#include <string.h>

#include "claims/chain.h"
#include "pcr.h"
#include "reader.h"

static const unsigned char zero[CLAIMS_SECRET];

static int hash(const unsigned char secret[CLAIMS_SECRET], unsigned char out[PCR_DIGEST_MAX])
{
	const struct view bytes = { secret, CLAIMS_SECRET };

	return pcr_hash(PCR_SHA256, &bytes, 1, out) ? -ENOMEM : 0;
}

static bool same(const unsigned char *a, const unsigned char *b)
{
	return !memcmp(a, b, CLAIMS_SECRET);
}

/* A kernel draws 32 bytes at random, each time: what anybody knows beforehand is none of its own */
static const char *check_commit(const unsigned char *commit, const unsigned char *of_reveal,
				const unsigned char *of_zero)
{
	if (same(commit, zero) || same(commit, of_zero))
		return "it commits to nothing";
	if (same(commit, of_reveal))
		return "it commits to what it reveals";
	return NULL;
}

static const char *check_reveal(const struct claims_chain *c, const unsigned char *reveal,
				const unsigned char *of_reveal)
{
	if (!c->begun)
		return same(reveal, zero) ? NULL : "it is the first, yet reveals a secret";
	return same(of_reveal, c->commit) ? NULL :
	       "it does not reveal what the record before it committed to";
}

int claims_chain_record(struct claims_chain *c, const struct caretaker_record_header *h,
			const char **wrong)
{
	unsigned char of_reveal[PCR_DIGEST_MAX], of_zero[PCR_DIGEST_MAX];
	const char *text;

	if (hash(h->reveal, of_reveal) || hash(zero, of_zero))
		return -ENOMEM;
	text = check_reveal(c, h->reveal, of_reveal);
	if (!text)
		text = check_commit(h->commit, of_reveal, of_zero);
	if (text)
		*wrong = text;
	memcpy(c->commit, h->commit, sizeof(c->commit));
	c->begun = true;
	return 0;
}
