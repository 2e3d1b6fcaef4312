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

/* Byte by byte, so that it holds on any machine; compilers make one load of it */
static uint16_t le16(const unsigned char *p) { return (uint16_t)(p[0] | p[1] << 8); }
static uint32_t le32(const unsigned char *p) { return le16(p) | (uint32_t)le16(p + 2) << 16; }
static uint64_t le64(const unsigned char *p) { return le32(p) | (uint64_t)le32(p + 4) << 32; }
static uint16_t be16(const unsigned char *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t be32(const unsigned char *p) { return (uint32_t)be16(p) << 16 | be16(p + 2); }
static uint64_t be64(const unsigned char *p) { return (uint64_t)be32(p) << 32 | be32(p + 4); }
static uint8_t u8(const unsigned char *p) { return p[0]; }

#define READER_NUMBER(type, order)					\
bool reader_##order(struct reader *r, type *out)			\
{									\
	struct view v;							\
									\
	if (!reader_view(r, sizeof(type), &v))				\
		return false;						\
	*out = order(v.data);						\
	return true;							\
}

READER_NUMBER(uint8_t, u8)
READER_NUMBER(uint16_t, le16)
READER_NUMBER(uint32_t, le32)
READER_NUMBER(uint64_t, le64)
READER_NUMBER(uint16_t, be16)
READER_NUMBER(uint32_t, be32)
READER_NUMBER(uint64_t, be64)

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
