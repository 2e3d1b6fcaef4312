// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tokens for tests: SoftHSM's, in a folder of the test.
 */
#include <dlfcn.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <p11-kit/pkcs11.h>

#include "keypair.h"
#include "token_world.h"

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"
#define SO_PIN "of-the-officer"

static CK_FUNCTION_LIST *module;
static void *library;

#define does(call) assert_int_equal((module->call), CKR_OK)

static void load(void)
{
	CK_RV (*get)(CK_FUNCTION_LIST **);

	library = dlopen(SOFTHSM, RTLD_NOW);
	assert_non_null(library);
	get = dlsym(library, "C_GetFunctionList");
	assert_int_equal(get(&module), CKR_OK);
	does(C_Initialize(NULL));
}

void token_world_open(void)
{
	char folder[PATH_MAX], path[PATH_MAX + 32];
	FILE *file = fopen("softhsm.conf", "w");

	assert_non_null(getcwd(folder, sizeof(folder)));
	assert_non_null(file);
	fprintf(file, "directories.tokendir = %s/tokens\nobjectstore.backend = file\n"
		"log.level = ERROR\n", folder);
	fclose(file);
	assert_int_equal(mkdir("tokens", 0700), 0);
	snprintf(path, sizeof(path), "%s/softhsm.conf", folder);
	setenv("SOFTHSM2_CONF", path, 1);
	load();
}

void token_world_close(void)
{
	module->C_Finalize(NULL);
	dlclose(library);
}

/* The slot of a token; that which is not used yet for NULL */
static CK_SLOT_ID slot_of(const char *label)
{
	CK_SLOT_ID slots[32];
	CK_ULONG count = 32;
	CK_TOKEN_INFO info;

	/* It looks again for tokens only where the number is asked for. */
	does(C_GetSlotList(CK_TRUE, NULL, &count));
	does(C_GetSlotList(CK_TRUE, slots, &count));
	for (CK_ULONG i = 0; i < count; i++) {
		does(C_GetTokenInfo(slots[i], &info));
		if (!label && !(info.flags & CKF_TOKEN_INITIALIZED))
			return slots[i];
		if (label && !strncmp((char *)info.label, label, strlen(label)) &&
		    info.label[strlen(label)] == ' ')
			return slots[i];
	}
	fail_msg("no token %s", label ? label : "that is free");
	return 0;
}

static CK_SESSION_HANDLE log_in(CK_SLOT_ID slot, CK_USER_TYPE user, const char *pin)
{
	CK_SESSION_HANDLE session;

	does(C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
	does(C_Login(session, user, (CK_UTF8CHAR *)pin, strlen(pin)));
	return session;
}

void token_world_token(const char *label, const char *pin)
{
	CK_SLOT_ID slot = slot_of(NULL);
	CK_SESSION_HANDLE session;
	char padded[33];

	snprintf(padded, sizeof(padded), "%-32s", label);
	does(C_InitToken(slot, (CK_UTF8CHAR *)SO_PIN, strlen(SO_PIN), (CK_UTF8CHAR *)padded));
	session = log_in(slot_of(label), CKU_SO, SO_PIN);
	does(C_InitPIN(session, (CK_UTF8CHAR *)pin, strlen(pin)));
	does(C_Logout(session));
	does(C_CloseSession(session));
}

static EVP_PKEY *public_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, const char *curve)
{
	CK_BYTE first[1024], second[16];
	CK_ATTRIBUTE rsa[] = { { CKA_MODULUS, first, sizeof(first) },
			       { CKA_PUBLIC_EXPONENT, second, sizeof(second) } };
	CK_ATTRIBUTE ec = { CKA_EC_POINT, first, sizeof(first) };
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = NULL, *e = NULL;
	EVP_PKEY_CTX *context;
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	if (curve) {
		size_t head = 2;

		does(C_GetAttributeValue(session, object, &ec, 1));
		head += first[1] > 0x80 ? first[1] & 0x7f : 0;
		OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
		OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, first + head,
						 ec.ulValueLen - head);
	} else {
		does(C_GetAttributeValue(session, object, rsa, 2));
		n = BN_bin2bn(first, rsa[0].ulValueLen, NULL);
		e = BN_bin2bn(second, rsa[1].ulValueLen, NULL);
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	}
	params = OSSL_PARAM_BLD_to_param(build);
	context = EVP_PKEY_CTX_new_from_name(NULL, curve ? "EC" : "RSA", NULL);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(e);
	return key;
}

