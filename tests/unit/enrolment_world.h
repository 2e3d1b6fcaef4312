/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TPM maker, a TPM that OpenSSL plays, and an enrolment of it.  A test changes the
 * world before it is sealed.
 */
#ifndef TESTS_ENROLMENT_WORLD_H
#define TESTS_ENROLMENT_WORLD_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "evidence/json.h"
#include "tpm/ak_chain.h"

#include <tss2/tss2_tpm2_types.h>

#define NOW 1700000000

struct enrolment_world {
	EVP_PKEY *ca, *ek, *ak;
	X509 *ca_certificate;
	TPM2B_PUBLIC ek_public, ak_public;
	struct enrolment e;
	/* Of the EK certificate */
	const char *usage;		/* extended key usage; NULL: none */
	const char *alt_name;		/* section of an OpenSSL configuration; NULL: none */
	const char *odd[2];		/* extensions that OpenSSL does not know: "critical,DER:…" */
	int odd_nid[2];
	bool is_ca;
	long from, until;
	EVP_PKEY *certified;	/* NULL: the EK */
	EVP_PKEY *signed_by;	/* NULL: the CA */
	const char *issuer;	/* NULL: the CA */
};

/* @serial is 1 for an authority, 2 for others; @md signs */
struct certificate {
	EVP_PKEY *key, *by;
	const char *subject, *issuer;
	const char *usage, *alt_name, *odd[2];
	int odd_nid[2];
	bool is_ca;
	long serial, from, until;
	const EVP_MD *md;
};

X509 *certificate_make(const struct certificate *c);

/* A good one: an EK of RSA 2048 with a certificate of the maker, an AK of P-256 */
void world_init(struct enrolment_world *w);
/* Makes @w->e of it */
void world_seal(struct enrolment_world *w);
void world_free(struct enrolment_world *w);

/* A verifier that trusts this authority */
struct ak_chain *chain_of(X509 *x);

#endif
