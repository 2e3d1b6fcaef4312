// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signers that a trusted CA's certificate vouches for.
 */
#include <openssl/x509v3.h>

#include "anchor.h"
#include "issuer.h"
#include "verify.h"

/* More steps than any chain has; a ring of certificates ends there. */
#define STEPS_MAX	8

/* The one of @others that @cert names as its issuer: NULL for none, and for two */
static int find_issuer(X509 *cert, STACK_OF(X509) *others, X509 **issuer)
{
	enum issuer_named named;
	int ret, count = 0;

	*issuer = NULL;
	for (int i = 0; i < sk_X509_num(others); i++) {
		ret = issuer_names(cert, sk_X509_value(others, i), &named);
		if (ret)
			return ret;
		if (named != ISSUER_NAMED)
			continue;
		*issuer = sk_X509_value(others, i);
		count++;
	}
	if (count != 1 || X509_check_ca(*issuer) != 1)
		*issuer = NULL;
	return 0;
}

static int climb(X509 *cert, STACK_OF(X509) *carried, STACK_OF(X509) *anchors, X509 **anchor)
{
	int ret;

	*anchor = NULL;
	for (int step = 0; cert && step < STEPS_MAX; step++) {
		ret = find_issuer(cert, anchors, anchor);
		if (ret || *anchor)
			return ret;
		ret = find_issuer(cert, carried, &cert);
		if (ret)
			return ret;
	}
	return 0;
}

int anchor_find(CMS_SignerInfo *signer, STACK_OF(X509) *carried, STACK_OF(X509) *anchors, X509 **anchor)
{
	bool named;
	int ret = 0;

	*anchor = NULL;
	for (int i = 0; !ret && !*anchor && i < sk_X509_num(carried); i++) {
		ret = verify_is_named(signer, sk_X509_value(carried, i), &named);
		if (!ret && named)
			ret = climb(sk_X509_value(carried, i), carried, anchors, anchor);
	}
	return ret;
}
