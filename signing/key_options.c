// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options by which verbs are told how to open a key.
 */
#include <errno.h>
#include <string.h>

#include "key_options.h"
#include "verb.h"

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

/* What is wrong with a value, behind the dashes and what stands before the name */
static const char *expected(int option)
{
	switch (option) {
	case KEY_PASSPHRASE_FILE:
		return "passphrase-file: beside a descriptor that gives it, too";
	case KEY_PASSPHRASE_FD:
		return "passphrase-fd: no number of a descriptor, or beside a file that gives it, too";
	case KEY_MODULE:
		return "pkcs11-module: its value is empty";
	case KEY_WAY:
		return "pkcs11-by: provider or engine";
	case KEY_TCTI:
		return "tcti: its value is empty";
	}
	return NULL;
}

static int take(int option, const char *value, struct key_source *source)
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

int key_options_take(const char *verb, const char *of, int option, const char *value, struct key_source *source)
{
	int ret = take(option, value, source);

	if (ret && expected(option))
		verb_error(verb, "--%s%s", of, expected(option));
	return ret;
}
