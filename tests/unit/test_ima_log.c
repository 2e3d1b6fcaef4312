// SPDX-License-Identifier: GPL-2.0-only
/*
 * IMA measurement lists: form, template hashes, replay, and what a quote attests.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "log/ima_log.h"
#include "test_ima_bytes.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The same six records as in the values below, which tests/vectors/ima.py came to. */
static void six_records(struct bytes *log, const char *alg)
{
	const struct bytes sigv2[] = { ima_digest_field("ima:", "sha256", "/bin/sh"),
				       ima_text_field("/bin/sh"), ima_raw_field("\3\2", 2) };
	const struct bytes buf[] = { ima_digest_field("", "sha256", "CTCR"),
				     ima_text_field("caretaker-install"), ima_raw_field("CTCR", 4) };
	struct bytes zero = { 0 };

	put(&zero, "sha256:", 8);
	put_fill(&zero, 0, 32);
	ima_put_ng(log, alg, 10, "boot_aggregate");
	ima_put_old(log, alg, "/sbin/init");
	ima_put_record(log, alg, 10, "ima-sigv2", sigv2, 3, false);
	ima_put_record(log, alg, 10, "ima-buf", buf, 3, false);
	ima_put_record(log, alg, 10, "ima-ng", (struct bytes[]){ zero, ima_text_field("/v") }, 2, true);
	ima_put_ng(log, alg, 11, "/other");
}

static const struct {
	enum pcr_bank bank;
	const char *pcr10, *pcr11;	/* how they begin */
} replayed[] = {
	{ PCR_SHA1, "91ffb6c3615c113bd0035e95eaadb05cfdc3e58a", "9c43f86811741bb063c13886433a8de5555439a0" },
	{ PCR_SHA256, "d254783724eb645251fd46790fb5b48fe2466d83737e795ba4cb236e5fb1f1f7",
	  "140a912b29a53f96c0ca6c4d085cb1baba666f3bda207981ea1743fd5cde0ca7" },
	{ PCR_SHA384, "ff120779766cc2bf021769150787cf700b8606c4174a6cae668d2c98da76c4fb",
	  "2ccb7b2c8a8e3249a3ebfdeacf36f9132d626ef37e286c7b6bb937c409c7b097" },
	{ PCR_SHA512, "cf5b4780ef23cc057ffab64d6f4793151d7fc169c643c629ca13bc5c1a82b4a4",
	  "c427dfd6ec69d1eed499b6dd39558a794c87865136bd79e2753ee4d18ac9f3a5" },
};

static void assert_begins(const unsigned char *value, size_t size, const char *want)
{
	char hex[2 * PCR_DIGEST_MAX + 1];

	assert_non_null(value);
	hex_encode(value, size, hex);
	hex[strlen(want)] = '\0';
	assert_string_equal(hex, want);
}

static void replay_in_every_bank(void **state)
{
	static const char *const digests[] = { "sha1", "sha256", "sha384", "sha512" };
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct pcr_set set;
	struct ima_log log;
	size_t i, j;

	(void)state;
	/* However the list is written, the registers are the same. */
	for (i = 0; i < COUNT(digests); i++) {
		struct bytes b = { 0 };

		six_records(&b, digests[i]);
		pcr_set_init(&set);
		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_BANK_NONE, &err), 0);
		assert_string_equal(pcr_bank_name(log.bank), digests[i]);
		while (ima_log_next(&log, &rec, &err) > 0) {
			assert_int_equal(rec.template_ok, rec.number != 5);
			assert_int_equal(rec.violation, rec.number == 5);
			assert_int_equal(ima_record_extend(&rec, &set, PCR_BANKS_ALL), 0);
		}
		assert_int_equal(err.code, PARSE_OK);
		assert_int_equal(log.records, 6);
		for (j = 0; j < COUNT(replayed); j++) {
			size_t size = pcr_bank_size(replayed[j].bank);

			assert_begins(pcr_value(&set, replayed[j].bank, 10), size, replayed[j].pcr10);
			assert_begins(pcr_value(&set, replayed[j].bank, 11), size, replayed[j].pcr11);
		}
	}
}

