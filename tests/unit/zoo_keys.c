// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of the zoo.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "mldsa.h"
#include "zoo.h"
#include "zoo_keys.h"

static const struct { const char *name, *curve; } curves[] = {
	{ "p192", "prime192v1" }, { "p256", "P-256" }, { "p384", "P-384" }, { "p521", "P-521" },
	{ "k256", "secp256k1" }, { "brainpool", "brainpoolP256r1" }, { "other", "P-256" },
	{ "compressed", "P-256" }, { "hybrid", "P-256" }, { "explicit", "P-256" },
};

static struct { const char *name; EVP_PKEY *key; } keys[32];
static size_t key_count;

static void add_key(const char *name, EVP_PKEY *key)
{
	assert_non_null(key);
	keys[key_count].name = name;
	keys[key_count++].key = key;
}

EVP_PKEY *zoo_key(const char *name)
{
	for (size_t i = 0; i < key_count; i++)
		if (!strcmp(keys[i].name, name ? name : "rsa"))
			return keys[i].key;
	fail_msg("no key \"%s\"", name);
	return NULL;
}

static void set_text(const char *name, const char *what, const char *text)
{
	assert_true(EVP_PKEY_set_utf8_string_param(zoo_key(name), what, text));
}

static EVP_PKEY *pss_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

bool zoo_has_mldsa(void)
{
	EVP_SIGNATURE *found = EVP_SIGNATURE_fetch(NULL, "ML-DSA-65", NULL);

	EVP_SIGNATURE_free(found);
	ERR_clear_error();
	return found;
}

static void add_mldsa(void)
{
	add_key("mldsa44", EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-44"));
	add_key("mldsa65", EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-65"));
	add_key("mldsa87", EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-87"));
	add_key("mldsa_other", EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-65"));
}

void zoo_keys_make(void)
{
	key_count = 0;
	add_key("rsa", EVP_RSA_gen(2048));
	add_key("ca", EVP_RSA_gen(2048));
	add_key("rsa1024", EVP_RSA_gen(1024));
	add_key("rsa2560", EVP_RSA_gen(2560));
	add_key("pss", pss_key());
	add_key("ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		add_key(curves[i].name, EVP_EC_gen(curves[i].curve));
	set_text("compressed", OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed");
	set_text("hybrid", OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "hybrid");
	set_text("explicit", OSSL_PKEY_PARAM_EC_ENCODING, "explicit");
	if (zoo_has_mldsa())
		add_mldsa();
}

void zoo_keys_free(void)
{
	while (key_count)
		EVP_PKEY_free(keys[--key_count].key);
}

static struct blob encoded(EVP_PKEY *key, int (*encode)(const EVP_PKEY *key, unsigned char **out))
{
	struct blob out = { 0 };
	int size = encode(key, &out.data);

	assert_true(size > 0);
	out.size = (size_t)size;
	return out;
}

struct blob zoo_public_key(EVP_PKEY *key)
{
	return encoded(key, i2d_PUBKEY);
}

struct blob zoo_bare_key(EVP_PKEY *key)
{
	return encoded(key, i2d_PublicKey);
}

static bool hashes_itself(EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") || mldsa_of_key(key);
}

struct blob zoo_sign(EVP_PKEY *key, const char *md, bool pss, const void *data, size_t size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct blob out = { NULL, 8192 };
	EVP_PKEY_CTX *pkey;

	out.data = malloc(out.size);
	assert_true(EVP_DigestSignInit_ex(context, &pkey, hashes_itself(key) ? NULL : md, NULL, NULL, key,
					  NULL));
	if (pss) {
		assert_true(EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) > 0);
		assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, 32) > 0);
	}
	assert_true(EVP_DigestSign(context, out.data, &out.size, data, size));
	EVP_MD_CTX_free(context);
	return out;
}
