/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `caretaker sign` is asked to do, and the parts of doing it.
 */
#ifndef CARETAKER_SIGN_REQUEST_H
#define CARETAKER_SIGN_REQUEST_H

#include <stdbool.h>

#include "file.h"
#include "payload.h"
#include "signing_key.h"

/* What is written to OUT */
enum sign_output {
	SIGN_FILE,	/* the payload with its signature */
	SIGN_DETACHED,	/* the signature alone, CMS in DER */
	SIGN_PREPARED,	/* what is to be signed */
	SIGN_STRIPPED,	/* the payload without a signature */
};

/**
 * struct sign_request - the options
 * @key:	private key; NULL: none is needed, or another program has it
 * @cert:	its certificate; NULL: see signing_key_certificate()
 * @attach:	file with a signature that was made elsewhere
 * @external:	command that makes one
 * @hash:	NULL: sha256, or that of the signature that is there
 * @digest:	file that SIGN_PREPARED puts the digest into, or NULL
 * @signed_by:	certificates of who signed IN
 * @replace, @add: what becomes of the signature that IN has
 * @idempotent:	a signature of @cert's key that is there already will do
 * @without_lint: nobody looks at the instructions
 */
struct sign_request {
	const char *key;
	const char *cert;
	const char *attach;
	const char *external;
	const char *hash;
	const char *digest;
	struct key_source source;
	STACK_OF(X509) *signed_by;
	enum sign_output output;
	bool replace;
	bool add;
	bool idempotent;
	bool without_lint;
};

/*
 * May @payload be signed as the request says?  What is signed already is an accident until the
 * caller says otherwise; beside a signature only where that one holds; security versions.
 * @cert may be NULL where nothing depends on it.  @done is set where there is nothing to do.
 * Return: 0, REFUSED or -errno
 */
int sign_check(const struct sign_request *request, const struct payload *payload, X509 *cert,
	       bool *done, struct reason *why);

/* The hash of the request, or of the signature that the new one is put beside */
int sign_hash(const struct sign_request *request, const struct payload *payload,
	      const EVP_MD **hash, struct reason *why);

/*
 * Makes what the request wants in OUT, and verifies it, with the signers that were there known as
 * well.  Return: 0, REFUSED or -errno; @out is for blob_free() then
 */
int sign_make(const struct sign_request *request, const struct payload *payload,
	      const struct signing_key *key, struct blob *out, struct reason *why);

#endif