static void what_records_say(void **state)
{
	struct parse_error err = { 0 };
	struct bytes b = { 0 };
	struct ima_record rec;
	struct ima_log log;

	(void)state;
	six_records(&b, "sha1");
	assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_SHA1, &err), 0);

	assert_int_equal(ima_log_next(&log, &rec, &err), 1);
	assert_int_equal(rec.number, 1);
	assert_int_equal(rec.offset, 0);
	assert_int_equal(rec.pcr, 10);
	assert_true(view_is_text(rec.template_name, "ima-ng"));
	assert_true(view_is_text(rec.name, "boot_aggregate"));
	assert_string_equal(rec.digest.alg, "sha256");
	assert_int_equal(rec.digest.value.size, 32);
	assert_int_equal(rec.digest.type, IMA_DIGEST_PLAIN);
	assert_int_equal(rec.signature.size, 0);
	assert_false(rec.buffer_bound);

	assert_int_equal(ima_log_next(&log, &rec, &err), 1);
	assert_true(rec.old_format);
	assert_string_equal(rec.digest.alg, "sha1");
	assert_true(view_is_text(rec.name, "/sbin/init"));

	assert_int_equal(ima_log_next(&log, &rec, &err), 1);
	assert_int_equal(rec.digest.type, IMA_DIGEST_FILE);
	assert_true(view_equal(rec.signature, "\3\2", 2));

	assert_int_equal(ima_log_next(&log, &rec, &err), 1);
	assert_true(view_is_text(rec.name, "caretaker-install"));
	assert_true(view_is_text(rec.buffer, "CTCR"));
	assert_true(rec.buffer_bound);

	assert_int_equal(ima_log_next(&log, &rec, &err), 1);
	assert_true(rec.violation);
	assert_false(rec.template_ok);

	assert_int_equal(ima_log_next(&log, &rec, &err), 1);
	assert_int_equal(rec.pcr, 11);
	assert_int_equal(ima_log_next(&log, &rec, &err), 0);
	assert_int_equal(ima_log_next(&log, &rec, &err), 0);
}

/* A byte of the buffer, the name and the logged digest: each shows, and the replay follows the content. */
static void altered_record(void **state)
{
	static const struct {
		const char *name;
		size_t from_end;
		bool bound;
	} cases[] = {
		{ "buffer", 1, false }, { "event name", 10, true }, { "template digest", 102, true },
	};
	const struct bytes field[] = { ima_digest_field("", "sha256", "CTCR"), ima_text_field("event"),
				       ima_raw_field("CTCR", 4) };
	unsigned char clean[PCR_DIGEST_MAX], changed[PCR_DIGEST_MAX];
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_log log;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = { 0 };

		ima_put_record(&b, "sha1", 10, "ima-buf", field, 3, false);
		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_SHA1, &err), 0);
		assert_int_equal(ima_log_next(&log, &rec, &err), 1);
		assert_true(rec.template_ok);
		ima_record_hash(&rec, PCR_SHA256, clean);

		if (i == 2)
			b.data[4 + 3] ^= 1;
		else
			b.data[b.size - cases[i].from_end] ^= 1;
		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_SHA1, &err), 0);
		assert_int_equal(ima_log_next(&log, &rec, &err), 1);
		if (rec.template_ok || rec.buffer_bound != cases[i].bound)
			fail_msg("%s: template_ok %d, buffer_bound %d", cases[i].name, rec.template_ok,
				 rec.buffer_bound);
		ima_record_hash(&rec, PCR_SHA256, changed);
		assert_int_equal(!memcmp(clean, changed, 32), i == 2);
	}
}

/* One record made of parts, each of which can be wrong. */
struct parts {
	unsigned int pcr;
	const char *name;
	long name_size, data_size;	/* -1: right */
	const char *field[4];
	size_t size[4];
};

