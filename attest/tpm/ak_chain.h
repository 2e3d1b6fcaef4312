/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is this endorsement key that of a real TPM?  Its certificate must lead to a
 * certificate authority of a TPM maker that the verifier trusts, or the operator
 * must vouch for the key himself.
 */
#ifndef CARETAKER_AK_CHAIN_H
#define CARETAKER_AK_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence/json.h"

struct ak_chain;

#define AK_CHAIN_FILE_MAX	(256u << 20)	/* bytes, as CERTIFICATE_FILE_MAX */

struct ak_chain *ak_chain_new(void);	/* NULL: no memory */
void ak_chain_free(struct ak_chain *chain);

/*
 * These add a file.  Return: 0, -EBADMSG with @why, -ENOMEM.
 *
 * Authorities: certificates in PEM, however many, or in DER one after another.
 * Self-signed ones are trusted, others lead to them.
 */
int ak_chain_add(struct ak_chain *chain, const void *data, size_t size, char why[EVIDENCE_REASON]);

/*
 * Certificate revocation lists, in PEM or in DER one after another.  With one of
 * them, a certificate that an authority of ours issued to somebody whom we do not
 * know (the EK, or the first authority that the host brings) needs one; others are
 * checked where there is one.
 */
int ak_chain_add_crl(struct ak_chain *chain, const void *data, size_t size,
		     char why[EVIDENCE_REASON]);

/* Keys that the operator vouches for; see ek_list_add() */
int ak_chain_add_list(struct ak_chain *chain, const void *data, size_t size,
		      char why[EVIDENCE_REASON]);

/* The EK's own certificate may have expired, as those of old TPMs have; no authority's may. */
void ak_chain_allow_expired(struct ak_chain *chain);

/*
 * Checks all that enrolment rests on: that somebody vouches for the EK at @now, and
 * that EK and AK may have their roles.  The host's own chain is never trusted, it only leads.
 * Return: 0 with @vouched; -EKEYREJECTED or -EBADMSG with @why, which lives as long
 * as @chain; -ENOMEM.
 */
int ak_chain_check(struct ak_chain *chain, const struct enrolment *e, int64_t now,
		   enum vouched *vouched, const char **why);

#endif
