// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that a token makes itself, and never gives away: PKCS#11 v2.40, base specification, 5.13 (C_GenerateKeyPair).
 * Neither the engine of Debian 12 nor older providers can have one made.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/rand.h>

#include "pkcs11_reason.h"
#include "token_make.h"
#include "token_session.h"

#define ID_SIZE		16	/* of an id that is drawn */
#define MAX_OID		16

static const struct kind {
	const char *type;
	CK_MECHANISM_TYPE mechanism;
	const char *name;
	CK_ULONG bits;
	int curve;
} kinds[] = {
	{ "rsa2048", CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN", 2048, NID_undef },
	{ "rsa3072", CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN", 3072, NID_undef },
	{ "rsa4096", CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN", 4096, NID_undef },
	{ "p256", CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN", 256, NID_X9_62_prime256v1 },
	{ "p384", CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN", 384, NID_secp384r1 },
	{ "p521", CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN", 521, NID_secp521r1 },
};

struct pair {
	const struct kind *kind;
	CK_ATTRIBUTE label, id;		/* borrowed: the URI's, or */
	unsigned char drawn[ID_SIZE];	/* ... this */
	CK_OBJECT_HANDLE public, private;
};

static int missing(const struct token_session *session, const struct kind *kind, struct reason *why)
{
	return reason_set(why, -EOPNOTSUPP, "mechanism-missing", "token \"%s\" makes no key of type %s (%s)",
			  session->label, kind->type, kind->name);
}

/* Sizes are bits for either mechanism (current mechanisms, 2.1.4 and 2.3.5); 0 says nothing. */
static int check_mechanism(struct token_session *session, const struct kind *kind, struct reason *why)
{
	CK_MECHANISM_INFO info;
	CK_RV rv = session->module->C_GetMechanismInfo(session->slot, kind->mechanism, &info);

	if (rv == CKR_MECHANISM_INVALID)
		return missing(session, kind, why);
	if (rv != CKR_OK)
		return pkcs11_reason(why, rv, session->label);
	if (!(info.flags & CKF_GENERATE_KEY_PAIR) || kind->bits < info.ulMinKeySize ||
	    (info.ulMaxKeySize && kind->bits > info.ulMaxKeySize))
		return missing(session, kind, why);
	return 0;
}

/* What the pair is called: a URI that names something else than a private key means none that could be made. */
static int take_names(struct token_session *session, struct pair *pair, struct reason *why)
{
	CK_ATTRIBUTE *class = session->kit.uri_get_attribute(session->uri, CKA_CLASS);
	CK_ATTRIBUTE *label = session->kit.uri_get_attribute(session->uri, CKA_LABEL);
	CK_ATTRIBUTE *id = session->kit.uri_get_attribute(session->uri, CKA_ID);
	CK_OBJECT_CLASS private = CKO_PRIVATE_KEY;

	if (class && (class->ulValueLen != sizeof(private) || memcmp(class->pValue, &private, sizeof(private))))
		return reason_set(why, -EINVAL, "key-uri", "the URI names an object of another type=");
	if (!label || !label->ulValueLen || (id && !id->ulValueLen))
		return reason_set(why, -EINVAL, "key-uri", "a key that is made needs a label (object=)");
	pair->label = *label;
	if (id) {
		pair->id = *id;
		return 0;
	}
	pair->id = (CK_ATTRIBUTE){ CKA_ID, pair->drawn, sizeof(pair->drawn) };
	return RAND_bytes(pair->drawn, sizeof(pair->drawn)) == 1 ? 0 :
	       reason_openssl(why, -EIO, "random", "no random id");
}

/* Of whatever type it is: a key beside the certificate of another would be taken for that one's. */
static int check_free(struct token_session *session, CK_ATTRIBUTE *name, struct reason *why)
{
	struct token_objects there;
	int ret = token_session_find(session, name, 1, &there, why);

	if (!ret && there.count)
		ret = reason_set(why, -EEXIST, "key-exists", "token \"%s\" has an object with this %s already",
				 session->label, name->type == CKA_ID ? "id" : "label");
	return ret;
}

static CK_RV generate(struct token_session *session, struct pair *pair)
{
	CK_MECHANISM mechanism = { pair->kind->mechanism, NULL, 0 };
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ULONG bits = pair->kind->bits;
	unsigned char exponent[] = { 1, 0, 1 }, oid[MAX_OID], *end = oid;
	CK_ATTRIBUTE private[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) }, { CKA_PRIVATE, &yes, sizeof(yes) },
		{ CKA_SENSITIVE, &yes, sizeof(yes) }, { CKA_EXTRACTABLE, &no, sizeof(no) },
		{ CKA_SIGN, &yes, sizeof(yes) }, pair->label, pair->id,
	};
	CK_ATTRIBUTE public[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) }, { CKA_PRIVATE, &no, sizeof(no) },
		{ CKA_VERIFY, &yes, sizeof(yes) }, pair->label, pair->id,
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) }, { CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
	};
	CK_ULONG count = 7;

	if (pair->kind->curve != NID_undef) {
		/* The curve by its name, in DER (RFC 5480, 2.1.1.1) */
		i2d_ASN1_OBJECT(OBJ_nid2obj(pair->kind->curve), &end);
		public[5] = (CK_ATTRIBUTE){ CKA_EC_PARAMS, oid, (CK_ULONG)(end - oid) };
		count = 6;
	}
	return session->module->C_GenerateKeyPair(session->handle, &mechanism, public, count, private, 7, &pair->public,
						  &pair->private);
}

static int make_pair(struct token_session *session, struct pair *pair, struct reason *why)
{
	CK_RV rv = generate(session, pair);
	char what[96];

	switch (rv) {
	case CKR_OK:
		return 0;
	/* What it said of the mechanism was not all. */
	case CKR_MECHANISM_INVALID:
	case CKR_MECHANISM_PARAM_INVALID:
	case CKR_KEY_SIZE_RANGE:
	case CKR_DOMAIN_PARAMS_INVALID:
	case CKR_FUNCTION_NOT_SUPPORTED:
		return missing(session, pair->kind, why);
	}
	snprintf(what, sizeof(what), "token \"%s\" made no key", session->label);
	return pkcs11_reason(why, rv, what);
}

static bool tells(struct token_session *session, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type, CK_BBOOL wanted)
{
	CK_BBOOL value = !wanted;
	CK_ATTRIBUTE attribute = { type, &value, sizeof(value) };

	return session->module->C_GetAttributeValue(session->handle, key, &attribute, 1) == CKR_OK &&
	       attribute.ulValueLen == sizeof(value) && !value == !wanted;
}

/* A token may pass over what it was asked for. */
static int check_kept(struct token_session *session, CK_OBJECT_HANDLE key, struct reason *why)
{
	if (tells(session, key, CKA_SENSITIVE, CK_TRUE) && tells(session, key, CKA_EXTRACTABLE, CK_FALSE) &&
	    tells(session, key, CKA_LOCAL, CK_TRUE))
		return 0;
	return reason_set(why, -EPERM, "key-extractable", "token \"%s\" does not say that the key was made in it and "
			  "cannot leave it", session->label);
}

/* Both halves.  What cannot be destroyed is said, with the reason for which it had to be. */
static int destroy(struct token_session *session, const CK_OBJECT_HANDLE *keys, size_t count, struct reason *why)
{
	CK_RV rv, first = CKR_OK;

	for (size_t i = 0; i < count; i++) {
		rv = session->module->C_DestroyObject(session->handle, keys[i]);
		if (first == CKR_OK)
			first = rv;
	}
	return first == CKR_OK ? 0 : pkcs11_reason(why, first, "it could not be destroyed");
}

void token_make_stays(int ret, const struct reason *more, struct reason *why)
{
	struct reason first = *why;

	reason_set(why, ret, first.word, "%s; and the key that was made is still in the token: %s: %s", first.text,
		   more->word, more->text);
}

static void undo(struct token_session *session, const struct pair *pair, int ret, struct reason *why)
{
	struct reason more;

	if (destroy(session, (CK_OBJECT_HANDLE[]){ pair->private, pair->public }, 2, &more))
		token_make_stays(ret, &more, why);
}

/* Before anyone is asked for a PIN */
static int check_token(struct token_session *session, struct pair *pair, struct reason *why)
{
	int ret = take_names(session, pair, why);

	if (!ret && session->token.flags & CKF_WRITE_PROTECTED)
		ret = reason_set(why, -EROFS, "token-read-only", "token \"%s\" cannot be written to", session->label);
	return ret ? ret : check_mechanism(session, pair->kind, why);
}

static const struct kind *find_kind(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].type, type))
			return &kinds[i];
	return NULL;
}

