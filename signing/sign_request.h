/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `caretaker sign` is asked to do, and the parts of doing it.
 */
#ifndef CARETAKER_SIGN_REQUEST_H
#define CARETAKER_SIGN_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

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

/* Where IMA's signature of OUT goes */
enum sign_ima_place {
	SIGN_IMA_NONE,
	SIGN_IMA_ATTRIBUTE,	/* security.ima */
	SIGN_IMA_FILE,		/* OUT.sig */
};

/**
 * struct sign_request - the options
 * @key:	private key; NULL: none is needed, or another program has it
 * @cert:	its certificate; NULL: see signing_key_certificate()
 * @attach:	file with a signature that was made elsewhere
 * @external:	command that makes one
 * @hash:	NULL: sha256, of ML-DSA sha512, or that of the signature that is there
 * @digest:	file that SIGN_PREPARED puts the digest into, or NULL
 * @signed_by:	certificates of who signed IN
 * @issuers:	of @cert, as keyrings trust them; none: nobody asks
 * @ima:	whether and where a signature for IMA goes
 * @replace, @add: what becomes of the signature that IN has
 * @timestamp_query: file for the question to a TSA, or NULL
 * @timestamp_command: command that asks a TSA, or NULL; @timestamp: where the token goes, or NULL: OUT.tsr
 * @tsa:	certificates that the TSA's must lead to
 * @idempotent:	a signature of @cert's key that is there already will do
 * @into:	folder for many files, or NULL
 * @kept:	files that options name to be read, @kept_count of them: no output takes their place
 * @min_svn:	the lowest security version that is signed
 * @previous:	the release before, or NULL; @previous_name and @previous_svn: its name and security version
 * @without_lint: nobody looks at the instructions
 */
struct sign_request {
	const char *key;
	const char *cert;
	const char *attach;
	const char *external;
	const char *hash;
	const char *digest;
	const char *previous;
	const char *into;
	const char *timestamp;
	const char *timestamp_query;
	const char *timestamp_command;
	const char **kept;
	size_t kept_count;
	uint32_t min_svn;
	uint32_t previous_svn;
	char previous_name[CARETAKER_NAME_LEN];
	struct key_source source;
	STACK_OF(X509) *signed_by;
	STACK_OF(X509) *issuers;
	STACK_OF(X509) *tsa;
	enum sign_output output;
	enum sign_ima_place ima;
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

/*
 * Reads what the request calls the previous release.  It must be a payload, and its signature, if it
 * has one, of the right form; whose it is is not asked.  Return: 0, REFUSED or -errno
 */
int sign_read_previous(struct sign_request *request, struct reason *why);

/* REFUSED: "svn-low" below one of the two, "previous-name" where the release before has another name */
int sign_check_svn(const struct sign_request *request, const struct payload *payload,
		   struct reason *why);

/**
 * struct sign_how - what is signed
 * @hash:	that of the request, or of the signature that the new one is put beside
 * @attributes:	not the payload, but signed_attributes_make() of it, and that without a hash: ML-DSA
 */
struct sign_how {
	const EVP_MD *hash;
	bool attributes;
};

/*
 * @cert is the signer's, or NULL where nobody has said who that will be.  REFUSED is "ml-dsa-hash", or
 * "mixed-signers" beside another kind of signature
 */
int sign_choose(const struct sign_request *request, const struct payload *payload, X509 *cert,
		struct sign_how *how, struct reason *why);

/*
 * Makes what the request wants in OUT, and verifies it, with the signers that were there known as
 * well.  Return: 0, REFUSED or -errno; @out is for blob_free() then
 */
int sign_make(const struct sign_request *request, const struct payload *payload,
	      const struct signing_key *key, struct blob *out, struct reason *why);

#endif
