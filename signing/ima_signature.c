// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signature of a file that IMA appraises.
 */
#include <errno.h>
#include <linux/hash_info.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ima_signature.h"
#include "reader.h"
#include "signature.h"

#define XATTR_DIGSIG	3	/* enum evm_ima_xattr_type: EVM_IMA_XATTR_DIGSIG */
#define VERSION		2	/* over the file's digest; 3 is for that of fs-verity */
#define HEADER		9	/* bytes */

static const struct {
	uint8_t id;
	int nid;
} hashes[] = {
	{ HASH_ALGO_SHA256, NID_sha256 }, { HASH_ALGO_SHA384, NID_sha384 },
	{ HASH_ALGO_SHA512, NID_sha512 },
};

#define HASHES	(sizeof(hashes) / sizeof(hashes[0]))

/* The last bytes of the identifier, which a kernel matches; 0 or -ENOENT */
static int key_id(X509 *cert, unsigned char out[4])
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(cert);
	int size = id ? ASN1_STRING_length(id) : 0;

	if (size < 4)
		return -ENOENT;
	memcpy(out, ASN1_STRING_get0_data(id) + size - 4, 4);
	return 0;
}

static int put_together(const ASN1_OCTET_STRING *value, X509 *cert, const EVP_MD *hash,
			struct blob *out, struct reason *why)
{
	size_t size = (size_t)ASN1_STRING_length(value);
	unsigned char *at;

	if (HEADER + size > IMA_MAX)
		return reason_set(why, REFUSED, "signature-large", "the signature has %zu bytes", size);
	*out = (struct blob){ calloc(1, HEADER + size), HEADER + size };
	at = out->data;
	if (!at)
		return reason_set(why, -ENOMEM, "memory", "no memory");
	at[0] = XATTR_DIGSIG;
	at[1] = VERSION;
	for (size_t i = 0; i < HASHES; i++)
		if (hashes[i].nid == EVP_MD_get_type(hash))
			at[2] = hashes[i].id;
	at[7] = (unsigned char)(size >> 8);
	at[8] = (unsigned char)size;
	memcpy(at + HEADER, ASN1_STRING_get0_data(value), size);
	return key_id(cert, at + 3) ?
	       reason_set(why, REFUSED, "certificate-key-id", "the certificate has no subjectKeyIdentifier "
			  "of four bytes, by whose last ones IMA finds the key") : 0;
}

int ima_signature_make(const struct blob *der, X509 *cert, const EVP_MD *hash, struct blob *out,
		       struct reason *why)
{
	CMS_ContentInfo *cms;
	CMS_SignerInfo *signer;
	int ret;

	*out = (struct blob){ 0 };
	ret = signature_parse(der->data, der->size, &cms, why);
	if (ret)
		return ret;
	signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	ret = put_together(CMS_SignerInfo_get0_signature(signer), cert, hash, out, why);
	CMS_ContentInfo_free(cms);
	if (ret)
		blob_free(out);
	return ret;
}

static const EVP_MD *find_hash(uint8_t id)
{
	for (size_t i = 0; i < HASHES; i++)
		if (hashes[i].id == id)
			return EVP_get_digestbynid(hashes[i].nid);
	return NULL;
}

static bool verifies(struct view value, const EVP_MD *hash, X509 *cert, const struct blob *file)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY *key = X509_get0_pubkey(cert);
	bool good;

	good = context && key && EVP_DigestVerifyInit(context, NULL, hash, NULL, key) == 1 &&
	       EVP_DigestVerify(context, value.data, value.size, file->data, file->size) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

int ima_signature_check(const struct blob *signature, X509 *cert, const struct blob *file,
			struct reason *why)
{
	uint8_t type, version, hash;
	struct view id, value;
	unsigned char own[4];
	struct reader in;
	uint16_t size;

	reader_init(&in, signature->data, signature->size);
	if (!reader_u8(&in, &type) || !reader_u8(&in, &version) || !reader_u8(&in, &hash) ||
	    !reader_view(&in, 4, &id) || !reader_be16(&in, &size) || !reader_view(&in, size, &value) ||
	    reader_left(&in) || type != XATTR_DIGSIG || version != VERSION || !find_hash(hash))
		return reason_set(why, REFUSED, "bad-signature", "no IMA signature of version 2");
	if (key_id(cert, own) || !view_equal(id, own, 4))
		return reason_set(why, REFUSED, "bad-signature", "the IMA signature is by another key");
	if (!verifies(value, find_hash(hash), cert, file))
		return reason_set(why, REFUSED, "bad-signature",
				  "the IMA signature is not that of the certificate's key over the file");
	return 0;
}
