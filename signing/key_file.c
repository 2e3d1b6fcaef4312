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
#include "mldsa.h"
#include "tpm_key.h"

#define MAX_KEY 65536

/* Of two the first would sign, whichever was meant; parameters and certificates beside one are none. */
static size_t count_keys(const struct blob *blob)
{
	static const char begin[] = "-----BEGIN ", ending[] = "PRIVATE KEY-----";
	const char *at = (const char *)blob->data, *end = at + blob->size;
	size_t count = 0;

	while ((at = memmem(at, (size_t)(end - at), begin, sizeof(begin) - 1))) {
		const char *line = memchr(at, '\n', (size_t)(end - at));

		line = line ? line : end;
		count += !!memmem(at, (size_t)(line - at), ending, sizeof(ending) - 1);
		at = line;
	}
	return count;
}

static EVP_PKEY *read_pem(const struct blob *blob, struct passphrase_question *question)
{
	BIO *bio = BIO_new_mem_buf(blob->data, (int)blob->size);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, passphrase_answer, question) : NULL;

	BIO_free(bio);
	return key;
}

/* EncryptedPrivateKeyInfo (RFC 5958, 3), or what needs no passphrase; to the last byte */
static EVP_PKEY *read_der(const struct blob *blob, struct passphrase_question *question)
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
		key = bio ? d2i_PKCS8PrivateKey_bio(bio, NULL, passphrase_answer, question) : NULL;
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

static EVP_PKEY *read_box(PKCS12 *box, struct passphrase_question *question, X509 **cert)
{
	char text[PASSPHRASE_MAX] = "";
	EVP_PKEY *key = NULL;
	X509 *found = NULL;
	int length = 0;

	/* A box without a MAC may be locked all the same; then this fails. */
	if (!open_box(box, &key, &found) && !mldsa_was_missing()) {
		length = passphrase_answer(text, sizeof(text) - 1, 0, question);
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
	struct passphrase_question question = {
		.source = &source->passphrase, .prompt = "Passphrase of the signing key: ",
		.why = why,
	};
	const unsigned char *at;
	PKCS12 *box = NULL;
	struct blob blob;
	size_t keys;
	int ret;

	ret = file_read(path, MAX_KEY, &blob);
	if (ret)
		return reason_set(why, ret, "key-file", "%s: %s", path, strerror(-ret));
	if (tpm_key_is_file(&blob)) {
		ret = tpm_key_load_file(&blob, source, out, why);
		blob_free(&blob);
		return ret;
	}
	keys = count_keys(&blob);
	if (keys > 1) {
		blob_free(&blob);
		return reason_set(why, -ENOTUNIQ, "several-keys", "%s: %zu private keys, and one is meant", path, keys);
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
	if (mldsa_was_missing())
		return mldsa_refuse(why);
	if (question.ret)
		return question.ret;
	return reason_openssl(why, -EINVAL, "key-file", "%s: no private key in PEM, DER or PKCS#12, or "
			      "another passphrase", path);
}
