// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the signature behind a payload: each rule of caretaker_trailer_parse().
 */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "elf.h"

#define MARKER		"~Module signature appended~\n"
#define PAYLOAD		"payload"
#define RULE(name)	CARETAKER_RULE_##name
#define WHOLE		SIZE_MAX

/* Signatures, as the ASN.1 code would see them: tag, length, content */
#define SHORT		"\x30\x03" "abc"
#define LONG		"\x30\x81\x03" "abc"
#define LONGER		"\x30\x83\x00\x00\x03" "abc"

struct trailer_case {
	const char *name;
	const char *payload;
	const char *signature;	/* NULL: not even the marker */
	size_t signature_size;
	unsigned char block[12];
	const char *behind;	/* after the marker */
	size_t keep;		/* only the last bytes of the file */
	uint32_t rule;
	int error;
};

#define SIGNED(bytes)	PAYLOAD, bytes, sizeof(bytes) - 1
#define LENGTH(n)	[8] = ((n) >> 24) & 0xff, ((n) >> 16) & 0xff, ((n) >> 8) & 0xff, (n) & 0xff
#define BLOCK(n)	{ [2] = 2, LENGTH(n) }

static const struct trailer_case cases[] = {
	{ "a signature", SIGNED(SHORT), BLOCK(5), "", WHOLE, RULE(NONE), 0 },
	{ "length in one byte", SIGNED(LONG), BLOCK(6), "", WHOLE, RULE(NONE), 0 },
	{ "length in three bytes", SIGNED(LONGER), BLOCK(8), "", WHOLE, RULE(NONE), 0 },
	{ "unsigned", PAYLOAD, NULL, 0, {}, "", WHOLE, RULE(SIGNATURE_MISSING), -ENODATA },
	{ "empty file", "", NULL, 0, {}, "", WHOLE, RULE(SIGNATURE_MISSING), -ENODATA },
	{ "a byte behind the marker", SIGNED(SHORT), BLOCK(5), "\n", WHOLE,
		RULE(SIGNATURE_MISSING), -ENODATA },
	{ "marker cut at its front", SIGNED(SHORT), BLOCK(5), "", 27,
		RULE(SIGNATURE_MISSING), -ENODATA },
	{ "marker only", SIGNED(SHORT), BLOCK(5), "", 28, RULE(TRAILER_TRUNCATED), -EBADMSG },
	{ "one byte short of a trailer", SIGNED(SHORT), BLOCK(5), "", 39,
		RULE(TRAILER_TRUNCATED), -EBADMSG },
	{ "trailer only", SIGNED(SHORT), BLOCK(5), "", 40, RULE(SIGNATURE_BOUNDS), -EBADMSG },
	{ "signature cut", SIGNED(SHORT), BLOCK(5), "", 44, RULE(SIGNATURE_BOUNDS), -EBADMSG },
	{ "nothing is signed", SIGNED(SHORT), BLOCK(5), "", 45, RULE(PAYLOAD_EMPTY), -EBADMSG },
	{ "id_type 0", SIGNED(SHORT), { LENGTH(5) }, "", WHOLE, RULE(TRAILER_TYPE), -EBADMSG },
	{ "id_type 1 (X.509 subject)", SIGNED(SHORT), { [2] = 1, LENGTH(5) }, "", WHOLE,
		RULE(TRAILER_TYPE), -EBADMSG },
	{ "algo", SIGNED(SHORT), { 1, [2] = 2, LENGTH(5) }, "", WHOLE, RULE(TRAILER_UNUSED), -EBADMSG },
	{ "hash", SIGNED(SHORT), { 0, 4, 2, LENGTH(5) }, "", WHOLE, RULE(TRAILER_UNUSED), -EBADMSG },
	{ "signer_len", SIGNED(SHORT), { [2] = 2, 1, LENGTH(5) }, "", WHOLE,
		RULE(TRAILER_UNUSED), -EBADMSG },
	{ "key_id_len", SIGNED(SHORT), { [2] = 2, [4] = 1, LENGTH(5) }, "", WHOLE,
		RULE(TRAILER_UNUSED), -EBADMSG },
	{ "first byte of padding", SIGNED(SHORT), { [2] = 2, [5] = 1, LENGTH(5) }, "", WHOLE,
		RULE(TRAILER_UNUSED), -EBADMSG },
	{ "middle byte of padding", SIGNED(SHORT), { [2] = 2, [6] = 1, LENGTH(5) }, "", WHOLE,
		RULE(TRAILER_UNUSED), -EBADMSG },
	{ "last byte of padding", SIGNED(SHORT), { [2] = 2, [7] = 1, LENGTH(5) }, "", WHOLE,
		RULE(TRAILER_UNUSED), -EBADMSG },
	{ "length 0", SIGNED(SHORT), BLOCK(0), "", WHOLE, RULE(SIGNATURE_EMPTY), -EBADMSG },
	{ "length over the limit", SIGNED(SHORT), BLOCK(CARETAKER_MAX_SIGNATURE + 1), "", WHOLE,
		RULE(SIGNATURE_LARGE), -EFBIG },
	{ "length of 4 GiB", SIGNED(SHORT), BLOCK(0xffffffffU), "", WHOLE,
		RULE(SIGNATURE_LARGE), -EFBIG },
	{ "length of the limit", SIGNED(SHORT), BLOCK(CARETAKER_MAX_SIGNATURE), "", WHOLE,
		RULE(SIGNATURE_BOUNDS), -EBADMSG },
	{ "length of another byte order", SIGNED(SHORT), { [2] = 2, [8] = 5 }, "", WHOLE,
		RULE(SIGNATURE_LARGE), -EFBIG },
	{ "length too small by one", SIGNED(SHORT), BLOCK(4), "", WHOLE,
		RULE(SIGNATURE_TAG), -EBADMSG },
	{ "no SEQUENCE", SIGNED("\x31\x03" "abc"), BLOCK(5), "", WHOLE,
		RULE(SIGNATURE_TAG), -EBADMSG },
	{ "tag only", SIGNED("\x30"), BLOCK(1), "", WHOLE, RULE(SIGNATURE_EXTENT), -EBADMSG },
	{ "empty SEQUENCE", SIGNED("\x30\x00"), BLOCK(2), "", WHOLE,
		RULE(SIGNATURE_EXTENT), -EBADMSG },
	{ "indefinite length", SIGNED("\x30\x80" "abc\0\0"), BLOCK(7), "", WHOLE,
		RULE(SIGNATURE_EXTENT), -EBADMSG },
	{ "length in four bytes", SIGNED("\x30\x84\0\0\0\x03" "abc"), BLOCK(9), "", WHOLE,
		RULE(SIGNATURE_EXTENT), -EBADMSG },
	{ "length cut", SIGNED("\x30\x82\x01"), BLOCK(3), "", WHOLE,
		RULE(SIGNATURE_EXTENT), -EBADMSG },
	{ "SEQUENCE longer than the signature", SIGNED("\x30\x04" "abc"), BLOCK(5), "", WHOLE,
		RULE(SIGNATURE_EXTENT), -EBADMSG },
	{ "a byte behind the SEQUENCE", SIGNED("\x30\x03" "abcd"), BLOCK(6), "", WHOLE,
		RULE(SIGNATURE_EXTENT), -EBADMSG },
	{ "signed twice", PAYLOAD MARKER, SHORT, 5, BLOCK(5), "", WHOLE,
		RULE(TRAILER_NESTED), -EBADMSG },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* In memory of exactly the file's size */
static unsigned char *build(const struct trailer_case *test, size_t *size)
{
	unsigned char file[1024], *at = file, *out;

	at = mempcpy(at, test->payload, strlen(test->payload));
	if (test->signature) {
		at = mempcpy(at, test->signature, test->signature_size);
		at = mempcpy(at, test->block, sizeof(test->block));
		at = mempcpy(at, MARKER, strlen(MARKER));
		at = mempcpy(at, test->behind, strlen(test->behind));
	}
	*size = at - file;
	if (test->keep < *size)
		*size = test->keep;
	out = malloc(*size ? *size : 1);
	assert_non_null(out);
	memcpy(out, at - *size, *size);
	return out;
}

static void parse(void **state)
{
	const struct trailer_case *test = *state;
	struct caretaker_trailer trailer = { 99, 99 };
	struct caretaker_broken broken;
	unsigned char *file;
	size_t size;
	int ret;

	file = build(test, &size);
	ret = caretaker_trailer_parse(file, size, &trailer, &broken);
	free(file);
	assert_string_equal(caretaker_rule_name(broken.rule), caretaker_rule_name(test->rule));
	assert_int_equal(ret, test->error);
	if (!ret) {
		assert_int_equal(trailer.signed_size, strlen(PAYLOAD));
		assert_int_equal(trailer.signature_size, test->signature_size);
		return;
	}
	/* What is malformed must not pass for unsigned. */
	assert_int_equal(trailer.signature_size, 0);
	assert_int_equal(trailer.signed_size, ret == -ENODATA ? size : 0);
}

/* Each rule of the trailer is broken by a case above. */
static void every_rule(void **state)
{
	(void)state;
	for (uint32_t rule = 1; rule < RULE(FILE_LARGE); rule++) {
		size_t i = 0;

		if (!strcmp(caretaker_rule_name(rule), "unknown-rule"))
			continue;
		while (i < CASES && cases[i].rule != rule)
			i++;
		if (i == CASES)
			fail_msg("no case breaks rule %u, %s", rule, caretaker_rule_name(rule));
	}
}

int main(void)
{
	struct CMUnitTest tests[CASES + 1] = { cmocka_unit_test(every_rule) };

	for (size_t i = 0; i < CASES; i++)
		tests[1 + i] = (struct CMUnitTest){ cases[i].name, parse, NULL, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("trailer", tests, NULL, NULL);
}
