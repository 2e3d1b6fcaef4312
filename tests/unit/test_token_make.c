// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that a token makes itself: what they are, and that whatever goes wrong leaves nothing in the token, costs no PIN before
 * its time, and has a word of its own.
 *
 * The tool itself is run: modules, providers and engines keep state in a process.
 */
#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "file.h"
#include "keypair.h"
#include "payload_image.h"
#include "token_world.h"
#include "tool_run.h"

static char folder[] = "/tmp/test_token_make.XXXXXX";
static char tool[PATH_MAX + 32];
static char modules[PATH_MAX];		/* with the provider; "" if it cannot be had */

static void save(const char *name, const void *data, size_t size)
{
	assert_int_equal(file_write_atomic(name, data, size, 0600), 0);
}

static void find_paths(void)
{
	char self[PATH_MAX], faulty[PATH_MAX + 32];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *pipe;

	assert_true(size > 0);
	self[size] = '\0';
	dirname(self);
	snprintf(tool, sizeof(tool), "%s/../caretaker", self);
	snprintf(faulty, sizeof(faulty), "%s/faulty_token.so", self);
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	setenv("TOKEN_LOGINS", "logins", 1);
	pipe = popen("tests/pkcs11_provider.sh", "r");
	if (!pipe || !fgets(modules, sizeof(modules), pipe) || pclose(pipe))
		*modules = '\0';
	modules[strcspn(modules, "\n")] = '\0';
}

static void set_fault(const char *fault)
{
	setenv("TOKEN_FAULT", fault ? fault : "", 1);
}

static int run_line(const char *line, const char *fault)
{
	unlink("logins");
	return tool_run(tool, line, set_fault, fault);
}

static bool says(const char *file, const char *text)
{
	struct blob said;
	bool found;

	if (file_read(file, 65536, &said))
		return false;
	found = memmem(said.data, said.size, text, strlen(text));
	blob_free(&said);
	return found;
}

static int prepare(void **state)
{
	unsigned char image[IMAGE_SIZE];

	(void)state;
	find_paths();
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	token_world_open();
	token_world_token("one", "pin-of-one");
	token_world_token("two", "pin-of-two");
	X509_free(token_world_key("one", "pin-of-one", "1", "there", &(struct token_key_kind){ .curve = "P-256",
				  .with_cert = 1 }));
	token_world_close();
	payload_image_make(image);
	save("payload", image, sizeof(image));
	save("pin", "pin-of-one\n", 11);
	save("wrong", "pin-of-two\n", 11);
	save("exists", "x\n", 2);
	return run_line("keys make --cn ca --ca --type p256 --days 9 --out-key ca.key --out-cert ca.pem", NULL) ||
	       run_line("keys make --cn no --type p256 --days 9 --out-key no.key --out-cert no.pem", NULL);
}

static int clean(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") || system(command);
}

#define NEW	"--out-cert new.pem --passphrase-file pin --out-key pkcs11:token=one;object=new"
#define MAKE	"keys make --cn x --days 9 --type p256 "
#define ASK	"keys request --cn x --out new.pem --passphrase-file pin --type p256 --key "

