// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCR banks: what registers start with, how they are extended, selections, and the
 * digest that a quote signs. Expected values are Python's hashlib's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "hex.h"
#include "pcr.h"
#include "reader.h"

/* After an extend with 00 01 02 ..: PCR 10 in full; the start of PCR 17 and of PCR 0 at 3 and 4. */
static const struct {
	enum pcr_bank bank;
	const char *name;
	const char *zero, *ones, *locality3, *locality4;
} extended[] = {
	{ PCR_SHA1, "sha1", "f87cfc25e047ab7fa1c1d2cca2c7ffaa706cd23a", "60b2ab288e8fc80f",
	  "6725f8ed8329420a", "5eb20f7c2aed5858" },
	{ PCR_SHA256, "sha256", "bb2275c49f28ad52cae6d55e34a974a58c7a3ba26f976e8ecbbe7a536918dc73",
	  "5e06b37177ad6bac", "391691bdd8af8caa", "87b36c25320488ae" },
	{ PCR_SHA384, "sha384", "fe83f742d1cab5c709a0c424729831fbff9b5bb9748a618f0b6ea04fe1fde4d5"
	  "46f4040e7fc9587b2e6badada6c941b0", "0ad63c013c5cdf9b", "96c58ee986719616", "334988a99827b435" },
	{ PCR_SHA512, "sha512", "3317cc3c3c68eadf60825ca04a9a4d238c73cd2ad755d2ac479352ee6e56127a"
	  "5fc8c65dcc5073246ac82b1be0797c4bdcc1a6c06195558d1955739fa607db03", "0da30f83bc150393",
	  "76d4c572b4282916", "df58bbb4338c2b73" },
	{ PCR_SM3_256, "sm3_256", "846b91cbf360100143e47873d5690eef2118cca79543c624d436c79f25980f57",
	  "2e1f32103b3d3520", "62d7d3337d3b308c", "6a4dfbf961912da7" },
};

static void assert_value(const struct pcr_set *set, enum pcr_bank bank, unsigned int pcr, const char *want)
{
	char hex[2 * PCR_DIGEST_MAX + 1];

	assert_non_null(pcr_value(set, bank, pcr));
	hex_encode(pcr_value(set, bank, pcr), pcr_bank_size(bank), hex);
	hex[strlen(want)] = '\0';
	assert_string_equal(hex, want);
}

static void extend_from_every_start(void **state)
{
	unsigned char digest[PCR_DIGEST_MAX];
	struct pcr_set set;
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof(digest); i++)
		digest[i] = (unsigned char)i;
	for (i = 0; i < sizeof(extended) / sizeof(extended[0]); i++) {
		enum pcr_bank bank = extended[i].bank;

		size = pcr_bank_size(bank);
		assert_true(pcr_bank_available(bank));
		assert_string_equal(pcr_bank_name(bank), extended[i].name);
		assert_int_equal(pcr_bank_by_name(extended[i].name), bank);
		assert_int_equal(pcr_bank_by_alg(pcr_bank_alg(bank)), bank);
		pcr_set_init(&set);
		assert_null(pcr_value(&set, bank, 10));
		assert_int_equal(pcr_extend(&set, bank, 10, digest, size), 0);
		assert_value(&set, bank, 10, extended[i].zero);
		assert_int_equal(pcr_extend(&set, bank, 23, digest, size), 0);
		assert_value(&set, bank, 23, extended[i].zero);
		assert_int_equal(pcr_extend(&set, bank, 17, digest, size), 0);
		assert_value(&set, bank, 17, extended[i].ones);
		assert_int_equal(pcr_start_locality(&set, 3), 0);
		assert_null(pcr_value(&set, bank, 0));
		assert_int_equal(pcr_extend(&set, bank, 0, digest, size), 0);
		assert_value(&set, bank, 0, extended[i].locality3);
		pcr_set_init(&set);
		assert_int_equal(pcr_start_locality(&set, 4), 0);
		assert_int_equal(pcr_extend(&set, bank, 0, digest, size), 0);
		assert_value(&set, bank, 0, extended[i].locality4);
	}
}

static void refused(void **state)
{
	unsigned char digest[PCR_DIGEST_MAX] = { 0 };
	struct pcr_set set;

	(void)state;
	pcr_set_init(&set);
	assert_int_equal(pcr_extend(&set, PCR_SHA256, 24, digest, 32), -EINVAL);
	assert_int_equal(pcr_extend(&set, PCR_SHA256, 0, digest, 20), -EINVAL);
	assert_int_equal(pcr_set_value(&set, PCR_SHA1, 24, digest, 20), -EINVAL);
	assert_int_equal(pcr_set_value(&set, PCR_SHA1, 0, digest, 32), -EINVAL);
	assert_int_equal(pcr_start_locality(&set, 1), -EINVAL);
	assert_int_equal(pcr_start_locality(&set, 5), -EINVAL);
	assert_null(pcr_value(&set, PCR_SHA256, 24));
	assert_int_equal(pcr_bank_by_name("sha"), PCR_BANK_NONE);
	assert_int_equal(pcr_bank_by_alg(0x10), PCR_BANK_NONE);
	for (int bank = 0; bank < PCR_BANKS; bank++)
		assert_int_equal(set.present[bank], 0);
}

