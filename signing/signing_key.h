/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A key with its certificate, ready to sign.
 */
#ifndef CARETAKER_SIGNING_KEY_H
#define CARETAKER_SIGNING_KEY_H

#include "file.h"
#include "private_key.h"

/**
 * struct signing_key - who signs
 * @cert:	the certificate
 * @private:	the key; empty where another program signs
 */
struct signing_key {
	X509 *cert;
	struct private_key private;
};

/*
 * Loads the certificate @cert, a path or a "pkcs11:" URI, or NULL: the one that a PKCS#12 file or
 * a token has for the key.  Owned by the caller; stays NULL where @cert is.  0 or -errno
 */
int signing_key_certificate(const char *cert, const struct key_source *source, X509 **out,
			    struct reason *why);

/*
 * Loads the key @key to the certificate that @out has, or with the one that it brings, and says
 * whether it may sign now in the certificate's name: certificate_check_signer().
 * Return: 0, REFUSED or -errno; signing_key_free() in any case.
 */
int signing_key_open(const char *key, const struct key_source *source, struct signing_key *out,
		     struct reason *why);

/* Both, into an empty @out */
int signing_key_load(const char *key, const char *cert, const struct key_source *source,
		     struct signing_key *out, struct reason *why);

/* signature_make() with it; a token's own reason is in @why. */
int signing_key_sign(const struct signing_key *key, const void *data, size_t size,
		     const EVP_MD *hash, struct blob *der, struct reason *why);

/* signature_raw() with it, the same */
int signing_key_raw(const struct signing_key *key, const void *data, size_t size,
		    const EVP_MD *hash, struct blob *out, struct reason *why);
void signing_key_free(struct signing_key *key);

#endif