static const struct make_case {
	const char *name;
	const char *line;
	const char *fault;
	int status;
	const char *says;	/* NULL: a pair is made */
	int logins;
} cases[] = {
	{ "P-256", MAKE NEW, NULL, 0, NULL, -1 },
	{ "P-384", "keys make --cn x --days 9 --type p384 " NEW, NULL, 0, NULL, -1 },
	{ "P-521", "keys make --cn x --days 9 --type p521 " NEW, NULL, 0, NULL, -1 },
	{ "RSA", "keys make --cn x --days 9 --type rsa2048 " NEW, NULL, 0, NULL, -1 },
	{ "by a CA", MAKE "--ca-key ca.key --ca-cert ca.pem " NEW, NULL, 0, NULL, -1 },
	{ "as a CA", MAKE "--ca " NEW, NULL, 0, NULL, -1 },
	{ "with an id", MAKE NEW ";id=77;type=private", NULL, 0, NULL, -1 },
	{ "for a request", ASK "pkcs11:token=one;object=new", NULL, 0, NULL, -1 },

	{ "a label that is there", MAKE "--out-cert new.pem --passphrase-file pin --out-key pkcs11:token=one;object=there",
		NULL, 3, ": key-exists: ", 1 },
	{ "... for a request", ASK "pkcs11:token=one;object=there", NULL, 3, ": key-exists: ", 1 },
	{ "the label of a certificate", MAKE "--out-cert new.pem --passphrase-file pin --out-key "
		"pkcs11:token=one;object=certificate", NULL, 3, ": key-exists: ", 1 },
	{ "an id that is there", MAKE NEW ";id=1", NULL, 3, ": key-exists: ", 1 },
	{ "no label", MAKE "--out-cert new.pem --passphrase-file pin --out-key pkcs11:token=one", NULL, 3,
		": key-uri: ", 0 },
	{ "an empty label", MAKE "--out-cert new.pem --passphrase-file pin --out-key pkcs11:token=one;object=", NULL, 3,
		": key-uri: ", 0 },
	{ "an empty id", MAKE NEW ";id=", NULL, 3, ": key-uri: ", 0 },
	{ "a URI of a certificate", MAKE NEW ";type=cert", NULL, 3, ": key-uri: ", 0 },
	{ "a PIN in the URI", MAKE NEW "?pin-value=pin-of-one", NULL, 3, ": key-uri: ", 0 },
	{ "no token", MAKE "--out-cert new.pem --passphrase-file pin --out-key pkcs11:token=none;object=new", NULL, 3,
		": token-missing: ", 0 },
	{ "two tokens", MAKE "--out-cert new.pem --passphrase-file pin --out-key pkcs11:object=new", NULL, 3,
		": several-tokens: ", 0 },
	{ "no module", MAKE NEW " --pkcs11-module /nowhere", NULL, 3, ": token-module: ", 0 },
	{ "a wrong PIN", MAKE "--out-cert new.pem --passphrase-file wrong --out-key pkcs11:token=one;object=new", NULL, 3,
		": pin-wrong: ", 1 },
	{ "a PIN that is locked", MAKE NEW, "locked", 3, ": pin-locked: ", 0 },
	{ "a PIN that locks", MAKE NEW, "locks", 3, ": pin-locked: ", 1 },
	{ "a PIN that is not set", MAKE NEW, "no-pin", 3, ": pin-unset: ", 0 },
	{ "a mechanism that is missing", MAKE NEW, "no-mechanism", 3, ": mechanism-missing: ", 0 },
	{ "a size that is missing", MAKE NEW, "small", 3, ": mechanism-missing: ", 0 },
	{ "a mechanism that makes none", MAKE NEW, "uses-only", 3, ": mechanism-missing: ", 0 },
	{ "a mechanism that is denied late", MAKE NEW, "unmade", 3, ": mechanism-missing: ", 1 },
	{ "a token that is protected", MAKE NEW, "write-protected", 3, ": token-read-only: ", 0 },
	{ "a session that only reads", MAKE NEW, "read-only", 3, ": token-read-only: ", 1 },
	{ "a key that could leave", MAKE NEW, "extractable", 3, ": key-extractable: ", 1 },
	{ "a key that was made elsewhere", MAKE NEW, "imported", 3, ": key-extractable: ", 1 },

	{ "a certificate that is there", MAKE "--out-cert exists --passphrase-file pin --out-key "
		"pkcs11:token=one;object=new", NULL, 3, ": output: ", 0 },
	{ "a request that is there", "keys request --cn x --out exists --passphrase-file pin --type p256 --key "
		"pkcs11:token=one;object=new", NULL, 3, ": output: ", 0 },
	{ "a certificate that cannot be written", MAKE "--out-cert no/where --passphrase-file pin --out-key "
		"pkcs11:token=one;object=new", NULL, 3, ": output: ", -1 },
	{ "a request that cannot be written", "keys request --cn x --out no/where --passphrase-file pin --type p256 --key "
		"pkcs11:token=one;object=new", NULL, 3, ": output: ", -1 },
	{ "a CA that is none", MAKE "--ca-key no.key --ca-cert no.pem " NEW, NULL, 1, ": certificate-usage: ", -1 },
	{ "a token that signs wrong", MAKE NEW, "wrong", 1, ": ", -1 },
	{ "... a request", ASK "pkcs11:token=one;object=new", "wrong", 1, ": request-signature: ", -1 },
	{ "a token that goes", MAKE NEW, "removed", 3, ": token-gone: ", -1 },
	{ "a key that may not sign", MAKE NEW, "forbidden", 3, ": key-not-permitted: ", -1 },
	{ "a request of a file", "keys request --cn x --out new.pem --type p256 --key no.key", NULL, 2, "usage: ", 0 },
	{ "a passphrase for the token", MAKE NEW " --encrypt", NULL, 2, "usage: ", 0 },
};

