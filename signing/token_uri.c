// SPDX-License-Identifier: GPL-2.0-only
/*
 * pkcs11: URIs (RFC 7512): what p11-kit passes over.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "token_uri.h"

#define NAMES	32	/* more than there are */
#define LENGTH	32	/* longer than any */

/* Names that stood there, and how many */
struct names {
	char name[NAMES][LENGTH];
	size_t count;
};

static bool has(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

static bool is_query(const char *name)
{
	static const char *const known[] = { "pin-source", "pin-value", "module-name", "module-path" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i], name))
			return true;
	return false;
}

/* As p11-kit reads it, for which white space is none */
static void read_name(const char *at, const char *end, char name[LENGTH])
{
	size_t length = 0;

	for (; at < end && *at != '=' && length + 1 < LENGTH; at++)
		if (!isspace((unsigned char)*at))
			name[length++] = *at;
	name[length] = '\0';
}

static int take(const char *at, const char *end, bool query, struct names *names, struct reason *why)
{
	char name[LENGTH];

	read_name(at, end, name);
	if (!*name)
		return 0;
	if (query && !is_query(name))
		return reason_set(why, -EINVAL, "key-uri", "the URI's query has \"%s\", which RFC 7512 has not", name);
	if (names->count == NAMES)
		return reason_set(why, -EINVAL, "key-uri", "the URI has more than %u attributes", NAMES);
	if (has(names, name))
		return reason_set(why, -EINVAL, "key-uri", "the URI has \"%s\" twice, and one is meant", name);
	strcpy(names->name[names->count++], name);
	return 0;
}

int token_uri_check(const char *uri, struct reason *why)
{
	const char *at = strchr(uri, ':') + 1, *end;
	struct names names = { .count = 0 };
	bool query = false;
	int ret = 0;

	for (; !ret && *at; at = *end ? end + 1 : end) {
		end = at + strcspn(at, query ? "&" : ";?");
		ret = take(at, end, query, &names, why);
		query |= *end == '?';
	}
	return ret;
}
