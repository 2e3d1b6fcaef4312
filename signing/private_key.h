/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private keys: files in PEM, DER or PKCS#12, tokens by their RFC 7512 URI, and TPMs by handle or by
 * the file of a key that one has wrapped.
 */
#ifndef CARETAKER_PRIVATE_KEY_H
#define CARETAKER_PRIVATE_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "passphrase.h"
#include "token.h"

/* A key, and what it lives in */
struct private_key {
	EVP_PKEY *key;
	OSSL_LIB_CTX *library;	/* with the provider "pkcs11" or "tpm2"; NULL: not that way */
	void *engine;		/* the same with the engine */
	bool tpm;		/* it is a TPM's: tpm_key_sign() */
	struct token_key token;	/* where it is; empty: in no token */
};

/*
 * Loads @key, a path, or a "pkcs11:" or "handle:" URI.  @source is only asked if a passphrase or a PIN is
 * needed, and once.  *@cert is the key's certificate; if it is NULL, it is set to the one that
 * a PKCS#12 file or a token has for the key (owned by the caller), or stays NULL for other files.
 * Return: 0, REFUSED or -errno; private_key_free() in any case.
 */
int private_key_load(const char *key, const struct key_source *source, X509 **cert,
		     struct private_key *out, struct reason *why);
/* The same of the key that token_make_key() has made, which @out takes over in any case */
int private_key_open_made(struct token_key *made, const struct key_source *source, struct private_key *out,
			  struct reason *why);
void private_key_free(struct private_key *key);

/* May it sign certificates and requests?  Return: 0; -EPERM for a TPM's, which signs payloads alone */
int private_key_may_certify(const struct private_key *key, struct reason *why);

/* The key has signed: where it wants the PIN for each use, the next one may have it. */
void private_key_signed(const struct private_key *key);

/*
 * The key did not sign, and @why has OpenSSL's words for it: a token's own reason is put there
 * instead, if it still has one.  Return: @ret, or the one that belongs to the new reason
 */
int private_key_explain(const struct private_key *key, int ret, struct reason *why);

#endif
