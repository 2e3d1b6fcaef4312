// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a token did not sign.
 */
#include "pkcs11_reason.h"
#include "token_session.h"
#include "token_trial.h"

#define MAX_SIGNATURE 1024

/* The PIN for one use may be what the token refused: it is not given again, and nothing is signed. */
static CK_RV sign_zeros(struct token_session *session, CK_OBJECT_HANDLE key)
{
	CK_BYTE zeros[32] = { 0 }, signature[MAX_SIGNATURE];
	CK_ULONG size = sizeof(signature);
	CK_RV rv = token_session_begin(session, key);

	if (rv == CKR_OK && !token_session_each_use(session, key))
		rv = session->module->C_Sign(session->handle, zeros, sizeof(zeros), signature, &size);
	return rv;
}

int token_trial(const struct token_key *key, struct reason *why)
{
	struct key_source source = { .module = key->module };
	struct token_session session;
	struct token_objects keys;
	CK_RV rv = CKR_OK;
	int ret;

	ret = token_session_open(key->uri, &source, &session, why);
	if (!ret)
		ret = token_session_pin(&session, key->pin, why);
	if (!ret)
		ret = token_session_find_uri(&session, CKO_PRIVATE_KEY, &keys, why);
	/* Beside the key there may be copies of it that the provider made for its session. */
	if (!ret && keys.count)
		rv = sign_zeros(&session, keys.handles[0]);
	if (rv != CKR_OK)
		ret = pkcs11_reason(why, rv, "cannot sign");
	token_session_close(&session);
	return ret;
}
