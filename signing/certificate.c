// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates of payload signers, and which of their keys the kernel can use.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "certificate_form.h"
#include "hex.h"
#include "mldsa.h"

static int check_curve(EVP_PKEY *key, struct reason *why)
{
	static const char * const curves[] = {
		"prime256v1", "P-256", "secp384r1", "P-384", "secp521r1", "P-521"
	};
	char name[64];
	size_t length;

	if (!EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name),
					    &length))
		return reason_openssl(why, REFUSED, "key-type", "an EC key without a named curve");
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (!strcmp(name, curves[i]))
			return 0;
	return reason_set(why, REFUSED, "key-type",
			  "curve %s; the kernel verifies P-256, P-384 and P-521", name);
}

int certificate_check_key(EVP_PKEY *key, struct reason *why)
{
	int bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_is_a(key, "EC"))
		return check_curve(key, why);
	if (mldsa_of_key(key))
		return 0;
	if (!EVP_PKEY_is_a(key, "RSA"))
		return reason_set(why, REFUSED, "key-type", "neither RSA, EC nor ML-DSA");
	if (bits < 2048)
		return reason_set(why, REFUSED, "weak-key", "RSA with %d bits, below 2048", bits);
	/* crypto/rsa.c, rsa_check_key_length() */
	if (bits != 2048 && bits != 3072 && bits != 4096)
		return reason_set(why, REFUSED, "key-type",
				  "RSA with %d bits; the kernel verifies 2048, 3072 and 4096", bits);
	return 0;
}

/* Room for it in a record (struct caretaker_record), and in reference values */
static int check_key_id(X509 *cert, struct reason *why)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(cert);
	int size = id ? ASN1_STRING_length(id) : 0;

	if (size < 1 || size > CERTIFICATE_KEY_ID_MAX)
		return reason_set(why, REFUSED, "certificate-key-id",
				  "the certificate has no subjectKeyIdentifier of 1 to %d bytes, by which "
				  "records and reference values name the signer", CERTIFICATE_KEY_ID_MAX);
	return 0;
}

/*
 * The kernel asks for no usage here, but distributions do (openSUSE: codeSigning), and a
 * key that was certified for something else is none of a release.
 */
static int check_usage(X509 *cert, struct reason *why)
{
	/* All bits are set if there is no such extension. */
	if (!(X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE))
		return reason_set(why, REFUSED, "certificate-usage",
				  "the certificate's key usage lacks digitalSignature");
	if (!(X509_get_extended_key_usage(cert) & (XKU_CODE_SIGN | XKU_ANYEKU)))
		return reason_set(why, REFUSED, "certificate-usage",
				  "the certificate's extended key usage lacks codeSigning");
	return 0;
}

int certificate_check_signer(X509 *cert, EVP_PKEY *key, struct reason *why)
{
	int ret;

	ret = certificate_check_form(cert, why);
	if (!ret)
		ret = certificate_check_key(key, why);
	if (ret)
		return ret;
	if (X509_check_private_key(cert, key) != 1)
		return reason_openssl(why, REFUSED, "key-mismatch",
				      "the certificate belongs to another key");
	if (X509_cmp_current_time(X509_get0_notBefore(cert)) >= 0)
		return reason_set(why, REFUSED, "certificate-early",
				  "the certificate is not valid yet");
	if (X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0)
		return reason_set(why, REFUSED, "certificate-expired",
				  "the certificate has expired");
	ret = check_usage(cert, why);
	return ret ? ret : check_key_id(cert, why);
}

char *certificate_name(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	char *data;
	long size;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		size = BIO_get_mem_data(bio, &data);
		text = strndup(size > 0 ? data : "", size > 0 ? size : 0);
	}
	BIO_free(bio);
	return text;
}

char *certificate_key_id(X509 *cert)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(cert);
	int size = id ? ASN1_STRING_length(id) : 0;
	char *text = malloc(2 * (size_t)size + 1);

	if (text)
		hex_encode(id ? ASN1_STRING_get0_data(id) : NULL, size, text);
	return text;
}
