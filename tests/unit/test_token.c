// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys in tokens, by OpenSSL's provider and by libp11's engine: which key signs, who gets the PIN and
 * how often, and what is said when it does not work.
 *
 * The tool itself is run: modules, providers and engines keep state in a process.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include "certificate.h"
#include "check_signed.h"
#include "file.h"
#include "keypair.h"
#include "payload.h"
#include "payload_image.h"
#include "token_world.h"
#include "tool_run.h"

static char folder[] = "/tmp/test_token.XXXXXX";
static char tool[PATH_MAX + 32];
static char faulty[PATH_MAX + 32];
static char modules[PATH_MAX];		/* with the provider; "" if it cannot be had */

static void save(const char *name, const void *data, size_t size)
{
	assert_int_equal(file_write_atomic(name, data, size, 0600), 0);
}

static void save_certificate(const char *name, X509 *cert)
{
	struct reason why;
	struct blob pem;

	assert_int_equal(keypair_encode_cert(cert, &pem, &why), 0);
	save(name, pem.data, pem.size);
	blob_free(&pem);
	X509_free(cert);
}

static void key(const char *file, const char *token, const char *pin, const char *id,
		const char *label, struct token_key_kind kind)
{
	save_certificate(file, token_world_key(token, pin, id, label, &kind));
}

static void make_tokens(void)
{
	token_world_open();
	token_world_token("one", "pin-of-one");
	token_world_token("two", "pin-of-two");
	key("rsa.pem", "one", "pin-of-one", "1", "rsa", (struct token_key_kind){ .with_cert = 1 });
	key("p256.pem", "one", "pin-of-one", "2", "p256",
	    (struct token_key_kind){ .curve = "P-256", .with_cert = 1 });
	key("p384.pem", "one", "pin-of-one", "3", "p384", (struct token_key_kind){ .curve = "P-384" });
	key("first.pem", "one", "pin-of-one", "4", "pair", (struct token_key_kind){ 0 });
	key("second.pem", "one", "pin-of-one", "5", "pair", (struct token_key_kind){ 0 });
	key("curve.pem", "one", "pin-of-one", "6", "pair",
	    (struct token_key_kind){ .curve = "P-256" });
	key("each.pem", "one", "pin-of-one", "7", "each", (struct token_key_kind){ .each_use = 1 });
	key("each256.pem", "one", "pin-of-one", "8", "each256",
	    (struct token_key_kind){ .curve = "P-256", .each_use = 1 });
	key("never.pem", "one", "pin-of-one", "9", "never",
	    (struct token_key_kind){ .curve = "P-256", .forbidden = 1 });
	key("same.pem", "one", "pin-of-one", "s", "same-a",
	    (struct token_key_kind){ .curve = "P-256" });
	key("same2.pem", "one", "pin-of-one", "s", "same-b",
	    (struct token_key_kind){ .curve = "P-256" });
	key("other.pem", "two", "pin-of-two", "1", "rsa",
	    (struct token_key_kind){ .curve = "P-256", .with_cert = 1 });
	key("ca.pem", "one", "pin-of-one", "a", "ca",
	    (struct token_key_kind){ .curve = "P-256", .authority = 1 });
	token_world_close();
}

