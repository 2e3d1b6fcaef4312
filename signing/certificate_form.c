// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which certificates the kernel can load.
 */
#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "certificate_form.h"
#include "der.h"
#include "kernel_id.h"
#include "mldsa.h"

#define DECODER_MAX	65535	/* bytes; lib/asn1_decoder.c */

int certificate_refuse_form(struct reason *why, const char *what)
{
	return reason_set(why, REFUSED, "certificate-form",
			  "no kernel loads this certificate: %s", what);
}

static int check_encoding(X509 *cert, struct reason *why)
{
	unsigned char *der = NULL;
	int size = i2d_X509(cert, &der);
	bool plain = size > 0 && der_is_plain(der_of(der, (size_t)size));

	OPENSSL_free(der);
	if (size <= 0)
		return reason_openssl(why, -ENOMEM, "memory", "cannot encode");
	if (size > DECODER_MAX)
		return certificate_refuse_form(why, "it has more than 65535 bytes");
	return plain ? 0 : certificate_refuse_form(why, "it is not in DER");
}

static int check_names(X509 *cert, struct reason *why)
{
	if (!kernel_name_is_whole(X509_get_issuer_name(cert)))
		return certificate_refuse_form(why, "its issuer has no name");
	if (!kernel_name_is_whole(X509_get_subject_name(cert)))
		return certificate_refuse_form(why, "its subject has no name");
	return 0;
}

/* x509_note_sig_algo() */
static bool known_algorithm(const ASN1_OBJECT *object)
{
	static const char * const known[] = {
		/* RSA with SHA-1, SHA-224 to SHA-512, SHA-3 */
		"1.2.840.113549.1.1.5", "1.2.840.113549.1.1.14", "1.2.840.113549.1.1.11",
		"1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "2.16.840.1.101.3.4.3.14",
		"2.16.840.1.101.3.4.3.15", "2.16.840.1.101.3.4.3.16",
		/* ECDSA with the same */
		"1.2.840.10045.4.1", "1.2.840.10045.4.3.1", "1.2.840.10045.4.3.2",
		"1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", "2.16.840.1.101.3.4.3.10",
		"2.16.840.1.101.3.4.3.11", "2.16.840.1.101.3.4.3.12",
		/* GOST R 34.10-2012 */
		"1.2.643.7.1.1.3.2", "1.2.643.7.1.1.3.3",
		/* ML-DSA */
		"2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19",
	};
	char name[80];

	if (OBJ_obj2txt(name, sizeof(name), object, 1) <= 0)
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i]))
			return true;
	return false;
}

static bool has_unused_bits(const ASN1_BIT_STRING *bits)
{
	return bits->flags & 7;
}

static int check_signature(X509 *cert, struct reason *why)
{
	const ASN1_OBJECT *outside, *inside;
	const ASN1_BIT_STRING *signature;
	const X509_ALGOR *algor;

	X509_get0_signature(&signature, &algor, cert);
	X509_ALGOR_get0(&outside, NULL, NULL, algor);
	X509_ALGOR_get0(&inside, NULL, NULL, X509_get0_tbs_sigalg(cert));
	if (!known_algorithm(inside))
		return certificate_refuse_form(why, "it is signed by an algorithm that the kernel has "
					       "not got, like RSASSA-PSS or EdDSA");
	if (OBJ_cmp(inside, outside))
		return certificate_refuse_form(why, "it names two algorithms of its signature");
	if (has_unused_bits(signature))
		return certificate_refuse_form(why, "its signature has unused bits");
	return 0;
}

/*
 * x509_decode_time(), which holds certificates to RFC 5280, 4.1.2.5: UTCTime until 2049, GeneralizedTime
 * from 2050 on, in seconds of UTC
 */
bool certificate_time_is_plain(const ASN1_TIME *time)
{
	int length = time->type == V_ASN1_UTCTIME ? 13 : 15;
	struct tm tm;

	if (ASN1_STRING_length(time) != length || time->data[length - 1] != 'Z')
		return false;
	for (int i = 0; i < length - 1; i++)
		if (!isdigit(time->data[i]))
			return false;
	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	return time->type == V_ASN1_UTCTIME ? tm.tm_year >= 70 : tm.tm_year >= 150;
}

