// SPDX-License-Identifier: GPL-2.0-only
/* A timestamping authority for tests; see tsa_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "payload.h"
#include "signature.h"
#include "tsa_world.h"

static void add(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_non_null(extension);
	assert_true(X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

struct signer tsa_cert_make(const struct tsa_cert *want)
{
	struct signer key = signer_make(want->cn, want->type);
	struct signer made = { key.key, X509_new() };
	X509 *issuer = want->issuer ? want->issuer->cert : made.cert;
	static int serial = 100;

	X509_NAME_add_entry_by_txt(X509_get_subject_name(made.cert), "CN", MBSTRING_ASC,
				   (const unsigned char *)want->cn, -1, -1, 0);
	assert_true(X509_set_version(made.cert, 2));
	assert_true(X509_set_issuer_name(made.cert, X509_get_subject_name(issuer)));
	assert_true(ASN1_INTEGER_set(X509_get_serialNumber(made.cert), serial++));
	X509_time_adj_ex(X509_getm_notBefore(made.cert), want->from, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(made.cert), want->to, 0, NULL);
	assert_true(X509_set_pubkey(made.cert, made.key));
	if (want->ca)
		add(made.cert, issuer, NID_basic_constraints, "critical,CA:TRUE");
	add(made.cert, issuer, NID_key_usage, want->ca ? "critical,keyCertSign" : "critical,digitalSignature");
	if (want->usage)
		add(made.cert, issuer, NID_ext_key_usage, want->usage);
	add(made.cert, issuer, NID_subject_key_identifier, "hash");
	add(made.cert, issuer, NID_authority_key_identifier, "keyid:always");
	assert_true(X509_sign(made.cert, want->issuer ? want->issuer->key : made.key, EVP_sha256()));
	X509_free(key.cert);
	return made;
}

static void set_imprint(TS_TST_INFO *info, const struct tsa_token *token, const void *value, size_t size)
{
	const EVP_MD *hash = token->fault == TSA_SHA1_IMPRINT ? EVP_sha1() : EVP_sha256();
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	X509_ALGOR *algor = X509_ALGOR_new();
	unsigned int length;

	assert_true(EVP_Digest(value, size, digest, &length, hash, NULL));
	X509_ALGOR_set0(algor, OBJ_nid2obj(EVP_MD_get_type(hash)), V_ASN1_NULL, NULL);
	assert_true(TS_MSG_IMPRINT_set_algo(imprint, algor));
	assert_true(TS_MSG_IMPRINT_set_msg(imprint, digest, (int)length));
	assert_true(TS_TST_INFO_set_msg_imprint(info, imprint));
	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algor);
}

static void set_time(TS_TST_INFO *info, const struct tsa_token *token)
{
	ASN1_GENERALIZEDTIME *when = ASN1_GENERALIZEDTIME_adj(NULL, time(NULL), token->when, 0);
	char text[32];

	if (token->fault == TSA_FRACTION) {
		snprintf(text, sizeof(text), "%.14s.25Z", (const char *)ASN1_STRING_get0_data(when));
		assert_true(ASN1_STRING_set(when, text, -1));
	}
	assert_true(TS_TST_INFO_set_time(info, when));
	ASN1_GENERALIZEDTIME_free(when);
}

static void set_name(TS_TST_INFO *info, X509_NAME *name)
{
	GENERAL_NAME *tsa = GENERAL_NAME_new();

	tsa->type = GEN_DIRNAME;
	tsa->d.directoryName = X509_NAME_dup(name);
	assert_true(TS_TST_INFO_set_tsa(info, tsa));
	GENERAL_NAME_free(tsa);
}

static void set_critical(TS_TST_INFO *info)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	assert_true(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2));
	extension = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 1, value);
	assert_true(TS_TST_INFO_add_ext(info, extension, -1));
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
}

static TS_TST_INFO *make_info(const struct tsa_token *token, const void *value, size_t size)
{
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	TS_TST_INFO *info = TS_TST_INFO_new();

	ASN1_INTEGER_set(serial, 0x1234);
	assert_true(TS_TST_INFO_set_version(info, token->fault == TSA_VERSION ? 2 : 1));
	assert_true(TS_TST_INFO_set_policy_id(info, policy));
	assert_true(TS_TST_INFO_set_serial(info, serial));
	set_imprint(info, token, value, size);
	set_time(info, token);
	if (token->fault == TSA_CRITICAL)
		set_critical(info);
	if (token->fault == TSA_OTHER_NAME)
		set_name(info, X509_get_subject_name(token->between->cert));
	if (token->fault == TSA_OWN_NAME)
		set_name(info, X509_get_subject_name(token->signer->cert));
	ASN1_INTEGER_free(serial);
	ASN1_OBJECT_free(policy);
	return info;
}

static void sign(CMS_ContentInfo *cms, const struct tsa_token *token, const struct signer *signer,
		 unsigned int flags)
{
	const EVP_MD *hash = token->fault == TSA_SHA1 ? EVP_sha1() : EVP_sha256();

	if (token->fault != TSA_UNNAMED)
		flags |= CMS_CADES;
	assert_non_null(CMS_add1_signer(cms, signer->cert, signer->key, hash, flags));
}

/* DER of the token */
static int make_token(const struct tsa_token *token, TS_TST_INFO *info, unsigned char **out)
{
	unsigned int flags = CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP;
	int content = token->fault == TSA_OTHER_CONTENT ? NID_pkcs7_data : NID_id_smime_ct_TSTInfo;
	unsigned char *der = NULL;
	int size = i2d_TS_TST_INFO(info, &der);
	BIO *bio = BIO_new_mem_buf(der, size);
	CMS_ContentInfo *cms;

	if (token->fault == TSA_NO_CERTIFICATE)
		flags |= CMS_NOCERTS;
	cms = CMS_sign(NULL, NULL, NULL, bio, flags);
	assert_non_null(cms);
	assert_true(CMS_set1_eContentType(cms, OBJ_nid2obj(content)));
	sign(cms, token, token->signer, flags);
	if (token->fault == TSA_TWO_SIGNERS)
		sign(cms, token, token->between, flags);
	else if (token->between)
		assert_true(CMS_add1_cert(cms, token->between->cert));
	assert_true(CMS_final(cms, bio, NULL, flags));
	BIO_free(bio);
	OPENSSL_free(der);
	size = i2d_CMS_ContentInfo(cms, out);
	CMS_ContentInfo_free(cms);
	return size;
}

