// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker attest: what the text of a verdict says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "cmd_attest_verdict.c"

/* Reads a file of the verifier's; nothing here asks for one */
int attest_load(const char *path, attest_parse parse, void *out, unsigned char digest[32])
{
	(void)path;
	(void)parse;
	(void)out;
	(void)digest;
	return EXIT_UNABLE;
}

static char *text_of(const struct verdict *v)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	print_text(to, v);
	assert_int_equal(fclose(to), 0);
	return text;
}

/* A yes may be about a host where no VM has a caretaker: it says so */
static void no_vm_has_a_caretaker(void **state)
{
	static const char said[] = "vms: none has a caretaker\n";
	struct verdict_vm vm = { .reason = NULL };
	struct claims_vm claim = { .record.vm = 1 }, *live[] = { &claim };
	struct verdict v = { .accepted = true };
	char *text;

	(void)state;
	/* Nothing was judged */
	text = text_of(&v);
	assert_null(strstr(text, said));
	free(text);
	v.vm = &vm;
	text = text_of(&v);
	assert_non_null(strstr(text, said));
	free(text);
	vm.claim = &claim;
	v.ima.caretaker.life.vm = live;
	v.ima.caretaker.life.vms = 1;
	text = text_of(&v);
	assert_null(strstr(text, said));
	assert_non_null(strstr(text, "vm 1: "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_vm_has_a_caretaker),
	};

	return cmocka_run_group_tests_name("attest_text", tests, NULL, NULL);
}
