// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 3161 timestamps: queries, and what comes back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "printable.h"
#include "signature.h"
#include "timestamp.h"
#include "verify.h"

/* TimeStampReq of @value */
static TS_REQ *make_request(const ASN1_OCTET_STRING *value, const EVP_MD *hash)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algor = X509_ALGOR_new();
	TS_REQ *request = TS_REQ_new();
	unsigned int size;
	bool made;

	/* The order is that of use; each copies what it is given. */
	made = imprint && algor && request &&
	       EVP_Digest(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), digest, &size,
			  hash, NULL) &&
	       X509_ALGOR_set0(algor, OBJ_nid2obj(EVP_MD_get_type(hash)), V_ASN1_NULL, NULL) &&
	       TS_MSG_IMPRINT_set_algo(imprint, algor) &&
	       TS_MSG_IMPRINT_set_msg(imprint, digest, (int)size) &&
	       TS_REQ_set_version(request, 1) && TS_REQ_set_msg_imprint(request, imprint) &&
	       TS_REQ_set_cert_req(request, 1);
	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algor);
	if (made)
		return request;
	TS_REQ_free(request);
	return NULL;
}

static int encode(const TS_REQ *request, struct blob *out, struct reason *why)
{
	unsigned char *der = NULL;
	int size = request ? i2d_TS_REQ(request, &der) : 0;

	out->data = size > 0 ? malloc((size_t)size) : NULL;
	if (out->data)
		memcpy(out->data, der, out->size = (size_t)size);
	OPENSSL_free(der);
	return out->data ? 0 : reason_openssl(why, -ENOMEM, "memory", "cannot make a query");
}

int timestamp_query(const struct timestamp_of *of, X509 *cert, struct blob *out, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	STACK_OF(CMS_SignerInfo) *signers;
	CMS_ContentInfo *cms = NULL;
	X509 *found = NULL;
	TS_REQ *request;
	int ret;

	*out = (struct blob){ 0 };
	if (!certs || !sk_X509_push(certs, cert))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	else
		ret = signature_parse(of->der, of->der_size, &cms, why);
	signers = ret ? NULL : CMS_get0_SignerInfos(cms);
	for (int i = 0; !ret && !found && i < sk_CMS_SignerInfo_num(signers); i++) {
		CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, i);

		ret = verify_named(signer, certs, of->data, of->size, &found, why);
		if (ret || !found)
			continue;
		request = make_request(CMS_SignerInfo_get0_signature(signer), signature_signer_hash(signer));
		ret = encode(request, out, why);
		TS_REQ_free(request);
	}
	if (!ret && !found)
		ret = reason_set(why, REFUSED, "unknown-key", "the certificate is not that of a signer");
	CMS_ContentInfo_free(cms);
	sk_X509_free(certs);
	return ret;
}

static int malformed(struct reason *why, const char *what)
{
	return reason_openssl(why, REFUSED, "timestamp-malformed", "%s", what);
}

/* The TSA's own words; PKIStatusInfo of RFC 3161, 2.4.2 */
static int refuse_rejected(TS_RESP *response, struct reason *why)
{
	const TS_STATUS_INFO *info = TS_RESP_get_status_info(response);
	const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
	const ASN1_UTF8STRING *text = sk_ASN1_UTF8STRING_num(texts) > 0 ?
				      sk_ASN1_UTF8STRING_value(texts, 0) : NULL;
	int shown = text && ASN1_STRING_length(text) < 200 ? ASN1_STRING_length(text) : 0;

	reason_set(why, REFUSED, "timestamp-rejected", "the TSA gave no token, status %ld%s%.*s",
		   ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info)), shown ? ": " : "", shown,
		   shown ? (const char *)ASN1_STRING_get0_data(text) : "");
	printable(why->text);
	return REFUSED;
}

/* Of a response, which says that it was granted, or the whole */
static int read_token(const unsigned char *data, size_t size, struct timestamp *out, struct reason *why)
{
	const unsigned char *at = data;
	TS_RESP *response = d2i_TS_RESP(NULL, &at, (long)size);
	int ret = 0;

	if (!response) {
		ERR_clear_error();
		at = data;
		out->token = d2i_PKCS7(NULL, &at, (long)size);
	} else if (!TS_RESP_get_token(response)) {
		ret = refuse_rejected(response, why);
	} else {
		out->token = PKCS7_dup(TS_RESP_get_token(response));
	}
	TS_RESP_free(response);
	if (ret)
		return ret;
	if (!out->token)
		return malformed(why, "neither a TimeStampResp with a token nor a token");
	if (at != data + size)
		return malformed(why, "bytes behind it");
	return 0;
}

static int read_info(struct timestamp *out, struct reason *why)
{
	struct tm tm;

	out->info = PKCS7_to_TS_TST_INFO(out->token);
	if (!out->info)
		return malformed(why, "what is signed is no TSTInfo");
	if (TS_TST_INFO_get_version(out->info) != 1)
		return malformed(why, "a TSTInfo of another version than 1");
	/* RFC 3161, 2.4.2: none is defined, so each that is critical is one that we do not understand. */
	if (TS_TST_INFO_get_ext_by_critical(out->info, 1, -1) >= 0)
		return malformed(why, "a critical extension");
	if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(out->info), &tm) != 1)
		return malformed(why, "genTime is no time");
	out->time = timegm(&tm);
	return 0;
}

int timestamp_parse(const void *data, size_t size, struct timestamp *out, struct reason *why)
{
	int ret;

	*out = (struct timestamp){ 0 };
	ERR_clear_error();
	if (!size || size > TIMESTAMP_MAX)
		return reason_set(why, REFUSED, "timestamp-malformed", "%zu bytes", size);
	ret = read_token(data, size, out, why);
	if (!ret)
		ret = read_info(out, why);
	if (ret)
		timestamp_free(out);
	return ret;
}

int timestamp_load(const char *path, struct timestamp *out, struct reason *why)
{
	struct reason inner;
	struct blob file;
	int ret;

	*out = (struct timestamp){ 0 };
	ret = file_read(path, TIMESTAMP_MAX, &file);
	if (ret)
		return reason_set(why, ret, "timestamp-file", "%s: %s", path, strerror(-ret));
	ret = timestamp_parse(file.data, file.size, out, &inner);
	blob_free(&file);
	return ret ? reason_set(why, ret, inner.word, "%s: %s", path, inner.text) : 0;
}

void timestamp_free(struct timestamp *timestamp)
{
	PKCS7_free(timestamp->token);
	TS_TST_INFO_free(timestamp->info);
	*timestamp = (struct timestamp){ 0 };
}

void timestamp_text(time_t time, char out[24])
{
	struct tm tm;

	/* GeneralizedTime has four digits of a year. */
	if (gmtime_r(&time, &tm) && tm.tm_year >= -1900 && tm.tm_year <= 8099 &&
	    snprintf(out, 5, "%04d", tm.tm_year + 1900) == 4)
		strftime(out + 4, 20, "-%m-%dT%H:%M:%SZ", &tm);
	else
		strcpy(out, "?");
}

/* Written back, it must be the same: no day 31 of a month of 30, no blank, nothing left out. */
int timestamp_read(const char *text, time_t *time)
{
	struct tm tm = { 0 };
	char again[24];
	int used = 0;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		   &tm.tm_min, &tm.tm_sec, &used) != 6 || !used)
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*time = timegm(&tm);
	timestamp_text(*time, again);
	return strcmp(text, again) ? -EINVAL : 0;
}
