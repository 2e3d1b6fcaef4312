// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed attributes: which the kernel takes.
 */
#include <errno.h>
#include <string.h>

#include "certificate_form.h"
#include "signed_attributes.h"

/* What the kernel knows, by number: OpenSSL has no name for some. */
static const struct known {
	const char *oid, *name;
	int least, most;	/* values */
} known[] = {
	{ "1.2.840.113549.1.9.3", "contentType", 1, 1 },
	{ "1.2.840.113549.1.9.4", "messageDigest", 1, 1 },
	{ "1.2.840.113549.1.9.5", "signingTime", 0, 1 },
	/* Those of S/MIME and Authenticode, for content that is msIndirectData */
	{ "1.2.840.113549.1.9.15", "smimeCapabilities", 0, 0 },
	{ "1.3.6.1.4.1.311.2.1.11", "msStatementType", 0, 0 },
	{ "1.3.6.1.4.1.311.2.1.12", "msSpOpusInfo", 0, 0 },
};

enum { CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME, KNOWN = sizeof(known) / sizeof(known[0]) };

static bool is(X509_ATTRIBUTE *attribute, const struct known *one)
{
	char oid[80];

	return OBJ_obj2txt(oid, sizeof(oid), X509_ATTRIBUTE_get0_object(attribute), 1) > 0 && !strcmp(oid, one->oid);
}

/* How many values all attributes of the kind have; the last one in @value, or NULL */
static int find(CMS_SignerInfo *signer, const struct known *one, const ASN1_TYPE **value)
{
	int values = 0;

	*value = NULL;
	for (int i = 0; i < CMS_signed_get_attr_count(signer); i++) {
		X509_ATTRIBUTE *attribute = CMS_signed_get_attr(signer, i);

		for (int j = 0; is(attribute, one) && j < X509_ATTRIBUTE_count(attribute); j++, values++)
			*value = X509_ATTRIBUTE_get0_type(attribute, j);
	}
	return values;
}

static const ASN1_TIME *time_of(const ASN1_TYPE *value)
{
	switch (value->type) {
	case V_ASN1_UTCTIME:
		return value->value.utctime;
	case V_ASN1_GENERALIZEDTIME:
		return value->value.generalizedtime;
	}
	return NULL;
}

static bool is_digest(const ASN1_TYPE *value)
{
	return value->type == V_ASN1_OCTET_STRING &&
	       ASN1_STRING_length(value->value.octet_string) == EVP_MD_get_size(signed_attributes_hash());
}

/* Is the value what its attribute has? */
static bool fits(size_t which, const ASN1_TYPE *value)
{
	switch (which) {
	case CONTENT_TYPE:
		return value->type == V_ASN1_OBJECT && OBJ_obj2nid(value->value.object) == NID_pkcs7_data;
	case MESSAGE_DIGEST:
		return is_digest(value);
	case SIGNING_TIME:
		return time_of(value) && certificate_time_is_plain(time_of(value));
	}
	return true;
}

/* The kernel's decoder wants a value of each, also of those that it does not know. */
static int check_values(CMS_SignerInfo *signer, struct reason *why)
{
	for (int i = 0; i < CMS_signed_get_attr_count(signer); i++)
		if (X509_ATTRIBUTE_count(CMS_signed_get_attr(signer, i)) < 1)
			return reason_set(why, REFUSED, "signed-attributes", "signed attribute %d has no value", i + 1);
	return 0;
}

int signed_attributes_check(CMS_SignerInfo *signer, struct reason *why)
{
	const ASN1_TYPE *value;
	int ret = check_values(signer, why);

	if (ret)
		return ret;
	for (size_t i = 0; i < KNOWN; i++) {
		int values = find(signer, &known[i], &value);

		if (values < known[i].least)
			return reason_set(why, REFUSED, "signed-attributes", "no %s is signed", known[i].name);
		if (values > known[i].most)
			return reason_set(why, REFUSED, "signed-attributes", "signed attribute %s: %d values, where "
					  "the kernel takes %s", known[i].name, values, known[i].most ? "one" : "none");
		if (value && !fits(i, value))
			return reason_set(why, REFUSED, "signed-attributes", "signed attribute %s: not the value that "
					  "the kernel takes", known[i].name);
	}
	return 0;
}

int signed_attributes_check_digest(CMS_SignerInfo *signer, const void *data, size_t size, struct reason *why)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const ASN1_TYPE *value;

	if (find(signer, &known[MESSAGE_DIGEST], &value) != 1 || !is_digest(value))
		return reason_set(why, REFUSED, "signed-attributes", "no messageDigest is signed");
	if (EVP_Digest(data, size, digest, NULL, signed_attributes_hash(), NULL) != 1)
		return reason_openssl(why, -EIO, "digest", "cannot compute it");
	if (memcmp(digest, ASN1_STRING_get0_data(value->value.octet_string),
		   (size_t)ASN1_STRING_length(value->value.octet_string)))
		return reason_set(why, REFUSED, "bad-signature", "the payload has another SHA-512 than the signed "
				  "attribute messageDigest says");
	return 0;
}

int signed_attributes_check_time(CMS_SignerInfo *signer, X509 *cert, struct reason *why)
{
	const ASN1_TYPE *value;

	if (!find(signer, &known[SIGNING_TIME], &value))
		return 0;
	if (ASN1_TIME_compare(time_of(value), X509_get0_notBefore(cert)) < 0 ||
	    ASN1_TIME_compare(time_of(value), X509_get0_notAfter(cert)) > 0)
		return reason_set(why, REFUSED, "signing-time", "the signed attribute signingTime is out of the time of "
				  "the certificate that the signature carries");
	return 0;
}
