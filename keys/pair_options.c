// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of `caretaker keys` that say what pair is made or certified.
 */
#include <errno.h>

#include "pair_options.h"
#include "verb.h"

int pair_take_name(const char *verb, const char *value, struct keypair_request *pair)
{
	pair->cn = value;
	if (*value)
		return 0;
	verb_error(verb, "--cn: its value is empty");
	return -EINVAL;
}

int pair_take_type(const char *verb, const char *value, struct keypair_request *pair)
{
	pair->type = value;
	if (keypair_known_type(value))
		return 0;
	verb_error(verb, "--type %s: none that kernels verify", value);
	return -EINVAL;
}

int pair_take_days(const char *verb, const char *value, struct keypair_request *pair)
{
	if (!keypair_parse_days(value, &pair->days))
		return 0;
	verb_error(verb, "--days %s: no number of 1 to 36500", value);
	return -EINVAL;
}
