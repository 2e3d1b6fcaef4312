// SPDX-License-Identifier: GPL-2.0-only
/*
 * OpenSSL's contexts of hashes, for the proofs of what pcr.c hashes. Apart from outside.c:
 * where nothing calls them, the solver's work grows without end.
 */
#include <openssl/evp.h>

#include "proof.h"

/* A hash is there or not. OpenSSL writes at most EVP_MAX_MD_SIZE bytes of one. */
static char algorithm, context;

EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties)
{
	MUST(!library && !properties && __CPROVER_r_ok(name, 1));
	return nondet_bool() ? (EVP_MD *)&algorithm : NULL;
}

void EVP_MD_free(EVP_MD *md)
{
	MUST(md == (EVP_MD *)&algorithm);
}

EVP_MD_CTX *EVP_MD_CTX_new(void)
{
	return nondet_bool() ? (EVP_MD_CTX *)&context : NULL;
}

void EVP_MD_CTX_free(EVP_MD_CTX *ctx)
{
	MUST(!ctx || ctx == (EVP_MD_CTX *)&context);
}

int EVP_DigestInit_ex2(EVP_MD_CTX *ctx, const EVP_MD *type, const OSSL_PARAM *params)
{
	MUST(ctx == (EVP_MD_CTX *)&context && !params);
	MUST(!type || type == (const EVP_MD *)&algorithm);
	return nondet_bool();
}

int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t size)
{
	MUST(ctx == (EVP_MD_CTX *)&context);
	MUST(!size || __CPROVER_r_ok(data, size));
	return nondet_bool();
}

int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *digest, unsigned int *size)
{
	MUST(ctx == (EVP_MD_CTX *)&context && !size);
	MUST(__CPROVER_w_ok(digest, EVP_MAX_MD_SIZE));
	__CPROVER_havoc_slice(digest, EVP_MAX_MD_SIZE);
	return nondet_bool();
}
