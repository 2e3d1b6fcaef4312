// SPDX-License-Identifier: GPL-2.0-only
/*
 * view_read() never touches a byte outside of the view, whatever offset and length
 * it is asked for; elf_eva.c uses this as the function's contract.
 */
#include "view.h"

#include "proof.h"

int main(void)
{
	struct caretaker_view view = { .size = nondet_u64() };
	uint64_t offset = nondet_u64(), length = nondet_u64(), room = nondet_u64();
	uint64_t at = nondet_u64();
	uint8_t *to, before;
	int held, ret;

	GIVEN(view.size <= PROOF_SIZE_MAX && room <= PROOF_SIZE_MAX);
	/* No caller asks for nothing; NULL + 0 would be undefined. */
	GIVEN(length && length <= room);
	view.data = any_bytes(view.size);
	to = (uint8_t *)any_bytes(room);
	GIVEN(at < room);
	before = to[at];
	held = view_holds(&view, offset, length);
	MUST(held == ((unsigned __int128)offset + length <= view.size));
	ret = view_read(&view, offset, to, length);
	MUST(ret == held);
	MUST((ret && at < length) || to[at] == before);
	if (ret)
		END("a read");
	else
		END("a read that is refused");
	return 0;
}
