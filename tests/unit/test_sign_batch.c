// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --into: many files in one session, each whole or not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "../../signing/cmd_sign.c"

#include "certificate.h"
#include "keypair.h"
#include "payload_image.h"
#include "signing_fixture.h"
#include "verify.h"

static char folder[] = "/tmp/test_sign_batch.XXXXXX";

static int prepare(void **state)
{
	unsigned char image[IMAGE_SIZE];
	char name[32];

	(void)state;
	if (!mkdtemp(folder) || chdir(folder) || mkdir("out", 0700) || mkdir("more", 0700))
		return -1;
	signer_save("rsa", signer_make("rsa", "rsa2048"), NULL);
	signer_save("past", signer_make_dated("past", "p256", -9, -1), NULL);
	for (int i = 0; i < 4; i++) {
		payload_image_make(image);
		payload_image_patch(image, AT_NOTE(svn), 4, 10 + i);
		snprintf(name, sizeof(name), "file%d", i);
		fixture_save(name, image, sizeof(image));
	}
	fixture_save("more/file0", image, sizeof(image));
	fixture_save("more/rsa.key", image, sizeof(image));
	if (mkdir("one", 0700) || symlink("file1", "one/file0") || mkdir("new", 0700) || symlink("x", "new/file0") ||
	    symlink("x", "new/file1") || mkdir("sigs", 0700) || symlink("file1", "sigs/file0.sig") ||
	    mkdir("null", 0700) || symlink("/dev/null", "null/file0") || symlink("/dev/null", "null/file1"))
		return -1;
	if (mkdir("linked", 0700) || symlink("../file1", "linked/file0"))
		return -1;
	payload_image_patch(image, 0x2010, 2, 0x300f);	/* WRMSR */
	fixture_save("wrmsr", image, sizeof(image));
	fixture_save("-", image, sizeof(image));
	return 0;
}

static int clean(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") || system(command);
}

static int empty_output(void **state)
{
	(void)state;
	return system("rm -rf out/* out/.w*");
}

/* Which of file0 to file3 are in out, and hold: a bit for each; nothing else is there */
static int present(void)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct payload payload;
	struct reason why;
	struct blob file;
	X509 *signer;
	char name[32];
	int found = 0;

	assert_int_equal(certificate_load_all("rsa.pem", certs, &why), 0);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "out/file%d", i);
		if (file_read(name, PAYLOAD_MAX_BYTES, &file))
			continue;
		assert_int_equal(verify_payload(file.data, file.size, certs, &payload, &signer, &why), 0);
		assert_int_equal(payload.image.note.svn, 10 + i);
		blob_free(&file);
		found |= 1 << i;
	}
	sk_X509_pop_free(certs, X509_free);
	assert_int_equal(system("test $(ls -A out | grep -vc '^file[0-3]$') = 0"), 0);
	return found;
}

struct batch_case {
	const char *name;
	const char *line;
	int status;
	int present;
};

#define KEY_ "--key rsa.key --cert rsa.pem "
#define ALL "file0 file1 file2 file3"

