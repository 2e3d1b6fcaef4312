// SPDX-License-Identifier: GPL-2.0-only
/* Checks an enrolment against the certificate authorities of TPM makers, or a list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "hex.h"
#include "tpm/ak_chain.h"
#include "tpm/ak_public.h"
#include "tpm/certificates.h"
#include "tpm/ek_certificate.h"
#include "tpm/ek_list.h"

struct ak_chain {
	X509_STORE *trusted;
	STACK_OF(X509) *known;		/* all that the operator gave, trusted or not */
	struct ek_list *list;
	unsigned int anchors, crls;
	bool allow_expired;
	char text[EVIDENCE_REASON];	/* of the last check */
};

struct ak_chain *ak_chain_new(void)
{
	struct ak_chain *chain = calloc(1, sizeof(*chain));

	if (!chain)
		return NULL;
	chain->trusted = X509_STORE_new();
	chain->known = sk_X509_new_null();
	chain->list = ek_list_new();
	if (!chain->trusted || !chain->known || !chain->list) {
		ak_chain_free(chain);
		return NULL;
	}
	return chain;
}

void ak_chain_free(struct ak_chain *chain)
{
	if (!chain)
		return;
	X509_STORE_free(chain->trusted);
	sk_X509_pop_free(chain->known, X509_free);
	ek_list_free(chain->list);
	free(chain);
}

int ak_chain_add(struct ak_chain *chain, const void *data, size_t size, char why[EVIDENCE_REASON])
{
	int first = sk_X509_num(chain->known), rc;

	rc = certificates_read(data, size, chain->known, why);
	for (int i = first; !rc && i < sk_X509_num(chain->known); i++) {
		X509 *certificate = sk_X509_value(chain->known, i);

		if (X509_self_signed(certificate, 1) != 1)
			continue;
		if (!X509_STORE_add_cert(chain->trusted, certificate))
			rc = -ENOMEM;
		chain->anchors++;
	}
	ERR_clear_error();
	return rc;
}

int ak_chain_add_crl(struct ak_chain *chain, const void *data, size_t size,
		     char why[EVIDENCE_REASON])
{
	return certificates_read_crls(data, size, chain->trusted, &chain->crls, why);
}

int ak_chain_add_list(struct ak_chain *chain, const void *data, size_t size,
		      char why[EVIDENCE_REASON])
{
	return ek_list_add(chain->list, data, size, why);
}

void ak_chain_allow_expired(struct ak_chain *chain)
{
	chain->allow_expired = true;
}

/* --- A chain of certificates ---------------------------------------------------------- */

struct check {
	const struct ak_chain *chain;
	bool expired;		/* the EK's certificate is, and may be */
};

static bool is_known(const struct ak_chain *chain, X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(chain->known); i++)
		if (!X509_cmp(sk_X509_value(chain->known, i), certificate))
			return true;
	return false;
}

/* See ak_chain_add_crl() */
static bool needs_crl(const struct check *check, X509_STORE_CTX *ctx, int depth)
{
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);

	return depth + 1 < sk_X509_num(path) &&
	       !is_known(check->chain, sk_X509_value(path, depth)) &&
	       is_known(check->chain, sk_X509_value(path, depth + 1));
}

/* What OpenSSL objects to, and we do not */
static int objection(int ok, X509_STORE_CTX *ctx)
{
	struct check *check = X509_STORE_CTX_get_app_data(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	bool leaf = depth == 0;

	if (ok)
		return ok;
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		ok = leaf && check->chain->allow_expired;
		check->expired |= ok;
		break;
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
		ok = leaf && ek_certificate_understood(X509_STORE_CTX_get_current_cert(ctx));
		break;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		ok = !needs_crl(check, ctx, depth);
		break;
	default:
		break;
	}
	if (ok)
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return ok;
}

static const char *error_text(X509_STORE_CTX *ctx)
{
	int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);

	switch (error) {
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return "a certificate on the way is signed with a weak hash (SHA-1)";
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return depth ? "the certificate of an authority has expired" :
			       "the EK certificate has expired (see --allow-expired-ek)";
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		return "there are CRLs, but none of the authority that issued the certificate";
	case X509_V_ERR_CERT_REVOKED:
		return depth ? "the certificate of an authority is revoked" :
			       "the EK certificate is revoked";
	default:
		return X509_verify_cert_error_string(error);
	}
}

/*
 * The profile makes the subject alternative name critical and puts the TPM's model
 * into it; OpenSSL handles that.  The purpose is checked by ourselves, since none of
 * OpenSSL's fits.
 */
