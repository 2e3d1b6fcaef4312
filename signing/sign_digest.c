// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --prepare: the digest of what was prepared.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hex.h"
#include "sign_digest.h"

int sign_digest_make(const struct sign_request *request, const struct payload *payload, X509 *cert,
		     char digest[2 * EVP_MAX_MD_SIZE + 1], struct reason *why)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	struct sign_how how;
	unsigned int size;
	int ret;

	*digest = '\0';
	ret = sign_choose(request, payload, cert, &how, why);
	if (ret)
		return ret;
	if (how.attributes)
		return request->digest ? reason_set(why, REFUSED, "no-digest", "--digest: ML-DSA signs what was "
						    "prepared itself, and no digest of it") : 0;
	if (!EVP_Digest(payload->data, payload->size, bytes, &size, how.hash, NULL))
		return reason_openssl(why, -EIO, "digest", "cannot compute it");
	hex_encode(bytes, size, digest);
	return 0;
}

bool sign_digest_is_said(const struct sign_request *request, const char *digest, const char *out)
{
	return *digest && !file_same(out, "-") && !(request->digest && file_same(request->digest, "-"));
}

static void print_name(const char *name)
{
	for (; *name; name++)
		if (*name == '\\')
			fputs("\\\\", stdout);
		else if (*name == '\n')
			fputs("\\n", stdout);
		else if (*name == '\r')
			fputs("\\r", stdout);
		else
			putchar(*name);
}

/* In the form of sha256sum(1) and its kin, which can check it: a line that begins with "\" has a name with escapes. */
int sign_digest_say(const char *digest, const char *out, struct reason *why)
{
	int ret;

	printf("%s%s  ", strpbrk(out, "\\\n\r") ? "\\" : "", digest);
	print_name(out);
	putchar('\n');
	ret = fflush(stdout) ? -errno : ferror(stdout) ? -EIO : 0;
	return ret ? reason_set(why, ret, "output", "standard output: %s", strerror(-ret)) : 0;
}
