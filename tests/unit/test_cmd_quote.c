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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(output_path, own_directory, no_directory),
	};

	return cmocka_run_group_tests_name("cmd_quote", tests, NULL, NULL);
}
