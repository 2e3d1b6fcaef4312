/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DSSE 1.0: a message of any type with signatures, as JSON
 * (github.com/secure-systems-lab/dsse, protocol.md and envelope.md).
 *
 * DSSE leaves to signer and verifier how a signature is made.  Here the key says it, so that
 * nothing of it is in the envelope: RSA PKCS#1 v1.5 with SHA-256, ECDSA (DER of r and s) with
 * SHA-256 on P-256, SHA-384 on P-384, SHA-512 on P-521; as securesystemslib and sigstore do.
 */
#ifndef CARETAKER_DSSE_H
#define CARETAKER_DSSE_H

#include <jansson.h>

#include "file.h"
#include "public_keys.h"
#include "signing_key.h"

#define DSSE_MAX_BYTES		(1u << 20)	/* of an envelope */
#define DSSE_MAX_SIGNATURES	8

struct dsse_signature {
	const char *keyid;		/* a hint that nobody signed; "" if there is none */
	struct blob value;
};

struct dsse {
	json_t *root;			/* owns the strings */
	const char *type;		/* payloadType, UTF-8; signed */
	struct blob payload;		/* signed */
	struct dsse_signature signature[DSSE_MAX_SIGNATURES];
	size_t signatures;
};

/*
 * PAE(type, body), what is signed: "DSSEv1", the number of bytes of the type, the type, the same of
 * the body, with blanks between.  0 or -ENOMEM; @out is for blob_free().
 */
int dsse_pae(const char *type, const void *body, size_t size, struct blob *out);

/*
 * Reads an envelope.  payload, payloadType and sig must be there, of base64 either alphabet counts;
 * what else is there is passed over, as envelope.md demands, unless a key is there twice.
 * Return: 0, then dsse_free(); REFUSED: "envelope-size", "json", "json-duplicate",
 * "envelope-form", "envelope-base64", "envelope-unsigned", "envelope-signatures"; -ENOMEM
 */
int dsse_parse(const void *data, size_t size, struct dsse *out, struct reason *why);
void dsse_free(struct dsse *envelope);

/*
 * Is one of the signatures good, by one of @keys?  The others are as if they were in other
 * envelopes (envelope.md, "Multiple signatures").  A keyid chooses the words of a refusal and nothing else.
 * Nothing of the envelope means anything before.
 * Return: 0 with the key in @signer, borrowed; REFUSED: "envelope-bad-signature" (of a key that it
 * names), "envelope-unknown-key", "envelope-key" (good, of a type or size that is not taken);
 * -errno
 */
int dsse_verify(const struct dsse *envelope, const struct public_keys *keys, EVP_PKEY **signer,
		struct reason *why);

/* An envelope of @body, signed by @key, with its public_key_id() as the keyid.  It is verified. */
int dsse_sign(const char *type, const void *body, size_t size, const struct signing_key *key,
	      struct blob *out, struct reason *why);

#endif
