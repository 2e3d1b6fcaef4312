// SPDX-License-Identifier: GPL-2.0-only
/*
 * ustar_check() on any block, for any name: no run-time error; what is accepted has a size
 * that a header can have; what is not differs at a byte of the block, in a field with a name.
 */
#include <errno.h>

#include "evidence/ustar.h"
#include "proof.h"

int main(void)
{
	const unsigned char *header = any_bytes(USTAR_BLOCK);
	const char *field = NULL, *name;
	uint64_t size = nondet_u64(), length = nondet_u8();
	size_t at = nondet_u64();
	int ret;

	GIVEN(header);
	/* A string: its NUL is somewhere in it */
	name = any_bytes(length + 1);
	GIVEN(name && !name[length]);
	ret = ustar_check(header, name, &size, &at, &field);
	MUST(size <= USTAR_SIZE_MAX);
	MUST(ustar_padding(size) < USTAR_BLOCK && (size + ustar_padding(size)) % USTAR_BLOCK == 0);
	if (ret) {
		MUST(ret == -EBADMSG && at < USTAR_BLOCK && field && *field);
		END("a header of something else");
	} else {
		END("the header of that name");
	}
	return 0;
}
