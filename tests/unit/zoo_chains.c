// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates and who may have issued them, a line each: what `sign --issuer` says, and whether the kernel's
 * secondary keyring lets them in.
 */
#include "zoo.h"

#define NOT "not-issued"

const struct zoo_chain zoo_chains[] = {
	{ "issuer by key id", "$leaf", "$root", NULL, LOADS },
	{ "issuer by number", "$number_leaf", "$root", NULL, LOADS },
	{ "issuer by number and key id", "$full_leaf", "$root", NULL, LOADS },
	{ "issuer by number, and another one by key id", "$half_leaf", "$root", NOT, NO },
	{ "issuer by key id, and another one by number", "$crossed_leaf", "$root", NOT, NO },
	{ "issuer by name", "$bare_leaf", "$root", NULL, LOADS },
	{ "issuer beside another", "$leaf", "$root $second", NULL, LOADS },
	{ "issuer of the issuer's name", "$leaf", "$false_root", NOT, NO },
	{ "issuer of the issuer's name, by name", "$bare_leaf", "$false_root", NOT, NO },
	{ "issuer, and one of its name behind", "$leaf", "$root $false_root", NOT, NO },
	{ "issuer, and one of its name before", "$leaf", "$false_root $root", NOT, LOADS },
	{ "issuer that is another", "$leaf", "$second", NOT, NO },
	{ "issuer that is another, by name", "$bare_leaf", "$second", NOT, NO },
	{ "issuer that no kernel loads", "$leaf", "$spelled_root", NOT, NO },
	{ "issuer without a key id", "$leaf", "$anonymous_root", NOT, NO },
	{ "issuer without a key id, by number", "$number_leaf", "$anonymous_root", NULL, LOADS },
	{ "issuer without a key id, by both", "$full_leaf", "$anonymous_root", NOT, NO },
	{ "issuer with SHA-1", "$sha1_leaf", "$root", NOT, LOADS },
	{ "issuer with RSASSA-PSS", "$pss_cert", "$root", NOT, NO },
	{ "issuer is itself", "$self", "$self", NULL, LOADS },
	{ "issuer is one of its name", "$self", "$twin", NOT, NO },
};

const size_t zoo_chain_count = sizeof(zoo_chains) / sizeof(zoo_chains[0]);