static void find_paths(void)
{
	char self[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *pipe;

	assert_true(size > 0);
	self[size] = '\0';
	dirname(self);
	snprintf(tool, sizeof(tool), "%s/../caretaker", self);
	snprintf(faulty, sizeof(faulty), "%s/faulty_token.so", self);
	pipe = popen("tests/pkcs11_provider.sh", "r");
	if (!pipe || !fgets(modules, sizeof(modules), pipe) || pclose(pipe))
		*modules = '\0';
	modules[strcspn(modules, "\n")] = '\0';
}

static int prepare(void **state)
{
	unsigned char image[IMAGE_SIZE];

	(void)state;
	find_paths();
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	make_tokens();
	payload_image_make(image);
	save("payload", image, sizeof(image));
	save("second", image, sizeof(image));
	save("third", image, sizeof(image));
	payload_image_patch(image, 0x2010, 2, 0x300f);	/* WRMSR */
	save("wrmsr", image, sizeof(image));
	if (mkdir("many", 0700))
		return -1;
	save("pin", "pin-of-one\n", 11);
	save("wrong", "pin-of-two\n", 11);
	save("dos", "pin-of-one\r\n", 12);
	save("marked", "\xef\xbb\xbfpin-of-one\n", 14);
	return 0;
}

static int clean(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") || system(command);
}

struct token_case {
	const char *name;
	const char *line;	/* @M stands for the module */
	const char *pin;	/* file with the PIN; NULL: none is given */
	const char *fault;
	int status;
	const char *says;	/* the word of the reason, or the certificate that must verify */
	int logins;		/* how often any token got a PIN; -1: in whichever way */
	int uses;		/* ... for one use */
};

#define ONE "--key pkcs11:token=one;"

static const struct token_case cases[] = {
	{ "RSA", ONE "id=1 --cert rsa.pem", "pin", NULL, 0, "rsa.pem", 2, 0 },
	{ "P-256", ONE "id=2 --cert p256.pem", "pin", NULL, 0, "p256.pem", 2, 0 },
	{ "P-384 with SHA-384", ONE "id=3 --cert p384.pem --hash sha384", "pin", NULL, 0, "p384.pem", 2, 0 },
	{ "by label", ONE "object=rsa;type=private --cert rsa.pem", "pin", NULL, 0, "rsa.pem", 2, 0 },
	{ "the scheme in capitals", "--key PKCS11:token=one;id=1 --cert rsa.pem", "pin", NULL, 0,
		"rsa.pem", 2, 0 },
	{ "the certificate beside the key", ONE "id=1", "pin", NULL, 0, "rsa.pem", 2, 0 },
	{ "the certificate by its URI", ONE "id=2 --cert pkcs11:token=one;id=2;type=cert", "pin", NULL, 0,
		"p256.pem", 2, 0 },
	{ "of three keys the certificate chooses the first", ONE "object=pair --cert first.pem", "pin",
		NULL, 0, "first.pem", 2, 0 },
	{ "... the second", ONE "object=pair --cert second.pem", "pin", NULL, 0, "second.pem", 2, 0 },
	{ "... the one on a curve", ONE "object=pair --cert curve.pem", "pin", NULL, 0, "curve.pem", 2, 0 },
	{ "... of all keys of the token", "--key pkcs11:token=one --cert curve.pem", "pin", NULL, 0,
		"curve.pem", 2, 0 },
	{ "a key that wants the PIN for each use", ONE "id=7 --cert each.pem", "pin", NULL, 0, "each.pem",
		2, 2 },
	{ "the same on a curve", ONE "id=8 --cert each256.pem", "pin", NULL, 0, "each256.pem", 2, 2 },
	{ "the module in the URI", "--pkcs11-module @M " ONE "id=1?module-path=/nowhere --cert rsa.pem",
		"pin", NULL, 0, "rsa.pem", 2, 0 },

	{ "wrong PIN", ONE "id=1 --cert rsa.pem", "wrong", NULL, 3, "pin-wrong", 1, 0 },
	{ "a PIN that is wrong for one use", ONE "id=7 --cert each.pem", "pin", "use-wrong", 3, "pin-wrong",
		1, 1 },
	{ "the same on a curve", ONE "id=8 --cert each256.pem", "pin", "use-wrong", 3, "pin-wrong", 1, 1 },
	{ "a PIN that is wrong for one use, and another may begin", ONE "id=7 --cert each.pem", "pin",
		"use-ends", 3, "pin-wrong", 1, 1 },
	{ "the same on a curve", ONE "id=8 --cert each256.pem", "pin", "use-ends", 3, "pin-wrong", 1, 1 },
	{ "a PIN of a file with CR LF is not tried", ONE "id=1 --cert rsa.pem", "dos", NULL, 3, "passphrase", 0, 0 },
	{ "... with a byte order mark", ONE "id=1 --cert rsa.pem", "marked", NULL, 3, "passphrase", 0, 0 },
	{ "the PIN locks", ONE "id=1 --cert rsa.pem", "pin", "locks", 3, "pin-locked", 1, 0 },
	{ "the PIN is locked", ONE "id=1 --cert rsa.pem", "pin", "locked", 3, "pin-locked", 0, 0 },
	{ "the token has no PIN yet", ONE "id=1 --cert rsa.pem", "pin", "no-pin", 3, "pin-unset", 0, 0 },
	{ "no PIN", ONE "id=1 --cert rsa.pem --passphrase-fd 987", NULL, NULL, 3, "passphrase", 0, 0 },
	{ "no such token", "--key pkcs11:token=three;id=1 --cert rsa.pem", "pin", NULL, 3,
		"token-missing", 0, 0 },
	{ "two tokens match", "--key pkcs11:id=1 --cert rsa.pem", "pin", NULL, 3, "several-tokens", 0, 0 },
	{ "one token, and a store of certificates", "--key pkcs11:id=1 --cert rsa.pem", "pin", "store", 0,
		"rsa.pem", 2, 0 },
	{ "no such key", ONE "id=x --cert rsa.pem", "pin", NULL, 3, "key-missing", 1, 0 },
	{ "three keys and no certificate", ONE "object=pair", "pin", NULL, 3, "several-keys", 1, 0 },
	{ "three keys of others", ONE "object=pair --cert rsa.pem", "pin", NULL, 1, "key-mismatch", 1, 0 },
	{ "one key of another", ONE "id=4 --cert rsa.pem", "pin", NULL, 1, "key-mismatch", 2, 0 },
	{ "two keys with one id", ONE "object=same-a --cert same.pem", "pin", NULL, 3, "several-keys", 1, 0 },
	{ "no certificate beside the key", ONE "id=4", "pin", NULL, 3, "certificate-missing", 1, 0 },
	{ "no such certificate", ONE "id=1 --cert pkcs11:token=one;id=4", "pin", NULL, 3,
		"certificate-missing", 0, 0 },
	{ "two certificates", ONE "id=1 --cert pkcs11:token=one", "pin", NULL, 3, "several-certificates",
		0, 0 },
	{ "a misspelt attribute", "--key pkcs11:token=one;idd=1 --cert rsa.pem", "pin", NULL, 3, "key-uri",
		0, 0 },
	{ "an attribute that stands there twice", "--key pkcs11:token=two;token=one;id=1 --cert rsa.pem", "pin", NULL, 3,
		"key-uri", 0, 0 },
	{ "the module twice", ONE "id=1?module-path=@M&module-path=@M --cert rsa.pem", "pin", NULL, 3, "key-uri", 0, 0 },
	{ "a misspelt query", ONE "id=1?modul-path=/nowhere --cert rsa.pem", "pin", NULL, 3, "key-uri", 0, 0 },
	{ "a query of a vendor", ONE "id=1?x-wait=1 --cert rsa.pem", "pin", NULL, 3, "key-uri", 0, 0 },
	{ "nothing behind the signs", ONE "id=1;? --cert rsa.pem", "pin", NULL, 0, "rsa.pem", 2, 0 },
	{ "the URI of a certificate", ONE "id=1;type=cert --cert rsa.pem", "pin", NULL, 3, "key-uri", 1, 0 },
	{ "the PIN in the URI", ONE "id=1?pin-value=pin-of-one --cert rsa.pem", "pin", NULL, 3, "key-uri",
		0, 0 },
	{ "the PIN's file in the URI", ONE "id=1?pin-source=pin --cert rsa.pem", NULL, NULL, 3, "key-uri",
		0, 0 },
	{ "no module", "--pkcs11-module /nowhere " ONE "id=1 --cert rsa.pem", "pin", NULL, 3,
		"token-module", 0, 0 },
	{ "what is no module", "--pkcs11-module pin " ONE "id=1 --cert rsa.pem", "pin", NULL, 3,
		"token-module", 0, 0 },
	{ "the token goes while a key is looked for", ONE "id=1 --cert rsa.pem", "pin", "lost", 3,
		"token-gone", 1, 0 },
	{ "the token goes while it signs", ONE "id=1 --cert rsa.pem", "pin", "removed", 3, "token-gone", -1, 0 },
	{ "the same on a curve", ONE "id=2 --cert p256.pem", "pin", "removed", 3, "token-gone", -1, 0 },
	{ "the token goes at a key that wants the PIN for each use", ONE "id=7 --cert each.pem", "pin",
		"pulled", 3, "token-gone", -1, 2 },
	{ "the same on a curve", ONE "id=8 --cert each256.pem", "pin", "pulled", 3, "token-gone", -1, 2 },
	{ "a key that may not sign", ONE "id=9 --cert never.pem", "pin", NULL, 3, "key-not-permitted", 1, 0 },
	{ "a token that does not let it sign", ONE "id=1 --cert rsa.pem", "pin", "forbidden", 3,
		"key-not-permitted", -1, 0 },
	{ "a token that signs wrong", ONE "id=1 --cert rsa.pem", "pin", "wrong", 1, "bad-signature", 2, 0 },
};

#define CASES ((int)(sizeof(cases) / sizeof(cases[0])))

static void set_environment(const char *fault)
{
	setenv("TOKEN_LOGINS", "logins", 1);
	if (fault)
		setenv("TOKEN_FAULT", fault, 1);
}

static int run_line(const char *line, const char *fault)
{
	unlink("logins");
	unlink("out");
	return tool_run(tool, line, set_environment, fault);
}

static int count(const char *text)
{
	struct blob blob;
	const char *at;
	int found = 0;

	if (file_read("logins", 4096, &blob))
		return 0;
	at = (char *)blob.data;
	while (at && (at = memmem(at, blob.size - (at - (char *)blob.data), text, strlen(text)))) {
		at += strlen(text);
		found++;
	}
	blob_free(&blob);
	return found;
}

static void check_says(const char *word)
{
	struct blob said;
	char wanted[64];
	bool found, pin, asks;

	assert_int_equal(file_read("said", 65536, &said), 0);
	snprintf(wanted, sizeof(wanted), ": %s: ", word);
	found = memmem(said.data, said.size, wanted, strlen(wanted));
	pin = memmem(said.data, said.size, "pin-of-", 7);
	asks = memmem(said.data, said.size, "; --cert may name a file\n", 25);
	if (!found)
		print_error("not \"%s\", but: %.*s\n", word, (int)said.size, said.data);
	blob_free(&said);
	assert_true(found);
	assert_false(pin);
	/* A token that made its key has no certificate, so what to do is said as well. */
	assert_true(strcmp(word, "certificate-missing") || asks);
}

static void run_case(const struct token_case *test, const char *way)
{
	const char *module = strstr(test->line, "@M");
	size_t before = module ? (size_t)(module - test->line) : strlen(test->line);
	char line[sizeof(faulty) + 1024];
	int status;

	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	snprintf(line, sizeof(line), "sign --pkcs11-by %s %s%s %.*s%s%s payload out", way,
		 test->pin ? "--passphrase-file " : "", test->pin ? test->pin : "", (int)before, test->line,
		 module ? faulty : "", module ? module + strlen("@M") : "");
	/* Two blanks would be an empty word. */
	for (char *gap; (gap = strstr(line, "  "));)
		memmove(gap, gap + 1, strlen(gap));
	status = run_line(line, test->fault);
	if (status == test->status && !status)
		check_signed("out", test->says);
	else
		check_says(test->says);
	assert_int_equal(status, test->status);
	assert_int_equal(access("out", F_OK), status ? -1 : 0);
	if (test->logins >= 0)
		assert_int_equal(count("login\n"), test->logins);
	assert_int_equal(count("use\n"), test->uses);
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

/* Without --pkcs11-by: the provider; where there is none, the engine; where there is neither, words */
static void way_is_found(void **state)
{
	const char *line = "sign " ONE "id=1 --cert rsa.pem --passphrase-file pin payload out";

	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	if (*modules) {
		setenv("OPENSSL_MODULES", modules, 1);
		setenv("OPENSSL_ENGINES", "/nowhere", 1);
		assert_int_equal(run_line(line, NULL), 0);
		check_signed("out", "rsa.pem");
		unsetenv("OPENSSL_ENGINES");
	}
	setenv("OPENSSL_MODULES", "/nowhere", 1);
	assert_int_equal(run_line(line, NULL), 0);
	check_signed("out", "rsa.pem");
	setenv("OPENSSL_ENGINES", "/nowhere", 1);
	assert_int_equal(run_line(line, NULL), 3);
	check_says("key-provider");
	unsetenv("OPENSSL_ENGINES");
	unsetenv("OPENSSL_MODULES");
}

/* Option, URI, environment, p11-kit's configuration, in this order */
static void module_is_found(void **state)
{
	char line[PATH_MAX + 256];

	(void)state;
	unsetenv("PKCS11_PROVIDER_MODULE");
	snprintf(line, sizeof(line), "sign " ONE "id=1?module-path=%s --pkcs11-by engine --passphrase-file pin "
		 "payload out", faulty);
	assert_int_equal(run_line(line, NULL), 0);
	assert_int_equal(count("login\n"), 2);
	setenv("PKCS11_PROVIDER_MODULE", "/nowhere", 1);
	assert_int_equal(run_line(line, NULL), 0);
	unsetenv("PKCS11_PROVIDER_MODULE");
	setenv("PKCS11_MODULE_PATH", faulty, 1);
	assert_int_equal(run_line("sign " ONE "id=1 --pkcs11-by engine --passphrase-file pin payload out", NULL), 0);
	assert_int_equal(count("login\n"), 2);
	unsetenv("PKCS11_MODULE_PATH");
	/* SoftHSM's package tells p11-kit of it. */
	assert_int_equal(run_line("sign " ONE "id=1?module-name=softhsm2 --pkcs11-by engine --passphrase-file pin "
				  "payload out", NULL), 0);
	assert_int_equal(count("login\n"), 0);
	assert_int_equal(run_line("sign " ONE "id=1 --pkcs11-by engine --passphrase-file pin payload out", NULL), 0);
	assert_int_equal(run_line("sign " ONE "id=1?module-name=soft --pkcs11-by engine --passphrase-file pin "
				  "payload out", NULL), 3);
	check_says("token-missing");
}

/* RSA: the same bytes each time, and by the provider as by the engine */
static void same_bytes(void **state)
{
	struct blob first, again;

	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	assert_int_equal(run_line("sign " ONE "id=1 --pkcs11-by engine --passphrase-file pin payload out", NULL), 0);
	assert_int_equal(file_read("out", PAYLOAD_MAX_BYTES, &first), 0);
	for (int i = 0; i < 2; i++) {
		if (i && *modules)
			setenv("OPENSSL_MODULES", modules, 1);
		assert_int_equal(run_line(i && *modules ?
			"sign " ONE "id=1 --pkcs11-by provider --passphrase-file pin payload out" :
			"sign " ONE "id=1 --pkcs11-by engine --passphrase-file pin payload out", NULL), 0);
		assert_int_equal(file_read("out", PAYLOAD_MAX_BYTES, &again), 0);
		assert_int_equal(first.size, again.size);
		assert_memory_equal(first.data, again.data, first.size);
		blob_free(&again);
	}
	blob_free(&first);
}

/* At a terminal: asked once, by the token's name; a wrong PIN is not asked for again. */
static int at_terminal(const char *pin)
{
	char said[4096] = "", line[] = "sign " ONE "id=7 --cert each.pem --pkcs11-by engine payload out";
	const char prompt[] = "PIN of the token one: ";
	struct termios terminal;
	bool given = false;
	size_t used = 0;
	int fd, status;
	ssize_t n;
	pid_t child;

	unlink("logins");
	unlink("out");
	child = forkpty(&fd, NULL, NULL, NULL);
	assert_true(child >= 0);
	if (!child) {
		set_environment(NULL);
		tool_exec(tool, line);
	}
	while (used < sizeof(said) - 1 && (n = read(fd, said + used, sizeof(said) - 1 - used)) > 0) {
		used += (size_t)n;
		if (!given && strstr(said, prompt)) {
			given = true;
			/* It is shown as it is typed until the tool has seen to that. */
			while (!tcgetattr(fd, &terminal) && terminal.c_lflag & ECHO)
				usleep(10000);
			assert_int_equal(write(fd, pin, strlen(pin)), strlen(pin));
		}
	}
	close(fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_non_null(strstr(said, prompt));
	assert_null(strstr(strstr(said, prompt) + 1, prompt));
	assert_null(strstr(said, "pin-of-"));
	return WEXITSTATUS(status);
}

static void prompt(void **state)
{
	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	assert_int_equal(at_terminal("pin-of-one\n"), 0);
	assert_int_equal(count("login\n"), 2);
	assert_int_equal(count("use\n"), 2);
	check_signed("out", "each.pem");
	assert_int_equal(at_terminal("pin-of-two\n"), 3);
	assert_int_equal(count("login\n"), 1);
}

/* Many files: one PIN, one login of each kind, also where the PIN is wrong */
static void many_files(void **state)
{
	char line[512];

	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	for (int i = 0; i < (*modules ? 2 : 1); i++) {
		const char *way = i ? "provider" : "engine";

		if (i)
			setenv("OPENSSL_MODULES", modules, 1);
		snprintf(line, sizeof(line), "sign " ONE "id=1 --pkcs11-by %s --passphrase-file pin --into many "
			 "payload second third", way);
		assert_int_equal(run_line(line, NULL), 0);
		assert_int_equal(count("login\n"), 2);
		assert_int_equal(unlink("many/payload") + unlink("many/second") + unlink("many/third"), 0);
		assert_int_equal(run_line(line, "locks"), 3);
		assert_int_equal(count("login\n"), 1);
		snprintf(line, sizeof(line), "sign " ONE "id=1 --pkcs11-by %s --passphrase-file wrong --into "
			 "many payload second third", way);
		assert_int_equal(run_line(line, NULL), 3);
		check_says("pin-wrong");
		assert_int_equal(count("login\n"), 1);
		assert_int_equal(access("many/payload", F_OK), -1);
		/* A key that wants the PIN for each use gets it for each, and before them once. */
		snprintf(line, sizeof(line), "sign " ONE "id=7 --cert each.pem --pkcs11-by %s --passphrase-file "
			 "pin --into many payload second third", way);
		assert_int_equal(run_line(line, NULL), 0);
		assert_int_equal(count("use\n"), 4);
		assert_int_equal(unlink("many/payload") + unlink("many/second") + unlink("many/third"), 0);
	}
}

/* A PIN for one use that was taken, and is refused the next time: it is not tried again. */
static void refused_later(void **state)
{
	static const char *const keys[] = { "id=7 --cert each.pem", "id=8 --cert each256.pem" };
	/* What the engine hears of RSA; nobody hears it of the others, and nobody asks again. */
	static const char *const says[] = { "pin-wrong", "sign", "sign", "sign" };
	char line[512];

	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	for (int i = 0; i < (*modules ? 4 : 2); i++) {
		if (i == 2)
			setenv("OPENSSL_MODULES", modules, 1);
		snprintf(line, sizeof(line), "sign " ONE "%s --pkcs11-by %s --passphrase-file pin --into many "
			 "payload second third", keys[i % 2], i < 2 ? "engine" : "provider");
		assert_int_equal(run_line(line, "use-late"), 3);
		check_says(says[i]);
		assert_int_equal(count("use\n"), 2);
		assert_int_equal(access("many/payload", F_OK), -1);
	}
}

/* A token is not asked for what the lint refuses: a wrong PIN would be one try less. */
static void refused_text(void **state)
{
	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	assert_int_equal(run_line("sign " ONE "id=1 --cert rsa.pem --pkcs11-by engine --passphrase-file wrong "
				  "wrmsr out", NULL), 1);
	check_says("msr");
	assert_int_equal(count("login\n"), 0);
	assert_int_equal(access("out", F_OK), -1);
}

/* The other verbs that sign: a revocation, and a certificate */
static void other_verbs(void **state)
{
	static const char digest[] =
		"sha256:0000000000000000000000000000000000000000000000000000000000000000";
	char line[512];

	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	for (int i = 0; i < (*modules ? 2 : 1); i++) {
		const char *way = i ? "provider" : "engine";

		if (i)
			setenv("OPENSSL_MODULES", modules, 1);
		snprintf(line, sizeof(line), "keys revoke --digest %s " ONE "id=1 --pkcs11-by %s "
			 "--passphrase-file pin --out out", digest, way);
		assert_int_equal(run_line(line, NULL), 0);
		assert_int_equal(access("out", F_OK), 0);
		assert_int_equal(run_line(line, "removed"), 3);
		check_says("token-gone");
		snprintf(line, sizeof(line), "keys make --cn x --type p256 --days 3 --ca-key "
			 "pkcs11:token=one;id=a --ca-cert ca.pem --ca-pkcs11-by %s --ca-passphrase-file pin "
			 "--out-key new.key --out-cert new.pem", way);
		assert_int_equal(run_line(line, "removed"), 3);
		check_says("token-gone");
		assert_int_equal(access("new.key", F_OK), -1);
		assert_int_equal(run_line(line, NULL), 0);
		assert_int_equal(unlink("new.key") + unlink("new.pem"), 0);
	}
}

/* A key that never leaves its token gets a certificate: as a root, and by one for what it asks for. */
static void certified(void **state)
{
	char line[512];

	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	for (int i = 0; i < 2; i++) {
		const char *way = i ? "provider" : "engine";

		if (i && !*modules)
			continue;
		if (i)
			setenv("OPENSSL_MODULES", modules, 1);
		assert_int_equal(system("rm -f root.pem leaf.csr leaf.pem"), 0);
		snprintf(line, sizeof(line), "keys certify " ONE "id=4 --passphrase-file pin --pkcs11-by %s --cn root "
			 "--ca --days 9 --out root.pem", way);
		assert_int_equal(run_line(line, "wrong"), 1);
		check_says("certificate-form");
		assert_int_equal(run_line(line, "removed"), 3);
		check_says("token-gone");
		assert_int_equal(access("root.pem", F_OK), -1);
		assert_int_equal(run_line(line, NULL), 0);
		assert_int_equal(count("login\n"), 2);
		snprintf(line, sizeof(line), "keys request " ONE "id=3 --passphrase-file pin --pkcs11-by %s --cn leaf "
			 "--out leaf.csr", way);
		assert_int_equal(run_line(line, "wrong"), 1);
		check_says("request-signature");
		assert_int_equal(run_line(line, NULL), 0);
		snprintf(line, sizeof(line), "keys certify --request leaf.csr --days 9 --ca-key pkcs11:token=one;id=4 "
			 "--ca-cert root.pem --ca-passphrase-file pin --ca-pkcs11-by %s --out leaf.pem", way);
		assert_int_equal(run_line(line, "wrong"), 1);
		check_says("bad-signature");
		assert_int_equal(run_line(line, NULL), 0);
		assert_int_equal(system("openssl verify -CAfile root.pem leaf.pem >/dev/null"), 0);
		snprintf(line, sizeof(line), "sign " ONE "id=3 --passphrase-file pin --pkcs11-by %s --cert leaf.pem "
			 "--issuer root.pem payload out", way);
		assert_int_equal(run_line(line, NULL), 0);
		check_signed("out", "leaf.pem");
	}
}

/* Keys of each kind, in each way, sign what `verify` takes; a release costs the PIN once, too. */
static void manifests(void **state)
{
	static const char * const keys[][2] = {
		{ "id=1", "rsa.pem" }, { "id=2 --cert p256.pem", "p256.pem" },
		{ "id=3 --cert p384.pem", "p384.pem" }, { "id=7 --cert each.pem", "each.pem" },
		{ "id=8 --cert each256.pem", "each256.pem" },
	};
	static const char said[] = "--builder a:b --build-type a:b --source a:b --revision "
		"7fd1a60b01f91b314f59955a4e4d4e80d8edf11d";
	char line[512];

	(void)state;
	setenv("PKCS11_PROVIDER_MODULE", faulty, 1);
	assert_int_equal(run_line("sign " ONE "id=1 --passphrase-file pin payload signed", NULL), 0);
	for (size_t i = 0; i < 2 * sizeof(keys) / sizeof(keys[0]); i++) {
		const char * const *key = keys[i / 2];

		if (i % 2 && !*modules)
			continue;
		if (i % 2)
			setenv("OPENSSL_MODULES", modules, 1);
		snprintf(line, sizeof(line), "release " ONE "%s --pkcs11-by %s --passphrase-file pin "
			 "--signer rsa.pem %s --out out signed", key[0], i % 2 ? "provider" : "engine", said);
		assert_int_equal(run_line(line, NULL), 0);
		assert_int_equal(count("login\n"), 2);
		assert_int_equal(rename("out", "manifest"), 0);
		snprintf(line, sizeof(line), "verify --cert rsa.pem --release manifest --release-by %s signed",
			 key[1]);
		assert_int_equal(run_line(line, NULL), 0);
	}
	snprintf(line, sizeof(line), "release " ONE "id=1 --passphrase-file pin --signer rsa.pem %s --out out "
		 "signed", said);
	assert_int_equal(run_line(line, "removed"), 3);
	check_says("token-gone");
	assert_int_equal(access("out", F_OK), -1);
	assert_int_equal(run_line(line, "wrong"), 1);
	check_says("envelope-bad-signature");
	assert_int_equal(access("out", F_OK), -1);
	/* What is refused costs no PIN. */
	snprintf(line, sizeof(line), "release " ONE "id=1 --passphrase-file pin --signer p256.pem %s --out out "
		 "signed", said);
	assert_int_equal(run_line(line, NULL), 1);
	check_says("unknown-key");
	assert_int_equal(count("login\n"), 0);
}

#define OTHERS	10

int main(void)
{
	static struct CMUnitTest tests[2 * CASES + OTHERS] = {
		cmocka_unit_test(way_is_found), cmocka_unit_test(module_is_found),
		cmocka_unit_test(same_bytes), cmocka_unit_test(other_verbs),
		cmocka_unit_test(many_files), cmocka_unit_test(prompt),
		cmocka_unit_test(refused_later), cmocka_unit_test(manifests),
		cmocka_unit_test(refused_text), cmocka_unit_test(certified),
	};
	static char names[CASES][2][96];

	for (int i = 0; i < CASES; i++) {
		snprintf(names[i][0], sizeof(names[i][0]), "engine: %s", cases[i].name);
		snprintf(names[i][1], sizeof(names[i][1]), "provider: %s", cases[i].name);
		tests[OTHERS + 2 * i] = (struct CMUnitTest){ names[i][0], by_engine, NULL, NULL,
							(void *)&cases[i] };
		tests[OTHERS + 1 + 2 * i] = (struct CMUnitTest){ names[i][1], by_provider, NULL, NULL,
							(void *)&cases[i] };
	}
	return cmocka_run_group_tests_name("token", tests, prepare, clean);
}
