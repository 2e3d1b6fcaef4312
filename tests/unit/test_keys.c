// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys make, and finding a keyring in /proc/keys.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "output_place.h"

/* What happens behind each file */
static void (*meanwhile)(void);

static int write_new_meanwhile(const char *path, const struct blob *blob, unsigned int mode, struct reason *why)
{
	int ret = output_write_new(path, blob, mode, why);

	if (meanwhile)
		meanwhile();
	return ret;
}

#define output_write_new(path, blob, mode, why) write_new_meanwhile(path, blob, mode, why)
#include "../../keys/cmd_keys_make.c"
#undef output_write_new

#include <openssl/x509v3.h>

#include "kernel_keyring.h"
#include "signing_output.h"

static char folder[] = "/tmp/test_keys.XXXXXX";

static int prepare(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	return file_write_atomic("secret", "correct horse\n", 14, 0600);
}

static int clean(void **state)
{
	static const char * const files[] = {
		"key", "cert", "ca.key", "ca.cert", "leaf.key", "leaf.cert", "secret",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
	return chdir("/") || rmdir(folder);
}

static X509 *load(const char *path)
{
	struct reason why;
	X509 *cert;

	assert_int_equal(certificate_load(path, &cert, &why), 0);
	return cert;
}

struct make_case {
	const char *type;
	int bits;
};

/* Like the module signing key of a kernel build */
static void make_types(void **state)
{
	static const struct make_case cases[] = {
		{ "rsa2048", 2048 }, { "rsa3072", 3072 },
		{ "p256", 256 }, { "p384", 384 }, { "p521", 521 },
	};
	char line[256];
	struct stat st;
	X509 *cert;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unlink("key");
		unlink("cert");
		snprintf(line, sizeof(line),
			 "--cn release --type %s --days 30 --out-key key --out-cert cert",
			 cases[i].type);
		assert_int_equal(output_run(cmd_keys_make, "make", line), 0);
		assert_int_equal(stat("key", &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		cert = load("cert");
		assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(cert)), cases[i].bits);
		assert_int_equal(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
		assert_int_equal(X509_get_extended_key_usage(cert), XKU_CODE_SIGN);
		assert_int_equal(X509_check_ca(cert), 0);
		assert_int_equal(ASN1_STRING_length(X509_get0_subject_key_id(cert)), 20);
		assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(cert),
						       X509_get0_authority_key_id(cert)), 0);
		assert_int_equal(X509_verify(cert, X509_get0_pubkey(cert)), 1);
		assert_int_equal(X509_get_version(cert), X509_VERSION_3);
		X509_free(cert);
	}
}

static void make_with_ca(void **state)
{
	X509 *ca, *leaf;

	(void)state;
	assert_int_equal(output_run(cmd_keys_make, "make", "--cn ca --type p384 --days 30 --ca "
				    "--passphrase-file secret --out-key ca.key --out-cert ca.cert"), 0);
	assert_int_equal(output_run(cmd_keys_make, "make", "--cn leaf --type p256 --days 3 "
				    "--ca-key ca.key --ca-cert ca.cert --ca-passphrase-file secret "
				    "--out-key leaf.key --out-cert leaf.cert"), 0);
	ca = load("ca.cert");
	leaf = load("leaf.cert");
	assert_int_equal(X509_check_ca(ca), 1);
	assert_int_equal(X509_verify(leaf, X509_get0_pubkey(ca)), 1);
	assert_int_equal(X509_check_issued(ca, leaf), X509_V_OK);
	assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(ca),
					       X509_get0_authority_key_id(leaf)), 0);
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get_serialNumber(ca),
					      X509_get_serialNumber(leaf)), 0);
	X509_free(ca);
	X509_free(leaf);
	unlink("key");
	unlink("cert");
	/* A leaf signs no certificates; an encrypted key needs its passphrase. */
	assert_int_equal(output_run(cmd_keys_make, "make", "--cn x --type p256 --days 3 "
				    "--ca-key leaf.key --ca-cert leaf.cert "
				    "--out-key key --out-cert cert"), 1);
	assert_int_equal(output_run(cmd_keys_make, "make", "--cn x --type p256 --days 3 "
				    "--ca-key leaf.key --ca-cert ca.cert "
				    "--out-key key --out-cert cert"), 1);
	assert_int_equal(access("key", F_OK), -1);
}

