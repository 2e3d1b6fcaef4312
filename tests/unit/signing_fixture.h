/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys, certificates and signatures for tests: well-formed ones by default, broken
 * ones where a test asks.
 */
#ifndef SIGNING_FIXTURE_H
#define SIGNING_FIXTURE_H

#include <openssl/cms.h>

#include "file.h"

struct signer {
	EVP_PKEY *key;
	X509 *cert;
};

/* A self-signed signer; @type as of keypair_make(), or "rsa1024", "p192". */
struct signer signer_make(const char *cn, const char *type);

/* One whose certificate is valid from @from to @to, in days from now */
struct signer signer_make_dated(const char *cn, const char *type, int from, int to);
void signer_free(struct signer *signer);

/* A file for a test, in the folder where it runs */
void fixture_save(const char *name, const void *data, size_t size);

/* Key and certificate as NAME.key, locked by @passphrase if there is one, and NAME.pem; frees @signer */
void signer_save(const char *name, struct signer signer, const char *passphrase);

/* @line, which is changed, as words that blanks separate; one in ' ' may have some itself. The number of them */
int fixture_words(char *line, char **argv);

/* CMS over @data with these flags of OpenSSL, in DER, as other tools would make it */
struct blob cms_make(const void *data, size_t size, const struct signer *signer,
		     const EVP_MD *hash, unsigned int flags);

/* The flags of scripts/sign-file */
#define CMS_AS_SIGN_FILE (CMS_NOCERTS | CMS_NOATTR | CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP)

/* A signed file made of the valid image of payload_image.h */
struct blob signed_image(const struct signer *signer);

/* A certificate stack, borrowing */
STACK_OF(X509) *certs_of(const struct signer *a, const struct signer *b);

#endif