static void malformed_record(void **state)
{
	static const struct {
		const char *name;
		struct parts p;
		enum parse_code code;
		size_t offset;
	} cases[] = {
		{ "well formed", { 10, "ima-ng", -1, -1, { "sha1:\0" "....................", "/a\0" },
		  { 26, 3 } }, PARSE_OK, 0 },
		{ "PCR 24", { 24, "ima-ng", -1, -1, { "" }, { 0 } }, PARSE_INVALID, 0 },
		{ "no name", { 10, "", -1, -1, { "" }, { 0 } }, PARSE_INVALID, 24 },
		{ "long name", { 10, "ima-ng", 256, -1, { "" }, { 0 } }, PARSE_OVERSIZED, 24 },
		{ "huge name", { 10, "ima-ng", 0xffffffff, -1, { "" }, { 0 } }, PARSE_OVERSIZED, 24 },
		{ "unknown", { 10, "ima-n", -1, -1, { "" }, { 0 } }, PARSE_UNSUPPORTED, 28 },
		{ "name is a prefix", { 10, "ima-ngx", -1, -1, { "" }, { 0 } }, PARSE_UNSUPPORTED, 28 },
		{ "field twice", { 10, "sig|sig", -1, -1, { "" }, { 0 } }, PARSE_UNSUPPORTED, 28 },
		{ "digest twice", { 10, "d|d-ng", -1, -1, { "" }, { 0 } }, PARSE_UNSUPPORTED, 28 },
		{ "bar at the end", { 10, "sig|", -1, -1, { "" }, { 0 } }, PARSE_UNSUPPORTED, 28 },
		{ "huge data", { 10, "n-ng", -1, 0xffffffff, { "" }, { 0 } }, PARSE_OVERSIZED, 32 },
		{ "data too long", { 10, "n-ng", -1, 100, { "a\0" }, { 2 } }, PARSE_TRUNCATED, 36 },
		{ "data too short", { 10, "n-ng", -1, 5, { "a\0" }, { 2 } }, PARSE_TRUNCATED, 40 },
		{ "field too many", { 10, "n-ng", -1, -1, { "a\0", "b" }, { 2, 1 } }, PARSE_TRAILING, 42 },
		{ "field too few", { 10, "n-ng|sig", -1, -1, { "a\0" }, { 2 } }, PARSE_TRUNCATED, 46 },
		{ "name without NUL", { 10, "n-ng", -1, -1, { "a" }, { 1 } }, PARSE_INVALID, 40 },
		{ "empty name field", { 10, "n-ng", -1, -1, { "" }, { 0 } }, PARSE_TRUNCATED, 36 },
		{ "NUL in a name", { 10, "n-ng", -1, -1, { "a\0b\0" }, { 4 } }, PARSE_INVALID, 40 },
		{ "no colon", { 10, "d-ng", -1, -1, { "sha1\0" }, { 5 } }, PARSE_INVALID, 40 },
		{ "no NUL", { 10, "d-ng", -1, -1, { "sha1:....................." }, { 26 } },
		  PARSE_INVALID, 40 },
		{ "unknown hash", { 10, "d-ng", -1, -1, { "sha9:\0" "...................." }, { 26 } },
		  PARSE_UNSUPPORTED, 40 },
		{ "short digest", { 10, "d-ng", -1, -1, { "sha1:\0" "..................." }, { 25 } },
		  PARSE_INCONSISTENT, 40 },
		{ "long digest", { 10, "d-ng", -1, -1, { "sha1:\0" "....................." }, { 27 } },
		  PARSE_INCONSISTENT, 40 },
		{ "digest type", { 10, "d-ngv2", -1, -1, { "imx:sha1:\0" "...................." }, { 30 } },
		  PARSE_UNSUPPORTED, 42 },
		{ "old digest of 19 bytes", { 10, "d|sig", -1, -1, { "..................." }, { 19 } },
		  PARSE_TRUNCATED, 60 },
		{ "modsig without digest", { 10, "d-modsig|modsig|sig", -1, -1, { "", "x", "y" },
		  { 0, 1, 1 } }, PARSE_TRUNCATED, 0 },
		{ "number of three bytes", { 10, "iuid", -1, -1, { "abc" }, { 3 } }, PARSE_INVALID, 40 },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct parts *p = &cases[i].p;
		struct parse_error err = { 0 };
		struct bytes b = { 0 }, data = { 0 };
		struct ima_record rec;
		struct ima_log log;
		int ret;

		for (j = 0; j < 4 && p->size[j]; j++) {
			put_le(&data, p->size[j], 4);
			put(&data, p->field[j], p->size[j]);
		}
		put_le(&b, p->pcr, 4);
		put_fill(&b, 0x55, 20);
		put_le(&b, p->name_size < 0 ? strlen(p->name) : (size_t)p->name_size, 4);
		put(&b, p->name, strlen(p->name));
		put_le(&b, p->data_size < 0 ? data.size : (size_t)p->data_size, 4);
		put(&b, data.data, data.size);

		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_SHA1, &err), 0);
		ret = ima_log_next(&log, &rec, &err);
		if (cases[i].offset == 0 && cases[i].code == PARSE_TRUNCATED)
			err.offset = 0;	/* only that it is refused */
		if (err.code != cases[i].code || err.offset != cases[i].offset ||
		    (ret == 1) != (err.code == PARSE_OK))
			fail_msg("%s: %d, %s at %zu: %s", cases[i].name, ret, parse_code_name(err.code),
				 err.offset, err.text);
		if (err.code) {
			assert_int_equal(err.record, 1);
			/* It stays so. */
			assert_int_equal(ima_log_next(&log, &rec, &err), -EBADMSG);
		}
	}
}

