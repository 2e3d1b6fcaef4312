/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways to a private key; private_key.c chooses among them.
 */
#ifndef CARETAKER_KEY_WAYS_H
#define CARETAKER_KEY_WAYS_H

#include "private_key.h"

/* A file: PEM, DER (PKCS#8, encrypted or not, PKCS#1, SEC 1) or PKCS#12, or what a TPM has wrapped */
int key_file_load(const char *path, const struct key_source *source, X509 **cert,
		  struct private_key *out, struct reason *why);

/*
 * A token's key, of OpenSSL's provider "pkcs11" or libp11's engine of that name.
 * Return: 0; -ENOPKG where there is no such thing; -errno
 */
int token_provider_load(const struct token_key *key, struct private_key *out, struct reason *why);
int token_engine_load(const struct token_key *key, struct private_key *out, struct reason *why);
void token_engine_free(void *engine);

/*
 * The engine asks twice for a signature with a key on a curve if the first does not succeed: it gets
 * the PIN for one use once, and once more after this.
 */
void token_engine_signed(void *engine);

#endif
