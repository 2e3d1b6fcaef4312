/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is this endorsement key that of a real TPM?  Its certificate must lead to a
 * certificate authority of a TPM maker that the verifier trusts.
 */
#ifndef CARETAKER_AK_CHAIN_H
#define CARETAKER_AK_CHAIN_H

#include <stdint.h>

#include <openssl/x509.h>

#include "evidence_json.h"

struct ak_chain;

#define AK_CHAIN_FILE_MAX	(256u << 20)	/* bytes, as CERTIFICATE_FILE_MAX */

struct ak_chain *ak_chain_new(void);	/* NULL: no memory */
void ak_chain_free(struct ak_chain *chain);

/*
 * All certificates of a file, or none if one does not fit: certificate_parse().  Self-signed
 * ones are trusted, others lead to them.  Return: 0, -EBADMSG, -ENOMEM.
 */
int ak_chain_add(struct ak_chain *chain, const void *data, size_t size);

/*
 * Checks all that enrolment rests on: the EK certificate's chain and purpose at
 * @now, that it is for the EK, and that EK and AK may have their roles.
 * Return: 0, -EKEYREJECTED or -EBADMSG with @why, -ENOMEM.
 */
int ak_chain_check(struct ak_chain *chain, const struct enrolment *e, int64_t now,
		   const char **why);

#endif
