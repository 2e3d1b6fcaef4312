// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revoking one payload.
 */
#include <errno.h>
#include <string.h>

#include "hex.h"
#include "revocation.h"

#define PREFIX "sha256:"

int revocation_describe(const char *digest, char out[REVOCATION_DESCRIPTION],
			struct reason *why)
{
	unsigned char bytes[32];
	size_t size = sizeof(bytes);

	if (strncmp(digest, PREFIX, strlen(PREFIX)) ||
	    hex_decode(digest + strlen(PREFIX), bytes, &size) || size != sizeof(bytes))
		return reason_set(why, -EINVAL, "digest",
				  "not \"sha256:\" and 64 hexadecimal digits");
	/* The kernel wants lower case: blacklist_vet_description() */
	strcpy(out, "bin:");
	hex_encode(bytes, size, out + strlen(out));
	return 0;
}
