// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another program signs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <asm/caretaker_payload.h>

#include "external.h"
#include "hex.h"
#include "signature_foreign.h"

static int set_environment(const void *data, size_t size, const EVP_MD *hash)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1], name[16];
	unsigned int length;

	if (!hash)
		return setenv("CARETAKER_HASH", "none", 1) || unsetenv("CARETAKER_DIGEST") ? -ENOMEM : 0;
	if (!EVP_Digest(data, size, digest, &length, hash, NULL))
		return -EIO;
	hex_encode(digest, length, hex);
	/* As --hash has it: OpenSSL says "SHA2-256" */
	snprintf(name, sizeof(name), "sha%u", 8 * length);
	return setenv("CARETAKER_HASH", name, 1) || setenv("CARETAKER_DIGEST", hex, 1) ? -ENOMEM : 0;
}

int signature_external(const char *command, const void *data, size_t size, const EVP_MD *hash,
		       struct blob *signature, struct reason *why)
{
	const struct external what = { command, "external", CARETAKER_MAX_SIGNATURE };
	int ret;

	*signature = (struct blob){ 0 };
	ret = set_environment(data, size, hash);
	if (ret)
		return reason_set(why, ret, "external", "no digest for the command");
	return external_run(&what, data, size, signature, why);
}
