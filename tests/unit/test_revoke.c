// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker keys revoke and blacklist: the text that the kernel's .blacklist keyring
 * takes, and the signature over it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../keys/cmd_keys_revoke.c"

#include "certificate.h"

#include "keypair.h"
#include "signing_fixture.h"
#include "signing_output.h"
#include "verify.h"

#define DIGEST_A "sha256:00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define ENTRY_A "bin:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char folder[] = "/tmp/test_revoke.XXXXXX";

static int prepare(void **state)
{
	struct signer signer = signer_make("release", "rsa2048");
	struct reason why;
	struct blob pem;

	(void)state;
	if (!mkdtemp(folder) || chdir(folder) ||
	    keypair_encode_key(signer.key, NULL, &pem, &why) ||
	    file_write_atomic("key", pem.data, pem.size, 0600))
		return -1;
	blob_free(&pem);
	if (keypair_encode_cert(signer.cert, &pem, &why) ||
	    file_write_atomic("cert", pem.data, pem.size, 0600))
		return -1;
	blob_free(&pem);
	signer_free(&signer);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	unlink("key");
	unlink("cert");
	unlink("revocation");
	return chdir("/") || rmdir(folder);
}

static void digest_to_entry(void **state)
{
	static const char * const bad[] = {
		"", "sha256:", "sha256:00", DIGEST_A "00", ENTRY_A, "sha1:00", DIGEST_A + 7,
	};
	char entry[REVOCATION_DESCRIPTION];
	struct reason why;

	(void)state;
	assert_int_equal(revocation_describe(DIGEST_A, entry, &why), 0);
	assert_string_equal(entry, ENTRY_A);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!revocation_describe(bad[i], entry, &why))
			fail_msg("\"%s\"", bad[i]);
}

/* What the kernel does: verify_pkcs7_signature() over the entry's text */
static void revocation_verifies(void **state)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct blob der;
	struct reason why;
	X509 *cert, *signer;

	(void)state;
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest " DIGEST_A
				    " --key key --cert cert --out revocation"), 0);
	assert_int_equal(file_read("revocation", 65536, &der), 0);
	assert_int_equal(certificate_load("cert", &cert, &why), 0);
	sk_X509_push(certs, cert);
	assert_int_equal(verify_detached(ENTRY_A, strlen(ENTRY_A), der.data, der.size, certs, &signer,
					 &why), 0);
	assert_int_equal(verify_detached(ENTRY_A, strlen(ENTRY_A) - 1, der.data, der.size, certs,
					 &signer, &why), REFUSED);
	blob_free(&der);
	sk_X509_pop_free(certs, X509_free);
	unlink("revocation");
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest sha256:00"
				    " --key key --cert cert --out revocation"), 2);
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest " DIGEST_A
				    " --key key --cert cert"), 2);
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest " DIGEST_A
				    " --key nothing --cert cert --out revocation"), 3);
	/* A key that is overwritten is lost. */
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest " DIGEST_A
				    " --key key --cert cert --out ./key"), 3);
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest " DIGEST_A
				    " --key key --cert cert --out ./cert"), 3);
	assert_int_equal(file_write_new("pin", "1\n", 2, 0600), 0);
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest " DIGEST_A
				    " --key key --cert cert --passphrase-file pin --out ./pin"), 3);
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest " DIGEST_A
				    " --key key --cert cert --pkcs11-module pin --out ./pin"), 3);
	unlink("pin");
	assert_int_equal(output_run(cmd_keys_revoke, "revoke", "--digest " DIGEST_A
				    " --key key --cert cert --out revocation"), 0);
	unlink("revocation");
	assert_int_equal(access("revocation", F_OK), -1);
	assert_int_equal(output_run(cmd_keys_blacklist, "blacklist", "--digest " DIGEST_A
				    " --sig nothing"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_to_entry), cmocka_unit_test(revocation_verifies),
	};

	return cmocka_run_group_tests_name("revoke", tests, prepare, clean);
}
