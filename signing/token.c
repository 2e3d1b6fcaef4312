// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys and certificates in tokens: which one a URI means.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "certificate.h"
#include "pkcs11_reason.h"
#include "token_session.h"

#define MAX_VALUE	16384	/* of a certificate */
#define MAX_ID		128

struct value {
	unsigned char data[MAX_VALUE];
	size_t size;
};

static int find_by_id(struct token_session *session, CK_OBJECT_CLASS class,
		      const struct value *id, struct token_objects *out, struct reason *why)
{
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_ID, (void *)id->data, id->size },
	};

	return token_session_find(session, template, 2, out, why);
}

/* What the object does not have, or does not tell, is empty. */
static void get(struct token_session *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
		struct value *out)
{
	CK_ATTRIBUTE attribute = { type, out->data, sizeof(out->data) };
	CK_RV rv = session->module->C_GetAttributeValue(session->handle, object, &attribute, 1);

	out->size = rv == CKR_OK && attribute.ulValueLen <= sizeof(out->data) ?
		    attribute.ulValueLen : 0;
}

/* The modulus, or the point, of a certificate's key */
static void public_part(X509 *cert, struct value *out)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	unsigned char *point = NULL;
	BIGNUM *n = NULL;

	out->size = 0;
	if (key && EVP_PKEY_is_a(key, "RSA") &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) &&
	    (size_t)BN_num_bytes(n) <= sizeof(out->data)) {
		out->size = (size_t)BN_bn2bin(n, out->data);
	} else if (key && EVP_PKEY_is_a(key, "EC")) {
		out->size = EVP_PKEY_get1_encoded_public_key(key, &point);
		if (out->size <= sizeof(out->data) && point)
			memcpy(out->data, point, out->size);
		else
			out->size = 0;
	}
	OPENSSL_free(point);
	BN_free(n);
}

/*
 * Is what the object tells of its key @part?  A point stands in an OCTET STRING of its own
 * (PKCS#11 2.40, current mechanisms, 2.3.3), and some tokens leave that away.
 * Return: 1 or 0; -1 if it tells nothing
 */
static int tells(struct token_session *session, CK_OBJECT_HANDLE object, const struct value *part)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_MODULUS, CKA_EC_POINT };
	struct value value;

	for (size_t i = 0; i < 2; i++) {
		get(session, object, types[i], &value);
		if (!value.size)
			continue;
		return part->size && value.size >= part->size && value.size <= part->size + 4 &&
		       !memcmp(value.data + value.size - part->size, part->data, part->size);
	}
	return -1;
}

/* The same of a private key, or else of the public key with its id */
static int belongs(struct token_session *session, CK_OBJECT_HANDLE key, const struct value *part)
{
	struct token_objects objects;
	struct reason unused;
	struct value id;
	int told = tells(session, key, part);

	if (told >= 0)
		return told;
	get(session, key, CKA_ID, &id);
	if (!id.size || find_by_id(session, CKO_PUBLIC_KEY, &id, &objects, &unused) ||
	    objects.count != 1)
		return -1;
	return tells(session, objects.handles[0], part);
}

/* Of several keys, the one of the certificate; or else the only one that does not tell */
static int choose(struct token_session *session, const struct token_objects *keys, X509 *cert,
		  CK_OBJECT_HANDLE *out, struct reason *why)
{
	CK_ULONG fits = 0, silent = 0;
	CK_OBJECT_HANDLE mute = 0;
	struct value part;
	int told;

	if (keys->count == 1) {
		*out = keys->handles[0];
		return 0;
	}
	if (!keys->count)
		return reason_set(why, -ENOKEY, "key-missing",
				  "token \"%s\" has no private key that matches the URI",
				  session->label);
	if (!cert)
		return reason_set(why, -ENOTUNIQ, "several-keys", "%lu keys match the URI; name one "
				  "(id=), or give the certificate", keys->count);
	public_part(cert, &part);
	for (CK_ULONG i = 0; i < keys->count; i++) {
		told = belongs(session, keys->handles[i], &part);
		if (told > 0) {
			*out = keys->handles[i];
			fits++;
		} else if (told < 0) {
			mute = keys->handles[i];
			silent++;
		}
	}
	if (!fits && silent == 1) {
		*out = mute;
		return 0;
	}
	if (fits == 1)
		return 0;
	if (!fits && !silent)
		return reason_set(why, REFUSED, "key-mismatch", "of %lu keys that match the URI none is "
				  "that of the certificate", keys->count);
	return reason_set(why, -ENOTUNIQ, "several-keys", "%lu keys match the URI, and the certificate "
			  "does not choose one; name it (id=)", keys->count);
}

/*
 * Nothing is signed.  A key that wants the PIN for each use gets it here first: provider and
 * engine would try a wrong one, and keep the token's answer to themselves.
 */
static int check_use(struct token_session *session, CK_OBJECT_HANDLE key, const char *pin,
		     struct reason *why)
{
	CK_RV rv = token_session_begin(session, key);

	if (rv != CKR_OK)
		return pkcs11_reason(why, rv, "the key may not sign");
	if (*pin && token_session_each_use(session, key))
		rv = session->module->C_Login(session->handle, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)pin,
					      strlen(pin));
	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? 0 :
	       pkcs11_reason(why, rv, "the PIN for one use of the key");
}

