// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware logs of real machines: each deviation that is accepted, and beside it what
 * looks like it and is not. And what a tolerant reader makes of the latter.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_uefi_bytes.h"

/* Deviations of real firmware and loaders, and what looks like them. */
#define ZEROS33	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define BOOT_FILE(text)	text "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define TRUST_POINT	"\4\0\1\xc0"
#define SHIM(tail)	SECURE_BOOT("\1") tail
#define OMITTED		"BOOT ATTEMPTS OMITTED"

static void real_machines(void **state)
{
	static const struct {
		const char *name;
		struct event event;
		enum parse_code code;
		bool bound;
	} cases[] = {
		{ "shim, 6 bytes behind", { 7, EV_EFI_VARIABLE_AUTHORITY, SHIM("\0\0\0\0\0\xaf"),
		  SECURE_BOOT_SIZE + 6, SHIM("\0\0\0\0\0"), SECURE_BOOT_SIZE + 5, 0 }, PARSE_OK, true },
		{ "two bytes that no digest covers", { 7, EV_EFI_VARIABLE_AUTHORITY, SHIM("\0\0\0\0\0\xaf"),
		  SECURE_BOOT_SIZE + 6, SHIM("\0\0\0\0"), SECURE_BOOT_SIZE + 4, 0 }, PARSE_INCONSISTENT, 0 },
		{ "not zeros", { 7, EV_EFI_VARIABLE_AUTHORITY, SHIM("\0\0\1\0\0\xaf"),
		  SECURE_BOOT_SIZE + 6, SHIM("\0\0\1\0\0"), SECURE_BOOT_SIZE + 5, 0 }, PARSE_INCONSISTENT, 0 },
		{ "one byte behind, not hashed", { 7, EV_EFI_VARIABLE_AUTHORITY, SHIM("\xaf"),
		  SECURE_BOOT_SIZE + 1, SHIM(""), SECURE_BOOT_SIZE, 0 }, PARSE_INCONSISTENT, 0 },
		{ "five zeros, all hashed", { 7, EV_EFI_VARIABLE_AUTHORITY, SHIM("\0\0\0\0\0"),
		  SECURE_BOOT_SIZE + 5, NULL, 0, 0 }, PARSE_INCONSISTENT, 0 },
		{ "the same excess at SecureBoot", { 7, EV_EFI_VARIABLE_DRIVER_CONFIG,
		  SHIM("\0\0\0\0\0\xaf"), SECURE_BOOT_SIZE + 6, SHIM("\0\0\0\0\0"),
		  SECURE_BOOT_SIZE + 5, 0 }, PARSE_INCONSISTENT, 0 },
		{ "in another register", { 5, EV_EFI_VARIABLE_AUTHORITY, SHIM("\0\0\0\0\0\xaf"),
		  SECURE_BOOT_SIZE + 6, SHIM("\0\0\0\0\0"), SECURE_BOOT_SIZE + 5, 0 },
		  PARSE_INCONSISTENT, 0 },

		{ "coreboot's locality", { 0, EV_NO_ACTION, "StartupLocality\0\3" ZEROS33, 50, "", 0, 0 },
		  PARSE_OK, false },
		{ "something behind it", { 0, EV_NO_ACTION, "StartupLocality\0\3\0\0\1" ZEROS33, 50, "", 0, 0 },
		  PARSE_INVALID, 0 },
		{ "another size", { 0, EV_NO_ACTION, "StartupLocality\0\3" ZEROS33, 49, "", 0, 0 },
		  PARSE_INVALID, 0 },
		{ "no locality", { 0, EV_NO_ACTION, "StartupLocality", 16, "", 0, 0 }, PARSE_INVALID, 0 },

		{ "coreboot's file", { 2, EV_ACTION, BOOT_FILE("CBFS: fallback/abcd"), 50, "code", 0, 0 },
		  PARSE_OK, false },
		{ "in PCR 4", { 4, EV_ACTION, BOOT_FILE("CBFS: fallback/abcd"), 50, "code", 0, 0 },
		  PARSE_MISMATCH, 0 },
		{ "as an EFI action", { 2, EV_EFI_ACTION, BOOT_FILE("CBFS: fallback/abcd"), 50, "code", 0, 0 },
		  PARSE_MISMATCH, 0 },
		{ "no name of coreboot's", { 2, EV_ACTION, BOOT_FILE("file: fallback/abcd"), 50, "code", 0, 0 },
		  PARSE_MISMATCH, 0 },
		{ "something behind the name", { 2, EV_ACTION, "CBFS: a\0b" ZEROS33 "\0\0\0\0\0\0\0\0", 50,
		  "code", 0, 0 }, PARSE_MISMATCH, 0 },
		{ "a name without end", { 2, EV_ACTION, "CBFS: 89012345678901234567890123456789012345678901",
		  50, "code", 0, 0 }, PARSE_MISMATCH, 0 },
		{ "another size", { 2, EV_ACTION, BOOT_FILE("CBFS: fallback/abcd"), 49, "code", 0, 0 },
		  PARSE_MISMATCH, 0 },

		{ "Windows' separator", { 12, EV_SEPARATOR, "WBCL", 4, NULL, 0, 0 }, PARSE_OK, true },
		{ "in PCR 14", { 14, EV_SEPARATOR, "WBCL", 4, NULL, 0, 0 }, PARSE_OK, true },
		{ "in PCR 15", { 15, EV_SEPARATOR, "WBCL", 4, NULL, 0, 0 }, PARSE_INVALID, 0 },
		{ "in PCR 7", { 7, EV_SEPARATOR, "WBCL", 4, NULL, 0, 0 }, PARSE_INVALID, 0 },
		{ "one byte (TPM 1.2)", { 1, EV_SEPARATOR, "\xff", 1, NULL, 0, 0 }, PARSE_INVALID, 0 },
		{ "one digest of two", { 11, 0xc, "\x10\0\0\0", 4, NULL, 0, true }, PARSE_OK, true },
		{ "in a register of the firmware", { 7, 0xc, "\x10\0\0\0", 4, NULL, 0, true },
		  PARSE_INCONSISTENT, 0 },
		{ "an application with one of two", { 4, EV_EFI_BOOT_SERVICES_APPLICATION, "path", 4, "image",
		  0, true }, PARSE_INCONSISTENT, 0 },
		{ "Windows' trust point", { UEFI_PCR_NONE, EV_NO_ACTION, TRUST_POINT, 4, NULL, 0, 0 },
		  PARSE_OK, false },
		{ "of something else", { UEFI_PCR_NONE, EV_NO_ACTION, TRUST_POINT, 4, "x", 0, 0 },
		  PARSE_INCONSISTENT, 0 },
		{ "in a real register", { 4, EV_NO_ACTION, TRUST_POINT, 4, NULL, 0, 0 },
		  PARSE_INCONSISTENT, 0 },
		{ "boot attempts omitted", { 4, EV_OMIT_BOOT_DEVICE_EVENTS, OMITTED, sizeof(OMITTED) - 1, NULL,
		  0, 0 }, PARSE_OK, true },
	};
	struct uefi_event ev;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = agile_log(&cases[i].event, 1);
		struct parse_error err = { 0 };
		struct uefi_log log;
		int ret;

		assert_int_equal(uefi_log_open(&log, b.data, b.size, &err), 0);
		assert_int_equal(uefi_log_next(&log, &ev, &err), 1);
		ret = uefi_log_next(&log, &ev, &err);
		if (err.code != cases[i].code || (ret == 1) != !err.code ||
		    (ret == 1 && ev.bound != cases[i].bound))
			fail_msg("%s: %d, bound %d, %s: %s", cases[i].name, ret, ev.bound,
				 parse_code_name(err.code), err.text);
	}
}