/* By a CA, since the key that signs a certificate in its own name would have to be the token's. */
static X509 *certificate_of(EVP_PKEY *key, const char *name, int authority)
{
	struct keypair_request root = { .cn = "root", .type = "p256", .days = 9, .ca = 1 };
	struct keypair_request request = { .cn = name, .type = "p256", .days = 9, .ca = authority };
	EVP_PKEY *unused;
	struct reason why;
	X509 *cert;

	assert_int_equal(keypair_make(&root, &request.ca_key, &request.ca_cert, &why), 0);
	assert_int_equal(keypair_make(&request, &unused, &cert, &why), 0);
	assert_true(X509_set_pubkey(cert, key));
	assert_true(X509_sign(cert, request.ca_key, EVP_sha256()));
	EVP_PKEY_free(unused);
	EVP_PKEY_free(request.ca_key);
	X509_free(request.ca_cert);
	return cert;
}

static void put_certificate(CK_SESSION_HANDLE session, X509 *cert, const char *id)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	unsigned char *der = NULL, *subject = NULL;
	int size = i2d_X509(cert, &der);
	int subject_size = i2d_X509_NAME(X509_get_subject_name(cert), &subject);
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
		{ CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &no, 1 }, { CKA_VALUE, der, size },
		{ CKA_SUBJECT, subject, subject_size }, { CKA_ID, (void *)id, strlen(id) },
		{ CKA_LABEL, (void *)"certificate", 11 },
	};
	CK_OBJECT_HANDLE object;

	does(C_CreateObject(session, template, 8, &object));
	OPENSSL_free(der);
	OPENSSL_free(subject);
}

/* CKA_EC_PARAMS: the curve's OID in DER */
static int curve_oid(const char *curve, unsigned char out[32])
{
	ASN1_OBJECT *object = OBJ_nid2obj(EC_curve_nist2nid(curve));
	unsigned char *at = out;

	return i2d_ASN1_OBJECT(object, &at);
}

X509 *token_world_key(const char *token, const char *pin, const char *id, const char *label,
		      const struct token_key_kind *kind)
{
	CK_BBOOL yes = CK_TRUE, each_use = kind->each_use, may = !kind->forbidden;
	unsigned char exponent[] = { 1, 0, 1 }, oid[32];
	CK_ULONG bits = 2048;
	CK_MECHANISM mechanism = {
		kind->curve ? CKM_EC_KEY_PAIR_GEN : CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0,
	};
	CK_ATTRIBUTE private[] = {
		{ CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &yes, 1 }, { CKA_SIGN, &may, 1 },
		{ CKA_ALWAYS_AUTHENTICATE, &each_use, 1 }, { CKA_LABEL, (void *)label, strlen(label) },
		{ CKA_ID, (void *)id, id ? strlen(id) : 0 },
	};
	CK_ATTRIBUTE public[] = {
		{ CKA_TOKEN, &yes, 1 }, { CKA_VERIFY, &yes, 1 },
		{ CKA_LABEL, (void *)label, strlen(label) }, { CKA_ID, (void *)id, id ? strlen(id) : 0 },
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) },
		{ CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
	};
	CK_SESSION_HANDLE session = log_in(slot_of(token), CKU_USER, pin);
	CK_OBJECT_HANDLE first, second;
	EVP_PKEY *key;
	X509 *cert;

	if (kind->curve)
		public[4] = (CK_ATTRIBUTE){ CKA_EC_PARAMS, oid, curve_oid(kind->curve, oid) };
	does(C_GenerateKeyPair(session, &mechanism, public, kind->curve ? 5 : 6, private, 6, &first,
			       &second));
	key = public_key(session, first, kind->curve);
	cert = certificate_of(key, label, kind->authority);
	if (kind->with_cert)
		put_certificate(session, cert, id);
	EVP_PKEY_free(key);
	does(C_Logout(session));
	does(C_CloseSession(session));
	return cert;
}

static CK_ULONG find_all(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_OBJECT_HANDLE *out, CK_ULONG room)
{
	CK_ULONG count;

	does(C_FindObjectsInit(session, wanted, wanted ? 1 : 0));
	does(C_FindObjects(session, out, room, &count));
	does(C_FindObjectsFinal(session));
	return count;
}

int token_world_objects(const char *token, const char *pin, const char *without)
{
	CK_ATTRIBUTE label = { CKA_LABEL, (void *)without, without ? strlen(without) : 0 };
	CK_OBJECT_HANDLE found[64];
	CK_SESSION_HANDLE session;
	CK_ULONG count;

	load();
	session = log_in(slot_of(token), CKU_USER, pin);
	count = without ? find_all(session, &label, found, 64) : 0;
	for (CK_ULONG i = 0; i < count; i++)
		does(C_DestroyObject(session, found[i]));
	count = find_all(session, NULL, found, 64);
	token_world_close();
	return (int)count;
}
