/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures in IMA records: security.ima xattrs (version 2, and version 3 over
 * struct ima_file_id), and appended signatures (modsig), checked against
 * certificates that the caller trusts.
 */
#ifndef ATTEST_IMA_SIG_H
#define ATTEST_IMA_SIG_H

#include <stddef.h>
#include <stdint.h>

#include "log/ima_log.h"

enum ima_sig_state {
	IMA_SIG_NONE,		/* the record has no signature, or is a violation */
	IMA_SIG_VALID,
	IMA_SIG_INVALID,	/* malformed, or wrong for the key that it names */
	IMA_SIG_UNKNOWN_KEY,	/* no certificate of ours is the one it names; also a kind that we cannot check */
};

struct ima_keyring;

struct ima_keyring *ima_keyring_new(void);			/* NULL: no memory */
/* One or more certificates in PEM, or one in DER. 0, -EBADMSG, -ENOMEM. */
int ima_keyring_add(struct ima_keyring *ring, const void *data, size_t size, struct parse_error *err);
void ima_keyring_free(struct ima_keyring *ring);

#define IMA_SKID_MAX 64

/**
 * struct ima_signer - who signed
 * @skid, @skid_size: subject key identifier of the certificate, for IMA_SIG_VALID
 * @key_id:	as the signature names it (last four bytes of the identifier); 0 for modsig
 * @reason:	a sentence for the other states; static text
 */
struct ima_signer {
	unsigned char skid[IMA_SKID_MAX];
	size_t skid_size;
	uint32_t key_id;
	const char *reason;
};

/* @ring may be NULL: then every signature is of an unknown key. @who may be NULL. With both sig and modsig the worse counts. */
enum ima_sig_state ima_record_verify(const struct ima_keyring *ring, const struct ima_record *rec,
				     struct ima_signer *who);

#endif
