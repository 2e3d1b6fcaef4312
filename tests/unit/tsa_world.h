/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A timestamping authority for tests, of any time and of any fault; openssl ts knows the present only.
 */
#ifndef TSA_WORLD_H
#define TSA_WORLD_H

#include "signing_fixture.h"

/**
 * struct tsa_cert - a certificate to be made
 * @issuer:	NULL: itself
 * @from, @to:	in days from now
 * @usage:	extendedKeyUsage as OpenSSL's configuration has it, or NULL
 * @ca:		may issue others
 * @type:	of signer_make()
 */
struct tsa_cert {
	const char *cn;
	const struct signer *issuer;
	int from, to;
	const char *usage;
	int ca;
	const char *type;
};

struct signer tsa_cert_make(const struct tsa_cert *cert);

/* What is wrong with a token */
enum tsa_fault {
	TSA_GOOD, TSA_NO_CERTIFICATE, TSA_UNNAMED, TSA_TWO_SIGNERS, TSA_SHA1, TSA_SHA1_IMPRINT, TSA_VERSION,
	TSA_CRITICAL, TSA_OTHER_NAME, TSA_OWN_NAME, TSA_CHANGED, TSA_FRACTION, TSA_REJECTED, TSA_OTHER_CONTENT,
};

/**
 * struct tsa_token - a token to be made
 * @signer:	of the TSA; @between: of the CA between, which the token carries, too
 * @when:	in days from now
 */
struct tsa_token {
	const struct signer *signer;
	const struct signer *between;
	int when;
	enum tsa_fault fault;
};

/* A TimeStampResp over @value, in memory that blob_free() frees */
struct blob tsa_answer(const struct tsa_token *token, const void *value, size_t size);

/* The token in one alone */
struct blob tsa_token_of(const struct blob *answer);

/* The value of signature @number in a signed file */
struct blob tsa_value(const struct blob *file, int number);

#endif
