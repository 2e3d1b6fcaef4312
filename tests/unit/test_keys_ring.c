// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys enroll: what no kernel loads is told before one is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../keys/cmd_keys_ring.c"

#include "own_directory.h"
#include "signing_fixture.h"
#include "zoo.h"

/* A keyring that is not there stands for the kernel's answer: it is not asked. */
#define NOWHERE "no such keyring"

static void enrolls(const char *name, const char *word)
{
	const struct zoo_certificate *test = zoo_certificates;
	struct reason why = { 0 };
	struct blob der;
	int ret;

	while (strcmp(test->name, name))
		test++;
	der = zoo_certificate_make(test);
	assert_int_equal(file_write_atomic("cert", der.data, der.size, 0644), 0);
	blob_free(&der);
	ret = enroll("cert", NOWHERE, &why);
	assert_true(ret);
	if (word && (ret != REFUSED || strcmp(why.word, word)))
		fail_msg("%s: %d: %s: %s", name, ret, why.word, why.text);
	if (!word && ret == REFUSED)
		fail_msg("%s: %s: %s", name, why.word, why.text);
}

static void asks_first(void **state)
{
	assert_int_equal(chdir(*state), 0);
	zoo_open(NULL);
	enrolls("plain", NULL);
	enrolls("basicConstraints spells out CA:FALSE", "certificate-form");
	enrolls("P-256 with explicit parameters", "certificate-form");
	enrolls("CA of the same name, no authority key id", "certificate-form");
	/* Not for payloads, but for whatever else a keyring is for */
	enrolls("expired", NULL);
	enrolls("for servers", NULL);
	enrolls("P-192", NULL);
	enrolls("Ed25519", NULL);
	zoo_close(NULL);
}

/* A certificate is asked for in all keyrings, and is one. */
static void list_usage(void **state)
{
	char both[] = "list --keyring .ima --cert cert", none[] = "list --cert nothing", *argv[8];

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(cmd_keys_list(fixture_words(both, argv), argv), 2);
	assert_int_equal(cmd_keys_list(fixture_words(none, argv), argv), 3);
}

/* ENOKEY is "Required key not available" to strerror(3), which would be looked for elsewhere. */
static void no_such_keyring(void **state)
{
	struct reason why;
	int32_t serial;

	(void)state;
	assert_int_equal(keyring_open(".nowhere", &serial, &why), -ENOKEY);
	assert_non_null(strstr(why.text, "no such keyring"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(asks_first, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(list_usage, own_directory, no_directory),
		cmocka_unit_test(no_such_keyring),
	};

	return cmocka_run_group_tests_name("keys ring", tests, NULL, NULL);
}