static int check_path(struct ak_chain *chain, X509 *certificate, STACK_OF(X509) *between,
		      int64_t now, enum vouched *vouched, const char **why)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	struct check check = { .chain = chain };
	X509_VERIFY_PARAM *param;
	int rc = -ENOMEM;

	if (!ctx || !X509_STORE_CTX_init(ctx, chain->trusted, certificate, between))
		goto out;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	if (chain->crls)
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	X509_STORE_CTX_set_app_data(ctx, &check);
	X509_STORE_CTX_set_verify_cb(ctx, objection);
	rc = 0;
	if (X509_verify_cert(ctx) != 1) {
		*why = error_text(ctx);
		rc = -EKEYREJECTED;
	} else if (!ek_certificate_fits(certificate)) {
		*why = "the certificate is not for an endorsement key";
		rc = -EKEYREJECTED;
	}
	*vouched = check.expired ? VOUCHED_EXPIRED : VOUCHED_CERTIFICATE;
out:
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}

/* Our authorities, and those that the host brings along */
static int check_chain(struct ak_chain *chain, const struct enrolment *e, X509 *certificate,
		       int64_t now, enum vouched *vouched, const char **why)
{
	STACK_OF(X509) *between = sk_X509_new_null();
	int rc = between ? 0 : -ENOMEM;

	if (!rc && e->ek_chain.size)
		rc = certificates_read_stored(e->ek_chain.data, e->ek_chain.size, between,
					      chain->text);
	if (rc == -EBADMSG)
		*why = chain->text;
	for (int i = 0; !rc && i < sk_X509_num(chain->known); i++) {
		X509 *known = sk_X509_value(chain->known, i);

		if (!sk_X509_push(between, known))
			rc = -ENOMEM;
		else
			X509_up_ref(known);
	}
	if (!rc)
		rc = check_path(chain, certificate, between, now, vouched, why);
	sk_X509_pop_free(between, X509_free);
	return rc;
}

/* --- Keys ------------------------------------------------------------------------------- */

static int check_keys(const struct enrolment *e, EVP_PKEY **key, const char **why)
{
	TPM2B_PUBLIC ek, ak;
	EVP_PKEY *ak_key;
	int rc;

	rc = ak_public_parse(&e->ek_public, &ek, why);
	if (!rc)
		rc = ak_public_parse(&e->ak_public, &ak, why);
	if (rc)
		return rc;
	if (ak_public_is_endorsement_key(&ek, why) || ak_public_is_attestation_key(&ak, why) ||
	    ak_public_to_pkey(&ak, &ak_key, why))
		return -EKEYREJECTED;
	EVP_PKEY_free(ak_key);
	return ak_public_to_pkey(&ek, key, why) ? -EKEYREJECTED : 0;
}

static int check_certificate(struct ak_chain *chain, const struct enrolment *e, EVP_PKEY *ek,
			     int64_t now, enum vouched *vouched, const char **why)
{
	const unsigned char *der = e->ek_certificate.data;
	X509 *certificate;
	int rc;

	/* TPMs may pad the index behind the certificate; that is not part of it */
	certificate = d2i_X509(NULL, &der, (long)e->ek_certificate.size);
	if (!certificate) {
		ERR_clear_error();
		*why = "the EK certificate is no certificate";
		return -EBADMSG;
	}
	rc = check_chain(chain, e, certificate, now, vouched, why);
	if (!rc && (!X509_get0_pubkey(certificate) ||
		    EVP_PKEY_eq(ek, X509_get0_pubkey(certificate)) != 1)) {
		*why = "the EK certificate is for another key";
		rc = -EKEYREJECTED;
	}
	X509_free(certificate);
	return rc;
}

/* Nobody vouches: why not, in the words of what the operator gave */
static int nobody(struct ak_chain *chain, const struct enrolment *e, const unsigned char digest[32],
		  const char **why)
{
	char text[65];

	if (ek_list_count(chain->list)) {
		hex_encode(digest, 32, text);
		snprintf(chain->text, sizeof(chain->text), "the list does not have this EK, %s", text);
		*why = chain->text;
	} else {
		*why = e->ek_certificate.size ? "no self-signed certificate among the authorities" :
			"the enrolment has no EK certificate, and there is no list of keys";
	}
	return -EKEYREJECTED;
}

int ak_chain_check(struct ak_chain *chain, const struct enrolment *e, int64_t now,
		   enum vouched *vouched, const char **why)
{
	unsigned char digest[32] = { 0 };
	EVP_PKEY *ek = NULL;
	int rc;

	rc = check_keys(e, &ek, why);
	if (rc)
		return rc;
	if (ek_list_has(chain->list, ek, digest))
		*vouched = VOUCHED_LIST;
	else if (chain->anchors && e->ek_certificate.size)
		rc = check_certificate(chain, e, ek, now, vouched, why);
	else
		rc = nobody(chain, e, digest, why);
	EVP_PKEY_free(ek);
	return rc;
}
