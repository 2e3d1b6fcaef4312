// SPDX-License-Identifier: GPL-2.0-only
/*
 * systemd's log of user space's measurements: what its records say, and what is no log.
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

#include "hex.h"
#include "log/userspace_log.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define SHA1_ZERO "0000000000000000000000000000000000000000"
#define RECORD(pcr, digests, content) \
	"\x1e{\"pcr\":" pcr ",\"digests\":[" digests "],\"content_type\":\"systemd\",\"content\":" content "}\n"
#define DIGEST(alg, hex) "{\"hashAlg\":\"" alg "\",\"digest\":\"" hex "\"}"
#define ZERO32 "0000000000000000000000000000000000000000000000000000000000000000"
#define WORD "{\"string\":\"ready\",\"bootId\":\"1\",\"timestamp\":7,\"eventType\":\"phase\"}"
#define GOOD RECORD("11", DIGEST("sha256", ZERO32), WORD)

static int read_all(const char *text, size_t size, struct userspace_log *log, struct userspace_record *last,
		    struct parse_error *err)
{
	int ret;

	memset(err, 0, sizeof(*err));
	ret = userspace_log_open(log, text, size, err);
	while (!ret && (ret = userspace_log_next(log, last, err)) > 0)
		ret = 0;
	return ret;
}

static void forms(void **state)
{
	static const struct {
		const char *name, *text;
		unsigned int records;
		enum parse_code code;
		unsigned int at;	/* record */
	} cases[] = {
		{ "nothing", "", 0, PARSE_OK, 0 },
		{ "one", GOOD, 1, PARSE_OK, 0 },
		{ "two", GOOD GOOD, 2, PARSE_OK, 0 },
		{ "an NvPCR's", "\x1e{\"nvIndex\":1,\"digests\":[" DIGEST("sha256", ZERO32) "]}\n", 1, PARSE_OK, 0 },
		{ "a hash that we do not know", RECORD("11", DIGEST("sha3-256", "00"), WORD), 1, PARSE_OK, 0 },
		{ "no content", "\x1e{\"pcr\":9,\"digests\":[" DIGEST("sha256", ZERO32) "]}\n", 1, PARSE_OK, 0 },
		{ "being written", GOOD "\x1e{\"pcr\":11,\"dig", 1, PARSE_OK, 0 },
		{ "only begun", GOOD "\x1e", 1, PARSE_OK, 0 },
		{ "no separator", "{}\n", 0, PARSE_INVALID, 1 },
		{ "no separator before the second", GOOD "{}\n", 1, PARSE_INVALID, 2 },
		{ "another separator", "x{\"pcr\":9,\"digests\":[" DIGEST("sha256", ZERO32) "]}\n", 0, PARSE_INVALID, 1 },
		{ "no JSON", GOOD "\x1e{\n", 1, PARSE_INVALID, 2 },
		{ "two texts in one", "\x1e{}{}\n", 0, PARSE_INVALID, 1 },
		{ "an array", "\x1e[]\n", 0, PARSE_INVALID, 1 },
		{ "a key twice", "\x1e{\"pcr\":9,\"pcr\":9,\"digests\":[" DIGEST("sha256", ZERO32) "]}\n", 0, PARSE_INVALID, 1 },
		{ "PCR 24", RECORD("24", DIGEST("sha256", ZERO32), WORD), 0, PARSE_INVALID, 1 },
		{ "PCR -1", RECORD("-1", DIGEST("sha256", ZERO32), WORD), 0, PARSE_INVALID, 1 },
		{ "PCR as text", RECORD("\"9\"", DIGEST("sha256", ZERO32), WORD), 0, PARSE_INVALID, 1 },
		{ "PCR null", RECORD("null", DIGEST("sha256", ZERO32), WORD), 0, PARSE_INVALID, 1 },
		{ "no digests", RECORD("9", "", WORD), 0, PARSE_INVALID, 1 },
		{ "digests missing", "\x1e{\"pcr\":9}\n", 0, PARSE_INVALID, 1 },
		{ "a digest without its hash", RECORD("9", "{\"digest\":\"" ZERO32 "\"}", WORD), 0,
		  PARSE_INVALID, 1 },
		{ "a hash without its digest", RECORD("9", "{\"hashAlg\":\"sha256\"}", WORD), 0,
		  PARSE_INVALID, 1 },
		{ "a short digest", RECORD("9", DIGEST("sha256", SHA1_ZERO), WORD), 0, PARSE_INVALID, 1 },
		{ "no hex", RECORD("9", DIGEST("sha1", "x000000000000000000000000000000000000000"), WORD), 0,
		  PARSE_INVALID, 1 },
		{ "two digests of one hash",
		  RECORD("9", DIGEST("sha256", ZERO32) "," DIGEST("sha256", ZERO32), WORD), 0,
		  PARSE_INCONSISTENT, 1 },
	};
	struct userspace_record rec;
	struct userspace_log log;
	struct parse_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t size = strlen(cases[i].text);
		char *copy = malloc(size + 1);	/* so that the sanitizer knows its end */
		int ret;

		memcpy(copy, cases[i].text, size);
		ret = read_all(copy, size, &log, &rec, &err);
		if (log.records != cases[i].records || err.code != cases[i].code ||
		    err.record != cases[i].at || (!ret) != !err.code)
			fail_msg("%s: %d, %u records, %s in %u: %s", cases[i].name, ret, log.records,
				 parse_code_name(err.code), err.record, err.text);
		if (err.code)
			assert_int_equal(userspace_log_next(&log, &rec, &err), -EBADMSG);
		assert_int_equal(log.cut, i == 6 || i == 7);
		free(copy);
	}
	assert_int_equal(userspace_log_open(&log, "", USERSPACE_LOG_MAX + 1, &err), -EBADMSG);
}

