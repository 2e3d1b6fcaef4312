/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verifier's side of an enrolment: a challenge that only the TPM with this EK
 * and this AK can answer, and the host's identity once it did.
 */
#ifndef CARETAKER_VERDICT_ENROL_H
#define CARETAKER_VERDICT_ENROL_H

#include <stdbool.h>

#include "tpm/ak_chain.h"
#include "evidence/json.h"

#define ENROL_SECONDS	3600	/* how long a challenge may stay open */

/* 0; -EKEYREJECTED or -EBADMSG with @why; -EIO, -ENOMEM */
int verdict_challenge(struct ak_chain *chain, const struct enrolment *e, int64_t now,
		      struct challenge *challenge, struct challenge_secret *secret,
		      const char **why);

/*
 * 0; -EKEYREJECTED with @why when the response, the enrolment or the time do not
 * fit the challenge.
 */
int verdict_finish(const struct response *response, const struct challenge_secret *secret,
		   const struct enrolment *e, int64_t now, struct host_identity *host,
		   const char **why);

/* An identity is its EK for ever (CVE-2025-13609); the AK may be proven anew */
bool verdict_same_host(const struct host_identity *a, const struct host_identity *b);

#endif
