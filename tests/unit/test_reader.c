// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bounds-checked reader, and the errors of parsers.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log/parse_error.h"
#include "reader.h"

static const unsigned char eight[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void numbers(void **state)
{
	struct reader r;
	uint64_t q;
	uint32_t w;
	uint16_t h;
	uint8_t b;

	(void)state;
#define NUMBER(call, var, want, size) do {				\
	reader_init(&r, eight, sizeof(eight));				\
	assert_true(call(&r, &(var)));					\
	assert_true((var) == (want));					\
	assert_int_equal(reader_offset(&r), size);			\
} while (0)
	NUMBER(reader_u8, b, 1, 1);
	NUMBER(reader_le16, h, 0x0201, 2);
	NUMBER(reader_be16, h, 0x0102, 2);
	NUMBER(reader_le32, w, 0x04030201, 4);
	NUMBER(reader_be32, w, 0x01020304, 4);
	NUMBER(reader_le64, q, 0x0807060504030201, 8);
	NUMBER(reader_be64, q, 0x0102030405060708, 8);
#undef NUMBER
}

/* At every size the byte that is missing is not read, and nothing moves. */
static void ends(void **state)
{
	struct view v;
	size_t size;

	(void)state;
	for (size = 0; size <= 8; size++) {
		/* Exactly as large: the sanitizer sees a byte too many. */
		unsigned char *copy = malloc(size ? size : 1);
		struct reader r, sub;
		uint64_t q;
		uint32_t w;
		uint16_t h;
		uint8_t b;

		assert_non_null(copy);
		memcpy(copy, eight, size);
		reader_init(&r, copy, size);
#define AT_END(need, call) do {						\
		struct reader before = r, tried = r;			\
		assert_int_equal(call, size >= (need));			\
		if (size < (need))					\
			assert_int_equal(tried.pos, before.pos);	\
} while (0)
		AT_END(1, reader_u8(&tried, &b));
		AT_END(2, reader_le16(&tried, &h));
		AT_END(2, reader_be16(&tried, &h));
		AT_END(4, reader_le32(&tried, &w));
		AT_END(4, reader_be32(&tried, &w));
		AT_END(8, reader_le64(&tried, &q));
		AT_END(8, reader_be64(&tried, &q));
		AT_END(3, reader_view(&tried, 3, &v));
		AT_END(3, reader_sub(&tried, 3, &sub));
		AT_END(SIZE_MAX, reader_view(&tried, SIZE_MAX, &v));
#undef AT_END
		free(copy);
	}
}

static void sub_readers_keep_offsets(void **state)
{
	struct reader r, sub, inner;
	struct view v;
	uint8_t b;

	(void)state;
	reader_init(&r, eight, sizeof(eight));
	assert_true(reader_u8(&r, &b));
	assert_true(reader_sub(&r, 5, &sub));
	assert_int_equal(reader_offset(&r), 6);
	assert_int_equal(reader_offset(&sub), 1);
	assert_true(reader_view(&sub, 2, &v));
	assert_memory_equal(v.data, eight + 1, 2);
	assert_true(reader_sub(&sub, 3, &inner));
	assert_int_equal(reader_offset(&inner), 3);
	assert_int_equal(reader_left(&sub), 0);
	/* The part ends where it was cut, not where the whole ends. */
	assert_false(reader_u8(&sub, &b));
}

static void views(void **state)
{
	static const unsigned char zeroes[3];
	struct view v = { (const unsigned char *)"ima", 3 }, empty = { NULL, 0 };

	(void)state;
	assert_true(view_is_text(v, "ima"));
	assert_false(view_is_text(v, "im"));
	assert_false(view_is_text(v, "ima-ng"));
	assert_true(view_is_text(empty, ""));
	assert_true(view_equal(empty, NULL, 0));
	assert_true(view_is_filled((struct view){ zeroes, 3 }, 0));
	assert_false(view_is_filled(v, 'i'));
	assert_false(view_is_filled(empty, 0));
}

static void first_error_counts(void **state)
{
	struct parse_error err = { 0 };
	char line[PARSE_ERROR_LINE];

	(void)state;
	assert_int_equal(parse_fail(&err, PARSE_TRUNCATED, 17, 3, "%s ends", "it"), -EBADMSG);
	assert_int_equal(parse_fail(&err, PARSE_MEMORY, 0, 0, "later"), -ENOMEM);
	assert_int_equal(err.code, PARSE_TRUNCATED);
	parse_error_line(&err, line);
	assert_string_equal(line, "record 3, offset 17: it ends");
	err.record = 0;
	parse_error_line(&err, line);
	assert_string_equal(line, "offset 17: it ends");
	assert_string_equal(parse_code_name(err.code), "truncated");
	assert_string_equal(parse_code_name((enum parse_code)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(ends),
		cmocka_unit_test(sub_readers_keep_offsets),
		cmocka_unit_test(views),
		cmocka_unit_test(first_error_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
