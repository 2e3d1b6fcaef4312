// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds-checked access to the bytes of evidence.
 */
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
static bool reader_number(struct reader *r, size_t n, bool little, uint64_t *out)
{
	struct view v;
	uint64_t x = 0;
	size_t i;

	if (!reader_view(r, n, &v))
		return false;
	for (i = 0; i < n; i++)
		x = x << 8 | v.data[little ? n - 1 - i : i];
	*out = x;
	return true;
}

#define READER_NUMBER(name, type, little)				\
bool name(struct reader *r, type *out)					\
{									\
	uint64_t x;							\
									\
	if (!reader_number(r, sizeof(type), little, &x))		\
		return false;						\
	*out = (type)x;							\
	return true;							\
}

READER_NUMBER(reader_u8, uint8_t, true)
READER_NUMBER(reader_le16, uint16_t, true)
READER_NUMBER(reader_le32, uint32_t, true)
READER_NUMBER(reader_le64, uint64_t, true)
READER_NUMBER(reader_be16, uint16_t, false)
READER_NUMBER(reader_be32, uint32_t, false)
READER_NUMBER(reader_be64, uint64_t, false)

bool view_equal(struct view v, const void *data, size_t size)
{
	return v.size == size && (!size || !memcmp(v.data, data, size));
}

bool view_is_text(struct view v, const char *text)
{
	return view_equal(v, text, strlen(text));
}

bool view_is_filled(struct view v, unsigned char byte)
{
	size_t i;

	for (i = 0; i < v.size; i++)
		if (v.data[i] != byte)
			return false;
	return v.size > 0;
}
