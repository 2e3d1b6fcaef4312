/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host of attested_host.h that lies, and what the verdict must be.
 *
 * @before changes what the host does, and is quoted; @after changes what the host shows
 * of it; @evidence what it sends; @verifier changes what the verifier knows.
 */
#ifndef TESTS_ATTESTED_LIE_H
#define TESTS_ATTESTED_LIE_H

#include <stdbool.h>
#include <stddef.h>

#include "attested_host.h"
#include "verdict/verdict.h"

#define LIE_NOW 1000000

struct lie_verifier {
	struct policy_rules rules;
	struct policy_reference reference;
	struct policy_payload payload;
	struct policy_boot kernel;
	struct policy_signer signer;
	struct policy_digest revoked;
	struct host_identity identity;
	unsigned char nonce[32];
	size_t nonce_size;
};

struct lie {
	const char *name;
	void (*before)(struct host *h);
	void (*after)(struct host *h);
	void (*evidence)(struct host *h, struct evidence *e);
	void (*verifier)(struct lie_verifier *v);
	const char *word;	/* a reason that there must be; NULL: accepted */
};

extern const unsigned char lie_nonce[32];

/* @ecc: the AK is; @look: at the verdict, or NULL */
void lie_run(const struct lie *lie, bool ecc, void (*look)(const struct verdict *v));

#endif