static int check_times(X509 *cert, struct reason *why)
{
	if (!certificate_time_is_plain(X509_get0_notBefore(cert)))
		return certificate_refuse_form(why, "its notBefore is no date in the form of RFC 5280");
	if (!certificate_time_is_plain(X509_get0_notAfter(cert)))
		return certificate_refuse_form(why, "its notAfter is no date in the form of RFC 5280");
	return 0;
}

/* x509_extract_key_data(), ecdsa_set_pub_key(), rsa_parse_pub_key() */
static int check_key(X509 *cert, struct reason *why)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const unsigned char *bytes;
	X509_ALGOR *algor;
	int size, type, ret;

	if (!key && mldsa_of_certificate(cert) && mldsa_check_library(why))
		return -ENOPKG;
	if (!key)
		return reason_openssl(why, REFUSED, "key-type", "a certificate without a usable key");
	ret = certificate_check_key(key, why);
	if (ret)
		return ret;
	if (has_unused_bits(X509_get0_pubkey_bitstr(cert)))
		return certificate_refuse_form(why, "its key has unused bits");
	X509_PUBKEY_get0_param(NULL, &bytes, &size, &algor, X509_get_X509_PUBKEY(cert));
	if (EVP_PKEY_is_a(key, "RSA"))
		return der_is_plain(der_of(bytes, (size_t)size)) ? 0 :
		       certificate_refuse_form(why, "its key is not in DER");
	if (mldsa_of_key(key))
		return 0;
	X509_ALGOR_get0(NULL, &type, NULL, algor);
	if (type != V_ASN1_OBJECT)
		return certificate_refuse_form(why, "its curve is spelled out, not named");
	if (*bytes != POINT_CONVERSION_UNCOMPRESSED)
		return certificate_refuse_form(why, "its key is a compressed point");
	return 0;
}

/*
 * Whom the kernel takes for its own issuer: x509_check_for_self_signed(), in @itself.
 */
static int names_itself(X509 *cert, bool *itself, struct reason *why)
{
	struct kernel_authority authority = { 0 };
	struct blob id = { 0 }, key = { 0 };
	bool by_key, by_number;
	int ret = 0;

	*itself = kernel_name_same(X509_get_subject_name(cert), X509_get_issuer_name(cert));
	if (kernel_authority_of(cert, &authority) || kernel_id_of_certificate(cert, &id) ||
	    kernel_id_of_key(cert, &key))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	by_key = kernel_id_same(&key, &authority.key);
	by_number = kernel_id_same(&id, &authority.number);
	if (!ret && *itself && (authority.key.data || authority.number.data)) {
		*itself = by_key || by_number;
		if (authority.key.data && authority.number.data && by_key != by_number)
			ret = certificate_refuse_form(why, "it names itself and another one as its issuer");
	}
	kernel_authority_free(&authority);
	blob_free(&id);
	blob_free(&key);
	return ret;
}

/* A certificate that names itself as its issuer must be signed by its own key. */
static int check_self_signed(X509 *cert, struct reason *why)
{
	bool itself = false;
	int ret = names_itself(cert, &itself, why);

	if (ret || !itself || X509_verify(cert, X509_get0_pubkey(cert)) == 1)
		return ret;
	ERR_clear_error();
	return certificate_refuse_form(why, "it names itself as its issuer and is not signed by its own "
				       "key (an issuer of the same name needs an authorityKeyIdentifier)");
}

/*
 * A certificate does not change once it is read, and is met several times: as the signer's, in
 * what was signed, in a store.  That it fits is noted with it.
 */
static int fits_index = -1;

static void make_index(void)
{
	fits_index = X509_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static int check_all(X509 *cert, struct reason *why)
{
	int ret;

	ret = check_encoding(cert, why);
	if (!ret)
		ret = check_key(cert, why);
	if (!ret)
		ret = check_signature(cert, why);
	if (!ret)
		ret = check_names(cert, why);
	if (!ret)
		ret = check_times(cert, why);
	if (!ret)
		ret = certificate_check_extensions(cert, why);
	if (!ret)
		ret = check_self_signed(cert, why);
	return ret;
}

int certificate_check_form(X509 *cert, struct reason *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static char fits;
	int ret;

	pthread_once(&once, make_index);
	if (fits_index >= 0 && X509_get_ex_data(cert, fits_index) == &fits)
		return 0;
	ret = check_all(cert, why);
	if (!ret && fits_index >= 0)
		X509_set_ex_data(cert, fits_index, &fits);
	return ret;
}
