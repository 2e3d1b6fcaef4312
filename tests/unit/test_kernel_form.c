// SPDX-License-Identifier: GPL-2.0-only
/*
 * What no kernel loads, `sign` does not sign with and `verify` does not call valid: each line of
 * the zoo.  That the kernel says so is in tests/oracle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "certificate.h"
#include "issuer.h"
#include "keypair.h"
#include "own_directory.h"
#include "verify.h"
#include "zoo.h"

static void expect(const char *what, int ret, const struct reason *why, const char *word)
{
	if (word && !ret)
		fail_msg("%s: taken instead of %s", what, word);
	if (!word && ret)
		fail_msg("%s: %s: %s", what, why->word, why->text);
	if (word && strncmp(word, why->word, strlen(word)))
		fail_msg("%s: %s (%s) instead of %s", what, why->word, why->text, word);
}

static int load(const struct blob *der, X509 **cert, struct reason *why)
{
	assert_int_equal(file_write_atomic("cert", der->data, der->size, 0644), 0);
	return certificate_load("cert", cert, why);
}

static int verify(X509 *cert, const struct blob *message, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *signer;
	int ret;

	assert_true(sk_X509_push(certs, cert));
	ret = verify_detached(ZOO_DATA, sizeof(ZOO_DATA), message->data, message->size, certs, &signer,
			      why);
	sk_X509_free(certs);
	return ret;
}

static void certificate(void **state)
{
	const struct zoo_certificate *test = *state;
	struct blob der = zoo_certificate_make(test), message = zoo_certificate_sign(test);
	struct reason sign_why = { 0 }, verify_why = { 0 };
	X509 *cert;
	int ret;

	ret = load(&der, &cert, &sign_why);
	verify_why = sign_why;
	expect("sign", ret ? ret : certificate_check_signer(cert, zoo_key(test->key), &sign_why),
	       &sign_why, test->sign);
	expect("verify", ret ? ret : verify(cert, &message, &verify_why), &verify_why, test->verify);
	X509_free(cert);
	blob_free(&der);
	blob_free(&message);
}

static STACK_OF(X509) *known(const char *text)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	const unsigned char *at;
	struct blob der;
	X509 *cert;

	for (size_t i = 0; (der = zoo_known(text, i)).data; i++) {
		at = der.data;
		cert = d2i_X509(NULL, &at, (long)der.size);
		assert_true(cert && sk_X509_push(certs, cert));
		blob_free(&der);
	}
	return certs;
}

/* Of other data nobody said anything, also where the digest in attributes was not looked at before. */
static void check_named(const struct blob *der, STACK_OF(X509) *certs)
{
	static const char other[] = "another payload";
	STACK_OF(CMS_SignerInfo) *signers;
	CMS_ContentInfo *cms;
	struct reason why;
	X509 *cert;

	if (signature_parse(der->data, der->size, &cms, &why))
		return;
	signers = CMS_get0_SignerInfos(cms);
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		verify_named(sk_CMS_SignerInfo_value(signers, i), certs, other, sizeof(other), &cert, &why);
		assert_null(cert);
	}
	CMS_ContentInfo_free(cms);
}

static void message(void **state)
{
	const struct zoo_message *test = *state;
	STACK_OF(X509) *certs = known(test->trusted ? test->trusted : "$self");
	struct blob der = zoo_message_make(test);
	struct reason why = { 0 };
	X509 *signer;

	expect("verify", verify_detached(ZOO_DATA, sizeof(ZOO_DATA), der.data, der.size, certs, &signer,
					 &why), &why, test->word);
	/* With the same as anchors more may hold, but only what the kernel loads as well. */
	expect("verify --anchor", verify_trusted(ZOO_DATA, sizeof(ZOO_DATA), der.data, der.size,
						 &(struct verify_trust){ .certs = certs, .anchors = certs }, &signer, &why),
	       &why, test->kernel == ANCHORED ? NULL : test->word);
	check_named(&der, certs);
	sk_X509_pop_free(certs, X509_free);
	blob_free(&der);
}

static void chain(void **state)
{
	const struct zoo_chain *test = *state;
	STACK_OF(X509) *one = known(test->certificate), *issuers = known(test->issuers);
	struct reason why = { 0 };

	expect("sign --issuer", issuer_check(sk_X509_value(one, 0), issuers, &why), &why, test->word);
	sk_X509_pop_free(one, X509_free);
	sk_X509_pop_free(issuers, X509_free);
}

/* A CA without a name: its certificate may be good, those that it issues are none for the kernel. */
static void keys_make(void **state)
{
	static const struct zoo_certificate nameless = {
		.name = "CA without a name", .key = "p256",
		.field = { "subject=30{}", "basic=30{06{551d13} 0101ff 04{30{0101ff}}}",
			   "usage=30{06{551d0f} 0101ff 04{03{0204}}}" },
	};
	struct keypair_request request = { .cn = "leaf", .type = "p256", .days = 1,
					   .ca_key = zoo_key("p256") };
	struct blob der = zoo_certificate_make(&nameless);
	struct reason why = { 0 };
	EVP_PKEY *key;
	X509 *cert;

	(void)state;
	assert_int_equal(load(&der, &request.ca_cert, &why), 0);
	expect("keys make", keypair_make(&request, &key, &cert, &why), &why, "certificate-form");
	assert_null(key);
	assert_null(cert);
	X509_free(request.ca_cert);
	blob_free(&der);
}

/* Not the state of the group, which would be that of each test */
static void *directory;

static int open_zoo(void **state)
{
	return own_directory(&directory) || chdir(directory) || zoo_open(state);
}

static int close_zoo(void **state)
{
	return zoo_close(state) || no_directory(&directory);
}

int main(void)
{
	const struct zoo_run run = {
		.certificate = certificate, .message = message, .chain = chain,
		.name = "keys_make", .more = keys_make,
	};

	return zoo_run("kernel form", &run, open_zoo, close_zoo);
}
