/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates and signatures of any shape, with what our tools and the kernel say of each.
 */
#ifndef ZOO_H
#define ZOO_H

#include <openssl/evp.h>

#include "der_text.h"

#define ZOO_DATA	"what is signed"

#define ZOO_FIELDS 5

/* What the kernel says: it loads a payload with it, or not; ANCHORED: it does, and so do we with --anchor */
enum zoo_kernel { NO, LOADS, ANCHORED };

/*
 * A certificate: who has the key, who signs (NULL: the same), and fields that differ, as
 * "name=text" of der_text(); "md=NAME" is the hash.  @sign and @verify are the words that our
 * tools refuse it with (or how they begin), or NULL; @kernel is what the kernel says of it.
 */
struct zoo_certificate {
	const char *name;
	const char *key;
	const char *by;
	const char *field[ZOO_FIELDS];
	const char *sign;
	const char *verify;
	enum zoo_kernel kernel;
};

/* A signature over ZOO_DATA, the same way; @word is of `caretaker verify`. */
struct zoo_message {
	const char *name;
	const char *field[ZOO_FIELDS];
	const char *trusted;	/* certificates that are, as a text; NULL: $self */
	const char *word;
	enum zoo_kernel kernel;
};

/* A certificate and who may have issued it, as texts; @word is of `sign --issuer`. */
struct zoo_chain {
	const char *name;
	const char *certificate;
	const char *issuers;
	const char *word;
	enum zoo_kernel kernel;
};

extern const struct zoo_certificate zoo_certificates[];
extern const size_t zoo_certificate_count;
extern const struct zoo_message zoo_messages[];
extern const size_t zoo_message_count;
extern const struct zoo_chain zoo_chains[];
extern const size_t zoo_chain_count;

/* The same of ML-DSA, which takes OpenSSL 3.5; all signatures by the key "mldsa65" */
extern const struct zoo_certificate zoo_mldsa_certificates[];
extern const size_t zoo_mldsa_certificate_count;
extern const struct zoo_message zoo_mldsa_messages[];
extern const size_t zoo_mldsa_message_count;
extern const struct zoo_chain zoo_mldsa_chains[];
extern const size_t zoo_mldsa_chain_count;

/* For cmocka: the keys of all of them, which take a second */
int zoo_open(void **state);
int zoo_close(void **state);

/* What is asked about each line of the tables, which is *state, and one test more or NULL */
struct zoo_run {
	void (*certificate)(void **state);
	void (*message)(void **state);
	void (*chain)(void **state);
	const char *name;
	void (*more)(void **state);
};

/* Runs them all, between @open and @close, those of ML-DSA with another libcrypto if need be.  What failed */
int zoo_run(const char *group, const struct zoo_run *run, int (*open)(void **state),
	    int (*close)(void **state));

/* The key of this name; borrowed */
EVP_PKEY *zoo_key(const char *name);

/* The file, and a signature over ZOO_DATA by the key in the name of the certificate */
struct blob zoo_certificate_make(const struct zoo_certificate *certificate);
struct blob zoo_certificate_sign(const struct zoo_certificate *certificate);

struct blob zoo_message_make(const struct zoo_message *message);

/* The certificate that is number @number in a text as "$self $root"; empty: there are no more */
struct blob zoo_known(const char *text, size_t number);

#endif
