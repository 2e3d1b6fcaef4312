// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private keys in files: PEM, DER and PKCS#12, encrypted or not.
 */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "file.h"
#include "key_ways.h"
#include "tpm_key.h"

#define MAX_KEY 65536

struct question {
	const struct passphrase_source *source;
	struct reason *why;
	int ret;	/* of passphrase_get(), 0 if it was not asked */
	int asked;
};

static int answer(char *buffer, int size, int writing, void *context)
{
	struct question *question = context;
	char text[PASSPHRASE_MAX];
	int length;

	(void)writing;
	if (question->asked++)
		return -1;
	question->ret = passphrase_get(question->source, "Passphrase of the signing key: ", false, text,
				       question->why);
	if (question->ret)
		return -1;
	length = strlen(text);
	if (length < size)
		memcpy(buffer, text, length);
	else
		length = -1;
	OPENSSL_cleanse(text, sizeof(text));
	return length;
}

static EVP_PKEY *read_pem(const struct blob *blob, struct question *question)
{
	BIO *bio = BIO_new_mem_buf(blob->data, (int)blob->size);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, answer, question) : NULL;

	BIO_free(bio);
	return key;
}

/* EncryptedPrivateKeyInfo (RFC 5958, 3), or what needs no passphrase; to the last byte */
static EVP_PKEY *read_der(const struct blob *blob, struct question *question)
{
	const unsigned char *at = blob->data, *end = blob->data + blob->size;
	X509_SIG *locked = d2i_X509_SIG(NULL, &at, (long)blob->size);
	EVP_PKEY *key;
	BIO *bio;

	if (!locked) {
		at = blob->data;
		key = d2i_AutoPrivateKey(NULL, &at, (long)blob->size);
	} else {
		bio = at == end ? BIO_new_mem_buf(blob->data, (int)blob->size) : NULL;
		key = bio ? d2i_PKCS8PrivateKey_bio(bio, NULL, answer, question) : NULL;
		BIO_free(bio);
	}
	X509_SIG_free(locked);
	if (at == end)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* No passphrase, and one of no bytes, are both in use (RFC 7292, B.1): neither is asked for. */
static int open_box(PKCS12 *box, EVP_PKEY **key, X509 **cert)
{
	if (!PKCS12_mac_present(box) || PKCS12_verify_mac(box, NULL, 0))
		return PKCS12_parse(box, NULL, key, cert, NULL);
	return PKCS12_verify_mac(box, "", 0) && PKCS12_parse(box, "", key, cert, NULL);
}

static EVP_PKEY *read_box(PKCS12 *box, struct question *question, X509 **cert)
{
	char text[PASSPHRASE_MAX] = "";
	EVP_PKEY *key = NULL;
	X509 *found = NULL;
	int length = 0;

	/* A box without a MAC may be locked all the same; then this fails. */
	if (!open_box(box, &key, &found)) {
		length = answer(text, sizeof(text) - 1, 0, question);
		if (length >= 0)
			text[length] = '\0';
		ERR_clear_error();
		if (length < 0 || !PKCS12_parse(box, text, &key, &found, NULL)) {
			key = NULL;
			found = NULL;
		}
	}
	OPENSSL_cleanse(text, sizeof(text));
	if (key && !*cert)
		*cert = found;
	else
		X509_free(found);
	return key;
}

int key_file_load(const char *path, const struct key_source *source, X509 **cert,
		  struct private_key *out, struct reason *why)
{
	struct question question = { .source = &source->passphrase, .why = why };
	const unsigned char *at;
	PKCS12 *box = NULL;
	struct blob blob;
	int ret;

	ret = file_read(path, MAX_KEY, &blob);
	if (ret)
		return reason_set(why, ret, "key-file", "%s: %s", path, strerror(-ret));
	if (tpm_key_is_file(&blob)) {
		ret = tpm_key_load_file(&blob, source, out, why);
		blob_free(&blob);
		return ret;
	}
	ERR_clear_error();
	at = blob.data;
	/* A SEQUENCE; text may begin with "0", too */
	if (!blob.size || blob.data[0] != 0x30 || memmem(blob.data, blob.size, "-----BEGIN ", 11))
		out->key = read_pem(&blob, &question);
	else if ((box = d2i_PKCS12(NULL, &at, (long)blob.size)))
		out->key = at == blob.data + blob.size ? read_box(box, &question, cert) : NULL;
	else
		out->key = read_der(&blob, &question);
	PKCS12_free(box);
	blob_free(&blob);
	if (out->key)
		return 0;
	if (question.ret)
		return question.ret;
	return reason_openssl(why, -EINVAL, "key-file", "%s: no private key in PEM, DER or PKCS#12, or "
			      "another passphrase", path);
}