/*
 * What is padded with zeros, where PKCS#11 has blanks (tpm2-pkcs11 does that), no provider reads in a
 * URI: the token is named without it.
 */
static void drop_unreadable(CK_UTF8CHAR *text, size_t size)
{
	if (memchr(text, 0, size))
		memset(text, 0, size);
}

static void describe_token(const CK_TOKEN_INFO *token, CK_TOKEN_INFO *out)
{
	*out = *token;
	drop_unreadable(out->manufacturerID, sizeof(out->manufacturerID));
	drop_unreadable(out->model, sizeof(out->model));
}

/* @uri becomes one that names this token and this key, and nothing else. */
int token_session_name_key(struct token_session *session, CK_OBJECT_HANDLE key, char **out,
			   struct reason *why)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE type = { CKA_CLASS, &class, sizeof(class) }, name = { .type = CKA_ID };
	struct pkcs11_kit *kit = &session->kit;
	struct token_objects objects;
	struct value value;
	P11KitUri *uri;
	int ret = 0;

	get(session, key, CKA_ID, &value);
	if (!value.size) {
		name.type = CKA_LABEL;
		get(session, key, CKA_LABEL, &value);
	}
	if (!value.size || value.size > MAX_ID)
		return reason_set(why, -EINVAL, "key-unnamed", "the key has no id and no label that "
				  "can be used");
	name.pValue = value.data;
	name.ulValueLen = value.size;
	ret = token_session_find(session, (CK_ATTRIBUTE[]){ type, name }, 2, &objects, why);
	if (!ret && objects.count != 1)
		ret = reason_set(why, -ENOTUNIQ, "several-keys", "%lu keys have the same %s",
				 objects.count, name.type == CKA_ID ? "id" : "label and no id");
	if (ret)
		return ret;
	uri = kit->uri_new();
	if (uri)
		describe_token(&session->token, kit->uri_get_token_info(uri));
	if (!uri || kit->uri_set_attribute(uri, &type) || kit->uri_set_attribute(uri, &name) ||
	    kit->uri_format(uri, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, out))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	if (uri)
		kit->uri_free(uri);
	return ret;
}

static int read_certificate(struct token_session *session, const struct token_objects *objects,
			    X509 **out, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct value value;
	int ret = 0;

	if (objects->count == 1)
		get(session, objects->handles[0], CKA_VALUE, &value);
	if (!certs)
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	else if (!objects->count)
		ret = reason_set(why, -ENOENT, "certificate-missing",
				 "token \"%s\" has no certificate that matches; --cert may name a file", session->label);
	else if (objects->count != 1)
		ret = reason_set(why, -ENOTUNIQ, "several-certificates",
				 "token \"%s\": %lu certificates, and one is meant", session->label,
				 objects->count);
	else
		ret = certificate_parse(value.data, value.size, certs, why);
	if (!ret)
		*out = sk_X509_pop(certs);
	sk_X509_pop_free(certs, X509_free);
	return ret;
}

static int find_beside(struct token_session *session, CK_OBJECT_HANDLE key, X509 **out,
		       struct reason *why)
{
	struct token_objects objects = { .count = 0 };
	struct value id;
	int ret = 0;

	get(session, key, CKA_ID, &id);
	if (id.size)
		ret = find_by_id(session, CKO_CERTIFICATE, &id, &objects, why);
	return ret ? ret : read_certificate(session, &objects, out, why);
}

int token_session_name_module(struct token_session *session, char **out, struct reason *why)
{
	*out = session->kit.module_get_filename(session->module);
	return *out ? 0 : reason_set(why, -ENOPKG, "token-module", "the PKCS#11 module has no path");
}

int token_find_key(const char *uri, const struct key_source *source, X509 *cert,
		   struct token_key *out, struct reason *why)
{
	struct token_session session;
	struct token_objects keys;
	CK_OBJECT_HANDLE key = 0;
	int ret;

	*out = (struct token_key){ 0 };
	ret = token_session_open(uri, source, &session, why);
	if (!ret)
		ret = token_session_name_module(&session, &out->module, why);
	if (!ret)
		ret = token_session_login(&session, &source->passphrase, out->pin, why);
	if (!ret)
		ret = token_session_find_uri(&session, CKO_PRIVATE_KEY, &keys, why);
	if (!ret)
		ret = choose(&session, &keys, cert, &key, why);
	if (!ret)
		ret = token_session_name_key(&session, key, &out->uri, why);
	if (!ret && !cert && !source->alone)
		ret = find_beside(&session, key, &out->cert, why);
	if (!ret)
		ret = check_use(&session, key, out->pin, why);
	token_session_close(&session);
	return ret;
}

void token_key_free(struct token_key *key)
{
	free(key->uri);
	free(key->module);
	OPENSSL_cleanse(key->pin, sizeof(key->pin));
	X509_free(key->cert);
	*key = (struct token_key){ 0 };
}

int token_find_certificate(const char *uri, const struct key_source *source, X509 **out,
			   struct reason *why)
{
	struct token_session session;
	struct token_objects objects;
	int ret;

	*out = NULL;
	ret = token_session_open(uri, source, &session, why);
	if (!ret)
		ret = token_session_find_uri(&session, CKO_CERTIFICATE, &objects, why);
	if (!ret)
		ret = read_certificate(&session, &objects, out, why);
	token_session_close(&session);
	return ret;
}
