/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tokens for tests: SoftHSM's, in a folder of the test.
 */
#ifndef TOKEN_WORLD_H
#define TOKEN_WORLD_H

#include <openssl/x509.h>

/* What a key in a token is; zero is the usual */
struct token_key_kind {
	const char *curve;	/* "P-256", ...; NULL: RSA of 2048 bits */
	int each_use;		/* it wants the PIN for each use */
	int forbidden;		/* it may not sign */
	int authority;		/* its certificate may sign others */
	int with_cert;		/* its certificate is beside it */
};

/*
 * Makes SoftHSM keep its tokens in the current folder, for this process and its children, and opens
 * it.  token_world_close() ends that, before others use it.
 */
void token_world_open(void);
void token_world_close(void);

/*
 * The number of objects in a token, once those with the label @without are destroyed (NULL: none is).  It opens and closes
 * the world for itself, where it was opened before.
 */
int token_world_objects(const char *token, const char *pin, const char *without);

/* A token with a PIN */
void token_world_token(const char *label, const char *pin);

/* A key pair in it, and its certificate, which is returned.  Without @id it has none. */
X509 *token_world_key(const char *token, const char *pin, const char *id, const char *label,
		      const struct token_key_kind *kind);

#endif
