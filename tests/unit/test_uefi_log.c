// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firmware's event log: both formats, startup locality, Secure Boot, and event
 * types that claim what their digests do not show. Values are tests/vectors/uefi.py's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_uefi_bytes.h"

static void replay_both_formats(void **state)
{
	struct bytes b = agile_log(boot, COUNT(boot));
	struct parse_error err;
	struct uefi_log log;
	size_t i;

	(void)state;
	assert_int_equal(read_all(b.data, b.size, &log, &err), 0);
	assert_true(log.crypto_agile);
	assert_int_equal(log.events, 5);
	assert_int_equal(log.secure_boot, UEFI_SECURE_BOOT_ON);
	assert_pcr(&log, PCR_SHA1, 0, SHA1_PCR0);
	assert_pcr(&log, PCR_SHA256, 0, SHA256_PCR0);
	assert_pcr(&log, PCR_SHA256, 4, SHA256_PCR4);
	assert_pcr(&log, PCR_SHA256, 7, SHA256_PCR7);
	assert_int_equal(log.pcrs.present[PCR_SHA384], 0);

	b.size = 0;
	for (i = 0; i < COUNT(boot); i++)
		put_old(&b, &boot[i]);
	assert_int_equal(read_all(b.data, b.size, &log, &err), 0);
	assert_false(log.crypto_agile);
	assert_int_equal(log.events, 4);
	assert_pcr(&log, PCR_SHA1, 0, SHA1_PCR0);
	assert_int_equal(log.pcrs.present[PCR_SHA256], 0);
}

static void startup(void **state)
{
	static const struct {
		const char *name, *pcr0;
		struct event first[2];
		size_t count;
		unsigned int locality;
	} cases[] = {
		{ "locality 0", SHA256_PCR0, { LOCALITY("\0") }, 1, 0 },
		{ "locality 3", SHA256_PCR0_3, { LOCALITY("\3") }, 1, 3 },
		{ "locality 4", SHA256_PCR0_4, { LOCALITY("\4") }, 1, 4 },
		{ "H-CRTM", SHA256_PCR0_H, { HCRTM }, 1, 4 },
		{ "H-CRTM, locality 4", SHA256_PCR0_H, { LOCALITY("\4"), HCRTM }, 2, 4 },
	};
	struct parse_error err;
	struct uefi_log log;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = agile_log(cases[i].first, cases[i].count);

		for (j = 0; j < COUNT(boot); j++)
			put_agile(&b, &boot[j]);
		assert_int_equal(read_all(b.data, b.size, &log, &err), 0);
		assert_int_equal(log.locality, cases[i].locality);
		assert_pcr(&log, PCR_SHA256, 0, cases[i].pcr0);
		assert_pcr(&log, PCR_SHA256, 7, SHA256_PCR7);
	}
}

static void secure_boot(void **state)
{
	static const struct {
		const char *name;
		struct event event[3];
		size_t count;
		enum uefi_secure_boot want;
		enum parse_code code;
	} cases[] = {
		{ "on", { ON }, 1, UEFI_SECURE_BOOT_ON, PARSE_OK },
		{ "off", { OFF }, 1, UEFI_SECURE_BOOT_OFF, PARSE_OK },
		{ "not said", { VERSION }, 1, UEFI_SECURE_BOOT_UNKNOWN, PARSE_OK },
		{ "twice on", { ON, ON }, 2, UEFI_SECURE_BOOT_ON, PARSE_OK },
		{ "on, then off", { ON, OFF }, 2, 0, PARSE_INCONSISTENT },
		{ "behind the separator", { SEPARATOR(7), ON }, 2, 0, PARSE_INCONSISTENT },
		{ "behind another separator", { SEPARATOR(4), ON }, 2, UEFI_SECURE_BOOT_ON, PARSE_OK },
		{ "in PCR 4", { { 4, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT("\1"),
		  SECURE_BOOT_SIZE, NULL, 0, 0 } }, 1, UEFI_SECURE_BOOT_UNKNOWN, PARSE_OK },
		{ "another type", { { 7, EV_EFI_VARIABLE_AUTHORITY, SECURE_BOOT("\1"),
		  SECURE_BOOT_SIZE, NULL, 0, 0 } }, 1, UEFI_SECURE_BOOT_UNKNOWN, PARSE_OK },
		{ "a type without content", { { 7, EV_IPL, SECURE_BOOT("\1"), SECURE_BOOT_SIZE, "x", 0, 0 } }, 1,
		  UEFI_SECURE_BOOT_UNKNOWN, PARSE_OK },
		{ "value 2", { { 7, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT("\2"),
		  SECURE_BOOT_SIZE, NULL, 0, 0 } }, 1, 0, PARSE_INVALID },
		{ "digest of something else", { { 7, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT("\1"),
		  SECURE_BOOT_SIZE, "x", 0, 0 } }, 1, 0, PARSE_MISMATCH },
		{ "another GUID", { { 7, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT_OF("\x62", "\1"),
		  SECURE_BOOT_SIZE, NULL, 0, 0 } }, 1, UEFI_SECURE_BOOT_UNKNOWN, PARSE_OK },
	};
	struct parse_error err;
	struct uefi_log log;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = agile_log(cases[i].event, cases[i].count);
		int ret = read_all(b.data, b.size, &log, &err);

		if (err.code != cases[i].code || (!ret) != (err.code == PARSE_OK) ||
		    (!ret && log.secure_boot != cases[i].want))
			fail_msg("%s: %d, state %d, %s", cases[i].name, ret, log.secure_boot, err.text);
	}
}