struct blob tsa_answer(const struct tsa_token *token, const void *value, size_t size)
{
	TS_TST_INFO *info = make_info(token, value, size);
	TS_STATUS_INFO *status = TS_STATUS_INFO_new();
	TS_RESP *response = TS_RESP_new();
	unsigned char *der = NULL;
	const unsigned char *at;
	struct blob answer;
	int length;

	length = make_token(token, info, &der);
	assert_true(length > 0);
	assert_true(TS_STATUS_INFO_set_status(status, token->fault == TSA_REJECTED ? 2 : 0));
	assert_true(TS_RESP_set_status_info(response, status));
	at = der;
	if (token->fault != TSA_REJECTED) {
		PKCS7 *p7 = d2i_PKCS7(NULL, &at, length);

		assert_non_null(p7);
		TS_RESP_set_tst_info(response, p7, TS_TST_INFO_dup(info));
	}
	OPENSSL_free(der);
	der = NULL;
	length = i2d_TS_RESP(response, &der);
	assert_true(length > 0);
	answer = (struct blob){ malloc((size_t)length), (size_t)length };
	memcpy(answer.data, der, answer.size);
	if (token->fault == TSA_CHANGED) {
		/* The policy, which nothing else than the TSA's signature holds */
		unsigned char *oid = memmem(answer.data, answer.size, "\x06\x04\x2a\x03\x04\x01", 6);

		assert_non_null(oid);
		oid[5] ^= 2;
	}
	OPENSSL_free(der);
	TS_RESP_free(response);
	TS_STATUS_INFO_free(status);
	TS_TST_INFO_free(info);
	return answer;
}

struct blob tsa_token_of(const struct blob *answer)
{
	/* Behind the header of the response, which has four bytes, and a status without a text, which has five */
	struct blob token = { malloc(answer->size - 9), answer->size - 9 };

	assert_true(answer->data[1] == 0x82 && answer->data[4] == 0x30 && answer->data[5] == 3);
	memcpy(token.data, answer->data + 9, token.size);
	return token;
}

struct blob tsa_value(const struct blob *file, int number)
{
	const ASN1_OCTET_STRING *value;
	struct payload payload;
	CMS_ContentInfo *cms;
	struct reason why;
	struct blob copy;

	assert_int_equal(payload_parse(file->data, file->size, &payload, &why), 0);
	assert_int_equal(signature_parse(payload.signature, payload.signature_size, &cms, &why), 0);
	value = CMS_SignerInfo_get0_signature(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), number));
	copy = (struct blob){ malloc((size_t)ASN1_STRING_length(value)), (size_t)ASN1_STRING_length(value) };
	memcpy(copy.data, ASN1_STRING_get0_data(value), copy.size);
	CMS_ContentInfo_free(cms);
	return copy;
}
