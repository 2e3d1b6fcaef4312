// SPDX-License-Identifier: GPL-2.0-only
/*
 * A token's key, through libp11's engine "pkcs11".  OpenSSL 3 deprecates engines, and this is
 * the one place that uses one: Debian 12 has no provider for tokens.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/ui.h>

#include "key_ways.h"
#include "pkcs11_reason.h"

#ifndef OPENSSL_NO_ENGINE

/* What a key that wants the PIN for each use asks, after the PIN of the token was taken */
struct question {
	ENGINE *engine;
	UI_METHOD *ui;
	char pin[PASSPHRASE_MAX];
	bool given;	/* and no signature since: it may have been refused */
};

static int answer(char *buffer, int size, int writing, void *context)
{
	struct question *question = context;
	int length = strlen(question->pin);

	(void)writing;
	if (!length || length >= size || question->given)
		return -1;
	question->given = true;
	memcpy(buffer, question->pin, length);
	return length;
}

static int set_up(ENGINE *engine, const struct token_key *key)
{
	return ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", key->module, 0) &&
	       (!*key->pin || ENGINE_ctrl_cmd_string(engine, "PIN", key->pin, 0)) &&
	       ENGINE_init(engine);
}

static struct question *ask(ENGINE *engine, const struct token_key *key)
{
	struct question *question = OPENSSL_zalloc(sizeof(*question));

	if (!question)
		return NULL;
	question->engine = engine;
	memcpy(question->pin, key->pin, sizeof(key->pin));
	question->ui = UI_UTIL_wrap_read_pem_callback(answer, 0);
	return question;
}

int token_engine_load(const struct token_key *key, struct private_key *out, struct reason *why)
{
	struct question *question;
	ENGINE *engine;

	OPENSSL_init_crypto(OPENSSL_INIT_ENGINE_DYNAMIC, NULL);
	engine = ENGINE_by_id("pkcs11");
	if (!engine)
		return reason_openssl(why, -ENOPKG, "key-provider",
				      "OpenSSL's engine \"pkcs11\" is not there");
	question = set_up(engine, key) ? ask(engine, key) : NULL;
	if (!question || !question->ui) {
		ENGINE_free(engine);
		OPENSSL_free(question);
		return pkcs11_reason_openssl(why, -EIO, "key-provider", "the engine does not start");
	}
	out->engine = question;
	/* For keys that want the PIN for each use; the arguments of the next call are for the token's. */
	ENGINE_ctrl_cmd(engine, "SET_USER_INTERFACE", 0, question->ui, NULL, 1);
	ENGINE_ctrl_cmd(engine, "SET_CALLBACK_DATA", 0, question, NULL, 1);
	out->key = ENGINE_load_private_key(engine, key->uri, question->ui, question);
	return out->key ? 0 : pkcs11_reason_openssl(why, -ENOKEY, "key-missing",
						    "the engine does not find the key");
}

void token_engine_signed(void *engine)
{
	struct question *question = engine;

	question->given = false;
}

void token_engine_free(void *engine)
{
	struct question *question = engine;

	ENGINE_finish(question->engine);
	ENGINE_free(question->engine);
	UI_destroy_method(question->ui);
	OPENSSL_clear_free(question, sizeof(*question));
}

#else

int token_engine_load(const struct token_key *key, struct private_key *out, struct reason *why)
{
	(void)key;
	(void)out;
	return reason_set(why, -ENOPKG, "key-provider", "this OpenSSL has no engines");
}

void token_engine_signed(void *engine)
{
	(void)engine;
}

void token_engine_free(void *engine)
{
	(void)engine;
}

#endif