static void bad_events(void **state)
{
	static const struct {
		const char *name;
		struct event event[3];
		size_t count;
		enum parse_code code;
		unsigned int record;
	} cases[] = {
		{ "hidden as EV_NO_ACTION", { { 4, EV_NO_ACTION, "x", 1, "x", 0, 0 } }, 1, PARSE_INCONSISTENT, 2 },
		{ "separator's digest", { { 4, EV_SEPARATOR, "\0\0\0\0", 4, "x", 0, 0 } }, 1, PARSE_MISMATCH, 2 },
		{ "separator of 3 bytes", { { 4, EV_SEPARATOR, "\0\0\0", 3, NULL, 0, 0 } }, 1, PARSE_INVALID, 2 },
		{ "separator of text", { { 4, EV_SEPARATOR, "abcd", 4, NULL, 0, 0 } }, 1, PARSE_INVALID, 2 },
		{ "action", { { 5, EV_ACTION, "Go", 2, "Stop", 0, 0 } }, 1, PARSE_MISMATCH, 2 },
		{ "EFI action", { { 5, EV_EFI_ACTION, "Go", 2, "Stop", 0, 0 } }, 1, PARSE_MISMATCH, 2 },
		{ "authority", { { 7, EV_EFI_VARIABLE_AUTHORITY, SECURE_BOOT("\1"), SECURE_BOOT_SIZE, "x", 0, 0 } },
		  1, PARSE_MISMATCH, 2 },
		{ "boot variable", { { 1, EV_EFI_VARIABLE_BOOT, SECURE_BOOT("\1"), SECURE_BOOT_SIZE, "x", 0, 0 } },
		  1, PARSE_MISMATCH, 2 },
		{ "boot variable 2", { { 1, EV_EFI_VARIABLE_BOOT2, SECURE_BOOT("\1"), SECURE_BOOT_SIZE,
		  "\1", 0, 0 } }, 1, PARSE_MISMATCH, 2 },
		{ "short variable", { { 7, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT("\1"), 30, NULL, 0, 0 } }, 1,
		  PARSE_TRUNCATED, 2 },
		{ "variable without its value", { { 7, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT("\1"),
		  SECURE_BOOT_SIZE - 1, NULL, 0, 0 } }, 1, PARSE_INCONSISTENT, 2 },
		{ "PCR 24", { VERSION, { 24, EV_IPL, "x", 1, NULL, 0, 0 } }, 2, PARSE_INVALID, 3 },
		{ "no PCR", { { UEFI_PCR_NONE, EV_IPL, "x", 1, NULL, 0, 0 } }, 1, PARSE_INVALID, 2 },
		{ "locality 2", { LOCALITY("\2") }, 1, PARSE_INVALID, 2 },
		{ "locality twice", { LOCALITY("\3"), LOCALITY("\3") }, 2, PARSE_INCONSISTENT, 3 },
		{ "locality too late", { VERSION, LOCALITY("\3") }, 2, PARSE_INCONSISTENT, 3 },
		{ "H-CRTM too late", { VERSION, HCRTM }, 2, PARSE_INCONSISTENT, 3 },
		{ "H-CRTM and locality 3", { LOCALITY("\3"), HCRTM }, 2, PARSE_INCONSISTENT, 3 },
		{ "H-CRTM in PCR 1", { { 1, EV_EFI_HCRTM_EVENT, "HCRTM", 5, "core", 0, 0 } }, 1,
		  PARSE_INCONSISTENT, 2 },
		{ "Spec ID twice", { { 0, EV_NO_ACTION, "Spec ID Event03\0", 16, "", 0, 0 } }, 1,
		  PARSE_INCONSISTENT, 2 },
	};
	struct uefi_event ev;
	struct parse_error err;
	struct uefi_log log;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = agile_log(cases[i].event, cases[i].count);

		read_all(b.data, b.size, &log, &err);
		if (err.code != cases[i].code || err.record != cases[i].record)
			fail_msg("%s: %s in record %u: %s", cases[i].name, parse_code_name(err.code),
				 err.record, err.text);
		assert_true(uefi_log_next(&log, &ev, &err) < 0);
	}
}

