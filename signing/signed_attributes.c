// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed attributes: how they are made, and what is signed of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "signed_attributes.h"

#define DIGEST_SIZE 64

const EVP_MD *signed_attributes_hash(void)
{
	return EVP_sha512();
}

/* In the order of DER, the shorter first: X.690, 11.6 */
struct two {
	X509_ATTRIBUTE *attribute[2];
};

static void two_free(struct two *two)
{
	X509_ATTRIBUTE_free(two->attribute[0]);
	X509_ATTRIBUTE_free(two->attribute[1]);
}

static int two_make(const void *data, size_t size, struct two *two, struct reason *why)
{
	unsigned char digest[DIGEST_SIZE];

	*two = (struct two){ 0 };
	if (EVP_Digest(data, size, digest, NULL, signed_attributes_hash(), NULL) != 1)
		return reason_openssl(why, -EIO, "digest", "cannot compute it");
	two->attribute[0] = X509_ATTRIBUTE_create_by_NID(NULL, NID_pkcs9_contentType, V_ASN1_OBJECT,
							 OBJ_nid2obj(NID_pkcs7_data), -1);
	two->attribute[1] = X509_ATTRIBUTE_create_by_NID(NULL, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING,
							 digest, DIGEST_SIZE);
	if (two->attribute[0] && two->attribute[1])
		return 0;
	two_free(two);
	return reason_openssl(why, -ENOMEM, "memory", "cannot make attributes");
}

/* @count of them behind the head of a SET, at @at; NULL: how many bytes they need */
static int put(X509_ATTRIBUTE *const *attribute, int count, unsigned char *at)
{
	int inside = 0, one;

	for (int i = 0; i < count; i++) {
		one = i2d_X509_ATTRIBUTE(attribute[i], NULL);
		if (one <= 0)
			return -ENOMEM;
		inside += one;
	}
	if (at) {
		ASN1_put_object(&at, 1, inside, V_ASN1_SET, V_ASN1_UNIVERSAL);
		for (int i = 0; i < count; i++)
			i2d_X509_ATTRIBUTE(attribute[i], &at);
	}
	return ASN1_object_size(1, inside, V_ASN1_SET);
}

static int encode(X509_ATTRIBUTE *const *attribute, int count, struct blob *der, struct reason *why)
{
	int size = put(attribute, count, NULL);

	*der = (struct blob){ size > 0 ? malloc((size_t)size) : NULL, size > 0 ? (size_t)size : 0 };
	if (!der->data)
		return reason_openssl(why, -ENOMEM, "memory", "cannot encode attributes");
	put(attribute, count, der->data);
	return 0;
}

int signed_attributes_make(const void *data, size_t size, struct blob *der, struct reason *why)
{
	struct two two;
	int ret;

	*der = (struct blob){ 0 };
	ret = two_make(data, size, &two, why);
	if (ret)
		return ret;
	ret = encode(two.attribute, 2, der, why);
	two_free(&two);
	return ret;
}

int signed_attributes_add(CMS_SignerInfo *signer, const void *data, size_t size, struct reason *why)
{
	struct two two;
	int ret;

	ret = two_make(data, size, &two, why);
	if (ret)
		return ret;
	if (!CMS_signed_add1_attr(signer, two.attribute[0]) || !CMS_signed_add1_attr(signer, two.attribute[1]))
		ret = reason_openssl(why, -ENOMEM, "memory", "cannot add attributes");
	two_free(&two);
	return ret;
}

int signed_attributes_of(CMS_SignerInfo *signer, struct blob *der, struct reason *why)
{
	int count = CMS_signed_get_attr_count(signer), ret;
	X509_ATTRIBUTE **all;

	*der = (struct blob){ 0 };
	all = calloc(count > 0 ? (size_t)count : 1, sizeof(*all));
	if (!all)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	for (int i = 0; i < count; i++)
		all[i] = CMS_signed_get_attr(signer, i);
	ret = encode(all, count > 0 ? count : 0, der, why);
	free(all);
	return ret;
}
