// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who issued the certificates of signers, and what was revoked.
 */
#include <errno.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "crl.h"
#include "mldsa.h"
#include "verify_path.h"

/* OpenSSL's level of 112 bits: RSA from 2048 bits on, no SHA-1 in a chain */
#define STRENGTH	2

static X509_STORE *make_store(const struct verify_path *path)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = store ? X509_STORE_get0_param(store) : NULL;
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
	bool made = param;

	for (int i = 0; made && i < sk_X509_num(path->issuers); i++)
		made = X509_STORE_add_cert(store, sk_X509_value(path->issuers, i));
	if (!made) {
		X509_STORE_free(store);
		return NULL;
	}
	if (path->timed)
		X509_VERIFY_PARAM_set_time(param, path->when);
	else
		flags |= X509_V_FLAG_NO_CHECK_TIME;
	X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_set_auth_level(param, STRENGTH);
	return store;
}

static const char *word_of(int error)
{
	if (error == X509_V_ERR_CERT_NOT_YET_VALID)
		return "certificate-early";
	return error == X509_V_ERR_CERT_HAS_EXPIRED ? "certificate-expired" : "not-issued";
}

static int refuse(int error, X509 *cert, struct reason *why)
{
	char *name = cert ? certificate_name(X509_get_subject_name(cert)) : NULL;
	int ret = reason_set(why, REFUSED, word_of(error), "%.120s: %s", name ? name : "?",
			     X509_verify_cert_error_string(error));

	free(name);
	return ret;
}

/*
 * OpenSSL would look into one list of several, and not above the first certificate that is trusted.
 * The last one needs no list, but is not to be on one either.
 */
static int check_lists(const struct verify_path *path, STACK_OF(X509) *chain, struct reason *why)
{
	int ret = 0, last = sk_X509_num(chain) - 1;

	for (int i = 0; !ret && i <= last; i++)
		ret = crl_check_certificate(path->lists, sk_X509_value(chain, i),
					    i < last ? sk_X509_value(chain, i + 1) : NULL, why);
	return ret;
}

/* Is an issuer by its name above @cert, and has a key that this OpenSSL does not know? */
static int check_above(const struct verify_path *path, X509 *cert, struct reason *why)
{
	int ret = 0;

	for (int i = 0; !ret && i < sk_X509_num(path->issuers); i++) {
		X509 *issuer = sk_X509_value(path->issuers, i);

		if (!X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(cert)))
			ret = mldsa_check_certificate(issuer, why);
	}
	return ret;
}

/*
 * For OpenSSL a CA whose key it does not know is no issuer: of a way that ends below one nobody can tell.  Whose
 * certificate a signature carries carried_check() has asked.
 */
static int refuse_chain(const struct verify_path *path, X509_STORE_CTX *context, struct reason *why)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
	int ret = 0;

	for (int i = 0; !ret && i < sk_X509_num(chain); i++)
		ret = check_above(path, sk_X509_value(chain, i), why);
	return ret ? ret : refuse(X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_current_cert(context), why);
}

static int check_chain(const struct verify_path *path, X509 *cert, STACK_OF(X509) *others, struct reason *why)
{
	X509_STORE *store = make_store(path);
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	int ret = 0;

	if (!store || !context || !X509_STORE_CTX_init(context, store, cert, others))
		ret = reason_openssl(why, -ENOMEM, "memory", "no memory");
	else if (X509_verify_cert(context) != 1)
		ret = refuse_chain(path, context, why);
	else if (sk_X509_CRL_num(path->lists) > 0)
		ret = check_lists(path, X509_STORE_CTX_get0_chain(context), why);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
	return ret;
}

/* The same times are in it and out of it as in X509_verify_cert(). */
static int check_dates(const struct verify_path *path, X509 *cert, struct reason *why)
{
	time_t when = path->when;

	if (!path->timed)
		return 0;
	if (X509_cmp_time(X509_get0_notBefore(cert), &when) >= 0)
		return refuse(X509_V_ERR_CERT_NOT_YET_VALID, cert, why);
	if (X509_cmp_time(X509_get0_notAfter(cert), &when) <= 0)
		return refuse(X509_V_ERR_CERT_HAS_EXPIRED, cert, why);
	return 0;
}

int verify_path_check(const struct verify_path *path, X509 *cert, STACK_OF(X509) *others, struct reason *why)
{
	int ret;

	if (sk_X509_num(path->issuers) <= 0)
		return check_dates(path, cert, why);
	ret = crl_check(path->lists, path->issuers, path->when, why);
	return ret ? ret : check_chain(path, cert, others, why);
}
