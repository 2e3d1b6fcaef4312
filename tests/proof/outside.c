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

/* OpenSSL writes at most EVP_MAX_MD_SIZE bytes of a digest. Its contexts: contexts.c. */
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
