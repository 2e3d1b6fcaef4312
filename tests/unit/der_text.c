// SPDX-License-Identifier: GPL-2.0-only
/*
 * DER, and what is almost DER, from a text that shows it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "der.h"
#include "der_text.h"

#define ROOM	(1u << 18)

struct writer {
	const struct der_value *values;
	size_t count;
	const char *whole;
};

static const char *write_all(const struct writer *w, const char *at, struct blob *out);

static void append(struct blob *out, const void *data, size_t size)
{
	if (out->size + size > ROOM)
		fail_msg("more than %u bytes", ROOM);
	if (size)
		memcpy(out->data + out->size, data, size);
	out->size += size;
}

static void append_byte(struct blob *out, unsigned int byte)
{
	append(out, &(unsigned char){ (unsigned char)byte }, 1);
}

static struct blob start(void)
{
	struct blob out = { malloc(ROOM), 0 };

	assert_non_null(out.data);
	return out;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void append_length(struct blob *out, size_t length, char kind)
{
	int bytes = length < 128 ? 0 : length < 256 ? 1 : length < 65536 ? 2 : 3;

	if (kind == '~') {
		append_byte(out, 0x80);
		return;
	}
	bytes += kind == '+';
	/* A length of one byte has no room for a zero but in the longer form. */
	if (kind == '+' && length < 128)
		bytes = 1;
	append_byte(out, bytes ? 0x80u | (unsigned int)bytes : (unsigned int)length);
	while (bytes--)
		append_byte(out, (unsigned int)(length >> 8 * bytes & 0xff));
}

static int by_bytes(const void *a, const void *b)
{
	const struct der *x = a, *y = b;
	size_t x_size = (size_t)(x->end - x->at), y_size = (size_t)(y->end - y->at);
	int order = memcmp(x->at, y->at, x_size < y_size ? x_size : y_size);

	return order ? order : (x_size > y_size) - (x_size < y_size);
}

static void sort(struct blob *set)
{
	struct der row = der_of(set->data, set->size), elements[8], inside;
	struct blob sorted = start();
	size_t count = 0;

	for (; row.at < row.end; count++) {
		assert_true(count < sizeof(elements) / sizeof(elements[0]));
		elements[count].at = row.at;
		assert_true(der_next(&row, &inside));
		elements[count].end = row.at;
	}
	qsort(elements, count, sizeof(elements[0]), by_bytes);
	for (size_t i = 0; i < count; i++)
		append(&sorted, elements[i].at, (size_t)(elements[i].end - elements[i].at));
	blob_free(set);
	*set = sorted;
}

static const char *write_element(const struct writer *w, const char *at, char kind, struct blob *out)
{
	struct blob inside = start();

	at = write_all(w, at, &inside);
	if (*at != '}')
		fail_msg("%s: a brace is missing", w->whole);
	if (kind == '<')
		sort(&inside);
	append_length(out, inside.size, kind);
	append(out, inside.data, inside.size);
	if (kind == '~')
		append(out, "\0", 2);
	blob_free(&inside);
	return at + 1;
}

/* A byte, which may be a tag or come many times */
static const char *write_byte(const struct writer *w, const char *at, struct blob *out)
{
	unsigned int byte = (unsigned int)(digit(at[0]) << 4 | digit(at[1]));
	long times = 1;
	char *end;

	if (digit(at[0]) < 0 || digit(at[1]) < 0)
		fail_msg("%s: no byte at \"%.8s\"", w->whole, at);
	at += 2;
	if (*at == '*') {
		times = strtol(at + 1, &end, 10);
		at = end;
	}
	while (times-- > 0)
		append_byte(out, byte);
	if (*at == '{')
		return write_element(w, at + 1, ' ', out);
	if (*at && strchr("~+<", *at) && at[1] == '{')
		return write_element(w, at + 2, *at, out);
	return at;
}

static const char *write_value(const struct writer *w, const char *at, struct blob *out)
{
	size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");

	for (size_t i = w->count; i--;) {
		const struct der_value *value = &w->values[i];

		if (strlen(value->name) != length || strncmp(value->name, at, length))
			continue;
		if (!value->text)
			append(out, value->bytes.data, value->bytes.size);
		else if (*write_all(w, value->text, out))
			fail_msg("%s: a brace too many", value->text);
		return at + length;
	}
	fail_msg("%s: no $%.*s", w->whole, (int)length, at);
	return at;
}

/* Up to the end of the text or of the element */
static const char *write_all(const struct writer *w, const char *at, struct blob *out)
{
	size_t length;

	while (*at && *at != '}') {
		if (*at == ' ' || *at == '\n' || *at == '\t') {
			at++;
		} else if (*at == '\'') {
			length = strcspn(at + 1, "'");
			append(out, at + 1, length);
			at += length + 2;
		} else if (*at == '$') {
			at = write_value(w, at + 1, out);
		} else {
			at = write_byte(w, at, out);
		}
	}
	return at;
}

struct blob der_text(const char *text, const struct der_value *values, size_t count)
{
	struct writer w = { values, count, text };
	struct blob out = start();

	if (*write_all(&w, text, &out))
		fail_msg("%s: a brace too many", text);
	return out;
}
