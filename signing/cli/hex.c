// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes as hexadecimal text.
 */
#include <errno.h>

#include "hex.h"

void hex_encode(const unsigned char *in, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[in[i] >> 4];
		*out++ = digits[in[i] & 15];
	}
	*out = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_decode(const char *in, unsigned char *out, size_t *n)
{
	size_t room = *n;
	size_t done = 0;

	*n = 0;
	while (*in) {
		int high = digit(in[0]);
		int low = high < 0 ? -1 : digit(in[1]);

		if (low < 0)
			return -EINVAL;
		if (done == room)
			return -E2BIG;
		out[done++] = high << 4 | low;
		in += 2;
	}
	*n = done;
	return 0;
}
