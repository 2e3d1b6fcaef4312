// SPDX-License-Identifier: GPL-2.0-only
/*
 * ML-DSA: which keys and signatures are of that kind, and whether OpenSSL has it.
 */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "mldsa.h"

/* RFC 9881, section 2.  EVP's names are those of FIPS 204, table 1. */
static const struct {
	const char *oid, *name, *type;
} kinds[] = {
	{ "2.16.840.1.101.3.4.3.17", "ML-DSA-44", "mldsa44" },
	{ "2.16.840.1.101.3.4.3.18", "ML-DSA-65", "mldsa65" },
	{ "2.16.840.1.101.3.4.3.19", "ML-DSA-87", "mldsa87" },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *of_oid(const char *oid)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(oid, kinds[i].oid))
			return kinds[i].name;
	return NULL;
}

const char *mldsa_of_type(const char *type)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(type, kinds[i].type))
			return kinds[i].name;
	return NULL;
}

/* By number: OpenSSL before 3.5 has no name for it. */
const char *mldsa_of_algorithm(const X509_ALGOR *algor)
{
	const ASN1_OBJECT *object;
	char oid[80];
	int type;

	X509_ALGOR_get0(&object, &type, NULL, algor);
	return type == V_ASN1_UNDEF && OBJ_obj2txt(oid, sizeof(oid), object, 1) > 0 ? of_oid(oid) : NULL;
}

const char *mldsa_of_signer(CMS_SignerInfo *signer)
{
	X509_ALGOR *algor;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, NULL, &algor);
	return mldsa_of_algorithm(algor);
}

const char *mldsa_of_key(const EVP_PKEY *key)
{
	for (size_t i = 0; key && i < KINDS; i++)
		if (EVP_PKEY_is_a(key, kinds[i].name))
			return kinds[i].name;
	return NULL;
}

const char *mldsa_of_public_key(X509_PUBKEY *key)
{
	X509_ALGOR *algor;

	return key && X509_PUBKEY_get0_param(NULL, NULL, NULL, &algor, key) ? mldsa_of_algorithm(algor) : NULL;
}

const char *mldsa_of_certificate(const X509 *cert)
{
	return mldsa_of_public_key(X509_get_X509_PUBKEY(cert));
}

const char *mldsa_of_request(X509_REQ *request)
{
	return mldsa_of_public_key(X509_REQ_get_X509_PUBKEY(request));
}

int mldsa_refuse(struct reason *why)
{
	ERR_clear_error();
	return reason_set(why, -ENOPKG, "ml-dsa-missing", "ML-DSA needs OpenSSL 3.5 or newer with that algorithm; "
			  "here is %s", OpenSSL_version(OPENSSL_VERSION));
}

int mldsa_check_library(struct reason *why)
{
	EVP_SIGNATURE *found = EVP_SIGNATURE_fetch(NULL, kinds[0].name, NULL);

	EVP_SIGNATURE_free(found);
	return found ? 0 : mldsa_refuse(why);
}

int mldsa_check_certificate(const X509 *cert, struct reason *why)
{
	return mldsa_of_certificate(cert) && !X509_get0_pubkey(cert) ? mldsa_check_library(why) : 0;
}

/* evp_pkcs82pkey_legacy() is the last one that is tried. */
bool mldsa_was_missing(void)
{
	static const char begin[] = "TYPE=";
	const char *data = NULL;
	int flags = 0;

	return ERR_peek_last_error_all(NULL, NULL, NULL, &data, &flags) && flags & ERR_TXT_STRING &&
	       !strncmp(data, begin, strlen(begin)) && of_oid(data + strlen(begin));
}
