/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options by which verbs are told how to open a key.
 */
#ifndef CARETAKER_KEY_OPTIONS_H
#define CARETAKER_KEY_OPTIONS_H

#include "token.h"

/* Values of getopt_long(), from where those of the verb end*/
enum { KEY_PASSPHRASE_FILE = 1000, KEY_PASSPHRASE_FD, KEY_MODULE, KEY_WAY, KEY_TCTI };

#define KEY_OPTIONS \
	{ "passphrase-file", required_argument, NULL, KEY_PASSPHRASE_FILE }, \
	{ "passphrase-fd", required_argument, NULL, KEY_PASSPHRASE_FD }, \
	{ "pkcs11-module", required_argument, NULL, KEY_MODULE }, \
	{ "pkcs11-by", required_argument, NULL, KEY_WAY }, \
	{ "tcti", required_argument, NULL, KEY_TCTI }

/*
 * Takes one of them.  0, or -EINVAL where the value makes no sense, which @verb then has said, or the option is none of
 * them, of which getopt_long() has.  @of: what stands before the option's name, "ca-" or nothing.
 */
int key_options_take(const char *verb, const char *of, int option, const char *value, struct key_source *source);

#endif
