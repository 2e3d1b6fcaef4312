// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session with the one token that a URI means.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "pkcs11_reason.h"
#include "printable.h"
#include "token_session.h"
#include "token_uri.h"

#define MAX_SLOTS	64
#define MAX_MECHANISMS	1024

bool token_is_uri(const char *text)
{
	return !strncasecmp(text, "pkcs11:", 7);
}

static int parse_uri(struct token_session *session, const char *text, struct reason *why)
{
	struct pkcs11_kit *kit = &session->kit;
	int said = token_uri_check(text, why);

	if (said)
		return said;
	session->uri = kit->uri_new();
	if (!session->uri)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	said = kit->uri_parse(text, P11_KIT_URI_FOR_ANY, session->uri);
	if (said != P11_KIT_URI_OK)
		return reason_set(why, -EINVAL, "key-uri", "no pkcs11: URI: %s",
				  kit->uri_message(said));
	/* What is passed over would make the URI mean more than was written. */
	if (kit->uri_any_unrecognized(session->uri))
		return reason_set(why, -EINVAL, "key-uri", "the URI has an attribute that RFC 7512 "
				  "has not, or not with that value");
	if (kit->uri_get_pin_value(session->uri) || kit->uri_get_pin_source(session->uri))
		return reason_set(why, -EINVAL, "key-uri",
				  "a PIN does not belong into a URI; use a prompt, --passphrase-file "
				  "or --passphrase-fd");
	return 0;
}

static const char *module_path(const struct token_session *session, const struct key_source *source)
{
	const char *path = source->module;

	if (!path)
		path = session->kit.uri_get_module_path(session->uri);
	if (!path && !session->kit.uri_get_module_name(session->uri)) {
		path = getenv("PKCS11_PROVIDER_MODULE");
		if (!path)
			path = getenv("PKCS11_MODULE_PATH");
	}
	return path && *path ? path : NULL;
}

static int load_modules(struct token_session *session, const struct key_source *source,
			struct reason *why)
{
	const char *path = module_path(session, source);
	CK_RV rv;

	if (!path) {
		session->modules = session->kit.modules_load_and_initialize(0);
		return session->modules ? 0 :
		       reason_set(why, -ENOPKG, "token-module", "p11-kit has no PKCS#11 module that works");
	}
	session->named = session->kit.module_load(path, P11_KIT_MODULE_UNMANAGED | P11_KIT_MODULE_CRITICAL);
	if (!session->named)
		return reason_set(why, -ENOPKG, "token-module", "%s: cannot be loaded as a PKCS#11 "
				  "module", path);
	rv = session->kit.module_initialize(session->named);
	/* By a provider or an engine, whose it stays (token_trial()) */
	session->shared = rv == CKR_CRYPTOKI_ALREADY_INITIALIZED;
	if (rv == CKR_OK || session->shared)
		return 0;
	session->kit.module_release(session->named);
	session->named = NULL;
	return pkcs11_reason(why, rv, path);
}

/* "softhsm2" is the module that p11-kit calls so, or libsofthsm2.so (RFC 7512, 2.4). */
static bool is_named(const struct token_session *session, CK_FUNCTION_LIST *module)
{
	const char *wanted = session->kit.uri_get_module_name(session->uri);
	char *name, *path;
	const char *base;
	size_t length;
	bool same;

	if (!wanted)
		return true;
	name = session->kit.module_get_name(module);
	path = session->kit.module_get_filename(module);
	base = path ? strrchr(path, '/') : NULL;
	base = base ? base + 1 : path ? path : "";
	base += !strncmp(base, "lib", 3) ? 3 : 0;
	length = strlen(wanted);
	same = (name && !strcmp(name, wanted)) ||
	       (!strncmp(base, wanted, length) && (!base[length] || base[length] == '.'));
	free(name);
	free(path);
	return same;
}

/* A store of certificates, as p11-kit's own, is no token for a PIN, whatever its objects are called. */
static bool can_sign(CK_FUNCTION_LIST *module, CK_SLOT_ID slot)
{
	CK_MECHANISM_TYPE types[MAX_MECHANISMS];
	CK_ULONG count = MAX_MECHANISMS;
	CK_MECHANISM_INFO info;

	if (module->C_GetMechanismList(slot, types, &count) != CKR_OK)
		return false;
	for (CK_ULONG i = 0; i < count; i++)
		if (module->C_GetMechanismInfo(slot, types[i], &info) == CKR_OK && info.flags & CKF_SIGN)
			return true;
	return false;
}

static bool slot_matches(const struct token_session *session, CK_FUNCTION_LIST *module,
			 CK_SLOT_ID slot, CK_TOKEN_INFO *token)
{
	const struct pkcs11_kit *kit = &session->kit;
	CK_SLOT_ID wanted = kit->uri_get_slot_id(session->uri);
	CK_SLOT_INFO info;
	CK_INFO library;

	return module->C_GetTokenInfo(slot, token) == CKR_OK &&
	       token->flags & CKF_TOKEN_INITIALIZED && (wanted == (CK_SLOT_ID)-1 || wanted == slot) &&
	       module->C_GetSlotInfo(slot, &info) == CKR_OK &&
	       module->C_GetInfo(&library) == CKR_OK &&
	       kit->uri_match_module_info(session->uri, &library) &&
	       kit->uri_match_slot_info(session->uri, &info) &&
	       kit->uri_match_token_info(session->uri, token) && can_sign(module, slot);
}

