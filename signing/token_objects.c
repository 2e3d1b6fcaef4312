// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects in a token, and whether one of them signs.
 */
#include <errno.h>
#include <string.h>

#include "pkcs11_reason.h"
#include "token_session.h"

int token_session_find(struct token_session *session, CK_ATTRIBUTE *template, CK_ULONG count,
		       struct token_objects *out, struct reason *why)
{
	CK_FUNCTION_LIST *module = session->module;
	CK_RV rv;

	out->count = 0;
	rv = module->C_FindObjectsInit(session->handle, template, count);
	if (rv == CKR_OK) {
		rv = module->C_FindObjects(session->handle, out->handles, TOKEN_MAX_OBJECTS, &out->count);
		module->C_FindObjectsFinal(session->handle);
	}
	return rv == CKR_OK ? 0 : pkcs11_reason(why, rv, session->label);
}

/* Objects of @class with the attributes of the URI */
int token_session_find_uri(struct token_session *session, CK_OBJECT_CLASS class,
			   struct token_objects *out, struct reason *why)
{
	CK_ATTRIBUTE template[3] = { { CKA_CLASS, &class, sizeof(class) } }, *wanted;
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_ID, CKA_LABEL };
	CK_ULONG count = 1;

	wanted = session->kit.uri_get_attribute(session->uri, CKA_CLASS);
	if (wanted && (wanted->ulValueLen != sizeof(class) ||
		       memcmp(wanted->pValue, &class, sizeof(class))))
		return reason_set(why, -EINVAL, "key-uri", "the URI names an object of another type=");
	for (size_t i = 0; i < 2; i++) {
		wanted = session->kit.uri_get_attribute(session->uri, types[i]);
		if (wanted)
			template[count++] = *wanted;
	}
	return token_session_find(session, template, count, out, why);
}

bool token_session_each_use(struct token_session *session, CK_OBJECT_HANDLE key)
{
	CK_BBOOL each_use = CK_FALSE;
	CK_ATTRIBUTE wanted = { CKA_ALWAYS_AUTHENTICATE, &each_use, sizeof(each_use) };

	return session->module->C_GetAttributeValue(session->handle, key, &wanted, 1) == CKR_OK && each_use;
}

/* The mechanism of OpenSSL's ways: a hash that was made outside */
CK_RV token_session_begin(struct token_session *session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_KEY_TYPE type = CKK_RSA;
	CK_ATTRIBUTE wanted = { CKA_KEY_TYPE, &type, sizeof(type) };
	CK_RV rv = session->module->C_GetAttributeValue(session->handle, key, &wanted, 1);

	if (rv != CKR_OK)
		return rv;
	if (type == CKK_EC)
		mechanism.mechanism = CKM_ECDSA;
	else if (type != CKK_RSA)
		return CKR_OK;	/* certificate_check_key() has words for it */
	return session->module->C_SignInit(session->handle, &mechanism, key);
}
