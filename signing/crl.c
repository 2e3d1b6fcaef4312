// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation lists.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "crl.h"
#include "file.h"
#include "mldsa.h"
#include "timestamp.h"

static int add_der(const unsigned char *der, size_t size, STACK_OF(X509_CRL) *out, struct reason *why)
{
	const unsigned char *at = der;
	X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)size);

	if (!list)
		return reason_openssl(why, -EINVAL, "crl-file", "no revocation list, or a damaged one");
	if (at != der + size || !sk_X509_CRL_push(out, list)) {
		X509_CRL_free(list);
		return reason_set(why, -EINVAL, "crl-file", "bytes behind the revocation list");
	}
	return 0;
}

/* Return: 1 if there was a block, 0 at the end, or -errno */
static int add_block(BIO *bio, STACK_OF(X509_CRL) *out, struct reason *why)
{
	char *name, *header;
	unsigned char *der;
	long size;
	int ret;

	if (PEM_read_bio(bio, &name, &header, &der, &size) != 1) {
		if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
			return reason_openssl(why, -EINVAL, "crl-file", "a damaged block of PEM");
		ERR_clear_error();
		return 0;
	}
	if (strcmp(name, PEM_STRING_X509_CRL))
		ret = reason_set(why, -EINVAL, "crl-file", "a block of PEM that is no revocation list");
	else
		ret = add_der(der, (size_t)size, out, why);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return ret ? ret : 1;
}

static int add_pem(const void *data, size_t size, STACK_OF(X509_CRL) *out, struct reason *why)
{
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	int ret = bio ? 1 : reason_openssl(why, -ENOMEM, "memory", "no memory");

	while (ret > 0)
		ret = add_block(bio, out, why);
	BIO_free(bio);
	return ret;
}

int crl_parse(const void *data, size_t size, STACK_OF(X509_CRL) *out, struct reason *why)
{
	const unsigned char *bytes = data;
	int had = sk_X509_CRL_num(out), ret;

	ERR_clear_error();
	if (!size || size > CRL_FILE_MAX)
		return reason_set(why, -EINVAL, "crl-file", "%zu bytes", size);
	/* A SEQUENCE with a length of more than one byte, which no text begins with */
	if (size > 1 && bytes[0] == 0x30 && bytes[1] > 0x80)
		ret = add_der(data, size, out, why);
	else
		ret = add_pem(data, size, out, why);
	while (ret && sk_X509_CRL_num(out) > had)
		X509_CRL_free(sk_X509_CRL_pop(out));
	if (!ret && sk_X509_CRL_num(out) == had)
		ret = reason_set(why, -EINVAL, "crl-file", "no revocation list");
	return ret;
}

int crl_load_all(const char *path, STACK_OF(X509_CRL) *out, struct reason *why)
{
	struct reason inner;
	struct blob file;
	int ret;

	ret = file_read(path, CRL_FILE_MAX, &file);
	if (ret)
		return reason_set(why, ret, "crl-file", "%s: %s", path, strerror(-ret));
	ret = crl_parse(file.data, file.size, out, &inner);
	blob_free(&file);
	return ret ? reason_set(why, ret, inner.word, "%s: %s", path, inner.text) : 0;
}

/* "word: sentence", with the list's issuer */
static int refuse(X509_CRL *list, struct reason *why, const char *word, const char *what)
{
	char *name = certificate_name(X509_CRL_get_issuer(list));
	int ret = reason_set(why, REFUSED, word, "the revocation list of %.120s %s", name ? name : "?", what);

	free(name);
	return ret;
}

/* All bits are set where a certificate has no key usage. */
static bool has_signed(X509 *issuer, X509_CRL *list)
{
	bool good = !X509_NAME_cmp(X509_get_subject_name(issuer), X509_CRL_get_issuer(list)) &&
		    (X509_get_key_usage(issuer) & KU_CRL_SIGN) && X509_get0_pubkey(issuer) &&
		    X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1;

	ERR_clear_error();
	return good;
}

/* RFC 4055, 3.1: a hash that is left out is SHA-1. */
static int pss_digest(const X509_ALGOR *algorithm)
{
	RSA_PSS_PARAMS *parameters;
	const void *value;
	int type, nid = NID_sha1;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	parameters = type == V_ASN1_SEQUENCE ?
		     ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS)) : NULL;
	if (parameters && parameters->hashAlgorithm)
		nid = OBJ_obj2nid(parameters->hashAlgorithm->algorithm);
	RSA_PSS_PARAMS_free(parameters);
	return nid;
}