static const struct batch_case cases[] = {
	{ "four files", KEY_ "--into out " ALL, 0, 15 },
	{ "one file", KEY_ "--into out file2", 0, 4 },
	{ "one is refused, the others are not", KEY_ "--into out file0 wrmsr file3", 1, 9 },
	{ "one is not there, the others are", KEY_ "--into out file0 missing file3", 3, 9 },
	{ "one is refused, one is not there", KEY_ "--into out wrmsr missing file1", 3, 2 },
	{ "some are too low", KEY_ "--min-svn 12 --into out " ALL, 1, 12 },
	{ "no key", "--key missing --cert rsa.pem --into out " ALL, 3, 0 },
	{ "an expired certificate", "--key past.key --cert past.pem --into out " ALL, 1, 0 },
	{ "a command", "--external 'openssl dgst -sha256 -sign rsa.key' --cert rsa.pem --into out " ALL, 0,
		15 },
	{ "a command that fails is not called again",
		"--external 'echo x >> calls; exit 1' --cert rsa.pem --into out " ALL, 3, 0 },
	{ "two of one name", KEY_ "--into out file0 file1 more/file0", 3, 0 },
	{ "standard input", KEY_ "--into out file0 -", 3, 0 },
	{ "what is named by a blank end", KEY_ "--into out file0 more/", 3, 0 },
	{ "no folder", KEY_ "--into nowhere " ALL, 3, 0 },
	{ "an output that is another's input", KEY_ "--into linked file0 file1", 3, 0 },
	{ "an output that is another's input, read before", KEY_ "--into linked file1 file0", 3, 0 },
	{ "two outputs that are one file", KEY_ "--into one file0 file1", 3, 0 },
	{ "... in the other order", KEY_ "--into one file1 file0", 3, 0 },
	{ "... that is not there yet", KEY_ "--into new file0 file1", 3, 0 },
	{ "a link alone", KEY_ "--into new file0", 0, 0 },
	{ "a signature for IMA that is another's output", KEY_ "--ima-sigfile --into sigs file0 file1", 3, 0 },
	{ "two outputs into one device", KEY_ "--into null file0 file1", 0, 0 },
	{ "the key's name", KEY_ "--into . more/rsa.key", 3, 0 },
	{ "a file for a folder", KEY_ "--into file0 " ALL, 3, 0 },
	{ "no file", KEY_ "--into out", 2, 0 },
	{ "one signature for many", "--attach x --cert rsa.pem --into out " ALL, 2, 0 },
	{ "one digest for many", "--prepare --digest x --into out " ALL, 2, 0 },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static int run_line(const char *line)
{
	char copy[1024], *argv[32];

	snprintf(copy, sizeof(copy), "sign %s", line);
	return cmd_sign(fixture_words(copy, argv), argv);
}

static void run_case(void **state)
{
	const struct batch_case *test = *state;
	struct stat calls;

	assert_int_equal(run_line(test->line), test->status);
	assert_int_equal(present(), test->present);
	if (!stat("calls", &calls)) {
		assert_int_equal(calls.st_size, 2);
		unlink("calls");
	}
}

/* A second run of a pipeline touches nothing. */
static void again(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(run_line(KEY_ "--into out " ALL), 0);
	assert_int_equal(stat("out/file1", &before), 0);
	assert_int_equal(run_line("--idempotent --key missing --cert rsa.pem --into out "
				  "out/file0 out/file1 out/file2 out/file3"), 0);
	assert_int_equal(stat("out/file1", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(present(), 15);
}

/* What the lint has seen it does not look at again, and nothing else passes for it. */
static void seen_once(void **state)
{
	struct sign_request request = {
		.key = "rsa.key", .cert = "rsa.pem", .signed_by = sk_X509_new_null(),
		.source = KEY_SOURCE_PROMPT,
	};
	struct sign_session session = { .request = &request };
	struct sign_outcome outcome;
	struct reason why;

	(void)state;
	assert_int_equal(sign_file(&session, "file0", "out/file0", &outcome, &why), 0);
	assert_int_equal(session.cleans, 1);
	assert_int_equal(sign_file(&session, "file0", "out/file0", &outcome, &why), 0);
	assert_int_equal(session.cleans, 1);
	assert_int_equal(sign_file(&session, "file1", "out/file1", &outcome, &why), 0);
	assert_int_equal(session.cleans, 2);
	assert_int_equal(sign_file(&session, "wrmsr", "out/wrmsr", &outcome, &why), REFUSED);
	assert_string_equal(why.word, "lint");
	assert_int_equal(sign_file(&session, "wrmsr", "out/wrmsr", &outcome, &why), REFUSED);
	assert_int_equal(session.cleans, 2);
	signing_key_free(&session.key);
	sk_X509_free(request.signed_by);
}

/* What is told: each file once, and none as done that has not got its name */
static void told(void **state)
{
	static const struct {
		const char *line, *says;
	} calls[] = {
		{ KEY_ "--into out " ALL, "4 done, 0 nothing to do, 0 refused, 0 failed, 0 not tried\n" },
		{ KEY_ "--into out file0 wrmsr file1 missing", "2 done, 0 nothing to do, 1 refused, 1 failed, 0 not tried\n" },
		/* Copied from elsewhere: there is a new file all the same */
		{ KEY_ "--idempotent --into out kept0 file1", "1 done, 1 nothing to do, 0 refused, 0 failed, 0 not tried\n" },
	};
	char text[128];
	FILE *out;
	int kept;

	(void)state;
	assert_int_equal(run_line(KEY_ "file0 kept0"), 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		out = tmpfile();
		fflush(stdout);
		kept = dup(STDOUT_FILENO);
		dup2(fileno(out), STDOUT_FILENO);
		run_line(calls[i].line);
		fflush(stdout);
		dup2(kept, STDOUT_FILENO);
		close(kept);
		rewind(out);
		assert_non_null(fgets(text, sizeof(text), out));
		assert_string_equal(text, calls[i].says);
		fclose(out);
	}
	assert_int_equal(access("out/kept0", F_OK), 0);
}

static int heard, heard_ret;

static void hear(void *arg, int tag, int ret)
{
	(void)arg;
	heard = tag;
	heard_ret = ret;
}

/* A file waits for its group, and one that goes over its own input does not: another may write it meanwhile. */
static void waits(void **state)
{
	struct sign_request request = {
		.key = "rsa.key", .cert = "rsa.pem", .into = "out", .signed_by = sk_X509_new_null(),
		.source = KEY_SOURCE_PROMPT,
	};
	struct sign_session session = { .request = &request, .group = file_group_new(hear, NULL), .index = 7 };
	struct sign_outcome outcome;
	struct reason why;

	(void)state;
	assert_int_equal(run_line("--strip kept0 own"), 0);
	assert_int_equal(sign_file(&session, "file0", "out/file0", &outcome, &why), 0);
	assert_true(session.later);
	assert_int_equal(present(), 0);
	assert_int_equal(sign_file(&session, "own", "own", &outcome, &why), 0);
	assert_false(session.later);
	assert_int_equal(run_line("--strip own bare"), 0);
	/* A link is written through, and by itself. */
	assert_int_equal(symlink("file1", "out/link"), 0);
	assert_int_equal(sign_file(&session, "file1", "out/link", &outcome, &why), 0);
	assert_false(session.later);
	assert_int_equal(unlink("out/link"), 0);
	assert_int_equal(heard, 0);
	file_group_end(session.group);
	assert_int_equal(heard, 7);
	assert_int_equal(heard_ret, 0);
	assert_int_equal(present(), 3);
	signing_key_free(&session.key);
	sk_X509_free(request.signed_by);
}

/* What goes beside an output, or is printed of it, is not there before the output is. */
static void by_itself(void **state)
{
	(void)state;
	assert_true(may_group(&(struct sign_request){ .output = SIGN_FILE }));
	assert_true(may_group(&(struct sign_request){ .output = SIGN_STRIPPED }));
	assert_false(may_group(&(struct sign_request){ .output = SIGN_PREPARED }));
	assert_false(may_group(&(struct sign_request){ .ima = SIGN_IMA_FILE }));
	assert_false(may_group(&(struct sign_request){ .timestamp_query = "x" }));
	assert_false(may_group(&(struct sign_request){ .timestamp_command = "x" }));
}

int main(void)
{
	struct CMUnitTest tests[CASES + 5] = {
		cmocka_unit_test_setup(told, empty_output),
		cmocka_unit_test_setup(waits, empty_output),
		cmocka_unit_test(by_itself),
		cmocka_unit_test_setup(again, empty_output),
		cmocka_unit_test_setup(seen_once, empty_output),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[5 + i] = (struct CMUnitTest){ cases[i].name, run_case, empty_output, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("sign batch", tests, prepare, clean);
}
