// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a TPMS_ATTEST, from a reader anywhere in one of any size. A quote
 * names a bank once, so its selections have room: shown for one more selection
 * after any that went before.
 */
#include <errno.h>

#include "../../attest/tpm/quote.c"
#include "evidence.h"

static struct parse_error err;
static struct reader in;
static struct quote q;

static unsigned int bits(uint32_t seen)
{
	unsigned int bank, count = 0;

	for (bank = 0; bank < PCR_BANKS; bank++)
		count += seen >> bank & 1;
	return count;
}

static void sized(void)
{
	uint16_t max = nondet_u32();
	struct view out;

	if (!parse_sized(&in, max, "what", &out, &err)) {
		MUST(out.size <= max);
		readable(out);
		END("bytes with a length");
	}
}

static void selection(void)
{
	uint32_t seen = nondet_u32();
	unsigned int at;

	GIVEN(seen <= PCR_BANKS_ALL);
	q.selection.count = nondet_u8();
	GIVEN(q.selection.count <= bits(seen));
	if (parse_one_selection(&in, &q, &seen, &err))
		return;
	MUST(seen <= PCR_BANKS_ALL && q.selection.count <= bits(seen));
	at = q.selection.count - 1;
	if (!q.selection.count || !q.selection.entry[at].mask)
		return;
	MUST(q.selection.entry[at].bank < PCR_BANKS);
	MUST(!(q.selection.entry[at].mask & ~PCR_ALL));
	END("a selection");
}

int main(void)
{
	uint32_t size = nondet_u32();
	size_t before;

	in = any_reader(any_bytes(size), size);
	before = in.pos;
	switch (nondet_u8()) {
	case 0:
		if (!parse_head(&in, &err))
			END("a head");
		break;
	case 1:
		sized();
		break;
	case 2:
		if (!parse_clock(&in, &q, &err))
			END("a clock");
		break;
	default:
		selection();
		break;
	}
	MUST(in.pos >= before && in.pos <= in.size);
	if (err.code != PARSE_OK)
		END("a part that is refused");
	return 0;
}
