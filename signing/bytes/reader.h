/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one reader that touches the raw bytes of evidence. Every access is checked
 * against the end; a failed access moves nothing. Offsets are those of the whole
 * input, also in a reader over a part of it.
 */
#ifndef ATTEST_READER_H
#define ATTEST_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes: valid as long as the input is. */
struct view {
	const unsigned char *data;
	size_t size;
};

struct reader {
	const unsigned char *data;
	size_t size;
	size_t pos;
	size_t origin;		/* offset of data[0] in the whole input */
};

void reader_init(struct reader *r, const void *data, size_t size);
size_t reader_left(const struct reader *r);
size_t reader_offset(const struct reader *r);	/* of the next byte, in the whole input */

/* All: true and advanced, or false and unmoved. */
bool reader_u8(struct reader *r, uint8_t *out);
bool reader_le16(struct reader *r, uint16_t *out);
bool reader_le32(struct reader *r, uint32_t *out);
bool reader_le64(struct reader *r, uint64_t *out);
bool reader_be16(struct reader *r, uint16_t *out);
bool reader_be32(struct reader *r, uint32_t *out);
bool reader_be64(struct reader *r, uint64_t *out);
bool reader_view(struct reader *r, size_t n, struct view *out);
bool reader_sub(struct reader *r, size_t n, struct reader *out);

bool view_equal(struct view v, const void *data, size_t size);	/* not constant time */
bool view_is_text(struct view v, const char *text);		/* without a NUL */
bool view_is_filled(struct view v, unsigned char byte);		/* false for an empty view */

#endif