/* The 50-byte entry counts like the one of 17 bytes. */
static void coreboot_locality(void **state)
{
	static const struct event first = { 0, EV_NO_ACTION, "StartupLocality\0\3" ZEROS33, 50, "", 0, 0 };
	struct bytes b = agile_log(&first, 1);
	struct parse_error err;
	struct uefi_log log;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(boot); i++)
		put_agile(&b, &boot[i]);
	assert_int_equal(read_all(b.data, b.size, &log, &err), 0);
	assert_int_equal(log.locality, 3);
	assert_pcr(&log, PCR_SHA256, 0, SHA256_PCR0_3);
}

/* What shim's variable says is what the digest covers. */
static void shim_variable(void **state)
{
	static const struct event shim = { 7, EV_EFI_VARIABLE_AUTHORITY, SHIM("\0\0\0\0\0\xaf"),
					   SECURE_BOOT_SIZE + 6, SHIM("\0\0\0\0\0"), SECURE_BOOT_SIZE + 5, 0 };
	struct bytes b = agile_log(&shim, 1);
	struct parse_error err = { 0 };
	struct uefi_variable var;
	struct uefi_event ev;
	struct uefi_log log;

	(void)state;
	assert_int_equal(uefi_log_open(&log, b.data, b.size, &err), 0);
	assert_int_equal(uefi_log_next(&log, &ev, &err), 1);
	assert_int_equal(uefi_log_next(&log, &ev, &err), 1);
	assert_true(ev.uncovered);
	assert_int_equal(ev.data.size, SECURE_BOOT_SIZE + 5);
	assert_int_equal(uefi_event_variable(&ev, &var, &err), 0);
	assert_int_equal(var.data.size, 1);
}

