// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds-checked access to the bytes of evidence.
 */
#include <endian.h>
#include <string.h>

#include "reader.h"

void reader_init(struct reader *r, const void *data, size_t size)
{
	r->data = data;
	r->size = data ? size : 0;
	r->pos = 0;
	r->origin = 0;
}

size_t reader_left(const struct reader *r)
{
	return r->size - r->pos;
}

size_t reader_offset(const struct reader *r)
{
	return r->origin + r->pos;
}

bool reader_view(struct reader *r, size_t n, struct view *out)
{
	if (n > reader_left(r))
		return false;
	out->data = n ? r->data + r->pos : NULL;
	out->size = n;
	r->pos += n;
	return true;
}

bool reader_sub(struct reader *r, size_t n, struct reader *out)
{
	size_t origin = reader_offset(r);
	struct view v;

	if (!reader_view(r, n, &v))
		return false;
	reader_init(out, v.data, v.size);
	out->origin = origin;
	return true;
}

/* The n bytes of a number, least significant first if @little. */
#define READER_NUMBER(name, type, to_host)				\
bool name(struct reader *r, type *out)					\
{									\
	struct view v;							\
	type x;								\
									\
	if (!reader_view(r, sizeof(x), &v))				\
		return false;						\
	memcpy(&x, v.data, sizeof(x));					\
	*out = to_host(x);						\
	return true;							\
}

READER_NUMBER(reader_u8, uint8_t, )
READER_NUMBER(reader_le16, uint16_t, le16toh)
READER_NUMBER(reader_le32, uint32_t, le32toh)
READER_NUMBER(reader_le64, uint64_t, le64toh)
READER_NUMBER(reader_be16, uint16_t, be16toh)
READER_NUMBER(reader_be32, uint32_t, be32toh)
READER_NUMBER(reader_be64, uint64_t, be64toh)

bool view_equal(struct view v, const void *data, size_t size)
{
	return v.size == size && (!size || !memcmp(v.data, data, size));
}

bool view_is_text(struct view v, const char *text)
{
	/* Most comparisons end with the first letter: no strlen() before it */
	for (size_t i = 0; i < v.size; i++)
		if (!text[i] || (unsigned char)text[i] != v.data[i])
			return false;
	return !text[v.size];
}

bool view_is_filled(struct view v, unsigned char byte)
{
	size_t i;

	for (i = 0; i < v.size; i++)
		if (v.data[i] != byte)
			return false;
	return v.size > 0;
}
