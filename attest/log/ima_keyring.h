/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The certificates against which signatures in IMA records are checked. Private
 * to ima_sig.c and ima_modsig.c.
 */
#ifndef ATTEST_IMA_KEYRING_H
#define ATTEST_IMA_KEYRING_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "log/ima_hash.h"
#include "log/ima_sig.h"

/**
 * struct ima_key - a certificate
 * @skid:	subject key identifier; where the certificate has none, SHA-1 of the
 *		public key, as evmctl makes it
 * @key_id:	its last four bytes
 */
struct ima_key {
	X509 *cert;
	EVP_PKEY *pkey;		/* of @cert, not to be freed */
	unsigned char skid[IMA_SKID_MAX];
	size_t skid_size;
	uint32_t key_id;
};

struct ima_keyring {
	struct ima_key *key;
	size_t count;
};

/* The next key with this id behind @after (NULL: the first), or NULL. @ring may be NULL. */
const struct ima_key *ima_keyring_find_id(const struct ima_keyring *ring, const struct ima_key *after,
					  uint32_t key_id);
void ima_key_identify(const struct ima_key *key, struct ima_signer *who);

bool ima_verify_digest(EVP_PKEY *key, const struct ima_hash *hash, struct view digest,
		       struct view value);

enum ima_sig_state ima_modsig_verify(const struct ima_keyring *ring, const struct ima_record *rec,
				     struct ima_signer *who);

#endif