/* The word counts if every digest is its hash */
static void words(void **state)
{
	static const struct {
		const char *name, *sha1, *sha256, *type, *string, *word;
		bool bound;
	} cases[] = {
		{ "both", "word", "word", "systemd", "word", "word", true },
		{ "one of two", "word", "other", "systemd", "word", "word", false },
		{ "the other of two", "other", "word", "systemd", "word", "word", false },
		{ "another type", "word", "word", "pcclient_std", "word", "", false },
		{ "no word", "", "", "systemd", "", "", false },
	};
	struct userspace_record rec;
	struct userspace_log log;
	struct parse_error err;
	char text[1024], hex[2][2 * PCR_DIGEST_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *of[] = { cases[i].sha1, cases[i].sha256 };

		for (int bank = PCR_SHA1; bank <= PCR_SHA256; bank++) {
			struct view v = { (const unsigned char *)of[bank], strlen(of[bank]) };
			unsigned char digest[PCR_DIGEST_MAX];

			assert_int_equal(pcr_hash(bank, &v, 1, digest), 0);
			hex_encode(digest, pcr_bank_size(bank), hex[bank]);
		}
		snprintf(text, sizeof(text), "\x1e{\"pcr\":15,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"%s\"},"
			 "{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}],\"content_type\":\"%s\",\"content\":"
			 "{\"string\":\"%s\"}}\n", hex[0], hex[1], cases[i].type, cases[i].string);
		assert_int_equal(read_all(text, strlen(text), &log, &rec, &err), 0);
		assert_int_equal(log.records, 1);
		assert_int_equal(userspace_log_open(&log, text, strlen(text), &err), 0);
		assert_int_equal(userspace_log_next(&log, &rec, &err), 1);
		assert_int_equal(rec.pcr, 15);
		assert_int_equal(rec.banks, PCR_BANK_BIT(PCR_SHA1) | PCR_BANK_BIT(PCR_SHA256));
		if (rec.bound != cases[i].bound || strcmp(rec.word, cases[i].word))
			fail_msg("%s: bound %d, \"%s\"", cases[i].name, rec.bound, rec.word);
	}
}

/* A word that is longer than any known one is none */
static void long_word(void **state)
{
	char text[2 * USERSPACE_WORD_MAX], word[USERSPACE_WORD_MAX + 1] = { 0 };
	struct userspace_record rec;
	struct userspace_log log;
	struct parse_error err = { 0 };

	(void)state;
	memset(word, 'x', USERSPACE_WORD_MAX);
	for (size_t n = USERSPACE_WORD_MAX; n >= USERSPACE_WORD_MAX - 1; n--) {
		word[n] = '\0';
		snprintf(text, sizeof(text), RECORD("9", DIGEST("sha256", ZERO32), "{\"string\":\"%s\"}"), word);
		assert_int_equal(userspace_log_open(&log, text, strlen(text), &err), 0);
		assert_int_equal(userspace_log_next(&log, &rec, &err), 1);
		assert_int_equal(strlen(rec.word), n == USERSPACE_WORD_MAX ? 0 : n);
	}
}

/* JSON takes 75 times its size in memory: a record is as long as allowed, or longer */
static void long_record(void **state)
{
	static const char begin[] = "\x1e{\"digests\":[" DIGEST("sha256", ZERO32) "]";
	struct userspace_record rec;
	struct userspace_log log;
	struct parse_error err;

	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		size_t size = 1 + USERSPACE_RECORD_MAX + more;	/* with its separator */
		char *text = malloc(size);

		memset(text, ' ', size);
		memcpy(text, begin, sizeof(begin) - 1);
		memcpy(text + size - 2, "}\n", 2);
		assert_int_equal(read_all(text, size, &log, &rec, &err), more ? -EBADMSG : 0);
		assert_int_equal(err.code, more ? PARSE_OVERSIZED : PARSE_OK);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(words),
		cmocka_unit_test(long_word),
		cmocka_unit_test(long_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