static void encrypted_key(void **state)
{
	struct key_source right = { .passphrase = { .file = "secret", .fd = -1 } };
	struct private_key key;
	X509 *cert = NULL;
	struct reason why;
	struct blob pem;

	(void)state;
	unlink("key");
	unlink("cert");
	/* Which of two passphrases was meant is not guessed */
	assert_int_equal(output_run(cmd_keys_make, "make", "--cn x --type p256 --days 3 "
				    "--passphrase-fd 987 --passphrase-file secret "
				    "--out-key key --out-cert cert"), 2);
	assert_int_equal(access("key", F_OK), -1);
	assert_int_equal(output_run(cmd_keys_make, "make", "--cn x --type p256 --days 3 "
				    "--passphrase-file secret --out-key key --out-cert cert"), 0);
	assert_int_equal(file_read("key", 65536, &pem), 0);
	assert_memory_equal(pem.data, "-----BEGIN ENCRYPTED PRIVATE KEY-----", 37);
	blob_free(&pem);
	assert_int_equal(private_key_load("key", &right, &cert, &key, &why), 0);
	private_key_free(&key);
}

static void make_refuses(void **state)
{
	static const struct {
		const char *line;
		int status;
	} cases[] = {
		{ "--type p256 --days 3 --out-key key --out-cert cert", 2 },
		{ "--cn x --type p256 --days 0 --out-key key --out-cert cert", 2 },
		{ "--cn x --type p256 --days 3d --out-key key --out-cert cert", 2 },
		{ "--cn x --type p256 --days 3 --out-key key", 2 },
		{ "--cn x --type p256 --days 3 --ca-key secret --out-key key --out-cert cert", 2 },
		{ "--cn x --type rsa1024 --days 3 --out-key key --out-cert cert", 2 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert nowhere/cert", 3 },
		{ "--cn x --type p256 --days 3 --out-key nowhere/key --out-cert cert", 3 },
		/* A key or a certificate that is there is not overwritten. */
		{ "--cn x --type p256 --days 3 --out-key secret --out-cert cert", 3 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert secret", 3 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert link", 3 },
		{ "--cn x --type p256 --days 3 --out-key link --out-cert cert", 3 },
		{ "--cn x --type p256 --days 3 --out-key /dev/null --out-cert cert", 3 },
		/* One file for both, by whatever name */
		{ "--cn x --type p256 --days 3 --out-key key --out-cert key", 3 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert ./key", 3 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert folder/key", 3 },
		{ "--cn x --type p256 --days 3 --out-key - --out-cert -", 3 },
		/* A token's key is no file. */
		{ "--cn x --type p256 --days 3 --out-key pkcs11:type=cert --out-cert cert --encrypt", 2 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert cert --pkcs11-module x.so", 2 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert cert --pkcs11-by engine", 2 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert cert --tcti device", 2 },
		{ "--cn x --type p256 --days 3 --out-key key --out-cert pkcs11:object=x", 3 },
	};
	struct blob blob;

	(void)state;
	unlink("key");
	unlink("cert");
	assert_int_equal(symlink("key", "link"), 0);
	assert_int_equal(symlink(".", "folder"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (output_run(cmd_keys_make, "make", cases[i].line) != cases[i].status)
			fail_msg("%s", cases[i].line);
		assert_int_equal(access("key", F_OK), -1);
		assert_int_equal(access("cert", F_OK), -1);
	}
	assert_int_equal(file_read("secret", 100, &blob), 0);
	assert_int_equal(blob.size, 14);
	blob_free(&blob);
	unlink("link");
	unlink("folder");
}

/* They are refused for what they are, before a key is made for them. */
static void make_says_why(void **state)
{
	static const struct {
		const char *key, *cert, *word, *text;
	} cases[] = {
		{ "handle:0x81000001", "cert", "key-uri", "TPM" },
		{ "key", "PKCS11:object=x", "key-uri", "token" },
		{ "key", "./key", "output", "one file" },
		{ "key", "secret", "output", "exists" },
	};
	struct reason why;

	(void)state;
	unlink("key");
	unlink("cert");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request request = {
			.pair = { .cn = "x", .type = "no such type", .days = 3 },
			.out_key = cases[i].key, .out_cert = cases[i].cert,
		};

		assert_true(make(&request, &why) < 0);
		assert_string_equal(why.word, cases[i].word);
		assert_non_null(strstr(why.text, cases[i].text));
	}
}

/* A file that comes while the key is made is not overwritten, nor taken away. */
static void make_at_the_last_moment(void **state)
{
	struct keypair_request pair = { .cn = "x", .type = "p256", .days = 3 };
	struct request request = { .pair = pair, .out_key = "key", .out_cert = "secret" };
	struct reason why;
	struct blob blob;
	EVP_PKEY *key;
	X509 *cert;

	(void)state;
	unlink("key");
	unlink("cert");
	assert_int_equal(keypair_make(&pair, &key, &cert, &why), 0);
	assert_int_equal(write_pair(&request, key, cert, &why), -EEXIST);
	assert_int_equal(access("key", F_OK), -1);
	request.out_key = "secret";
	request.out_cert = "cert";
	assert_int_equal(write_pair(&request, key, cert, &why), -EEXIST);
	assert_int_equal(access("cert", F_OK), -1);
	assert_int_equal(file_read("secret", 100, &blob), 0);
	assert_int_equal(blob.size, 14);
	blob_free(&blob);
	EVP_PKEY_free(key);
	X509_free(cert);
}

/* Key and certificate may go down a pipe. */
static void key_to_standard_output(void **state)
{
	struct blob pem;
	int saved, fd;

	(void)state;
	unlink("cert");
	fd = open("key", O_WRONLY | O_CREAT, 0600);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	assert_int_equal(output_run(cmd_keys_make, "make", "--cn x --type p256 --days 3 "
				    "--out-key - --out-cert cert"), 0);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(access("./-", F_OK), -1);
	assert_int_equal(file_read("key", 65536, &pem), 0);
	assert_memory_equal(pem.data, "-----BEGIN PRIVATE KEY-----", 27);
	blob_free(&pem);
	assert_int_equal(access("cert", F_OK), 0);
	unlink("key");
	unlink("cert");
}

static const char proc_keys[] =
	"0221bf67 I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid_ses.0: 1\n"
	"07ab41d6 I------     1 perm 0f0b0000     0     0 keyring   .blacklist: empty\n"
	"0a000001 I------     1 perm 1f030000     0     0 asymmetri .platform: X509.rsa 1234 []\n"
	"0a000002 I------     1 perm 1f0b0000     0     0 keyring   .platform: 2\n"
	"0a000003 I------     1 perm 1f0b0000     0     0 keyring   .platform: 3\n"
	"short line\n"
	"\n"
	"0a000004 I------     1 perm 1f0b0000     0     0 keyring   .ima: 3";

static void keyring_by_name(void **state)
{
	static const struct {
		const char *name;
		int ret;
		int32_t serial;
	} cases[] = {
		{ ".blacklist", 0, 0x07ab41d6 },
		{ ".platform", 0, 0x0a000002 },
		{ ".ima", 0, 0x0a000004 },
		{ "_uid_ses.0", 0, 0x0221bf67 },
		{ "1234", 0, 1234 },
		{ "0x0a000001", 0, 0x0a000001 },
		{ ".black", -ENOKEY, 0 },
		{ ".blacklist:", -ENOKEY, 0 },
		{ "keyring", -ENOKEY, 0 },
		{ "0", -ENOKEY, 0 },
		{ "-3", -ENOKEY, 0 },
		{ "99999999999", -ENOKEY, 0 },
		{ "", -EINVAL, 0 },
		{ "a b", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t serial = 0;

		if (keyring_find(proc_keys, cases[i].name, &serial) != cases[i].ret ||
		    serial != cases[i].serial)
			fail_msg("\"%s\": 0x%x", cases[i].name, serial);
	}
}

static void terminate(void)
{
	raise(SIGTERM);
}

/* A signal between the two does not leave a key that has no certificate. */
static void signal_leaves_both(void **state)
{
	int status;
	pid_t child;

	(void)state;
	unlink("key");
	unlink("cert");
	child = fork();
	if (!child) {
		signal(SIGTERM, SIG_DFL);
		meanwhile = terminate;
		output_run(cmd_keys_make, "make", "--cn x --type p256 --days 1 --out-key key --out-cert cert");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_int_equal(access("key", F_OK), 0);
	assert_int_equal(access("cert", F_OK), 0);
	unlink("key");
	unlink("cert");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signal_leaves_both), cmocka_unit_test(make_types), cmocka_unit_test(make_with_ca),
		cmocka_unit_test(encrypted_key), cmocka_unit_test(make_refuses),
		cmocka_unit_test(make_says_why), cmocka_unit_test(make_at_the_last_moment),
		cmocka_unit_test(key_to_standard_output),
		cmocka_unit_test(keyring_by_name),
	};

	return cmocka_run_group_tests_name("keys", tests, prepare, clean);
}
