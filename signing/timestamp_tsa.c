// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 3161 timestamps: the TSA that signed one, and chains at a time.
 */
#include <errno.h>

#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/x509v3.h>

#include "signature.h"
#include "timestamp.h"

/* OpenSSL's level of 112 bits: RSA from 2048 bits on, no SHA-1 in a chain */
#define STRENGTH	2

/* Each of @trusted counts, the root's or not, and only what was valid at @when. */
static X509_STORE *make_store(STACK_OF(X509) *trusted, time_t when)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = store ? X509_STORE_get0_param(store) : NULL;
	bool made = param;

	for (int i = 0; made && i < sk_X509_num(trusted); i++)
		made = X509_STORE_add_cert(store, sk_X509_value(trusted, i));
	if (!made) {
		X509_STORE_free(store);
		return NULL;
	}
	X509_VERIFY_PARAM_set_time(param, when);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(param, STRENGTH);
	return store;
}

static int chain_error(X509_STORE *store, X509 *cert, STACK_OF(X509) *others, int purpose)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	int error = X509_V_ERR_OUT_OF_MEM;

	if (context && X509_STORE_CTX_init(context, store, cert, others) &&
	    (!purpose || X509_STORE_CTX_set_purpose(context, purpose)))
		error = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	return error;
}

int timestamp_chain(X509 *cert, STACK_OF(X509) *others, STACK_OF(X509) *trusted, int purpose,
		    time_t when)
{
	X509_STORE *store = make_store(trusted, when);
	int error = store ? chain_error(store, cert, others, purpose) : X509_V_ERR_OUT_OF_MEM;

	X509_STORE_free(store);
	return error;
}

/* Which of the reasons it was that OpenSSL has one word for */
static int explain_chain(const struct timestamp *timestamp, STACK_OF(X509) *tsa, struct reason *why)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(timestamp->token, tsa, 0);
	int error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
	const char *word = "timestamp-untrusted";

	if (sk_X509_num(signers) > 0)
		error = timestamp_chain(sk_X509_value(signers, 0), timestamp->token->d.sign->cert, tsa,
					X509_PURPOSE_TIMESTAMP_SIGN, timestamp->time);
	sk_X509_free(signers);
	ERR_clear_error();
	if (error == X509_V_ERR_CERT_HAS_EXPIRED)
		word = "timestamp-expired";
	else if (error == X509_V_ERR_CERT_NOT_YET_VALID)
		word = "timestamp-early";
	else if (error == X509_V_ERR_INVALID_PURPOSE)
		word = "timestamp-usage";
	return reason_set(why, REFUSED, word, "the TSA's certificate, or one above it, at the time of "
			  "the token: %s", X509_verify_cert_error_string(error));
}

static int explain(const struct timestamp *timestamp, STACK_OF(X509) *tsa, struct reason *why)
{
	unsigned long error = ERR_peek_error();
	int lib = ERR_GET_LIB(error), code = ERR_GET_REASON(error);

	if ((lib == ERR_LIB_TS && code == TS_R_CERTIFICATE_VERIFY_ERROR) ||
	    (lib == ERR_LIB_PKCS7 && code == PKCS7_R_SIGNER_CERTIFICATE_NOT_FOUND))
		return explain_chain(timestamp, tsa, why);
	if (lib == ERR_LIB_ESS || (lib == ERR_LIB_TS && (code == TS_R_ESS_SIGNING_CERTIFICATE_ERROR ||
							 code == TS_R_TSA_NAME_MISMATCH)))
		return reason_openssl(why, REFUSED, "timestamp-certificate",
				      "the token does not name the certificate that signed it");
	return reason_openssl(why, REFUSED, "timestamp-signature", "the token is not what its TSA signed");
}

/* SHA-1 would do for OpenSSL. */
static int check_digest(const struct timestamp *timestamp, struct reason *why)
{
	STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(timestamp->token);
	X509_ALGOR *digest;

	if (sk_PKCS7_SIGNER_INFO_num(signers) != 1)
		return reason_set(why, REFUSED, "timestamp-signature", "not one TSA signed the token");
	PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(signers, 0), NULL, &digest, NULL);
	if (!signature_algorithm_hash(digest))
		return reason_set(why, REFUSED, "timestamp-digest",
				  "the TSA signed with another hash than SHA-256, SHA-384 or SHA-512");
	return 0;
}

int timestamp_check_tsa(const struct timestamp *timestamp, STACK_OF(X509) *tsa, struct reason *why)
{
	TS_VERIFY_CTX *context;
	STACK_OF(X509) *copies;
	X509_STORE *store;
	int ret;

	ret = check_digest(timestamp, why);
	if (ret)
		return ret;
	context = TS_VERIFY_CTX_new();
	store = make_store(tsa, timestamp->time);
	/* For a token that carries no certificate */
	copies = X509_chain_up_ref(tsa);
	ERR_clear_error();
	if (!context || !store || !copies) {
		X509_STORE_free(store);
		sk_X509_pop_free(copies, X509_free);
		TS_VERIFY_CTX_free(context);
		return reason_set(why, -ENOMEM, "memory", "no memory");
	}
	/* Version and imprint are looked at elsewhere, with reasons of their own. */
	TS_VERIFY_CTX_set_flags(context, TS_VFY_SIGNATURE | TS_VFY_SIGNER);
	TS_VERIFY_CTX_set_store(context, store);
	TS_VERIFY_CTX_set_certs(context, copies);
	if (TS_RESP_verify_token(context, timestamp->token) != 1)
		ret = explain(timestamp, tsa, why);
	TS_VERIFY_CTX_free(context);
	ERR_clear_error();
	return ret;
}