/*
 * Of a certificate OpenSSL asks for 112 bits, of a list for nothing.  What has no digest of its own
 * (Ed25519) is strong, and what nobody knows is not.
 */
static bool strong_digest(const X509_CRL *list)
{
	const X509_ALGOR *algorithm;
	int digest, key;

	X509_CRL_get0_signature(list, NULL, &algorithm);
	if (!OBJ_find_sigid_algs(OBJ_obj2nid(algorithm->algorithm), &digest, &key))
		return false;
	if (key == NID_rsassaPss)
		digest = pss_digest(algorithm);
	else if (digest == NID_undef)
		return true;
	return digest != NID_undef && EVP_get_digestbynid(digest) &&
	       EVP_MD_get_size(EVP_get_digestbynid(digest)) >= 224 / 8;
}

/* Of issuers with its name one must have signed it, and where none can be asked that is said. */
static int check_signed(X509_CRL *list, STACK_OF(X509) *issuers, struct reason *why)
{
	int ret = 0;

	for (int i = 0; i < sk_X509_num(issuers); i++) {
		X509 *issuer = sk_X509_value(issuers, i);

		if (has_signed(issuer, list))
			return 0;
		if (!ret && !X509_NAME_cmp(X509_get_subject_name(issuer), X509_CRL_get_issuer(list)))
			ret = mldsa_check_certificate(issuer, why);
	}
	return ret ? ret : refuse(list, why, "crl-untrusted", "is signed by none of the given issuers");
}

/* The time that is asked for need not be now. */
static int refuse_time(X509_CRL *list, struct reason *why, const char *word, const char *what, time_t when)
{
	char at[24], text[100];

	timestamp_text(when, at);
	snprintf(text, sizeof(text), "%s, at %s", what, at);
	return refuse(list, why, word, text);
}

static int check_one(X509_CRL *list, STACK_OF(X509) *issuers, time_t when, struct reason *why)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
	int ret = check_signed(list, issuers, why);

	if (ret)
		return ret;
	if (!strong_digest(list))
		return refuse(list, why, "crl-untrusted", "is signed with a digest that is too weak");
	/* RFC 5280, 5.2: lists of some certificates only, of others' certificates, and changes of lists say so. */
	if (X509_CRL_get_ext_by_critical(list, 1, -1) >= 0)
		return refuse(list, why, "crl-untrusted", "has a critical extension, so it is not a whole one");
	/* 0 is an error: a time that is none */
	if (X509_cmp_time(X509_CRL_get0_lastUpdate(list), &when) >= 0)
		return refuse_time(list, why, "crl-early", "was not issued yet", when);
	if (!next || X509_cmp_time(next, &when) <= 0)
		return refuse_time(list, why, "crl-expired", "is older than it says that it may be", when);
	return 0;
}

int crl_check(STACK_OF(X509_CRL) *lists, STACK_OF(X509) *issuers, time_t when, struct reason *why)
{
	int ret = 0;

	for (int i = 0; !ret && i < sk_X509_CRL_num(lists); i++)
		ret = check_one(sk_X509_CRL_value(lists, i), issuers, when, why);
	return ret;
}

static int refuse_certificate(X509 *cert, struct reason *why, const char *word, const char *what)
{
	char *name = certificate_name(X509_get_subject_name(cert));
	int ret = reason_set(why, REFUSED, word, "%s the certificate of %.120s", what, name ? name : "?");

	free(name);
	return ret;
}

int crl_check_certificate(STACK_OF(X509_CRL) *lists, X509 *cert, X509 *issuer, struct reason *why)
{
	bool covered = !issuer;
	X509_REVOKED *entry;

	for (int i = 0; i < sk_X509_CRL_num(lists); i++) {
		X509_CRL *list = sk_X509_CRL_value(lists, i);

		if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_issuer_name(cert)))
			continue;
		if (X509_CRL_get0_by_cert(list, &entry, cert))
			return refuse_certificate(cert, why, "certificate-revoked", "its issuer has revoked");
		/* There may be another authority of this name. */
		covered = covered || has_signed(issuer, list);
	}
	return covered ? 0 : refuse_certificate(cert, why, "crl-missing", "no list is of the issuer of");
}
