// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates that a signature carries.
 */
#include <errno.h>
#include <stdbool.h>

#include <openssl/err.h>

#include "carried.h"
#include "certificate_form.h"
#include "kernel_id.h"

static int refuse(struct reason *why, int number, const char *what)
{
	return reason_set(why, REFUSED, "carried-certificate",
			  "a kernel stumbles over carried certificate %d: %s", number, what);
}

/* Both names of a certificate, as asymmetric_key_ids */
struct ids {
	struct blob number;
	struct blob key;
};

static int ids_of(X509 *cert, struct ids *ids)
{
	*ids = (struct ids){ 0 };
	return kernel_id_of_certificate(cert, &ids->number) ? : kernel_id_of_key(cert, &ids->key);
}

static void ids_free(struct ids *ids)
{
	blob_free(&ids->number);
	blob_free(&ids->key);
}

/* find_asymmetric_key() takes either for the other. */
static bool is_one_of(const struct blob *id, const struct ids *ids)
{
	return kernel_id_same(id, &ids->number) || kernel_id_same(id, &ids->key);
}

/* A hash that each kernel has, so that it does not give up halfway */
static bool has_common_hash(X509 *cert)
{
	int hash = NID_undef;

	return X509_get_signature_info(cert, &hash, NULL, NULL, NULL) == 1 &&
	       (hash == NID_sha256 || hash == NID_sha384 || hash == NID_sha512);
}

/* Does @cert name @other as its issuer, and is it so? */
static const char *check_issuer(X509 *cert, const struct kernel_authority *authority, X509 *other,
				const struct ids *ids)
{
	bool by_key = is_one_of(&authority->key, ids);

	if (authority->number.data ? !is_one_of(&authority->number, ids) : !by_key)
		return NULL;
	if (authority->number.data && authority->key.data && !by_key)
		return "it names its issuer by number, and another one by key id";
	if (!has_common_hash(cert) || !X509_get0_pubkey(other) ||
	    X509_verify(cert, X509_get0_pubkey(other)) != 1) {
		ERR_clear_error();
		return "it is not signed by the one that it names as its issuer";
	}
	return NULL;
}

/* @cert, which is number @number, against each of @others; are these @trusted? */
static int check_against(X509 *cert, int number, STACK_OF(X509) *others, bool trusted,
			 struct reason *why)
{
	struct kernel_authority authority = { 0 };
	struct ids own = { 0 }, ids;
	const char *wrong = NULL;
	int failed = ids_of(cert, &own) ? : kernel_authority_of(cert, &authority);

	for (int i = 0; !failed && !wrong && i < sk_X509_num(others); i++) {
		X509 *other = sk_X509_value(others, i);

		failed = ids_of(other, &ids);
		if (!failed && trusted && is_one_of(&own.number, &ids) && X509_cmp(cert, other))
			wrong = "a trusted one has its number and is another";
		else if (!failed)
			wrong = check_issuer(cert, &authority, other, &ids);
		ids_free(&ids);
	}
	ids_free(&own);
	kernel_authority_free(&authority);
	if (failed)
		return reason_set(why, failed, "memory", "no memory");
	return wrong ? refuse(why, number, wrong) : 0;
}

int carried_check(CMS_ContentInfo *cms, STACK_OF(X509) *trusted, struct reason *why)
{
	STACK_OF(X509) *carried = CMS_get1_certs(cms);
	struct reason form;
	int ret = 0;

	/* Whose form is not the kernel's has no names that could be compared. */
	for (int i = 0; !ret && i < sk_X509_num(carried); i++) {
		ret = certificate_check_form(sk_X509_value(carried, i), &form);
		if (ret)
			ret = ret == REFUSED ? refuse(why, i + 1, form.text) :
			      reason_set(why, ret, form.word, "%s", form.text);
	}
	for (int i = 0; !ret && i < sk_X509_num(carried); i++) {
		ret = check_against(sk_X509_value(carried, i), i + 1, carried, false, why);
		if (!ret)
			ret = check_against(sk_X509_value(carried, i), i + 1, trusted, true, why);
	}
	sk_X509_pop_free(carried, X509_free);
	return ret;
}