/* Fields of a CK_TOKEN_INFO end in blanks, not in a NUL. */
static void name_token(const CK_TOKEN_INFO *token, char out[TOKEN_LABEL])
{
	size_t length = sizeof(token->label);

	while (length && token->label[length - 1] == ' ')
		length--;
	memcpy(out, token->label, length);
	out[length] = '\0';
	printable(out);
}

/* Looks through the slots of @module.  0, or -errno where a second token matches */
static int look_in(struct token_session *session, CK_FUNCTION_LIST *module, struct reason *why)
{
	CK_SLOT_ID slots[MAX_SLOTS];
	CK_ULONG count = MAX_SLOTS;
	char other[TOKEN_LABEL];
	CK_TOKEN_INFO token;

	if (!is_named(session, module) || module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		return 0;
	for (CK_ULONG i = 0; i < count; i++) {
		if (!slot_matches(session, module, slots[i], &token))
			continue;
		name_token(&token, other);
		if (session->module)
			return reason_set(why, -ENOTUNIQ, "several-tokens",
					  "more than one token matches the URI, \"%s\" and \"%s\" "
					  "among them; name one (token=, serial=)", session->label,
					  other);
		session->module = module;
		session->slot = slots[i];
		session->token = token;
		memcpy(session->label, other, sizeof(other));
	}
	return 0;
}

static int find_token(struct token_session *session, struct reason *why)
{
	int ret = 0;

	if (session->named)
		ret = look_in(session, session->named, why);
	for (size_t i = 0; !ret && session->modules && session->modules[i]; i++)
		ret = look_in(session, session->modules[i], why);
	if (!ret && !session->module)
		ret = reason_set(why, -ENODEV, "token-missing", "no token that is there matches the URI");
	return ret;
}

static int open_session(const char *uri, const struct key_source *source, CK_FLAGS flags,
			struct token_session *out, struct reason *why)
{
	CK_RV rv;
	int ret;

	*out = (struct token_session){ 0 };
	/* Which TPM, for the module of tpm2-pkcs11 */
	if (source->tcti && setenv("TPM2_PKCS11_TCTI", source->tcti, 1))
		return reason_set(why, -ENOMEM, "memory", "no memory");
	ret = pkcs11_kit_open(&out->kit, why);
	if (!ret)
		ret = parse_uri(out, uri, why);
	if (!ret)
		ret = load_modules(out, source, why);
	if (!ret)
		ret = find_token(out, why);
	if (ret)
		return ret;
	rv = out->module->C_OpenSession(out->slot, CKF_SERIAL_SESSION | flags, NULL, NULL, &out->handle);
	if (rv == CKR_OK)
		return 0;
	out->handle = 0;
	return pkcs11_reason(why, rv, out->label);
}

int token_session_open(const char *uri, const struct key_source *source,
		       struct token_session *out, struct reason *why)
{
	return open_session(uri, source, 0, out, why);
}

int token_session_open_writing(const char *uri, const struct key_source *source,
			       struct token_session *out, struct reason *why)
{
	return open_session(uri, source, CKF_RW_SESSION, out, why);
}

void token_session_close(struct token_session *session)
{
	if (session->handle)
		session->module->C_CloseSession(session->handle);
	if (session->named) {
		if (!session->shared)
			session->kit.module_finalize(session->named);
		session->kit.module_release(session->named);
	}
	if (session->modules)
		session->kit.modules_finalize_and_release(session->modules);
	if (session->uri)
		session->kit.uri_free(session->uri);
	*session = (struct token_session){ 0 };
}

int token_session_pin(struct token_session *session, const char *pin, struct reason *why)
{
	CK_RV rv = CKR_OK;
	char what[64];

	if (*pin)
		rv = session->module->C_Login(session->handle, CKU_USER, (CK_UTF8CHAR *)pin,
					      strlen(pin));
	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return 0;
	snprintf(what, sizeof(what), "token \"%s\"", session->label);
	return pkcs11_reason(why, rv, what);
}

int token_session_login(struct token_session *session, const struct passphrase_source *source,
			char pin[PASSPHRASE_MAX], struct reason *why)
{
	CK_FLAGS flags = session->token.flags;
	char prompt[64], what[64];
	int ret;

	*pin = '\0';
	snprintf(what, sizeof(what), "token \"%s\"", session->label);
	if (!(flags & CKF_LOGIN_REQUIRED))
		return 0;
	/* Before anyone is asked for a PIN that cannot work */
	if (flags & CKF_USER_PIN_LOCKED)
		return pkcs11_reason(why, CKR_PIN_LOCKED, what);
	if (!(flags & CKF_USER_PIN_INITIALIZED))
		return pkcs11_reason(why, CKR_USER_PIN_NOT_INITIALIZED, what);
	/* A token with keys of its own for the PIN asks for it itself, when the key is used. */
	if (flags & CKF_PROTECTED_AUTHENTICATION_PATH)
		return 0;
	snprintf(prompt, sizeof(prompt), "PIN of the token %s: ", session->label);
	ret = passphrase_get(source, prompt, false, pin, why);
	if (ret)
		return ret;
	return token_session_pin(session, pin, why);
}
