// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of certificates: all of a file counts, or the file is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "keypair.h"
#include "own_directory.h"
#include "signing_fixture.h"

static struct signer a, b;
static struct blob a_pem, b_pem, a_der, key_pem;

static int prepare(void **state)
{
	unsigned char *der = NULL;
	struct reason why;

	(void)state;
	a = signer_make("a", "p256");
	b = signer_make("b", "p256");
	a_der.size = i2d_X509(a.cert, &der);
	a_der.data = malloc(a_der.size);
	memcpy(a_der.data, der, a_der.size);
	OPENSSL_free(der);
	return keypair_encode_cert(a.cert, &a_pem, &why) ||
	       keypair_encode_cert(b.cert, &b_pem, &why) ||
	       keypair_encode_key(a.key, NULL, &key_pem, &why);
}

static int clean(void **state)
{
	(void)state;
	signer_free(&a);
	signer_free(&b);
	blob_free(&a_pem);
	blob_free(&b_pem);
	blob_free(&a_der);
	blob_free(&key_pem);
	return 0;
}

/* Pieces of a file, a letter each: A and B certificates, D that of A in DER, K a key */
static const struct piece {
	char letter;
	const struct blob *blob;
	const char *text;
} pieces[] = {
	{ 'A', &a_pem, NULL }, { 'B', &b_pem, NULL }, { 'D', &a_der, NULL }, { 'K', &key_pem, NULL },
	{ 't', NULL, "subject: caf\xc3\xa9\r\n\n" },
	{ '0', NULL, "0 is what this text begins with\n" },
	{ 'x', NULL, "x" },
	{ 'n', NULL, "\1" },
	{ 'l', NULL, "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n" },
	{ 'p', NULL, "-----BEGIN EC PARAMETERS-----\nMAA=\n-----END EC PARAMETERS-----\n" },
	{ 'r', NULL, "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n" },
	{ 'T', NULL, "-----BEGIN TRUSTED CERTIFICATE-----\nMAA=\n-----END TRUSTED CERTIFICATE-----\n" },
	{ 'd', NULL, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n" },
	{ 'b', NULL, "-----BEGIN CERTIFICATE-----\n" },
	{ 'e', NULL, "-----END CERTIFICATE-----\n" },
	{ 's', NULL, " -----BEGIN CERTIFICATE-----\nMAA=\n -----END CERTIFICATE-----\n" },
};

static const struct file_case {
	const char *name;
	const char *pieces;
	int count;		/* -1: refused */
	const char *text;	/* of the reason */
} cases[] = {
	{ "PEM", "A", 1, NULL },
	{ "DER", "D", 1, NULL },
	{ "two", "AB", 2, NULL },
	{ "the same twice", "AA", 2, NULL },
	{ "text around", "tAtBt", 2, NULL },
	{ "text that begins as DER does", "0A", 1, NULL },
	{ "a key before it, as a kernel build has it", "KA", 1, NULL },
	{ "a key behind it", "AK", 1, NULL },
	{ "parameters of a key", "pKA", 1, NULL },

	{ "nothing", "", -1, "no certificate" },
	{ "text only", "t", -1, "no certificate" },
	{ "a key only", "K", -1, "no certificate" },
	{ "a revocation list behind it", "Al", -1, "block 2 is \"X509 CRL\"" },
	{ "a request behind it", "Ar", -1, "block 2 is \"CERTIFICATE REQUEST\"" },
	{ "a trusted certificate behind it", "AT", -1, "block 2 is \"TRUSTED CERTIFICATE\"" },
	{ "a list first", "lA", -1, "block 1 is" },
	{ "a damaged one behind it", "Ad", -1, "certificate 2 is damaged" },
	{ "one that does not end", "Ab", -1, "block 2 of 2 is damaged" },
	{ "one that does not begin", "Ae", -1, "block 2 of 2 is damaged" },
	{ "one that is indented", "As", -1, "block 2 of 2 is damaged" },
	{ "one that does not end, before another", "bA", -1, "damaged" },
	{ "DER, and a byte", "Dx", -1, "1 bytes behind certificate 1" },
	{ "DER twice", "DD", -1, "bytes behind certificate 1" },
	{ "PEM behind DER", "DA", -1, "bytes behind certificate 1" },
	{ "DER behind PEM", "AD", -1, "is no text" },
	{ "a byte that is no text", "An", -1, "is no text" },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct blob make(const char *letters)
{
	struct blob file = { malloc(1 << 20), 0 };

	for (; *letters; letters++)
		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			const struct piece *p = &pieces[i];
			size_t size = p->blob ? p->blob->size : strlen(p->text);

			if (p->letter != *letters)
				continue;
			memcpy(file.data + file.size, p->blob ? p->blob->data : (void *)p->text, size);
			file.size += size;
		}
	return file;
}

static void parse(void **state)
{
	const struct file_case *test = *state;
	STACK_OF(X509) *certs = certs_of(&b, NULL);
	struct blob file = make(test->pieces);
	struct reason why = { 0 };
	int ret;

	ret = certificate_parse(file.data, file.size, certs, &why);
	if (!ret != (test->count >= 0))
		fail_msg("%d: %s: %s", ret, why.word, why.text);
	if (ret && (strcmp(why.word, "certificate-file") || !strstr(why.text, test->text)))
		fail_msg("%s: %s", why.word, why.text);
	/* What was in the stack stays, and a refused file leaves nothing in it. */
	assert_int_equal(sk_X509_num(certs), 1 + (ret ? 0 : test->count));
	assert_ptr_equal(sk_X509_value(certs, 0), b.cert);
	while (sk_X509_num(certs) > 1)
		X509_free(sk_X509_pop(certs));
	sk_X509_free(certs);
	blob_free(&file);
}

static void write_file(const char *letters)
{
	struct blob file = make(letters);

	assert_int_equal(file_write_atomic("certs", file.data, file.size, 0644), 0);
	blob_free(&file);
}

/* Where one is meant, the first of several is not taken for it. */
static void one_is_meant(void **state)
{
	struct reason why;
	X509 *cert;

	assert_int_equal(chdir(*state), 0);
	write_file("AB");
	assert_true(certificate_load("certs", &cert, &why) < 0);
	assert_null(cert);
	assert_string_equal(why.word, "several-certificates");
	write_file("KA");
	assert_int_equal(certificate_load("certs", &cert, &why), 0);
	assert_int_equal(X509_cmp(cert, a.cert), 0);
	X509_free(cert);
	assert_true(certificate_load("nothing", &cert, &why) < 0);
	assert_string_equal(why.word, "certificate-file");
}

/* An extension that is there and cannot be read must not count as absent. */
static void damaged_extension(void **state)
{
	struct signer c = signer_make("c", "p256");
	STACK_OF(X509) *certs = sk_X509_new_null();
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	unsigned char *der = NULL;
	X509_EXTENSION *usage;
	struct reason why;
	int size;

	(void)state;
	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x02\x01", 2);
	usage = X509_EXTENSION_create_by_NID(NULL, NID_name_constraints, 1, value);
	assert_true(X509_add_ext(c.cert, usage, -1));
	assert_true(X509_sign(c.cert, c.key, EVP_sha256()));
	size = i2d_X509(c.cert, &der);
	assert_true(certificate_parse(der, size, certs, &why) < 0);
	assert_non_null(strstr(why.text, "extension"));
	OPENSSL_free(der);
	X509_EXTENSION_free(usage);
	ASN1_OCTET_STRING_free(value);
	sk_X509_free(certs);
	signer_free(&c);
}

/* All that a distribution trusts, and more: far above 64 KiB */
static void large_bundle(void **state)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	char letters[1001];
	struct reason why;

	assert_int_equal(chdir(*state), 0);
	memset(letters, 'A', 1000);
	letters[999] = 'B';
	letters[1000] = '\0';
	write_file(letters);
	assert_int_equal(certificate_load_all("certs", certs, &why), 0);
	assert_int_equal(sk_X509_num(certs), 1000);
	assert_int_equal(X509_cmp(sk_X509_value(certs, 999), b.cert), 0);
	sk_X509_pop_free(certs, X509_free);
}

int main(void)
{
	struct CMUnitTest tests[CASES + 3] = {
		cmocka_unit_test(damaged_extension),
		cmocka_unit_test_setup_teardown(one_is_meant, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(large_bundle, own_directory, no_directory),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[3 + i] = (struct CMUnitTest){ cases[i].name, parse, NULL, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("certificate", tests, prepare, clean);
}
