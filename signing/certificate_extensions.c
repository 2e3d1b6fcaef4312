// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel can make of a certificate's extensions: x509_process_extension().
 */
#include <stdbool.h>

#include <openssl/x509v3.h>

#include "certificate_form.h"
#include "der.h"
#include "kernel_id.h"

/* All functions here return what is wrong, or NULL */

static const char *check_key_id(const unsigned char *at, int size)
{
	/* The kernel reads one byte of length. */
	if (size < 3 || at[0] != V_ASN1_OCTET_STRING || at[1] != size - 2 || at[1] > 0x7f)
		return "its subjectKeyIdentifier has not 1 to 127 bytes";
	return NULL;
}

static const char *check_usage(const unsigned char *at, int size)
{
	if (size < 4 || at[0] != V_ASN1_BIT_STRING || at[2] > 7)
		return "its keyUsage has no bits";
	return NULL;
}

/* cA is there and true, or nothing is. */
static const char *check_basic(const unsigned char *at, int size)
{
	if (size < 2 || at[0] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) || at[1] != size - 2)
		return "its basicConstraints are damaged";
	if (at[1] && (size < 5 || at[2] != V_ASN1_BOOLEAN || at[3] != 1 || at[4] != 0xff))
		return "its basicConstraints spell out CA:FALSE, or a path length without CA:TRUE";
	return NULL;
}

/*
 * The kernel has a grammar of its own for names of an authority (x509_akid.asn1).  All
 * that CAs write is a key id, or number and name.
 */
static const char *check_authority(X509 *cert, const unsigned char *at, int size)
{
	const GENERAL_NAMES *names = X509_get0_authority_issuer(cert);
	const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, 0);

	if (!der_is_plain(der_of(at, (size_t)size)))
		return "its authorityKeyIdentifier is not in DER";
	if (!names)
		return NULL;
	if (sk_GENERAL_NAME_num(names) != 1 || name->type != GEN_DIRNAME ||
	    !kernel_name_is_whole(name->d.directoryName))
		return "its authorityKeyIdentifier has an issuer that is not one directoryName";
	return NULL;
}

static const char *check_extension(X509 *cert, int nid, const unsigned char *at, int size)
{
	switch (nid) {
	case NID_subject_key_identifier:
		return check_key_id(at, size);
	case NID_key_usage:
		return check_usage(at, size);
	case NID_basic_constraints:
		return check_basic(at, size);
	case NID_authority_key_identifier:
		return check_authority(cert, at, size);
	}
	return NULL;
}

int certificate_check_extensions(X509 *cert, struct reason *why)
{
	int count = X509_get_ext_count(cert);

	if (X509_get_extension_flags(cert) & EXFLAG_INVALID)
		return certificate_refuse_form(why, "one of its extensions is damaged, or there twice");
	if (X509_get0_extensions(cert) && !count)
		return certificate_refuse_form(why, "its extensions are none");
	for (int i = 0; i < count; i++) {
		X509_EXTENSION *extension = X509_get_ext(cert, i);
		const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
		const char *wrong = check_extension(cert, OBJ_obj2nid(object),
						    ASN1_STRING_get0_data(value),
						    ASN1_STRING_length(value));

		if (!wrong && X509_get_ext_by_OBJ(cert, object, i) >= 0)
			wrong = "an extension is there twice";
		if (wrong)
			return certificate_refuse_form(why, wrong);
	}
	return 0;
}
