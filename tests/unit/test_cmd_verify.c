// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker verify: which certificates count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../signing/cmd_verify.c"

#include "keypair.h"
#include "own_directory.h"
#include "signing_fixture.h"
#include "signing_output.h"

static char *folder;

/* A PEM file with the certificates of both, in this order; @b may be NULL */
static void save(const char *name, const struct signer *a, const struct signer *b)
{
	struct blob pem[2] = { 0 };
	struct reason why;
	char both[8192];

	assert_int_equal(keypair_encode_cert(a->cert, &pem[0], &why), 0);
	if (b)
		assert_int_equal(keypair_encode_cert(b->cert, &pem[1], &why), 0);
	memcpy(both, pem[0].data, pem[0].size);
	if (b)
		memcpy(both + pem[0].size, pem[1].data, pem[1].size);
	assert_int_equal(file_write_atomic(name, both, pem[0].size + pem[1].size, 0644), 0);
	blob_free(&pem[0]);
	blob_free(&pem[1]);
}

static int prepare(void **state)
{
	struct signer a, b, c;
	struct blob file;

	if (own_directory((void **)&folder) || chdir(folder))
		return -1;
	(void)state;
	a = signer_make("a", "p256");
	b = signer_make("b", "p256");
	c = signer_make("c", "p256");
	save("a", &a, NULL);
	save("b", &b, NULL);
	save("ab", &a, &b);
	save("ba", &b, &a);
	save("bc", &b, &c);
	file = signed_image(&a);
	file_write_atomic("signed", file.data, file.size, 0644);
	file.data[file.size - 41] ^= 1;
	file_write_atomic("broken", file.data, file.size, 0644);
	blob_free(&file);
	signer_free(&a);
	signer_free(&b);
	signer_free(&c);
	return file_write_atomic("text", "no certificate", 14, 0644);
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || no_directory((void **)&folder);
}

static const struct verify_case {
	const char *name, *line;
	int status;
} cases[] = {
	{ "one certificate", "--cert a signed", 0 },
	{ "another", "--cert b signed", 1 },
	{ "first of a bundle", "--cert ab signed", 0 },
	{ "second of a bundle", "--cert ba signed", 0 },
	{ "none of a bundle", "--cert bc signed", 1 },
	{ "two files", "--cert b --cert a signed", 0 },
	{ "two bundles", "--cert bc --cert ba signed", 0 },
	{ "broken, first of a bundle", "--cert ab broken", 1 },
	{ "broken, second of a bundle", "--cert ba broken", 1 },
	{ "no certificate", "--cert text signed", 3 },
	{ "one that is none among others", "--cert a --cert text signed", 3 },
	{ "nothing to verify with", "signed", 2 },
};

static void verify_line(void **state)
{
	const struct verify_case *test = *state;
	char line[256];
	json_t *json;

	snprintf(line, sizeof(line), "%s --json", test->line);
	assert_int_equal(output_run_json(cmd_verify, "verify", line, &json), test->status);
	assert_int_equal(!!json, test->status < 2);
	if (json)
		assert_int_equal(json_is_true(json_object_get(json, "valid")), !test->status);
	json_decref(json);
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	struct CMUnitTest tests[CASES];

	for (size_t i = 0; i < CASES; i++)
		tests[i] = (struct CMUnitTest){ cases[i].name, verify_line, NULL, NULL,
						(void *)&cases[i] };
	return cmocka_run_group_tests_name("cmd_verify", tests, prepare, clean);
}
