/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys and certificates in tokens: which one a URI (RFC 7512) means, found out before a
 * PIN goes anywhere.
 */
#ifndef CARETAKER_TOKEN_H
#define CARETAKER_TOKEN_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "passphrase.h"

/* What of OpenSSL signs with a token's key */
enum token_way { TOKEN_ANY, TOKEN_PROVIDER, TOKEN_ENGINE };

/**
 * struct key_source - how a key is opened
 * @passphrase:	its passphrase, or the PIN of its token, or the authorization value of a TPM's
 * @module:	PKCS#11 module; NULL: what the URI says, or else the environment
 *		(PKCS11_PROVIDER_MODULE, PKCS11_MODULE_PATH), or else p11-kit's configuration
 * @alone:	its certificate is not looked for, and need not be there
 * @way:	TOKEN_ANY: the provider, or where there is none, the engine
 * @tcti:	which TPM, as tpm2-tss names them; NULL: what the environment says (TPM2OPENSSL_TCTI), or
 *		else /dev/tpmrm0 or /dev/tpm0
 */
struct key_source {
	struct passphrase_source passphrase;
	const char *module;
	enum token_way way;
	bool alone;
	const char *tcti;
};

#define KEY_SOURCE_PROMPT { .passphrase = PASSPHRASE_PROMPT }

/* One key in one token */
struct token_key {
	char *uri;			/* of this key and of no other */
	char *module;			/* path of the PKCS#11 module */
	char pin[PASSPHRASE_MAX];	/* "": the token wants none */
	X509 *cert;			/* the certificate beside it, if it was asked for */
};

/* Is it a URI of this scheme, which is no matter of upper and lower case (RFC 3986, 3.1)? */
bool token_is_uri(const char *text);

/*
 * Finds the key that @uri means.  Of several that match, the one of @cert; @cert NULL: there must be
 * one, and the certificate with its CKA_ID is found too.  One token must match: it gets the PIN, once.
 * The URI may hold no PIN, and nothing that is not understood.
 * Return: 0; REFUSED where no key is that of @cert; -errno with a word of docs/release.md.
 * token_key_free() in any case.
 */
int token_find_key(const char *uri, const struct key_source *source, X509 *cert,
		   struct token_key *out, struct reason *why);
void token_key_free(struct token_key *key);

/* Finds the certificate that @uri means, without a PIN.  Owned by the caller.  0 or -errno */
int token_find_certificate(const char *uri, const struct key_source *source, X509 **out,
			   struct reason *why);

#endif