static void every_cut_is_refused(void **state)
{
	struct bytes b = { 0 };
	size_t ends[7] = { 0 }, size, n = 1;
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_log log;

	(void)state;
	six_records(&b, "sha1");
	assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_SHA1, &err), 0);
	while (ima_log_next(&log, &rec, &err) > 0)
		ends[n++] = b.size - reader_left(&log.in);
	for (size = 0, n = 0; size <= b.size; size++) {
		unsigned char *copy = malloc(size + 1);	/* so that the sanitizer knows its end */
		int ret;

		memcpy(copy, b.data, size);
		memset(&err, 0, sizeof(err));
		ret = ima_log_open(&log, size ? copy : NULL, size, PCR_SHA1, &err);
		while (!ret && (ret = ima_log_next(&log, &rec, &err)) > 0)
			ret = 0;
		if (size && size == ends[n + 1]) {
			assert_int_equal(ret, 0);
			n++;
		} else {
			assert_int_equal(ret, -EBADMSG);
			assert_true(err.offset <= size);
			assert_int_equal(err.code, size ? PARSE_TRUNCATED : PARSE_EMPTY);
			assert_int_equal(err.record, size ? n + 1 : 0);
		}
		free(copy);
	}
}

static void oversized_log(void **state)
{
	struct parse_error err = { 0 };
	struct ima_log log;

	(void)state;
	/* Never looked at, so it need not exist. */
	assert_int_equal(ima_log_open(&log, "", IMA_LOG_MAX + 1, PCR_BANK_NONE, &err), -EBADMSG);
	assert_int_equal(err.code, PARSE_OVERSIZED);
}

static void modsig_and_its_digest(void **state)
{
	static const struct {
		const char *name;
		size_t digest, modsig;
		bool ok;
	} cases[] = {
		{ "neither", 0, 0, true }, { "both", 26, 4, true },
		{ "no digest", 0, 4, false }, { "no signature", 26, 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct bytes field[] = {
			ima_digest_field("", "sha256", "/m"), ima_text_field("/m"), ima_raw_field("", 0),
			ima_raw_field("sha1:\0....................", cases[i].digest),
			ima_raw_field("\x30\x02\5\0", cases[i].modsig),
		};
		struct parse_error err = { 0 };
		struct bytes b = { 0 };
		struct ima_record rec;
		struct ima_log log;
		int ret;

		ima_put_record(&b, "sha256", 10, "ima-modsig", field, 5, false);
		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_BANK_NONE, &err), 0);
		ret = ima_log_next(&log, &rec, &err);
		if ((ret == 1) != cases[i].ok || (ret < 0 && err.code != PARSE_INCONSISTENT))
			fail_msg("%s: %d %s", cases[i].name, ret, err.text);
		if (ret == 1)
			assert_int_equal(rec.modsig.size, cases[i].modsig);
	}
}

