// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each signer of a payload for itself.
 */
#include <errno.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/objects.h>

#include "anchor.h"
#include "crl.h"
#include "describe.h"
#include "mldsa.h"
#include "signature.h"
#include "verify_signers.h"

/* What all signers are held against */
struct asked {
	const struct payload *payload;
	const struct verify_trust *trust;
	const struct verify_path *path;
	bool demanded;
	STACK_OF(X509) *carried;
};

/* Who a signer is.  @cert is its certificate, borrowed, or NULL if nobody vouches for it. */
struct voucher {
	X509 *cert;
	const char *by;		/* "certificate", "anchor", or NULL */
};

/* "RSA 3072", "P-256", "ML-DSA-65" */
static json_t *describe_key(EVP_PKEY *key)
{
	char group[64];
	const char *name;

	if (EVP_PKEY_is_a(key, "RSA"))
		return json_sprintf("RSA %d", EVP_PKEY_get_bits(key));
	if (mldsa_of_key(key))
		return json_string(mldsa_of_key(key));
	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return json_null();
	name = EC_curve_nid2nist(OBJ_txt2nid(group));
	return json_string(name ? name : group);
}

static int find_carried(const struct asked *asked, CMS_SignerInfo *signer, X509 **cert)
{
	bool named = false;
	int ret = 0;

	*cert = NULL;
	for (int i = 0; !ret && !named && i < sk_X509_num(asked->carried); i++) {
		*cert = sk_X509_value(asked->carried, i);
		ret = verify_is_named(signer, *cert, &named);
	}
	if (!named)
		*cert = NULL;
	return ret;
}

static int vouch(const struct asked *asked, CMS_SignerInfo *signer, int number, struct voucher *out,
		 struct reason *why)
{
	const struct verify_found *found = asked->trust->found;
	const struct payload *payload = asked->payload;
	X509 *anchor;
	int ret;

	*out = (struct voucher){ NULL, "certificate" };
	if (found && found->all)
		out->cert = found->cert[number];
	ret = found && found->all ? 0 : verify_named(signer, asked->trust->certs, payload->data, payload->size,
						     &out->cert, why);
	if (ret || out->cert)
		return ret;
	out->by = "anchor";
	ret = anchor_find(signer, asked->carried, asked->trust->anchors, &anchor);
	if (!ret && anchor)
		ret = find_carried(asked, signer, &out->cert);
	if (ret)
		return reason_set(why, ret, "memory", "no memory");
	return out->cert ? 0 : reason_set(why, REFUSED, "unknown-key", "none of the given certificates is this "
					  "signer's, nor vouches for it");
}

static int check_path(const struct asked *asked, const struct voucher *voucher, struct reason *why)
{
	struct verify_path dates = *asked->path;

	if (asked->demanded || strcmp(voucher->by, "certificate"))
		return verify_path_check(asked->path, voucher->cert, asked->carried, why);
	dates.issuers = NULL;
	return verify_path_check(&dates, voucher->cert, NULL, why);
}

/* @why is that of @ret */
static json_t *describe(CMS_SignerInfo *signer, const struct voucher *voucher, int ret, const struct reason *why)
{
	json_t *object = describe_signer(signer);
	int failed;

	failed = json_object_update_new(object, json_pack(
		"{s:o, s:o, s:s?, s:o}",
		"key", voucher->cert ? describe_key(X509_get0_pubkey(voucher->cert)) : json_null(),
		"certificate", voucher->cert ? describe_certificate(voucher->cert) : json_null(),
		"by", voucher->cert ? voucher->by : NULL,
		"error", ret ? json_sprintf("%s: %s", why->word, why->text) : json_null()));
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/* Nobody vouches for who is unknown, which is no reason to refuse the others. */
static int check_signer(const struct asked *asked, CMS_SignerInfo *signer, int number, json_t *array,
			struct reason *why)
{
	struct voucher voucher;
	struct reason unknown;
	int ret;

	ret = vouch(asked, signer, number, &voucher, &unknown);
	if (!ret)
		ret = check_path(asked, &voucher, &unknown);
	if (ret < 0 || voucher.cert || (ret && strcmp(unknown.word, "unknown-key")))
		*why = unknown;
	if (ret >= 0 && json_array_append_new(array, describe(signer, &voucher, ret, &unknown)))
		return reason_set(why, -ENOMEM, "memory", "no memory");
	return ret == REFUSED && !voucher.cert && !strcmp(unknown.word, "unknown-key") ? 0 : ret;
}

static int check_all(const struct asked *asked, CMS_ContentInfo *cms, json_t *array, struct reason *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	struct reason one;
	int ret = 0, this;

	for (int i = 0; ret >= 0 && i < sk_CMS_SignerInfo_num(signers); i++) {
		this = check_signer(asked, sk_CMS_SignerInfo_value(signers, i), i, array, &one);
		if (this < 0 || (this && !ret)) {
			*why = one;
			ret = this;
		}
	}
	for (int i = 0; !ret && i < sk_X509_num(asked->carried); i++)
		ret = crl_check_certificate(asked->path->lists, sk_X509_value(asked->carried, i),
					    NULL, why);
	return ret;
}

int verify_each_signer(const struct payload *payload, const struct verify_trust *trust,
		       const struct verify_path *path, bool demanded, json_t **out, struct reason *why)
{
	struct asked asked = { payload, trust, path, demanded, NULL };
	CMS_ContentInfo *cms;
	int ret;

	*out = NULL;
	ret = signature_parse(payload->signature, payload->signature_size, &cms, why);
	if (ret)
		return ret;
	*out = json_array();
	asked.carried = CMS_get1_certs(cms);
	ret = *out ? check_all(&asked, cms, *out, why) : reason_set(why, -ENOMEM, "memory", "no memory");
	sk_X509_pop_free(asked.carried, X509_free);
	CMS_ContentInfo_free(cms);
	if (ret >= 0)
		return ret;
	json_decref(*out);
	*out = NULL;
	return ret;
}
