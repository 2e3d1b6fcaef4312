// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker quote: where its output goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "cmd_quote.c"

#include "own_directory.h"
#include "signing_fixture.h"

/* A folder stands for the file in it; a dash is standard output, whatever is called so. */
static void output_path(void **state)
{
	static const struct {
		const char *out, *path;
	} cases[] = {
		{ "file", "file" }, { "folder", "folder/evidence.json" }, { "-", "-" },
		{ "./-", "./-/evidence.json" },
	};
	char path[PATH_MAX];

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkdir("./-", 0700), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(out_path(cases[i].out, "evidence.json", path), 0);
		assert_string_equal(path, cases[i].path);
	}
}

/* What the evidence is made from is not overwritten, by whatever name; nor is a folder's file. */
static void inputs_stay(void **state)
{
	static const struct {
		const char *line;
		int status;
	} cases[] = {
		{ "--nonce 00 --out other --ima-log in", EXIT_ACCEPTED },
		{ "--nonce 00 --out in --ima-log in", EXIT_USAGE },
		{ "--nonce 00 --out link --uefi-log in", EXIT_USAGE },
		{ "--nonce 00 --out in --userspace-log ./in", EXIT_USAGE },
		{ "--nonce 00 --out in --command-line link", EXIT_USAGE },
		{ "--nonce 00 --out in --ak in", EXIT_USAGE },
		{ "--nonce 00 --out in --owner-auth in", EXIT_USAGE },
		{ "--nonce 00 --out in --endorsement-auth in", EXIT_USAGE },
		{ "--nonce 00 --out in --owner-auth fd:0", EXIT_ACCEPTED },
		{ "--enroll --out in --ek-certificate in", EXIT_USAGE },
		{ "--activate in --out in", EXIT_USAGE },
		{ "--nonce 00 --out folder --ima-log folder/evidence.tar", EXIT_USAGE },
		{ "--enroll --out folder --ima-log folder/evidence.tar", EXIT_ACCEPTED },
		{ "--activate folder/response.json --out folder", EXIT_USAGE },
	};
	struct arguments a;
	char line[256], *argv[16];

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(file_write_new("in", "kept", 4, 0600), 0);
	assert_int_equal(file_write_new("folder/evidence.tar", "kept", 4, 0600), 0);
	assert_int_equal(file_write_new("folder/response.json", "kept", 4, 0600), 0);
	assert_int_equal(symlink("in", "link"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "quote %s", cases[i].line);
		if (parse(fixture_words(line, argv), argv, &a) != cases[i].status)
			fail_msg("%s", cases[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(inputs_stay, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(output_path, own_directory, no_directory),
	};

	return cmocka_run_group_tests_name("cmd_quote", tests, NULL, NULL);
}
