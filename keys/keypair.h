/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * New keys for signing payloads, with certificates like those of module signing
 * keys (certs/default_x509.genkey in the kernel).
 */
#ifndef CARETAKER_KEYPAIR_H
#define CARETAKER_KEYPAIR_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "file.h"
#include "reason.h"

struct keypair_request {
	const char *cn;		/* common name, UTF-8 */
	const X509_NAME *subject; /* the whole name instead, or NULL */
	const char *type;	/* rsa2048, rsa3072, rsa4096, p256, p384, p521, mldsa44, mldsa65, mldsa87 */
	int days;		/* of validity, from now */
	int ca;			/* a certificate that signs certificates instead */
	X509 *ca_cert;		/* issuer; NULL: self-signed */
	EVP_PKEY *ca_key;
};

/* Is this a type of keypair_request? */
bool keypair_known_type(const char *type);

/* With what @key signs certificates and requests; NULL: with none of its own, ML-DSA */
const EVP_MD *keypair_hash(EVP_PKEY *key);

/* Makes both, so that the kernel loads the certificate; owned by the caller. */
int keypair_make(const struct keypair_request *request, EVP_PKEY **key, X509 **cert,
		 struct reason *why);

/*
 * The same for a key that is there: @key is its public part, @own the private one if nobody else is the issuer.
 * request->type does not count.
 */
int keypair_certify(const struct keypair_request *request, EVP_PKEY *key, EVP_PKEY *own, X509 **cert,
		    struct reason *why);

/* Days of validity, as a text.  0 or -EINVAL */
int keypair_parse_days(const char *text, int *days);

/* PKCS#8 in PEM, encrypted (AES-256) if there is a @passphrase. */
int keypair_encode_key(EVP_PKEY *key, const char *passphrase, struct blob *pem,
		       struct reason *why);
int keypair_encode_cert(X509 *cert, struct blob *pem, struct reason *why);
int keypair_encode_request(X509_REQ *request, struct blob *pem, struct reason *why);

#endif
