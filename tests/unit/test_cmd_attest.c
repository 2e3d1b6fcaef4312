// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker attest: where its output goes, and that a challenge is good for one response.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "cmd_attest.c"
#include "cmd_attest_enrol.c"

#include "enrolment_world.h"
#include "own_directory.h"
#include "signing_output.h"
#include "tpm/ak_credential.h"

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

static void save(const char *path, json_t *object)
{
	assert_non_null(object);
	assert_int_equal(json_dump_file(object, path, 0), 0);
	json_decref(object);
}

/* An open challenge: enrolment, secret, the TPM's response, and a forged one */
static void open_challenge(void)
{
	struct challenge_secret secret = { .issued = NOW, .secret = { 1 }, .vouched = VOUCHED_LIST };
	struct response response;
	struct enrolment_world w;

	world_init(&w);
	world_seal(&w);
	assert_int_equal(enrolment_binding(&w.e, secret.binding), 0);
	assert_int_equal(ak_credential_proof(secret.secret, secret.binding, response.proof), 0);
	save("enrolment", enrolment_json(&w.e));
	save("secret", challenge_secret_json(&secret));
	save("response", response_json(&response));
	response.proof[0] ^= 1;
	save("forged", response_json(&response));
	world_free(&w);
}

static void identity_of_another(void)
{
	unsigned char any = 1;

	save("host", host_identity_json(&(struct host_identity){
		.ek_digest = { 1 }, .ak_public = { &any, 1 }, .enrolled = 1, .vouched = VOUCHED_LIST }));
}

/* Good for one response, whatever comes of it; what was not judged uses nothing up */
static void one_response(void **state)
{
	static const struct {
		const char *name, *line;
		void (*before)(void);
		int status;
		bool left, identity;
	} cases[] = {
		{ "fits", "--finish response --secret secret --enrolment enrolment --out host --now 1700000001",
		  NULL, EXIT_ACCEPTED, false, true },
		{ "forged", "--finish forged --secret secret --enrolment enrolment --out host --now 1700000001",
		  NULL, EXIT_REJECTED, false, false },
		{ "too late", "--finish response --secret secret --enrolment enrolment --out host --now 1700003601",
		  NULL, EXIT_REJECTED, false, false },
		{ "identity of another", "--finish response --secret secret --enrolment enrolment --out host "
		  "--now 1700000001", identity_of_another, EXIT_REJECTED, false, true },
		{ "nowhere to write", "--finish response --secret secret --enrolment enrolment --out none/host "
		  "--now 1700000001", NULL, EXIT_UNABLE, false, false },
		{ "no response", "--finish enrolment --secret secret --enrolment enrolment --out host "
		  "--now 1700000001", NULL, EXIT_REJECTED, true, false },
		{ "no enrolment", "--finish response --secret secret --enrolment none --out host --now 1700000001",
		  NULL, EXIT_UNABLE, true, false },
	};

	assert_int_equal(chdir(*state), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unlink("host");
		open_challenge();
		if (cases[i].before)
			cases[i].before();
		if (output_run(cmd_attest, "attest", cases[i].line) != cases[i].status ||
		    !access("secret", F_OK) != cases[i].left || !access("host", F_OK) != cases[i].identity)
			fail_msg("%s", cases[i].name);
	}
}

/* One that stays would be good for another response: nothing is judged by it */
static void secret_that_stays(void **state)
{
	char line[160];
	int fd;

	assert_int_equal(chdir(*state), 0);
	unlink("host");
	open_challenge();
	fd = open("secret", O_RDONLY);
	assert_true(fd >= 0);
	snprintf(line, sizeof(line), "--finish response --secret /proc/self/fd/%d --enrolment enrolment "
		 "--out host --now %d", fd, NOW + 1);
	assert_int_equal(output_run(cmd_attest, "attest", line), EXIT_UNABLE);
	assert_int_equal(access("host", F_OK), -1);
	assert_int_equal(close(fd), 0);
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
		cmocka_unit_test_setup_teardown(one_response, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(secret_that_stays, own_directory, no_directory),
	};

	return cmocka_run_group_tests_name("cmd_attest", tests, NULL, NULL);
}