static void selections(void **state)
{
	static const struct {
		const char *text;
		int count;	/* -1: refused */
		uint32_t sha256;
	} cases[] = {
		{ "sha256:0,1,10", 1, 1 | 2 | 1 << 10 },
		{ "sha1:10+sha256:23", 2, 1 << 23 },
		{ "sha256:10,0", 1, 1 | 1 << 10 },
		{ "", -1, 0 },		{ "sha256", -1, 0 },	  { "sha256:", -1, 0 },
		{ "sha256:24", -1, 0 }, { "sha256:1,", -1, 0 },	  { "sha256:,1", -1, 0 },
		{ "sha256:1,1", -1, 0 }, { "sha256:-1", -1, 0 },  { "sha256:1 ", -1, 0 },
		{ "sha256:1+", -1, 0 }, { "sha256:1+sha256:2", -1, 0 }, { "sha0:1", -1, 0 },
		{ "sha256:4294967297", -1, 0 }, { "averyveryverylongbank:1", -1, 0 }, { ":1", -1, 0 },
	};
	struct pcr_selection sel;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int ret = pcr_selection_parse(cases[i].text, &sel);

		if (ret != (cases[i].count < 0 ? -EINVAL : 0))
			fail_msg("\"%s\": %d", cases[i].text, ret);
		if (cases[i].count < 0)
			continue;
		assert_int_equal(sel.count, cases[i].count);
		assert_int_equal(pcr_selection_mask(&sel, PCR_SHA256), cases[i].sha256);
	}
}

static void same_selection(void **state)
{
	struct pcr_selection a, b;

	(void)state;
	pcr_selection_parse("sha1:10+sha256:0,10", &a);
	pcr_selection_parse("sha256:10,0+sha1:10", &b);
	assert_true(pcr_selection_same(&a, &b));
	pcr_selection_parse("sha256:10,0", &b);
	assert_false(pcr_selection_same(&a, &b));
	assert_false(pcr_selection_same(&b, &a));
	pcr_selection_parse("sha1:10+sha256:0,9", &b);
	assert_false(pcr_selection_same(&a, &b));
}

static void quoted_digest(void **state)
{
	unsigned char value[3][32], digest[PCR_DIGEST_MAX];
	char hex[2 * PCR_DIGEST_MAX + 1];
	struct pcr_selection sel;
	struct pcr_set set;

	(void)state;
	memset(value[0], 1, 32);
	memset(value[1], 2, 32);
	memset(value[2], 3, 32);
	pcr_set_init(&set);
	pcr_set_value(&set, PCR_SHA256, 0, value[0], 32);
	pcr_set_value(&set, PCR_SHA256, 10, value[1], 32);
	pcr_set_value(&set, PCR_SHA1, 10, value[2], 20);

	/* Banks in the order of the selection, registers ascending. */
	pcr_selection_parse("sha256:10,0+sha1:10", &sel);
	assert_int_equal(pcr_selection_digest(&set, &sel, PCR_SHA256, digest), 0);
	hex_encode(digest, 32, hex);
	assert_string_equal(hex, "01861e156c06a89822aa16ca649a8a0707a1fb5adbc4b01f222e5af1c72b579c");
	pcr_selection_parse("sha1:10+sha256:0,10", &sel);
	assert_int_equal(pcr_selection_digest(&set, &sel, PCR_SHA256, digest), 0);
	hex_encode(digest, 32, hex);
	assert_string_equal(hex, "3bc0e754a3749515624b40ae2fcc0a0f58de3a7a0d4e11d509a8d0582584a188");
	/* A register without a value is not a zero. */
	pcr_selection_parse("sha256:0,1", &sel);
	assert_int_equal(pcr_selection_digest(&set, &sel, PCR_SHA256, digest), -ENODATA);

	pcr_selection_of(&set, &sel);
	assert_int_equal(pcr_selection_mask(&sel, PCR_SHA256), 1 | 1 << 10);
	assert_int_equal(pcr_selection_mask(&sel, PCR_SHA1), 1 << 10);
}

static void as_json(void **state)
{
	unsigned char value[20] = { 0xab };
	struct pcr_selection sel;
	struct pcr_set set;
	json_t *json;
	char *text;

	(void)state;
	pcr_set_init(&set);
	pcr_set_value(&set, PCR_SHA1, 7, value, 20);
	json = pcr_set_json(&set, PCR_BANKS_ALL);
	text = json_dumps(json, JSON_COMPACT);
	assert_string_equal(text, "{\"sha1\":{\"7\":\"ab00000000000000000000000000000000000000\"}}");
	free(text);
	json_decref(json);
	json = pcr_set_json(&set, PCR_BANK_BIT(PCR_SHA256));
	assert_int_equal(json_object_size(json), 0);
	json_decref(json);
	pcr_selection_parse("sha256:10,0", &sel);
	json = pcr_selection_json(&sel);
	text = json_dumps(json, JSON_COMPACT);
	assert_string_equal(text, "{\"sha256\":[0,10]}");
	free(text);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extend_from_every_start),
		cmocka_unit_test(refused),
		cmocka_unit_test(selections),
		cmocka_unit_test(same_selection),
		cmocka_unit_test(quoted_digest),
		cmocka_unit_test(as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