/* A bank that an event has no digest for is not proven in that register, whatever comes later. */
static void a_bank_with_a_gap(void **state)
{
	static const struct event events[] = {
		{ 11, 0xc, "a", 1, NULL, 0, false }, { 11, 0xc, "b", 1, NULL, 0, true },
		{ 11, 0xc, "c", 1, NULL, 0, false }, { 12, 0xc, "d", 1, NULL, 0, false },
	};
	struct bytes b = agile_log(events, COUNT(events));
	struct parse_error err;
	struct uefi_log log;

	(void)state;
	assert_int_equal(read_all(b.data, b.size, &log, &err), 0);
	assert_null(pcr_value(&log.pcrs, PCR_SHA1, 11));
	assert_non_null(pcr_value(&log.pcrs, PCR_SHA256, 11));
	assert_non_null(pcr_value(&log.pcrs, PCR_SHA1, 12));
	assert_int_equal(log.gap[PCR_SHA1], 1 << 11);
	assert_int_equal(log.gap[PCR_SHA256], 0);
}

static void zeros(void **state)
{
	struct bytes none = { 0 }, b = agile_log(boot, COUNT(boot)), old = { 0 };
	size_t end = b.size, i;
	struct parse_error err;
	struct uefi_log log;

	(void)state;
	put_fill(&none, 0, 4096);
	assert_int_equal(read_all(none.data, none.size, &log, &err), -EBADMSG);
	assert_int_equal(err.code, PARSE_EMPTY);

	put_fill(&b, 0, 4096);
	assert_int_equal(read_all(b.data, b.size, &log, &err), 0);
	assert_int_equal(log.events, 5);
	assert_pcr(&log, PCR_SHA256, 7, SHA256_PCR7);
	assert_int_equal(read_all(b.data, end + 16, &log, &err), 0);
	/* Too few for an event: cut */
	assert_int_equal(read_all(b.data, end + 15, &log, &err), -EBADMSG);
	b.data[b.size - 1] = 1;
	assert_int_equal(read_all(b.data, b.size, &log, &err), -EBADMSG);
	assert_int_equal(err.code, PARSE_TRAILING);

	for (i = 0; i < COUNT(boot); i++)
		put_old(&old, &boot[i]);
	put_fill(&old, 0, 32);
	assert_int_equal(read_all(old.data, old.size, &log, &err), 0);
	assert_int_equal(read_all(old.data, old.size - 1, &log, &err), -EBADMSG);
}

