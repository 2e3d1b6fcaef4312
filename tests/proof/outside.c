// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the parsers of attest/ call outside of the project, as the proofs see it: each
 * checks the memory that it is given, and answers anything that it may.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "proof.h"

int vsnprintf(char *text, size_t size, const char *format, va_list args)
{
	(void)args;
	MUST(__CPROVER_r_ok(format, 1));
	MUST(size && __CPROVER_w_ok(text, size));
	__CPROVER_havoc_slice(text, size);
	text[size - 1] = '\0';
	return nondet_int();
}

int snprintf(char *text, size_t size, const char *format, ...)
{
	MUST(__CPROVER_r_ok(format, 1));
	MUST(size && __CPROVER_w_ok(text, size));
	__CPROVER_havoc_slice(text, size);
	text[size - 1] = '\0';
	return nondet_int();
}

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

int EVP_Q_digest(OSSL_LIB_CTX *library, const char *name, const char *properties,
		 const void *data, size_t size, unsigned char *digest, size_t *digest_size)
{
	MUST(!library && !properties && __CPROVER_r_ok(name, 1));
	MUST(!size || __CPROVER_r_ok(data, size));
	MUST(__CPROVER_w_ok(digest, EVP_MAX_MD_SIZE));
	__CPROVER_havoc_slice(digest, EVP_MAX_MD_SIZE);
	*digest_size = nondet_u8();
	GIVEN(*digest_size <= EVP_MAX_MD_SIZE);
	return nondet_bool();
}
