// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who issued a certificate, as the kernel asks it.
 */
#include <errno.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certificate_form.h"
#include "issuer.h"
#include "kernel_id.h"
#include "mldsa.h"

int issuer_names(X509 *cert, X509 *other, enum issuer_named *named)
{
	struct kernel_authority authority = { 0 };
	struct blob number = { 0 }, key = { 0 };
	bool by_number, by_key;
	int ret;

	ret = kernel_authority_of(cert, &authority) ? : kernel_id_of_certificate(other, &number) ? :
	      kernel_id_of_key(other, &key);
	/* What is looked for first may be either of a key's names. */
	by_number = kernel_id_same(&authority.number, &number) || kernel_id_same(&authority.number, &key);
	by_key = kernel_id_same(&authority.key, &key);
	if (!authority.number.data && !authority.key.data)
		*named = ISSUER_UNNAMED;
	else if (!authority.number.data)
		*named = by_key || kernel_id_same(&authority.key, &number) ? ISSUER_NAMED : ISSUER_OTHER;
	else if (by_number)
		*named = by_key || !authority.key.data ? ISSUER_NAMED : ISSUER_HALF;
	else
		*named = ISSUER_OTHER;
	kernel_authority_free(&authority);
	blob_free(&number);
	blob_free(&key);
	return ret;
}

bool issuer_signed(X509 *cert, X509 *other)
{
	int hash = NID_undef;
	bool good;

	if (X509_get_signature_info(cert, &hash, NULL, NULL, NULL) != 1)
		hash = NID_undef;
	good = (hash == NID_sha256 || hash == NID_sha384 || hash == NID_sha512 ||
		mldsa_of_algorithm(X509_get0_tbs_sigalg(cert))) &&
	       X509_get0_pubkey(other) && X509_verify(cert, X509_get0_pubkey(other)) == 1;
	ERR_clear_error();
	return good;
}

static int refuse(struct reason *why, const char *what)
{
	return reason_set(why, REFUSED, "not-issued",
			  "a keyring that trusts the given issuers does not take the certificate: %s",
			  what);
}

int issuer_check(X509 *cert, STACK_OF(X509) *issuers, struct reason *why)
{
	enum issuer_named named;
	bool found = false;
	int ret;

	for (int i = 0; i < sk_X509_num(issuers); i++) {
		X509 *issuer = sk_X509_value(issuers, i);
		struct reason form;

		ret = certificate_check_form(issuer, &form);
		if (ret > 0)
			continue;	/* nor is it in a keyring */
		if (issuer_names(cert, issuer, &named))
			return reason_set(why, -ENOMEM, "memory", "no memory");
		if (named == ISSUER_HALF)
			return refuse(why, "it names its issuer by number, and another one by key id");
		if (named == ISSUER_UNNAMED && kernel_name_same(X509_get_issuer_name(cert),
								X509_get_subject_name(issuer)))
			named = ISSUER_NAMED;
		if (named != ISSUER_NAMED)
			continue;
		if (ret) {
			*why = form;
			return ret;
		}
		if (!issuer_signed(cert, issuer))
			return refuse(why, "one of them that it names did not sign it with SHA-256, "
				      "SHA-384, SHA-512 or ML-DSA");
		found = true;
	}
	return found ? 0 : refuse(why, "it names none of them that the kernel can load");
}
