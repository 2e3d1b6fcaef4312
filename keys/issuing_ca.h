/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CA that signs a certificate: its options, its key and its certificate.
 */
#ifndef CARETAKER_ISSUING_CA_H
#define CARETAKER_ISSUING_CA_H

#include <stdbool.h>

#include "keypair.h"
#include "private_key.h"

struct issuing_ca {
	const char *key;		/* NULL, as @cert: there is none */
	const char *cert;
	struct key_source source;
	struct private_key private;	/* issuing_ca_load() */
};

#define ISSUING_CA_NONE { .source = KEY_SOURCE_PROMPT }

/* Values of getopt_long(), behind those of key_options.h */
enum { CA_KEY = 1100, CA_CERT, CA_FILE, CA_FD, CA_MODULE, CA_WAY, CA_TCTI };

#define CA_OPTIONS \
	{ "ca-key", required_argument, NULL, CA_KEY }, \
	{ "ca-cert", required_argument, NULL, CA_CERT }, \
	{ "ca-passphrase-file", required_argument, NULL, CA_FILE }, \
	{ "ca-passphrase-fd", required_argument, NULL, CA_FD }, \
	{ "ca-pkcs11-module", required_argument, NULL, CA_MODULE }, \
	{ "ca-pkcs11-by", required_argument, NULL, CA_WAY }

/* Takes one of them, or --ca-tcti.  0, or -EINVAL where the value makes no sense or the option is none of them */
int issuing_ca_take(int option, const char *value, struct issuing_ca *ca);

/* Key and certificate, or neither */
bool issuing_ca_complete(const struct issuing_ca *ca);

/*
 * Loads both for @pair, if there is a CA; issuing_ca_free() in any case.
 * Return: 0, REFUSED or -errno
 */
int issuing_ca_load(struct issuing_ca *ca, struct keypair_request *pair, struct reason *why);
void issuing_ca_free(struct issuing_ca *ca, struct keypair_request *pair);

#endif
