// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is proved of signing/bytes/reader.c and parse_error.c, for the proofs of what stands on
 * them. A view is as many bytes as were asked for, in an object of its own: who reads
 * one byte too many is seen even if more of the log lies behind. Bytes and numbers
 * are any, so these proofs hold even if the bytes changed between two reads.
 */
#include <errno.h>
#include <string.h>

#include "log/parse_error.h"
#include "proof.h"
#include "reader.h"

int parse_fail(struct parse_error *err, enum parse_code code, size_t offset, unsigned int record,
	       const char *format, ...)
{
	MUST(code != PARSE_OK && format);
	if (err->code == PARSE_OK) {
		err->code = code;
		err->offset = offset;
		err->record = record;
	}
	return code == PARSE_MEMORY ? -ENOMEM : -EBADMSG;
}

void reader_init(struct reader *r, const void *data, size_t size)
{
	MUST(!data || !size || __CPROVER_r_ok(data, size));
	*r = (struct reader){ .data = data, .size = data ? size : 0 };
}

size_t reader_left(const struct reader *r)
{
	MUST(r->pos <= r->size);
	return r->size - r->pos;
}

size_t reader_offset(const struct reader *r)
{
	return r->origin + r->pos;
}

/* Where exactly it stands is proved in reader.c. That it went forward is enough here. */
static bool advance(struct reader *r, size_t n)
{
	size_t before = r->pos;

	if (n > reader_left(r))
		return false;
	r->pos = nondet_u32();	/* no log has 4 GiB, see evidence.h */
	GIVEN(r->pos <= r->size && (n ? r->pos > before : r->pos == before));
	return true;
}

bool reader_view(struct reader *r, size_t n, struct view *out)
{
	if (!advance(r, n))
		return false;
	*out = (struct view){ n ? any_bytes(n) : NULL, n };
	return true;
}

bool reader_sub(struct reader *r, size_t n, struct reader *out)
{
	size_t origin = reader_offset(r);
	struct view v;

	if (!reader_view(r, n, &v))
		return false;
	*out = (struct reader){ v.data, n, 0, origin };
	return true;
}

#define TAKE(name, type)				\
bool name(struct reader *r, type *out)			\
{							\
	if (!advance(r, sizeof(type)))			\
		return false;				\
	*out = (type)nondet_u64();			\
	return true;					\
}

TAKE(reader_u8, uint8_t)
TAKE(reader_le16, uint16_t)
TAKE(reader_le32, uint32_t)
TAKE(reader_le64, uint64_t)
TAKE(reader_be16, uint16_t)
TAKE(reader_be32, uint32_t)
TAKE(reader_be64, uint64_t)

bool view_equal(struct view v, const void *data, size_t size)
{
	MUST(v.size != size || !size || __CPROVER_r_ok(v.data, size));
	MUST(v.size != size || !size || __CPROVER_r_ok(data, size));
	return v.size == size && (!size || nondet_bool());
}

bool view_is_text(struct view v, const char *text)
{
	return view_equal(v, text, strlen(text));
}

bool view_is_filled(struct view v, unsigned char byte)
{
	(void)byte;
	MUST(v.size <= VIEW_FILLED_MAX);
	MUST(!v.size || __CPROVER_r_ok(v.data, v.size));
	return v.size && nondet_bool();
}
