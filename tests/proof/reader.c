// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader that all evidence goes through, in any state: what is taken lies
 * inside and is what comes next, else nothing moves. No length overflows.
 */
#include <string.h>

#include "evidence.h"

static struct reader in, before;

static void unmoved(void)
{
	MUST(in.data == before.data && in.size == before.size);
	MUST(in.pos == before.pos && in.origin == before.origin);
}

static void take_view(void)
{
	size_t n = nondet_u64();
	struct view v;

	if (reader_view(&in, n, &v)) {
		MUST(n <= before.size - before.pos && in.pos == before.pos + n);
		MUST(in.data == before.data && in.size == before.size && in.origin == before.origin);
		MUST(v.size == n && (n ? v.data == before.data + before.pos : !v.data));
		within(v, before.data);
		END("a view");
	} else {
		MUST(n > before.size - before.pos);
		unmoved();
		END("a view that is refused");
	}
}

static void take_part(void)
{
	size_t n = nondet_u64();
	struct reader part;

	if (reader_sub(&in, n, &part)) {
		MUST(part.size == n && !part.pos && in.pos == before.pos + n);
		MUST(reader_offset(&part) == before.origin + before.pos);
		within((struct view){ part.data, part.size }, before.data);
		END("a part");
	} else {
		MUST(n > before.size - before.pos);
		unmoved();
		END("a part that is refused");
	}
}

#define TAKE(type, take)						\
static void take_##take(bool little)					\
{									\
	const unsigned char *next;					\
	type number, wanted = 0;					\
	size_t i;							\
									\
	if (!reader_##take(&in, &number)) {				\
		MUST(before.size - before.pos < sizeof(type));		\
		unmoved();						\
		return;							\
	}								\
	MUST(in.pos == before.pos + sizeof(type));			\
	next = before.data + before.pos;				\
	for (i = 0; i < sizeof(type); i++)				\
		wanted |= (type)((type)next[i] << 8 * (little ? i : sizeof(type) - 1 - i)); \
	MUST(number == wanted);						\
}

TAKE(uint8_t, u8)
TAKE(uint16_t, le16)
TAKE(uint32_t, le32)
TAKE(uint64_t, le64)
TAKE(uint16_t, be16)
TAKE(uint32_t, be32)
TAKE(uint64_t, be64)

static void take_number(void)
{
	switch (nondet_u8()) {
	case 0:		take_u8(true); break;
	case 1:		take_le16(true); break;
	case 2:		take_le32(true); break;
	case 3:		take_le64(true); break;
	case 4:		take_be16(false); break;
	case 5:		take_be32(false); break;
	default:	take_be64(false); break;
	}
	if (in.pos == before.pos)
		END("a number that is refused");
	else
		END("a number");
}

/* Up to @most bytes that end where their object ends */
static uint8_t few[VIEW_FILLED_MAX];

static struct view any_few(uint8_t most)
{
	size_t size = nondet_u8();

	GIVEN(size <= most);
	__CPROVER_havoc_object(few);
	return (struct view){ size ? few + sizeof(few) - size : NULL, size };
}

/* view_is_filled() is asked about digests only. */
static void compare_view(void)
{
	uint64_t size = nondet_u64();
	struct view v = any_few(VIEW_FILLED_MAX);
	uint8_t at = nondet_u8();
	const void *other;

	GIVEN(size <= PROOF_SIZE_MAX);
	other = any_bytes(size);
	if (view_equal(v, other, size))
		MUST(v.size == size);
	view_is_text(v, "text");
	if (view_is_filled(v, 0)) {
		MUST(v.size && (at >= v.size || !v.data[at]));
		END("a view of zeroes");
	} else {
		END("another view");
	}
}

static void any_size(void)
{
	uint64_t size = nondet_u64();
	const void *data;

	GIVEN(size <= PROOF_SIZE_MAX);
	data = any_bytes(size);
	reader_init(&in, data, size);
	MUST(reader_left(&in) == (data ? size : 0) && !reader_offset(&in));
	in.pos = nondet_u64();
	in.origin = nondet_u64();
	GIVEN(in.pos <= in.size && in.origin <= PROOF_SIZE_MAX);
	before = in;
	if (nondet_bool())
		take_view();
	else
		take_part();
}

int main(void)
{
	struct view v;

	switch (nondet_u8()) {
	case 0:
		any_size();
		break;
	case 1:
		v = any_few(sizeof(uint64_t) + 1);
		in = before = any_reader(v.data, v.size);
		take_number();
		break;
	default:
		compare_view();
		break;
	}
	return 0;
}
