// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the kernel names keys.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "der.h"
#include "kernel_id.h"

bool kernel_id_same(const struct blob *a, const struct blob *b)
{
	return a->data && b->data && a->size == b->size && !memcmp(a->data, b->data, a->size);
}

bool kernel_name_same(const X509_NAME *a, const X509_NAME *b)
{
	const unsigned char *a_der, *b_der;
	size_t a_size, b_size;

	return X509_NAME_get0_der(a, &a_der, &a_size) && X509_NAME_get0_der(b, &b_der, &b_size) &&
	       a_size == b_size && !memcmp(a_der, b_der, a_size);
}

bool kernel_name_is_whole(const X509_NAME *name)
{
	const unsigned char *at;
	struct der row, parts, part;
	bool whole = false;
	size_t size;

	if (!X509_NAME_get0_der(name, &at, &size))
		return false;
	row = der_of(at, size);
	if (!der_next(&row, &parts))
		return false;
	while (der_next(&parts, &part)) {
		whole = part.at < part.end;
		if (!whole)
			return false;
	}
	return whole;
}

static int join(struct der first, struct der second, struct blob *out)
{
	size_t a = (size_t)(first.end - first.at), b = (size_t)(second.end - second.at);

	/* Not NULL, if it is there and has no bytes */
	out->data = malloc(a + b + 1);
	if (!out->data)
		return -ENOMEM;
	if (a)
		memcpy(out->data, first.at, a);
	if (b)
		memcpy(out->data + a, second.at, b);
	out->size = a + b;
	return 0;
}

int kernel_id_of(const ASN1_INTEGER *serial, const X509_NAME *issuer, struct blob *out)
{
	unsigned char *number = NULL;
	const unsigned char *name;
	struct der row, serial_bytes, issuer_bytes;
	size_t name_size;
	int size, ret = 0;

	*out = (struct blob){ 0 };
	size = i2d_ASN1_INTEGER(serial, &number);
	if (size <= 0 || !X509_NAME_get0_der(issuer, &name, &name_size)) {
		OPENSSL_free(number);
		return -ENOMEM;
	}
	row = der_of(number, (size_t)size);
	if (der_next(&row, &serial_bytes)) {
		row = der_of(name, name_size);
		if (der_next(&row, &issuer_bytes))
			ret = join(serial_bytes, issuer_bytes, out);
	}
	OPENSSL_free(number);
	return ret;
}

int kernel_id_of_certificate(X509 *cert, struct blob *out)
{
	return kernel_id_of(X509_get0_serialNumber(cert), X509_get_issuer_name(cert), out);
}

static int of_string(const ASN1_OCTET_STRING *string, struct blob *out)
{
	*out = (struct blob){ 0 };
	if (!string)
		return 0;
	return join(der_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string)),
		    der_of(NULL, 0), out);
}

int kernel_id_of_key(X509 *cert, struct blob *out)
{
	return of_string(X509_get0_subject_key_id(cert), out);
}

int kernel_id_of_signer(CMS_SignerInfo *signer, struct blob *out)
{
	ASN1_OCTET_STRING *key_id = NULL;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;

	CMS_SignerInfo_get0_signer_id(signer, &key_id, &issuer, &serial);
	return key_id ? of_string(key_id, out) : kernel_id_of(serial, issuer, out);
}

int kernel_authority_of(X509 *cert, struct kernel_authority *out)
{
	const GENERAL_NAMES *names = X509_get0_authority_issuer(cert);
	const ASN1_INTEGER *serial = X509_get0_authority_serial(cert);
	const GENERAL_NAME *name = sk_GENERAL_NAME_num(names) == 1 ? sk_GENERAL_NAME_value(names, 0) : NULL;
	int ret;

	*out = (struct kernel_authority){ 0 };
	ret = of_string(X509_get0_authority_key_id(cert), &out->key);
	if (!ret && serial && name && name->type == GEN_DIRNAME)
		ret = kernel_id_of(serial, name->d.directoryName, &out->number);
	return ret;
}

void kernel_authority_free(struct kernel_authority *authority)
{
	blob_free(&authority->key);
	blob_free(&authority->number);
}
