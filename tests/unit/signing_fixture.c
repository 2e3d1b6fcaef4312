// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys, certificates and signatures for tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "keypair.h"
#include "payload_image.h"
#include "signature.h"
#include "signing_fixture.h"

/* Types that keypair_make() does not make, to see them refused or taken */
static EVP_PKEY *other_key(const char *type)
{
	if (!strcmp(type, "rsa1024"))
		return EVP_RSA_gen(1024);
	if (!strcmp(type, "p192"))
		return EVP_EC_gen("prime192v1");
	if (!strcmp(type, "ed25519"))
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!strcmp(type, "rsa2560"))
		return EVP_RSA_gen(2560);
	return NULL;
}

struct signer signer_make_dated(const char *cn, const char *type, int from, int to)
{
	struct keypair_request request = { .cn = cn, .type = type, .days = 365 };
	EVP_PKEY *other = other_key(type);
	struct signer signer = { 0 };
	struct reason why = { 0 };

	if (other)
		request.type = "p256";
	if (keypair_make(&request, &signer.key, &signer.cert, &why))
		fail_msg("%s: %s", why.word, why.text);
	if (other) {
		EVP_PKEY_free(signer.key);
		signer.key = other;
		assert_true(X509_set_pubkey(signer.cert, other));
	}
	X509_time_adj_ex(X509_getm_notBefore(signer.cert), from, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(signer.cert), to, 0, NULL);
	assert_true(X509_sign(signer.cert, signer.key,
			      EVP_PKEY_is_a(signer.key, "ED25519") ? NULL : EVP_sha256()));
	return signer;
}

struct signer signer_make(const char *cn, const char *type)
{
	return signer_make_dated(cn, type, -1, 365);
}

void fixture_save(const char *name, const void *data, size_t size)
{
	assert_int_equal(file_write_atomic(name, data, size, 0600), 0);
}

void signer_save(const char *name, struct signer signer, const char *passphrase)
{
	struct reason why = { 0 };
	struct blob pem;
	char path[64];

	assert_int_equal(keypair_encode_key(signer.key, passphrase, &pem, &why), 0);
	snprintf(path, sizeof(path), "%s.key", name);
	fixture_save(path, pem.data, pem.size);
	blob_free(&pem);
	assert_int_equal(keypair_encode_cert(signer.cert, &pem, &why), 0);
	snprintf(path, sizeof(path), "%s.pem", name);
	fixture_save(path, pem.data, pem.size);
	blob_free(&pem);
	signer_free(&signer);
}

int fixture_words(char *line, char **argv)
{
	char *at = line;
	int argc = 0;

	while (*at) {
		char end = *at == '\'' ? '\'' : ' ';

		at += end == '\'';
		argv[argc++] = at;
		at = strchrnul(at, end);
		while (*at == end || *at == ' ')
			*at++ = '\0';
	}
	argv[argc] = NULL;
	return argc;
}

void signer_free(struct signer *signer)
{
	EVP_PKEY_free(signer->key);
	X509_free(signer->cert);
	*signer = (struct signer){ 0 };
}

struct blob cms_make(const void *data, size_t size, const struct signer *signer,
		     const EVP_MD *hash, unsigned int flags)
{
	BIO *bio = BIO_new_mem_buf(data, size);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, bio, flags | CMS_PARTIAL);
	unsigned char *der = NULL;
	struct blob blob;
	int length;

	assert_non_null(CMS_add1_signer(cms, signer->cert, signer->key, hash, flags));
	assert_int_equal(CMS_final(cms, bio, NULL, flags), 1);
	length = i2d_CMS_ContentInfo(cms, &der);
	assert_true(length > 0);
	blob.data = malloc(length);
	blob.size = length;
	memcpy(blob.data, der, length);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	return blob;
}

struct blob signed_image(const struct signer *signer)
{
	unsigned char image[IMAGE_SIZE];
	struct reason why = { 0 };
	struct blob der, file;

	payload_image_make(image);
	der = cms_make(image, sizeof(image), signer, EVP_sha256(), CMS_AS_SIGN_FILE);
	if (signature_append(image, sizeof(image), &der, &file, &why))
		fail_msg("%s", why.text);
	blob_free(&der);
	return file;
}

STACK_OF(X509) *certs_of(const struct signer *a, const struct signer *b)
{
	STACK_OF(X509) *certs = sk_X509_new_null();

	assert_non_null(certs);
	if (a)
		assert_true(sk_X509_push(certs, a->cert));
	if (b)
		assert_true(sk_X509_push(certs, b->cert));
	return certs;
}