static void sign_with_it(const char *way, const char *cert)
{
	char line[512];

	snprintf(line, sizeof(line), "sign --pkcs11-by %s --key pkcs11:token=one;object=new --passphrase-file pin --cert %s "
		 "payload signed", way, cert);
	assert_int_equal(run_line(line, NULL), 0);
	snprintf(line, sizeof(line), "verify --cert %s signed", cert);
	assert_int_equal(run_line(line, NULL), 0);
}

/* What was made for the line is of the type that it names: "p521" has 521 bits, "rsa2048" 2048. */
static void check_type(const char *line)
{
	const char *type = strstr(line, "--type ") + strlen("--type ");
	char command[160];

	type += strcspn(type, "0123456789");
	snprintf(command, sizeof(command), "openssl %s -in new.pem -noout -text | grep -q '(%.*s bit)'",
		 strncmp(line, "keys request", 12) ? "x509" : "req", (int)strspn(type, "0123456789"), type);
	assert_int_equal(system(command), 0);
}

static void run_case(const struct make_case *test, const char *way)
{
	int before = token_world_objects("one", "pin-of-one", NULL), made = test->says ? 0 : 2, status;
	char line[1024];

	unlink("new.pem");
	snprintf(line, sizeof(line), "%s --pkcs11-by %s", test->line, way);
	/* A file has no token. */
	if (test->status == 2 && strstr(line, "no.key"))
		*strstr(line, " --pkcs11-by") = '\0';
	status = run_line(line, test->fault);
	if (status != test->status || (test->says && !says("said", test->says)))
		if (system("cat said >&2"))
			fail();
	assert_int_equal(status, test->status);
	assert_true(!test->says || says("said", test->says));
	assert_false(says("said", "pin-of-"));
	assert_int_equal(access("new.pem", F_OK), test->says ? -1 : 0);
	if (!test->says)
		check_type(test->line);
	assert_int_equal(token_world_objects("one", "pin-of-one", NULL), before + made);
	if (test->logins >= 0)
		assert_int_equal(says("logins", "login\nlogin"), 0);
	if (test->logins >= 0)
		assert_int_equal(says("logins", "login"), test->logins);
	if (!made)
		return;
	if (strstr(test->line, "--ca "))
		return (void)token_world_objects("one", "pin-of-one", "new");
	if (strstr(test->line, "request")) {
		assert_int_equal(run_line("keys certify --request new.pem --days 9 --ca-key ca.key --ca-cert ca.pem --out leaf.pem",
					  NULL), 0);
		sign_with_it(way, "leaf.pem");
		unlink("leaf.pem");
	} else {
		sign_with_it(way, "new.pem");
	}
	assert_int_equal(token_world_objects("one", "pin-of-one", "new"), before);
}

static void by_engine(void **state)
{
	run_case(*state, "engine");
}

static void by_provider(void **state)
{
	if (!*modules)
		skip();
	setenv("OPENSSL_MODULES", modules, 1);
	run_case(*state, "provider");
}

/* What cannot be undone is said. */
static void stays(void **state)
{
	int before = token_world_objects("one", "pin-of-one", NULL);

	(void)state;
	assert_int_equal(run_line(MAKE NEW, "stuck"), 3);
	assert_true(says("said", ": key-extractable: "));
	assert_true(says("said", "still in the token: "));
	assert_true(says("said", ": it could not be destroyed: "));
	assert_int_equal(token_world_objects("one", "pin-of-one", "new"), before);
	assert_int_equal(run_line(MAKE NEW, "wrong-and-stuck"), 1);
	assert_true(says("said", "still in the token"));
	assert_int_equal(token_world_objects("one", "pin-of-one", "new"), before);
}

#define CASES	(sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	static struct CMUnitTest tests[2 * CASES + 1] = { cmocka_unit_test(stays) };
	static char names[CASES][2][96];

	for (size_t i = 0; i < CASES; i++) {
		snprintf(names[i][0], sizeof(names[i][0]), "engine: %s", cases[i].name);
		snprintf(names[i][1], sizeof(names[i][1]), "provider: %s", cases[i].name);
		tests[1 + 2 * i] = (struct CMUnitTest){ names[i][0], by_engine, NULL, NULL, (void *)&cases[i] };
		tests[2 + 2 * i] = (struct CMUnitTest){ names[i][1], by_provider, NULL, NULL, (void *)&cases[i] };
	}
	return cmocka_run_group_tests_name("token make", tests, prepare, clean);
}
