// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker attest: where its output goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "cmd_attest.c"
#include "cmd_attest_enrol.c"

#include "own_directory.h"
#include "signing_output.h"

/* The other actions, which nothing here asks for */
int attest_verdict(const struct attest_arguments *a)
{
	(void)a;
	return EXIT_UNABLE;
}

int attest_new_nonce(const struct attest_arguments *a)
{
	return attest_verdict(a);
}

int attest_standing(const struct attest_arguments *a)
{
	return attest_verdict(a);
}

/* The challenge, written last, would take the place of the secret that finishes it. */
static void challenge_and_secret_are_two(void **state)
{
	static const char * const lines[] = {
		"--challenge --enrolment e --ek-ca ca --secret-out same --out same",
		"--challenge --enrolment e --ek-ca ca --secret-out same --out ./same",
		"--challenge --enrolment e --ek-ca ca --secret-out link --out same",
		"--challenge --enrolment e --ek-ca ca --secret-out - --out -",
		"--challenge --enrolment e --ek-ca ca --secret-out /dev/stdout --out -",
	};

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(symlink("same", "link"), 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (output_run(cmd_attest, "attest", lines[i]) != EXIT_USAGE)
			fail_msg("%s", lines[i]);
	/* Two files; but there is no authority. */
	assert_int_equal(output_run(cmd_attest, "attest", "--challenge --enrolment e --ek-ca ca "
				    "--secret-out same --out other"), EXIT_UNABLE);
}

/* What cannot be had again is not overwritten, by whatever name. */
static void inputs_stay(void **state)
{
	static const char * const lines[] = {
		"--challenge --enrolment in --ek-ca x --secret-out s --out in",
		"--challenge --enrolment in --ek-ca x --secret-out in --out o",
		"--challenge --enrolment x --ek-ca in --secret-out s --out ./in",
		"--challenge --enrolment x --ek-ca a in --secret-out s --out link",
		"--challenge --enrolment x --ek-list a --ek-list in --secret-out link --out o",
		"--challenge --enrolment x --ek-list a --crl in --secret-out s --out in",
		"--challenge --enrolment x --ek-list a --crl in --secret-out in --out o",
		"--finish in --secret s --enrolment e --out in",
		"--finish r --secret in --enrolment e --out link",
		"--finish r --secret s --enrolment in --out in",
	};
	struct blob b;

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(file_write_new("in", "kept", 4, 0600), 0);
	assert_int_equal(symlink("in", "link"), 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (output_run(cmd_attest, "attest", lines[i]) != EXIT_USAGE)
			fail_msg("%s", lines[i]);
		assert_int_equal(file_read("in", 64, &b), 0);
		assert_int_equal(b.size, 4);
		blob_free(&b);
	}
	/* The secret that --challenge wrote is no input of it */
	assert_int_equal(output_run(cmd_attest, "attest", "--challenge --enrolment x --ek-list y "
				    "--secret-out in --out o"), EXIT_UNABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(inputs_stay, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(challenge_and_secret_are_two, own_directory,
						no_directory),
	};

	return cmocka_run_group_tests_name("cmd_attest", tests, NULL, NULL);
}