/* What the specification lets firmware do, and what Linux boots with. */
static void accepted_events(void **state)
{
	static const struct {
		const char *name;
		struct event event;
		bool bound;
	} cases[] = {
		{ "boot variable, all of it hashed",
		  { 1, EV_EFI_VARIABLE_BOOT, SECURE_BOOT("\1"), SECURE_BOOT_SIZE, NULL, 0, 0 }, true },
		{ "boot variable, its value hashed",
		  { 1, EV_EFI_VARIABLE_BOOT, SECURE_BOOT("\1"), SECURE_BOOT_SIZE, "\1", 0, 0 }, false },
		{ "separator of ones", { 1, EV_SEPARATOR, "\xff\xff\xff\xff", 4, NULL, 0, 0 }, true },
		{ "separator of an error", { 1, EV_SEPARATOR, "\1\0\0\0", 4, NULL, 0, 0 }, true },
		{ "GRUB's command, hashed without prefix", { 8, EV_IPL, "grub_cmd: x", 12, "x", 0, 0 }, false },
		{ "initrd", { 9, EV_EVENT_TAG, "tag", 3, "initrd", 0, 0 }, false },
		{ "EV_NO_ACTION without PCR", { UEFI_PCR_NONE, EV_NO_ACTION, "x", 1, "", 0, 0 }, false },
	};
	struct uefi_event ev;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = agile_log(&cases[i].event, 1);
		struct parse_error err = { 0 };
		struct uefi_log log;

		assert_int_equal(uefi_log_open(&log, b.data, b.size, &err), 0);
		assert_int_equal(uefi_log_next(&log, &ev, &err), 1);
		if (uefi_log_next(&log, &ev, &err) != 1 || ev.bound != cases[i].bound)
			fail_msg("%s: bound %d, %s", cases[i].name, ev.bound, err.text);
	}
}

/* The Spec ID event with a byte or two changed. */
static void spec_id(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		unsigned char byte;
		enum parse_code code;
	} cases[] = {
		{ "not in PCR 0", 0, 1, PARSE_INVALID },
		{ "no algorithm", 56, 0, PARSE_OVERSIZED },
		{ "one algorithm", 56, 1, PARSE_TRUNCATED },
		{ "three algorithms", 56, 3, PARSE_TRUNCATED },
		{ "17 algorithms", 56, 17, PARSE_OVERSIZED },
		{ "SHA-1 of 21 bytes", 62, 21, PARSE_INVALID },
		{ "SHA-1 twice", 64, 0x4, PARSE_INCONSISTENT },
		{ "vendor information runs out", 68, 1, PARSE_TRUNCATED },
		{ "a digest", 10, 1, PARSE_INCONSISTENT },
	};
	struct parse_error err;
	struct uefi_log log;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = agile_log(boot, COUNT(boot));

		b.data[cases[i].at] = cases[i].byte;
		read_all(b.data, b.size, &log, &err);
		if (err.code != cases[i].code || err.record != 1)
			fail_msg("%s: %s in record %u: %s", cases[i].name, parse_code_name(err.code),
				 err.record, err.text);
	}
}

/* An event's digest list with a byte changed. */
static void digest_list(void **state)
{
	const size_t first = 32 + 37;	/* behind the Spec ID event */
	static const struct {
		const char *name;
		size_t at;
		unsigned char byte;
	} cases[] = {
		{ "no digest", 8, 0 }, { "three digests of two", 8, 3 },
		{ "unknown algorithm", 12, 0xc }, { "the same algorithm twice", 12 + 22, 0x4 },
	};
	struct parse_error err;
	struct uefi_log log;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct bytes b = agile_log(boot, COUNT(boot));

		b.data[first + cases[i].at] = cases[i].byte;
		read_all(b.data, b.size, &log, &err);
		if (err.code != PARSE_INCONSISTENT || err.record != 2)
			fail_msg("%s: %s in record %u: %s", cases[i].name, parse_code_name(err.code),
				 err.record, err.text);
	}
}

static void every_cut_is_refused(void **state)
{
	struct bytes b = agile_log(boot, COUNT(boot));
	size_t ends[COUNT(boot) + 2] = { 0 }, size, n = 0, i;
	struct parse_error err;
	struct uefi_log log;

	(void)state;
	for (i = 0; i <= COUNT(boot); i++)
		ends[i] = agile_log(boot, i).size;
	for (size = 0; size <= b.size; size++) {
		unsigned char *copy = malloc(size + 1);
		int ret;

		memcpy(copy, b.data, size);
		ret = read_all(copy, size, &log, &err);
		if (size == ends[n]) {
			assert_int_equal(ret, 0);
			n++;
		} else {
			assert_true(ret < 0);
			assert_int_equal(err.code, size ? PARSE_TRUNCATED : PARSE_EMPTY);
			assert_true(err.offset <= size);
		}
		free(copy);
	}
	assert_true(uefi_log_open(&log, "", UEFI_LOG_MAX + 1, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_both_formats),
		cmocka_unit_test(startup),
		cmocka_unit_test(secure_boot),
		cmocka_unit_test(bad_events),
		cmocka_unit_test(accepted_events),
		cmocka_unit_test(spec_id),
		cmocka_unit_test(digest_list),
		cmocka_unit_test(every_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
