// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options by which verbs are told how to open a key.
 */
#include <errno.h>
#include <string.h>

#include "key_options.h"

static int take_way(const char *value, struct key_source *source)
{
	if (!strcmp(value, "provider"))
		source->way = TOKEN_PROVIDER;
	else if (!strcmp(value, "engine"))
		source->way = TOKEN_ENGINE;
	else
		return -EINVAL;
	return 0;
}

int key_options_take(int option, const char *value, struct key_source *source)
{
	switch (option) {
	case KEY_PASSPHRASE_FILE:
		return passphrase_parse_file(value, &source->passphrase);
	case KEY_PASSPHRASE_FD:
		return passphrase_parse_fd(value, &source->passphrase);
	case KEY_MODULE:
		source->module = value;
		return *value ? 0 : -EINVAL;
	case KEY_WAY:
		return take_way(value, source);
	case KEY_TCTI:
		source->tcti = value;
		return *value ? 0 : -EINVAL;
	}
	return -EINVAL;
}
