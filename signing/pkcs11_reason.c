// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a token says, as a reason.  Codes: PKCS#11 v2.40, base specification, 3.6.
 */
#include <errno.h>
#include <strings.h>

#include <openssl/err.h>
#include <p11-kit/pkcs11.h>

#include "pkcs11_reason.h"
#include "tpm_reason.h"

#define CODE(name) CKR_##name, "CKR_" #name

static const struct said {
	unsigned long rv;
	const char *name;
	const char *word;
	int ret;
} said[] = {
	{ CODE(PIN_INCORRECT), "pin-wrong", -EACCES },
	{ CODE(PIN_INVALID), "pin-wrong", -EACCES },
	{ CODE(PIN_LEN_RANGE), "pin-wrong", -EACCES },
	{ CODE(PIN_LOCKED), "pin-locked", -EACCES },
	{ CODE(PIN_EXPIRED), "pin-expired", -EACCES },
	{ CODE(USER_PIN_NOT_INITIALIZED), "pin-unset", -EACCES },
	{ CODE(USER_NOT_LOGGED_IN), "pin-needed", -EACCES },
	{ CODE(DEVICE_REMOVED), "token-gone", -ENODEV },
	{ CODE(TOKEN_NOT_PRESENT), "token-gone", -ENODEV },
	{ CODE(TOKEN_NOT_RECOGNIZED), "token-gone", -ENODEV },
	{ CODE(SLOT_ID_INVALID), "token-gone", -ENODEV },
	{ CODE(SESSION_HANDLE_INVALID), "token-gone", -ENODEV },
	{ CODE(SESSION_CLOSED), "token-gone", -ENODEV },
	{ CODE(DEVICE_ERROR), "token-broken", -EIO },
	{ CODE(DEVICE_MEMORY), "token-broken", -EIO },
	{ CODE(KEY_FUNCTION_NOT_PERMITTED), "key-not-permitted", -EPERM },
	{ CODE(KEY_TYPE_INCONSISTENT), "key-not-permitted", -EPERM },
	{ CODE(MECHANISM_INVALID), "key-not-permitted", -EPERM },
	{ CODE(FUNCTION_REJECTED), "key-not-permitted", -EPERM },
	{ CODE(KEY_HANDLE_INVALID), "key-missing", -ENOKEY },
	{ CODE(TOKEN_WRITE_PROTECTED), "token-read-only", -EROFS },
	{ CODE(SESSION_READ_ONLY), "token-read-only", -EROFS },
	{ CODE(FUNCTION_CANCELED), "token-canceled", -ECANCELED },
	{ CODE(SESSION_COUNT), "token", -EBUSY },
	{ CODE(GENERAL_ERROR), "token", -EIO },
	{ CODE(FUNCTION_FAILED), "token", -EIO },
	{ CODE(HOST_MEMORY), "token", -ENOMEM },
};

static const struct said *find(unsigned long rv)
{
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (said[i].rv == rv)
			return &said[i];
	return NULL;
}

int pkcs11_reason(struct reason *why, unsigned long rv, const char *what)
{
	const struct said *this = find(rv);

	if (!this)
		return reason_set(why, -EIO, "token", "%s: the token says 0x%lx", what, rv);
	return reason_set(why, this->ret, this->word, "%s: the token says %s (0x%lx)", what, this->name,
			  rv);
}

/* libp11's own reasons, as that a PIN was not given, are 0x401 to 0x407, among the token's. */
#define OF_LIBP11 0x400

/* Both name their library after the standard: "pkcs11", "PKCS#11 module". */
static int of_token(unsigned long error)
{
	const char *library = ERR_lib_error_string(error);

	return library && (ERR_GET_REASON(error) & ~0xff) != OF_LIBP11 &&
	       (!strncasecmp(library, "pkcs11", 6) || !strncasecmp(library, "pkcs#11", 7));
}

int pkcs11_reason_openssl(struct reason *why, int ret, const char *word, const char *what)
{
	unsigned long first = ERR_peek_error(), error, found = 0;
	const char *detail = first ? ERR_reason_error_string(first) : NULL, *data;
	uint32_t of_tpm = 0;

	while ((error = ERR_get_error_all(NULL, NULL, NULL, &data, NULL))) {
		if (!of_tpm && tpm_reason_code(data, &of_tpm))
			continue;
		if (!of_token(error) || !ERR_GET_REASON(error))
			continue;
		/* The last that means something: "general error" may stand around it. */
		if (!found || find(ERR_GET_REASON(error)))
			found = ERR_GET_REASON(error);
	}
	if (found)
		return pkcs11_reason(why, found, what);
	if (of_tpm)
		return tpm_reason(why, of_tpm, what);
	return reason_set(why, ret, word, "%s%s%s", what, detail ? ": " : "", detail ? detail : "");
}