/* Kernels up to 5.x left 20 zeros in a violation, whatever the algorithm. */
static void violation_of_old_kernels(void **state)
{
	static const struct {
		const char *name, *template;
		size_t size;
		unsigned char fill;
		bool violation;
		enum parse_code code;
	} cases[] = {
		{ "20 zeros", "ima-ng", 20, 0, true, PARSE_OK },
		{ "32 zeros", "ima-ng", 32, 0, true, PARSE_OK },
		{ "20 bytes", "ima-ng", 20, 1, true, PARSE_INCONSISTENT },
		{ "19 zeros", "ima-ng", 19, 0, true, PARSE_INCONSISTENT },
		{ "no violation", "ima-ng", 20, 0, false, PARSE_INCONSISTENT },
		{ "a template that those kernels did not have", "ima-ngv2", 20, 0, true, PARSE_INCONSISTENT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		bool v2 = !strcmp(cases[i].template, "ima-ngv2");
		struct bytes field[] = { ima_raw_field(v2 ? "ima:sha256:" : "sha256:", v2 ? 12 : 8),
					 ima_text_field("/var/log/wtmp") };
		struct parse_error err = { 0 };
		struct bytes b = { 0 };
		struct ima_record rec;
		struct ima_log log;
		int ret;

		put_fill(&field[0], cases[i].fill, cases[i].size);
		ima_put_record(&b, "sha1", 10, cases[i].template, field, 2, cases[i].violation);
		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_SHA1, &err), 0);
		ret = ima_log_next(&log, &rec, &err);
		if (err.code != cases[i].code || (ret == 1) != !err.code)
			fail_msg("%s: %d, %s: %s", cases[i].name, ret, parse_code_name(err.code), err.text);
		if (ret == 1)
			assert_true(rec.violation && (cases[i].size == 20) == !rec.digest.alg);
	}
}

/* Digests of SM3 and SHA-256 are of one size: a hash tells whose they are. */
static void bank_by_hash(void **state)
{
	static const char *const digests[] = { "sha256", "sm3" };
	static const enum pcr_bank want[] = { PCR_SHA256, PCR_SM3_256 };
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_log log;
	size_t i;

	(void)state;
	if (!pcr_bank_available(PCR_SM3_256))
		skip();
	for (i = 0; i < COUNT(digests); i++) {
		struct bytes b = { 0 };
		bool first;

		six_records(&b, digests[i]);
		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_BANK_NONE, &err), 0);
		assert_int_equal(log.bank, want[i]);
		/* One that was altered does not hide the others */
		b.data[4] ^= 1;
		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_BANK_NONE, &err), 0);
		assert_int_equal(log.bank, want[i]);
		first = true;
		while (ima_log_next(&log, &rec, &err) > 0) {
			assert_int_equal(rec.template_ok, !first && !rec.violation);
			first = false;
		}
		assert_int_equal(err.code, PARSE_OK);
	}
}

/* Kernels before 5.13 wrote "sm3-256" */
static void algorithm_by_its_alias(void **state)
{
	static const char *const names[] = { "sm3", "sm3-256" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct bytes b = { 0 }, field[2] = { { 0 }, ima_text_field("/bin/sh") };
		struct parse_error err = { 0 };
		struct ima_record rec;
		struct ima_log log;

		put(&field[0], names[i], strlen(names[i]));
		put(&field[0], ":", 2);
		put_fill(&field[0], 0x55, 32);
		ima_put_record(&b, "sha1", 10, "ima-ng", field, 2, false);
		assert_int_equal(ima_log_open(&log, b.data, b.size, PCR_BANK_NONE, &err), 0);
		assert_int_equal(ima_log_next(&log, &rec, &err), 1);
		assert_string_equal(rec.digest.alg, "sm3");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_in_every_bank),
		cmocka_unit_test(what_records_say),
		cmocka_unit_test(altered_record),
		cmocka_unit_test(malformed_record),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(oversized_log),
		cmocka_unit_test(modsig_and_its_digest),
		cmocka_unit_test(violation_of_old_kernels),
		cmocka_unit_test(bank_by_hash),
		cmocka_unit_test(algorithm_by_its_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
