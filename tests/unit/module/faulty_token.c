// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PKCS#11 module for tests: SoftHSM, but for what TOKEN_FAULT names; each login is a line in the
 * file TOKEN_LOGINS.  An operation ends with the answer, whatever that is, but "buffer too small"
 * (PKCS#11 v2.40, base specification, 5.11, C_Sign), so SoftHSM is asked first.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

static CK_FUNCTION_LIST softhsm, list;

static int faulty(const char *name)
{
	const char *fault = getenv("TOKEN_FAULT");

	return fault && !strcmp(fault, name);
}

/* A signature that was begun and may not go on, since the PIN for it was not taken */
static void end_signature(CK_SESSION_HANDLE session)
{
	CK_BYTE data[32] = { 0 }, out[1024];
	CK_ULONG room = sizeof(out);

	softhsm.C_Sign(session, data, sizeof(data), out, &room);
}

/*
 * "use-wrong": the PIN for one use is refused; "use-ends": and the signature ends, so that another
 * can begin, where PKCS#11 lets it stand; "use-late": so is each after the first.
 */
static int refuses_use(CK_SESSION_HANDLE session)
{
	static int uses;
	int late = uses++ && faulty("use-late");

	if (late || faulty("use-ends"))
		end_signature(session);
	return late || faulty("use-ends") || faulty("use-wrong");
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG size)
{
	FILE *logins = getenv("TOKEN_LOGINS") ? fopen(getenv("TOKEN_LOGINS"), "a") : NULL;

	if (logins) {
		fputs(user == CKU_CONTEXT_SPECIFIC ? "use\n" : "login\n", logins);
		fclose(logins);
	}
	if (user == CKU_CONTEXT_SPECIFIC && refuses_use(session))
		return CKR_PIN_INCORRECT;
	return faulty("locks") ? CKR_PIN_LOCKED : softhsm.C_Login(session, user, pin, size);
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *out)
{
	CK_RV rv = softhsm.C_GetTokenInfo(slot, out);

	if (rv == CKR_OK && faulty("locked"))
		out->flags |= CKF_USER_PIN_LOCKED;
	if (rv == CKR_OK && faulty("no-pin"))
		out->flags &= ~CKF_USER_PIN_INITIALIZED;
	if (rv == CKR_OK && faulty("write-protected"))
		out->flags |= CKF_WRITE_PROTECTED;
	return rv;
}

/* "store": the token "two" keeps certificates and does nothing else. */
static CK_RV mechanisms(CK_SLOT_ID slot, CK_MECHANISM_TYPE *out, CK_ULONG *count)
{
	CK_TOKEN_INFO info;

	if (!faulty("store") || softhsm.C_GetTokenInfo(slot, &info) != CKR_OK ||
	    memcmp(info.label, "two ", 4))
		return softhsm.C_GetMechanismList(slot, out, count);
	*count = 0;
	return CKR_OK;
}

/* It makes no keys, or none of that size. */
static CK_RV mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *out)
{
	CK_RV rv = softhsm.C_GetMechanismInfo(slot, type, out);

	if (type != CKM_EC_KEY_PAIR_GEN && type != CKM_RSA_PKCS_KEY_PAIR_GEN)
		return rv;
	if (faulty("no-mechanism"))
		return CKR_MECHANISM_INVALID;
	if (faulty("small"))
		out->ulMaxKeySize = 192;
	if (faulty("uses-only"))
		out->flags &= ~CKF_GENERATE_KEY_PAIR;
	return rv;
}

static CK_RV generate(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public, CK_ULONG publics,
		      CK_ATTRIBUTE *private, CK_ULONG privates, CK_OBJECT_HANDLE *first, CK_OBJECT_HANDLE *second)
{
	if (faulty("unmade"))
		return CKR_DOMAIN_PARAMS_INVALID;
	if (faulty("read-only"))
		return CKR_SESSION_READ_ONLY;
	return softhsm.C_GenerateKeyPair(session, mechanism, public, publics, private, privates, first, second);
}

/* "extractable", "imported": what it says of a private key; "stuck": of one that it does not destroy */
static CK_RV attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv = softhsm.C_GetAttributeValue(session, object, template, count);

	for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
		if (template[i].type == CKA_EXTRACTABLE && (faulty("extractable") || faulty("stuck")))
			*(CK_BBOOL *)template[i].pValue = CK_TRUE;
		if (template[i].type == CKA_LOCAL && faulty("imported"))
			*(CK_BBOOL *)template[i].pValue = CK_FALSE;
	}
	return rv;
}

static CK_RV destroy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	return faulty("stuck") || faulty("wrong-and-stuck") ? CKR_GENERAL_ERROR : softhsm.C_DestroyObject(session, object);
}

static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *out, CK_ULONG room, CK_ULONG *count)
{
	return faulty("lost") ? CKR_DEVICE_REMOVED : softhsm.C_FindObjects(session, out, room, count);
}

/* "removed" is said of a signature; "pulled": and of each that would begin after that. */
static int pulled;

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	if (pulled)
		return CKR_DEVICE_REMOVED;
	return faulty("forbidden") ? CKR_KEY_FUNCTION_NOT_PERMITTED :
	       softhsm.C_SignInit(session, mechanism, key);
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size, CK_BYTE *out,
		  CK_ULONG *room)
{
	CK_RV rv = softhsm.C_Sign(session, data, size, out, room);

	if (!out || rv != CKR_OK)
		return rv;
	if (faulty("wrong") || faulty("wrong-and-stuck"))
		out[*room / 2] ^= 1;
	pulled = faulty("pulled");
	return pulled || faulty("removed") ? CKR_DEVICE_REMOVED : CKR_OK;
}

static CK_RV sign_final(CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *room)
{
	CK_RV rv = softhsm.C_SignFinal(session, out, room);

	if (!out || rv != CKR_OK)
		return rv;
	if (faulty("wrong") || faulty("wrong-and-stuck"))
		out[*room / 2] ^= 1;
	return faulty("removed") ? CKR_DEVICE_REMOVED : CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
	void *library = dlopen(SOFTHSM, RTLD_NOW);
	CK_RV (*get)(CK_FUNCTION_LIST **) = library ? dlsym(library, "C_GetFunctionList") : NULL;
	CK_FUNCTION_LIST *found;

	if (!get || get(&found) != CKR_OK)
		return CKR_GENERAL_ERROR;
	softhsm = *found;
	list = softhsm;
	list.C_Login = login;
	list.C_GetTokenInfo = token_info;
	list.C_GetMechanismList = mechanisms;
	list.C_GetMechanismInfo = mechanism_info;
	list.C_GenerateKeyPair = generate;
	list.C_GetAttributeValue = attribute;
	list.C_DestroyObject = destroy;
	list.C_FindObjects = find;
	list.C_SignInit = sign_init;
	list.C_Sign = sign;
	list.C_SignFinal = sign_final;
	*out = &list;
	return CKR_OK;
}
