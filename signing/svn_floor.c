// SPDX-License-Identifier: GPL-2.0-only
/* --min-svn; see svn_floor.h. */
#include <errno.h>
#include <stdlib.h>

#include "svn_floor.h"
#include "verb.h"

int svn_floor_parse(const char *verb, const char *text, uint32_t *floor)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value > UINT32_MAX) {
		verb_error(verb, "--min-svn %s: no number of 0 to %u", text, UINT32_MAX);
		return -EINVAL;
	}
	if (value > *floor)
		*floor = (uint32_t)value;
	return 0;
}

int svn_floor_check(uint32_t svn, uint32_t floor, struct reason *why)
{
	return svn >= floor ? 0 :
	       reason_set(why, REFUSED, "svn-low", "security version %u, below --min-svn %u", svn, floor);
}
