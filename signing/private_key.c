// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private keys: which way leads to one.
 */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "key_ways.h"
#include "token_trial.h"
#include "tpm_key.h"

/* The engine is deprecated, so it is the second choice; Debian 12 has nothing else. */
static int open_token_key(const struct token_key *token, enum token_way way, struct private_key *out,
			  struct reason *why)
{
	int ret = -ENOPKG;

	if (way != TOKEN_ENGINE)
		ret = token_provider_load(token, out, why);
	if (way == TOKEN_ENGINE || (way == TOKEN_ANY && ret == -ENOPKG))
		ret = token_engine_load(token, out, why);
	if (ret == -ENOPKG && way == TOKEN_ANY)
		reason_set(why, ret, "key-provider", "a pkcs11: key needs OpenSSL's provider "
			   "\"pkcs11\" (pkcs11-provider) or engine (libengine-pkcs11-openssl)");
	return ret;
}

static int load_token_key(const char *uri, const struct key_source *source, X509 **cert,
			  struct private_key *out, struct reason *why)
{
	int ret;

	ret = token_find_key(uri, source, *cert, &out->token, why);
	if (!ret)
		ret = open_token_key(&out->token, source->way, out, why);
	if (!ret && !*cert) {
		*cert = out->token.cert;
		out->token.cert = NULL;
	}
	return ret;
}

int private_key_open_made(struct token_key *made, const struct key_source *source, struct private_key *out,
			  struct reason *why)
{
	int ret;

	*out = (struct private_key){ .token = *made };
	*made = (struct token_key){ 0 };
	ret = open_token_key(&out->token, source->way, out, why);
	ERR_clear_error();
	return ret;
}

int private_key_load(const char *key, const struct key_source *source, X509 **cert,
		     struct private_key *out, struct reason *why)
{
	int ret;

	*out = (struct private_key){ 0 };
	if (token_is_uri(key))
		ret = load_token_key(key, source, cert, out, why);
	else if (tpm_key_is_uri(key))
		ret = tpm_key_load_handle(key, source, out, why);
	else
		ret = key_file_load(key, source, cert, out, why);
	/* What OpenSSL tried on the way must not explain a later error. */
	ERR_clear_error();
	return ret;
}

void private_key_free(struct private_key *key)
{
	EVP_PKEY_free(key->key);
	if (key->engine)
		token_engine_free(key->engine);
	OSSL_LIB_CTX_free(key->library);
	token_key_free(&key->token);
	*key = (struct private_key){ 0 };
}

int private_key_may_certify(const struct private_key *key, struct reason *why)
{
	return key->tpm ? reason_set(why, -EPERM, "key-not-permitted", "a TPM's key signs no certificates here, "
				     "unless it is in a token of tpm2-pkcs11") : 0;
}

void private_key_signed(const struct private_key *key)
{
	if (key->engine)
		token_engine_signed(key->engine);
}

int private_key_explain(const struct private_key *key, int ret, struct reason *why)
{
	struct reason own;
	int said;

	if (!key->token.uri || (strcmp(why->word, "sign") && strcmp(why->word, "key-make")))
		return ret;
	said = token_trial(&key->token, &own);
	if (!said)
		return ret;
	*why = own;
	return said;
}
