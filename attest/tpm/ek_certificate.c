// SPDX-License-Identifier: GPL-2.0-only
/* Checks EK certificates; see ek_certificate.h. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tpm/ek_certificate.h"

#define OID_EK_CERTIFICATE	"2.23.133.8.1"	/* tcg-kp-EKCertificate */

/* tcg-at-tpmManufacturer, tcg-at-tpmModel, tcg-at-tpmVersion */
static const char *const tpm_attributes[] = { "2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3" };

#define TPM_ATTRIBUTES	(sizeof(tpm_attributes) / sizeof(tpm_attributes[0]))

static bool is_oid(const ASN1_OBJECT *object, const char *want)
{
	char oid[64];

	return OBJ_obj2txt(oid, sizeof(oid), object, 1) > 0 && !strcmp(oid, want);
}

/* A bit for each attribute of the TPM */
static unsigned int attributes_of(X509_NAME *name)
{
	unsigned int found = 0;

	for (int i = 0; i < X509_NAME_entry_count(name); i++)
		for (size_t a = 0; a < TPM_ATTRIBUTES; a++)
			if (is_oid(X509_NAME_ENTRY_get_object(X509_NAME_get_entry(name, i)),
				   tpm_attributes[a]))
				found |= 1U << a;
	return found;
}

static bool names_tpm(X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DIRNAME)
			found |= attributes_of(name->d.directoryName) == (1U << TPM_ATTRIBUTES) - 1;
	}
	GENERAL_NAMES_free(names);
	return found;
}

bool ek_certificate_fits(X509 *certificate)
{
	EXTENDED_KEY_USAGE *usage;
	bool fit = false;
	int critical;

	if (X509_check_ca(certificate))
		return false;
	usage = X509_get_ext_d2i(certificate, NID_ext_key_usage, &critical, NULL);
	if (!usage)	/* -1: it has none; else one that is broken, or two of them */
		return critical == -1 && names_tpm(certificate);
	for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++)
		fit |= is_oid(sk_ASN1_OBJECT_value(usage, i), OID_EK_CERTIFICATE);
	EXTENDED_KEY_USAGE_free(usage);
	return fit;
}

/* SEQUENCE OF Attribute, and nothing behind; RFC 5280, 4.2.1.8 */
static bool is_sequence(const ASN1_OCTET_STRING *value)
{
	const unsigned char *der = ASN1_STRING_get0_data(value), *end = der + ASN1_STRING_length(value);
	ASN1_SEQUENCE_ANY *sequence = d2i_ASN1_SEQUENCE_ANY(NULL, &der, end - der);
	bool good = sequence && der == end && sk_ASN1_TYPE_num(sequence) > 0;

	sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
	return good;
}

bool ek_certificate_understood(X509 *certificate)
{
	for (int i = 0; i < X509_get_ext_count(certificate); i++) {
		X509_EXTENSION *ext = X509_get_ext(certificate, i);

		if (!X509_EXTENSION_get_critical(ext) || X509_supported_extension(ext))
			continue;
		if (OBJ_obj2nid(X509_EXTENSION_get_object(ext)) != NID_subject_directory_attributes ||
		    !is_sequence(X509_EXTENSION_get_data(ext)))
			return false;
	}
	return true;
}
