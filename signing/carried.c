// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates that a signature carries.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "carried.h"
#include "certificate_form.h"
#include "issuer.h"
#include "kernel_id.h"
#include "mldsa.h"

static int refuse(struct reason *why, int number, const char *what)
{
	return reason_set(why, REFUSED, "carried-certificate",
			  "a kernel stumbles over carried certificate %d: %s", number, what);
}

static int refuse_memory(struct reason *why)
{
	return reason_set(why, -ENOMEM, "memory", "no memory");
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

/* Byte for byte; X509_cmp() goes by a digest, which may be older than the certificate. */
static bool is_same(X509 *a, X509 *b)
{
	unsigned char *a_der = NULL, *b_der = NULL;
	int a_size = i2d_X509(a, &a_der), b_size = i2d_X509(b, &b_der);
	bool same = a_size > 0 && a_size == b_size && !memcmp(a_der, b_der, (size_t)a_size);

	OPENSSL_free(a_der);
	OPENSSL_free(b_der);
	return same;
}

/* What of @other stands in the way of @cert, which it may have issued, in @wrong.  Return: 0 or -errno */
static int check_issuer(X509 *cert, X509 *other, const char **wrong, struct reason *why)
{
	enum issuer_named named = ISSUER_OTHER;
	int ret = 0;

	if (issuer_names(cert, other, &named))
		return refuse_memory(why);
	if (named == ISSUER_NAMED)
		ret = mldsa_check_certificate(other, why);
	if (named == ISSUER_HALF)
		*wrong = "it names its issuer by number, and another one by key id";
	else if (!ret && named == ISSUER_NAMED && !issuer_signed(cert, other))
		*wrong = "it is not signed by the one that it names as its issuer";
	return ret;
}

/* @cert, which is number @number, against each of @others; are these @trusted? */
static int check_against(X509 *cert, int number, STACK_OF(X509) *others, bool trusted,
			 struct reason *why)
{
	struct ids own = { 0 }, ids = { 0 };
	const char *wrong = NULL;
	int ret = ids_of(cert, &own) ? refuse_memory(why) : 0;

	for (int i = 0; !ret && !wrong && i < sk_X509_num(others); i++) {
		X509 *other = sk_X509_value(others, i);

		if (ids_of(other, &ids))
			ret = refuse_memory(why);
		else if (trusted && is_one_of(&own.number, &ids) && !is_same(cert, other))
			wrong = "a trusted one has its number and is another";
		else
			ret = check_issuer(cert, other, &wrong, why);
		ids_free(&ids);
	}
	ids_free(&own);
	if (ret)
		return ret;
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
