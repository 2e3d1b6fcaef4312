// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys in a TPM, through OpenSSL's provider "tpm2".
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "pkcs11_reason.h"
#include "tpm_key.h"

#define SCHEME		"handle:"
#define WITH_AUTH	"?pass"
#define OURS		"?provider=tpm2"
#define PEM_LABEL	"-----BEGIN TSS2 PRIVATE KEY-----"

/* TPM_HT_PERSISTENT (TPM 2.0 Library, part 2, 7.2): what is there after a reset, and is no NV index */
#define PERSISTENT	0x81

/* What of the environment names the TPM for the provider */
#define VARIABLE	"TPM2OPENSSL_TCTI"

#define PROMPT		"Authorization value of the TPM's key: "

bool tpm_key_is_uri(const char *text)
{
	return !strncasecmp(text, SCHEME, strlen(SCHEME));
}

bool tpm_key_is_file(const struct blob *pem)
{
	return memmem(pem->data, pem->size, PEM_LABEL, strlen(PEM_LABEL));
}

/*
 * The libraries' own default would try simulators on local ports, too, which whoever is first there
 * may listen on, and authorization values go to the TPM as they are.
 */
static int name_tpm(const struct key_source *source)
{
	const char *usual = access("/dev/tpmrm0", F_OK) ? "device:/dev/tpm0" : "device:/dev/tpmrm0";

	/* What is wrong is said here. */
	return setenv("TSS2_LOG", "all+none", 0) ||
	       setenv(VARIABLE, source->tcti ? source->tcti : usual, !!source->tcti);
}

/* A context of its own, with the default provider for certificates and hashes */
static int open_provider(const struct key_source *source, struct private_key *out, struct reason *why)
{
	int ret;

	if (name_tpm(source))
		return reason_set(why, -ENOMEM, "memory", "no memory");
	ERR_clear_error();
	out->library = OSSL_LIB_CTX_new();
	if (!out->library || !OSSL_PROVIDER_load(out->library, "default"))
		return reason_openssl(why, -EIO, "key-provider", "OpenSSL has no context for it");
	out->tpm = OSSL_PROVIDER_load(out->library, "tpm2");
	if (out->tpm)
		return 0;
	ret = pkcs11_reason_openssl(why, -ENOPKG, "key-provider", "a TPM's key needs OpenSSL's provider "
				    "\"tpm2\" (tpm2-openssl)");
	return ret == -ENODEV ? reason_set(why, ret, "tpm-gone", "no TPM at %s", getenv(VARIABLE)) : ret;
}

static EVP_PKEY_CTX *begin(const struct private_key *key, const EVP_MD *hash)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(key->library, key->key, OURS);

	if (context && EVP_PKEY_sign_init(context) == 1 && EVP_PKEY_CTX_set_signature_md(context, hash) == 1 &&
	    (!EVP_PKEY_is_a(key->key, "RSA") || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1))
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

int tpm_key_sign(const struct private_key *key, const void *data, size_t size, const EVP_MD *hash,
		 struct blob *out, struct reason *why)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t room = EVP_PKEY_get_size(key->key) > 0 ? EVP_PKEY_get_size(key->key) : 0;
	EVP_PKEY_CTX *context = begin(key, hash);
	unsigned int digest_size;
	int ret = 0;

	*out = (struct blob){ malloc(room), room };
	if (!out->data || !context || EVP_Digest(data, size, digest, &digest_size, hash, NULL) != 1 ||
	    EVP_PKEY_sign(context, out->data, &room, digest, digest_size) != 1)
		ret = pkcs11_reason_openssl(why, -EIO, "sign", "cannot sign");
	EVP_PKEY_CTX_free(context);
	if (ret)
		blob_free(out);
	else
		out->size = room;
	return ret;
}

/* The part behind the scheme: a handle, and whether it wants an authorization value */
static int parse_handle(const char *text, unsigned long *handle, bool *with_auth)
{
	char *end;

	if (strncasecmp(text, "0x", 2) || !isxdigit((unsigned char)text[2]))
		return -EINVAL;
	errno = 0;
	*handle = strtoul(text, &end, 16);
	*with_auth = !strcmp(end, WITH_AUTH);
	return errno || end - text != 10 || *handle >> 24 != PERSISTENT || (*end && !*with_auth) ? -EINVAL : 0;
}

static EVP_PKEY *first_key(OSSL_STORE_CTX *store)
{
	EVP_PKEY *key = NULL;
	OSSL_STORE_INFO *info;

	while (store && !key && !OSSL_STORE_eof(store) && !OSSL_STORE_error(store)) {
		info = OSSL_STORE_load(store);
		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	return key;
}

static int loaded(const struct private_key *key, const struct passphrase_question *question, const char *what,
		  struct reason *why)
{
	if (key->key)
		return 0;
	if (question->ret)
		return question->ret;
	return pkcs11_reason_openssl(why, -ENOKEY, "key-missing", what);
}

int tpm_key_load_handle(const char *uri, const struct key_source *source, struct private_key *out,
			struct reason *why)
{
	struct passphrase_question question = {
		.source = &source->passphrase, .prompt = PROMPT, .why = why,
	};
	UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(passphrase_answer, 0);
	OSSL_STORE_CTX *store = NULL;
	unsigned long handle;
	bool with_auth;
	char own[64];
	int ret;

	if (parse_handle(uri + strlen(SCHEME), &handle, &with_auth)) {
		UI_destroy_method(ui);
		return reason_set(why, -EINVAL, "key-uri", "a TPM's key is handle:0x81 and six more digits, or with ?pass "
				  "behind them");
	}
	with_auth |= passphrase_is_given(&source->passphrase);
	snprintf(own, sizeof(own), SCHEME "0x%08lx%s", handle, with_auth ? WITH_AUTH : "");
	ret = ui ? open_provider(source, out, why) : reason_set(why, -ENOMEM, "memory", "no memory");
	if (!ret) {
		store = OSSL_STORE_open_ex(own, out->library, OURS, ui, &question, NULL, NULL, NULL);
		out->key = first_key(store);
		OSSL_STORE_close(store);
		ret = loaded(out, &question, "the TPM's key", why);
	}
	UI_destroy_method(ui);
	return ret;
}

int tpm_key_load_file(const struct blob *pem, const struct key_source *source, struct private_key *out,
		      struct reason *why)
{
	struct passphrase_question question = {
		.source = &source->passphrase, .prompt = PROMPT, .why = why,
	};
	OSSL_DECODER_CTX *decoder;
	BIO *bio;
	int ret = open_provider(source, out, why);

	if (ret)
		return ret;
	bio = BIO_new_mem_buf(pem->data, (int)pem->size);
	decoder = OSSL_DECODER_CTX_new_for_pkey(&out->key, "PEM", NULL, NULL, EVP_PKEY_KEYPAIR, out->library,
						OURS);
	if (bio && decoder && OSSL_DECODER_CTX_set_pem_password_cb(decoder, passphrase_answer, &question))
		OSSL_DECODER_from_bio(decoder, bio);
	OSSL_DECODER_CTX_free(decoder);
	BIO_free(bio);
	return loaded(out, &question, "the TPM does not load the key of the file", why);
}