/* A separator ends what SecureBoot may say, whatever the log calls it. */
static void relabelled_separator(void **state)
{
	static const struct {
		const char *digest_of;
		size_t size;
	} separators[] = { { "\0\0\0\0", 4 }, { "\xff\xff\xff\xff", 4 }, { "\1\0\0\0", 4 } };
	struct parse_error err;
	struct uefi_log log;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(separators); i++) {
		const struct event events[] = {
			{ 7, EV_IPL, "anything", 8, separators[i].digest_of, separators[i].size, 0 }, ON,
		};
		struct bytes b = agile_log(events, COUNT(events));

		assert_int_equal(read_all(b.data, b.size, &log, &err), -EBADMSG);
		assert_int_equal(err.code, PARSE_INCONSISTENT);
	}
}

/* A tolerant reader is given odd events: extended, and without a claim. */
static void odd_events(void **state)
{
	static const struct {
		const char *name;
		struct event event[3];
		size_t count;
		uint32_t odd;
		enum uefi_secure_boot want;
	} cases[] = {
		{ "none", { ON, SEPARATOR(7), IMAGE }, 3, 0, UEFI_SECURE_BOOT_ON },
		{ "separator in PCR 1", { ON, { 1, EV_SEPARATOR, "abcd", 4, NULL, 0, 0 }, IMAGE }, 3, 1 << 1,
		  UEFI_SECURE_BOOT_ON },
		{ "action in PCR 4", { ON, { 4, EV_EFI_ACTION, "Go", 2, "Stop", 0, 0 }, IMAGE }, 3, 1 << 4,
		  UEFI_SECURE_BOOT_ON },
		{ "SecureBoot behind the separator", { SEPARATOR(7), ON, IMAGE }, 3, 1 << 7, 0 },
		{ "SecureBoot twice, differently", { ON, OFF, IMAGE }, 3, 1 << 7, 0 },
		{ "SecureBoot behind an odd event", { { 7, EV_EFI_ACTION, "Go", 2, "Stop", 0, 0 }, ON, IMAGE }, 3,
		  1 << 7, 0 },
		{ "digest of something else", { { 7, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT("\1"),
		  SECURE_BOOT_SIZE, "x", 0, 0 }, IMAGE, IMAGE }, 3, 1 << 7, 0 },
		{ "locality too late", { VERSION, LOCALITY("\3"), IMAGE }, 3, 1 << 0, 0 },
		{ "hidden as EV_NO_ACTION", { { 4, EV_NO_ACTION, "x", 1, "x", 0, 0 }, IMAGE, IMAGE }, 3, 1 << 4, 0 },
	};
	struct parse_error err;
	struct uefi_event ev;
	struct uefi_log log;
	size_t i, odd;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = agile_log(cases[i].event, cases[i].count);
		int ret;

		memset(&err, 0, sizeof(err));
		odd = 0;
		assert_int_equal(uefi_log_open(&log, b.data, b.size, &err), 0);
		log.tolerant = true;
		while ((ret = uefi_log_next(&log, &ev, &err)) > 0) {
			odd += ev.odd;
			assert_int_equal(ev.odd, ev.objection.code != PARSE_OK);
		}
		if (ret || log.odd != cases[i].odd || odd != !!cases[i].odd ||
		    log.secure_boot != cases[i].want || log.locality || log.events != 4)
			fail_msg("%s: %d, %zu odd in %#x, Secure Boot %d, locality %u, %s", cases[i].name, ret,
				 odd, log.odd, log.secure_boot, log.locality, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_machines),
		cmocka_unit_test(coreboot_locality),
		cmocka_unit_test(shim_variable),
		cmocka_unit_test(a_bank_with_a_gap),
		cmocka_unit_test(zeros),
		cmocka_unit_test(relabelled_separator),
		cmocka_unit_test(odd_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
