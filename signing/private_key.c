// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private keys: PEM files, and tokens by their RFC 7512 URI.  Tokens need OpenSSL's
 * provider "pkcs11"; engines are deprecated and not used.
 */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "file.h"
#include "private_key.h"

#define MAX_KEY 65536

struct question {
	const struct passphrase_source *source;
	const char *prompt;
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
	/* A wrong PIN must not be tried until the token locks itself. */
	if (question->asked++)
		return -1;
	question->ret = passphrase_get(question->source, question->prompt, false, text,
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

static int load_file(const char *path, struct question *question, EVP_PKEY **out,
		     struct reason *why)
{
	struct blob blob;
	BIO *bio;
	int ret;

	ret = file_read(path, MAX_KEY, &blob);
	if (ret)
		return reason_set(why, ret, "key-file", "%s: %s", path, strerror(-ret));
	bio = BIO_new_mem_buf(blob.data, blob.size);
	if (bio)
		*out = PEM_read_bio_PrivateKey(bio, NULL, answer, question);
	if (!*out && question->ret)
		ret = question->ret;
	else if (!*out)
		ret = reason_openssl(why, -EINVAL, "key-file", "%s: no private key in PEM, or "
				     "another passphrase", path);
	BIO_free(bio);
	blob_free(&blob);
	return ret;
}

static EVP_PKEY *first_key(OSSL_STORE_CTX *store)
{
	EVP_PKEY *key = NULL;
	OSSL_STORE_INFO *info;

	while (!key && !OSSL_STORE_eof(store)) {
		info = OSSL_STORE_load(store);
		if (!info)
			continue;
		if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	return key;
}

static int load_token(const char *uri, struct question *question, EVP_PKEY **out,
		      struct reason *why)
{
	OSSL_STORE_CTX *store;
	UI_METHOD *ui;

	if (strstr(uri, "pin-value="))
		return reason_set(why, -EINVAL, "key-uri",
				  "a PIN does not belong into a URI; use a prompt, --passphrase-file "
				  "or --passphrase-fd");
	if (!OSSL_PROVIDER_try_load(NULL, "pkcs11", 1) ||
	    !OSSL_PROVIDER_try_load(NULL, "default", 1))
		return reason_openssl(why, -ENOPKG, "key-provider",
				      "a pkcs11: key needs OpenSSL's provider \"pkcs11\"");
	ui = UI_UTIL_wrap_read_pem_callback(answer, 0);
	store = ui ? OSSL_STORE_open(uri, ui, question, NULL, NULL) : NULL;
	if (store) {
		OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
		*out = first_key(store);
		OSSL_STORE_close(store);
	}
	UI_destroy_method(ui);
	if (*out)
		return 0;
	if (question->ret)
		return question->ret;
	return reason_openssl(why, -ENOKEY, "key-token", "no private key at this URI");
}

int private_key_load(const char *key, const struct passphrase_source *source,
		     EVP_PKEY **out, struct reason *why)
{
	struct question question = {
		.source = source, .prompt = "Passphrase of the signing key: ", .why = why,
	};

	int ret;

	*out = NULL;
	if (!strncmp(key, "pkcs11:", 7)) {
		question.prompt = "PIN of the token: ";
		ret = load_token(key, &question, out, why);
	} else {
		ret = load_file(key, &question, out, why);
	}
	/* What OpenSSL tried on the way must not explain a later error. */
	ERR_clear_error();
	return ret;
}
