// SPDX-License-Identifier: GPL-2.0-only
/* Checks an enrolment against the certificate authorities of TPM makers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ak_chain.h"
#include "ak_public.h"
#include "certificate.h"

#define OID_EK_CERTIFICATE	"2.23.133.8.1"	/* tcg-kp-EKCertificate */

struct ak_chain {
	X509_STORE *trusted;
	STACK_OF(X509) *between;
	unsigned int anchors;
};

struct ak_chain *ak_chain_new(void)
{
	struct ak_chain *chain = calloc(1, sizeof(*chain));

	if (!chain)
		return NULL;
	chain->trusted = X509_STORE_new();
	chain->between = sk_X509_new_null();
	if (!chain->trusted || !chain->between) {
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
	sk_X509_pop_free(chain->between, X509_free);
	free(chain);
}

/* Takes the reference */
static int add_one(struct ak_chain *chain, X509 *certificate)
{
	int rc = 0;

	if (X509_self_signed(certificate, 1) == 1) {
		if (!X509_STORE_add_cert(chain->trusted, certificate))
			rc = -ENOMEM;
		chain->anchors++;
		X509_free(certificate);
		return rc;
	}
	if (sk_X509_push(chain->between, certificate))
		return 0;
	X509_free(certificate);
	return -ENOMEM;
}

int ak_chain_add(struct ak_chain *chain, const void *data, size_t size)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();
	struct reason why;
	int rc;

	if (!certificates)
		return -ENOMEM;
	rc = certificate_parse(data, size, certificates, &why);
	if (rc && rc != -ENOMEM)
		rc = -EBADMSG;
	while (!rc && sk_X509_num(certificates))
		rc = add_one(chain, sk_X509_shift(certificates));
	sk_X509_pop_free(certificates, X509_free);
	return rc;
}

/* TCG EK Credential Profile, 3.2.15: a certificate that has the extension must have ours */
static bool fit_for_ek(X509 *certificate)
{
	EXTENDED_KEY_USAGE *usage;
	bool fit = false;
	char oid[64];
	int critical;

	if (X509_check_ca(certificate))
		return false;
	usage = X509_get_ext_d2i(certificate, NID_ext_key_usage, &critical, NULL);
	if (!usage)
		return critical == -1;
	for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++) {
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usage, i), 1);
		fit |= !strcmp(oid, OID_EK_CERTIFICATE);
	}
	EXTENDED_KEY_USAGE_free(usage);
	return fit;
}

/*
 * The profile makes the subject alternative name critical and puts the TPM's model
 * into it; OpenSSL handles that.  The purpose is checked above, since none of
 * OpenSSL's fits.
 */
static int check_chain(struct ak_chain *chain, X509 *certificate, int64_t now, const char **why)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int rc = -ENOMEM;

	if (!ctx || !X509_STORE_CTX_init(ctx, chain->trusted, certificate, chain->between))
		goto out;
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)now);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx), 2);
	rc = 0;
	if (X509_verify_cert(ctx) != 1) {
		*why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
		rc = -EKEYREJECTED;
	} else if (!fit_for_ek(certificate)) {
		*why = "the certificate is not for an endorsement key";
		rc = -EKEYREJECTED;
	}
out:
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}

static int check_keys(X509 *certificate, const struct enrolment *e, const char **why)
{
	TPM2B_PUBLIC ek, ak;
	EVP_PKEY *key;
	int rc;

	rc = ak_public_parse(&e->ek_public, &ek, why);
	if (!rc)
		rc = ak_public_parse(&e->ak_public, &ak, why);
	if (rc)
		return rc;
	if (ak_public_is_endorsement_key(&ek, why) || ak_public_is_attestation_key(&ak, why))
		return -EKEYREJECTED;
	if (!ak_public_equals_certificate(&ek, certificate)) {
		*why = "the EK certificate is for another key";
		return -EKEYREJECTED;
	}
	if (ak_public_to_pkey(&ak, &key, why))
		return -EKEYREJECTED;
	EVP_PKEY_free(key);
	return 0;
}

int ak_chain_check(struct ak_chain *chain, const struct enrolment *e, int64_t now,
		   const char **why)
{
	const unsigned char *der = e->ek_certificate.data;
	X509 *certificate;
	int rc;

	if (!chain->anchors) {
		*why = "no self-signed certificate among the authorities";
		return -EKEYREJECTED;
	}
	/* TPMs may pad the index behind the certificate; that is not part of it */
	certificate = d2i_X509(NULL, &der, (long)e->ek_certificate.size);
	if (!certificate) {
		ERR_clear_error();
		*why = "the EK certificate is no certificate";
		return -EBADMSG;
	}
	rc = check_chain(chain, certificate, now, why);
	if (!rc)
		rc = check_keys(certificate, e, why);
	X509_free(certificate);
	return rc;
}