int token_make_key(const char *uri, const struct key_source *source, const char *type, struct token_key *out,
		   struct reason *why)
{
	struct pair pair = { .kind = find_kind(type) };
	struct token_session session;
	int ret;

	*out = (struct token_key){ 0 };
	if (!pair.kind)
		return reason_set(why, -EINVAL, "key-type", "%s: no type of key that a token is asked for", type);
	ret = token_session_open_writing(uri, source, &session, why);
	if (!ret)
		ret = check_token(&session, &pair, why);
	if (!ret)
		ret = token_session_name_module(&session, &out->module, why);
	if (!ret)
		ret = token_session_login(&session, &source->passphrase, out->pin, why);
	if (!ret)
		ret = check_free(&session, &pair.label, why);
	if (!ret)
		ret = check_free(&session, &pair.id, why);
	if (!ret)
		ret = make_pair(&session, &pair, why);
	if (!ret) {
		ret = check_kept(&session, pair.private, why);
		if (!ret)
			ret = token_session_name_key(&session, pair.private, &out->uri, why);
		if (ret)
			undo(&session, &pair, ret, why);
	}
	token_session_close(&session);
	return ret;
}

int token_unmake_key(const struct token_key *key, struct reason *why)
{
	struct key_source source = { .module = key->module };
	static const CK_OBJECT_CLASS classes[] = { CKO_PRIVATE_KEY, CKO_PUBLIC_KEY };
	struct token_session session;
	struct token_objects found;
	CK_ATTRIBUTE *id;
	int ret;

	ret = token_session_open_writing(key->uri, &source, &session, why);
	if (!ret)
		ret = token_session_pin(&session, key->pin, why);
	id = ret ? NULL : session.kit.uri_get_attribute(session.uri, CKA_ID);
	if (!ret && !id)
		ret = reason_set(why, -ENOKEY, "key-missing", "the key that was made has no id");
	/* Beside the pair there may be copies that the provider made for its session. */
	for (size_t i = 0; !ret && i < 2; i++) {
		CK_BBOOL yes = CK_TRUE;
		CK_ATTRIBUTE template[] = {
			{ CKA_CLASS, (void *)&classes[i], sizeof(classes[i]) }, { CKA_TOKEN, &yes, sizeof(yes) }, *id,
		};

		ret = token_session_find(&session, template, 3, &found, why);
		if (!ret)
			ret = destroy(&session, found.handles, found.count, why);
	}
	token_session_close(&session);
	return ret;
}
