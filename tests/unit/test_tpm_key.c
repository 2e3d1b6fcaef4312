// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys in a TPM (swtpm), by tpm2-openssl at a handle and in a file, and by tpm2-pkcs11: what signs, and what is
 * said when it does not work.  The tool itself is run: providers and modules keep state in a process.
 */
#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <tss2/tss2_tpm2_types.h>

#include "check_signed.h"
#include "file.h"
#include "payload.h"
#include "payload_image.h"
#include "tool_run.h"
#include "tpm_reason.h"

static char folder[] = "/tmp/test_tpm_key.XXXXXX";
static char tool[PATH_MAX + 32];
static char world[PATH_MAX];
static char modules[PATH_MAX];		/* with the provider "pkcs11"; "" if it cannot be had */

static void save(const char *name, const void *data, size_t size)
{
	assert_int_equal(file_write_atomic(name, data, size, 0600), 0);
}

static void find_paths(void)
{
	char self[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *pipe = popen("tests/pkcs11_provider.sh", "r");

	assert_true(size > 0);
	self[size] = '\0';
	snprintf(tool, sizeof(tool), "%s/../caretaker", dirname(self));
	assert_non_null(realpath("tests/unit/tpm_world.sh", world));
	if (!pipe || !fgets(modules, sizeof(modules), pipe) || pclose(pipe))
		*modules = '\0';
	modules[strcspn(modules, "\n")] = '\0';
}

static int run_world(const char *action)
{
	char command[PATH_MAX + 64];

	snprintf(command, sizeof(command), "%s %s >counted", world, action);
	return system(command);
}

static int prepare(void **state)
{
	unsigned char image[IMAGE_SIZE];

	(void)state;
	find_paths();
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	payload_image_make(image);
	save("payload", image, sizeof(image));
	save("second", image, sizeof(image));
	save("value", "value\n", 6);
	save("wrong", "guess\n", 6);
	save("pin", "pin-of-tpm\n", 11);
	return mkdir("many", 0700) || run_world("start");
}

static int clean(void **state)
{
	char command[64];

	(void)state;
	run_world("stop");
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") || system(command);
}

/* Of the environment for a line: no variable may stay from another one. */
static void set_environment(const char *by)
{
	char tcti[PATH_MAX + 32];

	snprintf(tcti, sizeof(tcti), "swtpm:path=%s/tpm", folder);
	unsetenv("OPENSSL_MODULES");
	setenv("TPM2OPENSSL_TCTI", tcti, 1);
	setenv("TPM2_PKCS11_TCTI", tcti, 1);
	setenv("TPM2_PKCS11_STORE", "store", 1);
	setenv("TPM2_PKCS11_LOG_LEVEL", "0", 1);
	if (!strcmp(by, "nowhere"))
		setenv("OPENSSL_MODULES", "/nowhere", 1);
	else if (!strcmp(by, "provider"))
		setenv("OPENSSL_MODULES", modules, 1);
	else if (!strcmp(by, "no-variable"))
		unsetenv("TPM2OPENSSL_TCTI");
}

static int run_line(const char *line, const char *by)
{
	unlink("out");
	return tool_run(tool, line, set_environment, by);
}

/* The word, once; no value; and not what tpm2-tss itself would print */
static void check_says(const char *word)
{
	struct blob said;
	char wanted[64];

	assert_int_equal(file_read("said", 65536, &said), 0);
	snprintf(wanted, sizeof(wanted), ": %s: ", word);
	if (!memmem(said.data, said.size, wanted, strlen(wanted)) || memmem(said.data, said.size, "guess", 5) ||
	    memmem(said.data, said.size, ":esys:", 6) || memmem(said.data, said.size, ":tcti:", 6))
		fail_msg("not \"%s\", but: %.*s", word, (int)said.size, said.data);
	blob_free(&said);
}

static void check_contains(const char *text)
{
	struct blob said;

	assert_int_equal(file_read("said", 65536, &said), 0);
	if (!memmem(said.data, said.size, text, strlen(text)))
		fail_msg("not \"%s\", but: %.*s", text, (int)said.size, said.data);
	blob_free(&said);
}

static unsigned long counted(void)
{
	struct blob text;
	unsigned long count;

	assert_int_equal(run_world("counter"), 0);
	assert_int_equal(file_read("counted", 64, &text), 0);
	assert_true(text.size > 0 && text.size < 16);
	count = strtoul((char *)text.data, NULL, 16);
	blob_free(&text);
	return count;
}

struct tpm_case {
	const char *name;
	const char *line;
	int status;
	const char *says;	/* the word of the reason, or the certificate that must verify */
	int wrong;		/* how many wrong values the TPM counts for it */
};

#define AT "--key handle:0x8101000"
#define WITH " --passphrase-file "

static const struct tpm_case cases[] = {
	{ "RSA at a handle", AT "1 --cert rsa.pem", 0, "rsa.pem", 0 },
	{ "the scheme in capitals", "--key HANDLE:0X81010001 --cert rsa.pem", 0, "rsa.pem", 0 },
	{ "P-256", AT "2 --cert p256.pem", 0, "p256.pem", 0 },
	{ "SHA-384", AT "2 --cert p256.pem --hash sha384", 0, "p256.pem", 0 },
	{ "RSA with SHA-512", AT "1 --cert rsa.pem --hash sha512", 0, "rsa.pem", 0 },
	{ "with a value", AT "3 --cert locked.pem" WITH "value", 0, "locked.pem", 0 },
	{ "... as the URI says", AT "3?pass --cert locked.pem" WITH "value", 0, "locked.pem", 0 },
	{ "in a file", "--key file.key --cert file.pem", 0, "file.pem", 0 },
	{ "... with a value", "--key value.key --cert value.pem" WITH "value", 0, "value.pem", 0 },

	{ "wrong value", AT "3 --cert locked.pem" WITH "wrong", 3, "pin-wrong", 1 },
	{ "... of a file", "--key value.key --cert value.pem" WITH "wrong", 3, "pin-wrong", 1 },
	{ "... with many files", AT "3 --cert locked.pem" WITH "wrong --into many second", 3, "pin-wrong", 1 },
	{ "no value", AT "3?pass --cert locked.pem --passphrase-fd 987", 3, "passphrase", 0 },
	{ "... of a file", "--key value.key --cert value.pem --passphrase-fd 987", 3, "passphrase", 0 },
	{ "no such handle", AT "9 --cert rsa.pem", 3, "key-missing", 0 },
	{ "a file of another TPM", "--key cleared.key --cert file.pem", 3, "key-missing", 0 },
	{ "a key that decrypts", AT "4 --cert decrypts.pem", 3, "key-not-permitted", 0 },
	{ "a key that attests", AT "5 --cert attests.pem", 3, "key-not-permitted", 0 },
	{ "a key with a policy", AT "6 --cert policy.pem", 3, "key-not-permitted", 0 },
	{ "a key with another hash", AT "3 --cert locked.pem --hash sha512" WITH "value", 3,
		"key-not-permitted", 0 },
	{ "another's certificate", AT "1 --cert p256.pem", 1, "key-mismatch", 0 },
	{ "no certificate", AT "1", 3, "certificate-missing", 0 },
	{ "a short handle", "--key handle:0x8101001 --cert rsa.pem", 3, "key-uri", 0 },
	{ "a long handle", "--key handle:0x810100010 --cert rsa.pem", 3, "key-uri", 0 },
	{ "a handle of NVRAM", "--key handle:0x01010001 --cert rsa.pem", 3, "key-uri", 0 },
	{ "a value in the URI", AT "3?pass=guess --cert locked.pem", 3, "key-uri", 0 },
	{ "no TPM", AT "1 --cert rsa.pem --tcti swtpm:path=/nowhere", 3, "tpm-gone", 0 },
	{ "no such way to one", AT "1 --cert rsa.pem --tcti nonsense", 3, "tpm-gone", 0 },
	{ "no TPM for a file", "--key file.key --cert file.pem --tcti swtpm:path=/nowhere", 3, "tpm-gone", 0 },
};

#define CASES ((int)(sizeof(cases) / sizeof(cases[0])))

static void run_case(void **state)
{
	const struct tpm_case *test = *state;
	/* It takes long to ask; where no value is given none can be counted. */
	bool count = test->status && (strstr(test->line, "?pass") || strstr(test->line, WITH));
	unsigned long before = count ? counted() : 0;
	char line[1024];
	int status;

	snprintf(line, sizeof(line), "sign %s payload%s", test->line, strstr(test->line, "--into") ? "" : " out");
	status = run_line(line, "tpm");
	if (!test->status && status)
		check_says("");
	assert_int_equal(status, test->status);
	if (!status)
		check_signed("out", test->says);
	else
		check_says(test->says);
	assert_int_equal(access("out", F_OK), status ? -1 : 0);
	assert_int_equal(access("many/payload", F_OK), -1);
	assert_int_equal(count ? counted() - before : 0, test->wrong);
}

/* A TPM that locks is asked no more; the key in one is told apart from the key with a wrong value. */
static void locks(void **state)
{
	const char *line = "sign " AT "3 --cert locked.pem --passphrase-file value payload out";

	(void)state;
	counted();
	assert_int_equal(system("TPM2TOOLS_TCTI=swtpm:path=$PWD/tpm tpm2_dictionarylockout -s -n 1 -t 1000 -l 1000"), 0);
	assert_int_equal(run_line(line, "tpm"), 3);
	check_says("pin-locked");
	assert_int_equal(access("out", F_OK), -1);
	assert_int_equal(system("TPM2TOOLS_TCTI=swtpm:path=$PWD/tpm tpm2_dictionarylockout -c"), 0);
	assert_int_equal(system("TPM2TOOLS_TCTI=swtpm:path=$PWD/tpm tpm2_dictionarylockout -s -n 31 -t 1000 -l 1000"), 0);
	assert_int_equal(run_line(line, "tpm"), 0);
}

/*
 * Option, environment, device: never a simulator on a local port, where anybody may listen for values, and
 * which tpm2-tss would try.
 */
static void tpm_is_found(void **state)
{
	(void)state;
	assert_int_equal(run_line("sign " AT "1 --cert rsa.pem --tcti swtpm:path=tpm payload out", "no-variable"), 0);
	check_signed("out", "rsa.pem");
	if (!access("/dev/tpmrm0", F_OK) || !access("/dev/tpm0", F_OK))
		return;
	assert_int_equal(run_line("sign " AT "1 --cert rsa.pem payload out", "no-variable"), 3);
	check_says("tpm-gone");
	check_contains("no TPM at device:/dev/tpm0");
	assert_int_equal(run_line("sign " AT "1 --cert rsa.pem payload out", "nowhere"), 3);
	check_says("key-provider");
}

/* RSA: the same bytes each time, and those that OpenSSL's own CMS code makes of them */
static void same_bytes(void **state)
{
	struct blob first, again;

	(void)state;
	assert_int_equal(run_line("sign " AT "1 --cert rsa.pem payload out", "tpm"), 0);
	assert_int_equal(file_read("out", PAYLOAD_MAX_BYTES, &first), 0);
	assert_int_equal(run_line("sign " AT "1 --cert rsa.pem payload out", "tpm"), 0);
	assert_int_equal(file_read("out", PAYLOAD_MAX_BYTES, &again), 0);
	assert_int_equal(first.size, again.size);
	assert_memory_equal(first.data, again.data, first.size);
	blob_free(&again);
	blob_free(&first);
}

/* Many files, a second signer, a signature for IMA, a revocation, a manifest; no certificates */
static void other_verbs(void **state)
{
	static const char said[] = "--builder a:b --build-type a:b --source a:b --revision "
		"7fd1a60b01f91b314f59955a4e4d4e80d8edf11d";
	char line[512];

	(void)state;
	assert_int_equal(run_line("sign " AT "2 --cert p256.pem --into many payload second", "tpm"), 0);
	check_signed("many/payload", "p256.pem");
	check_signed("many/second", "p256.pem");
	assert_int_equal(run_line("sign " AT "1 --cert rsa.pem --add --signed-by p256.pem many/second many/second",
				  "tpm"), 0);
	check_signed("many/second", "rsa.pem");
	check_signed("many/second", "p256.pem");
	assert_int_equal(run_line("sign " AT "1 --cert rsa.pem --ima-sigfile payload out", "tpm"), 0);
	assert_int_equal(access("out.sig", F_OK), 0);
	assert_int_equal(run_line("keys revoke --digest sha256:"
				  "0000000000000000000000000000000000000000000000000000000000000000 "
				  AT "1 --cert rsa.pem --out out", "tpm"), 0);
	snprintf(line, sizeof(line), "release " AT "2 --cert p256.pem --signer p256.pem %s --out manifest many/payload",
		 said);
	assert_int_equal(run_line(line, "tpm"), 0);
	assert_int_equal(run_line("verify --cert p256.pem --release manifest many/payload", "tpm"), 0);
	assert_int_equal(run_line("keys make --cn x --type p256 --days 3 --ca-key handle:0x81010001 --ca-cert ca.pem "
				  "--ca-tcti swtpm:path=tpm --out-key new.key --out-cert new.pem", "no-variable"), 3);
	check_says("key-not-permitted");
	assert_int_equal(access("new.key", F_OK), -1);
	/* No key is an output. */
	assert_int_equal(run_line("sign " AT "1 --cert rsa.pem payload handle:0x81010001", "tpm"), 3);
	assert_int_equal(run_line("keys make --cn x --type p256 --days 3 --out-key handle:0x81010009 --out-cert new.pem",
				  "tpm"), 3);
	check_says("key-uri");
	assert_int_equal(access("handle:0x81010001", F_OK) & access("handle:0x81010009", F_OK), -1);
	assert_int_equal(unlink("many/payload") + unlink("many/second"), 0);
}

/* By tpm2-pkcs11, as any token */
static void by_pkcs11(void **state)
{
	static const char module[] = "--pkcs11-module /usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so";
	static const char * const names[] = { "token-rsa", "token-p256" };
	char line[512], cert[32];

	(void)state;
	for (int i = 0; i < (*modules ? 4 : 2); i++) {
		const char *by = i < 2 ? "engine" : "provider";

		counted();
		/* What the module has tss print is not the tool's. */
		setenv("TSS2_LOG", "all+none", 1);
		snprintf(cert, sizeof(cert), "%s.pem", names[i % 2]);
		snprintf(line, sizeof(line), "sign %s --pkcs11-by %s --key pkcs11:token=tpm;object=%s --cert %s "
			 "--passphrase-file pin payload out", module, by, names[i % 2], cert);
		assert_int_equal(run_line(line, by), 0);
		check_signed("out", cert);
		counted();
		snprintf(line, sizeof(line), "sign %s --pkcs11-by %s --key pkcs11:token=tpm;object=%s --cert %s "
			 "--passphrase-file wrong payload out", module, by, names[i % 2], cert);
		assert_int_equal(run_line(line, by), 3);
		check_says("pin-wrong");
		assert_int_equal(access("out", F_OK), -1);
	}
	counted();
	snprintf(line, sizeof(line), "sign %s --key pkcs11:token=tpm;object=none --cert token-rsa.pem "
		 "--passphrase-file pin payload out", module);
	assert_int_equal(run_line(line, "engine"), 3);
	check_says("key-missing");
	unsetenv("TSS2_LOG");
}

/* Codes with and without numbers of handles and parameters, of each layer */
static void codes(void **state)
{
	static const struct { uint32_t code; const char *word; } table[] = {
		{ 0x98e, "pin-wrong" }, { 0x9a2, "pin-wrong" }, { 0x1a2, "pin-wrong" }, { 0x921, "pin-locked" },
		{ 0xc098e, "pin-wrong" }, { 0xc0921, "pin-locked" }, { 0xb098e, "tpm" },
		{ 0x18b, "key-missing" }, { 0x910, "key-missing" }, { 0x1df, "key-missing" },
		{ 0x19c, "key-not-permitted" }, { 0x2d2, "key-not-permitted" }, { 0x12f, "key-not-permitted" },
		{ 0x101, "tpm" }, { 0x902, "tpm" }, { 0x922, "tpm" },
		{ 0xa000a, "tpm-gone" }, { 0x7098e, "tpm" }, { 0x6000a, "tpm" },
	};
	struct reason why;
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_true(tpm_reason(&why, table[i].code, "it") < 0);
		assert_string_equal(why.word, table[i].word);
	}
	assert_true(tpm_reason_code("2446 tpm:session(1):wrong", &code));
	assert_int_equal(code, 2446);
	assert_false(tpm_reason_code(NULL, &code));
	assert_false(tpm_reason_code("", &code));
	assert_false(tpm_reason_code("name=tpm2", &code));
	assert_false(tpm_reason_code("12", &code));
	assert_false(tpm_reason_code("12 bytes", &code));
	assert_false(tpm_reason_code("0 tpm:nothing", &code));
	assert_false(tpm_reason_code("99999999999 tpm:too much", &code));
}

int main(void)
{
	static struct CMUnitTest tests[CASES + 6] = {
		cmocka_unit_test(codes), cmocka_unit_test(tpm_is_found), cmocka_unit_test(same_bytes),
		cmocka_unit_test(other_verbs), cmocka_unit_test(by_pkcs11),
	};

	for (int i = 0; i < CASES; i++)
		tests[5 + i] = (struct CMUnitTest){ cases[i].name, run_case, NULL, NULL, (void *)&cases[i] };
	tests[5 + CASES] = (struct CMUnitTest)cmocka_unit_test(locks);
	return cmocka_run_group_tests_name("tpm_key", tests, prepare, clean);
}
