// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory functions as the proofs see them: each checks its bounds, what it writes
 * or returns is anything that it may be. So a proof holds whatever the bytes are,
 * and even if they changed between two reads.
 */
#include <stdlib.h>
#include <string.h>

#include "proof.h"

const void *any_bytes(uint64_t size)
{
	void *bytes;

	if (!size && nondet_bool())
		return NULL;
	bytes = malloc(size);
	GIVEN(bytes != NULL);
	return bytes;
}

void *memcpy(void *to, const void *from, size_t size)
{
	MUST(__CPROVER_r_ok(from, size));
	MUST(__CPROVER_w_ok(to, size));
	__CPROVER_havoc_slice(to, size);
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	MUST(__CPROVER_r_ok(a, size));
	MUST(__CPROVER_r_ok(b, size));
	return nondet_int();
}

void *memchr(const void *bytes, int byte, size_t size)
{
	uint64_t at = nondet_u64();

	(void)byte;
	MUST(__CPROVER_r_ok(bytes, size));
	if (at >= size)
		return NULL;
	return (char *)bytes + at;
}
