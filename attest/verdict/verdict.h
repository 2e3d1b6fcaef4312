/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict: parsed evidence, an enrolled identity, rules and reference values
 * in, yes or no out, with all that was proven and every reason against it.
 *
 * Nothing here reads files or the clock.  Whatever is unknown, missing, cannot be
 * parsed or is not covered by the quote is a reason for no.
 */
#ifndef CARETAKER_VERDICT_H
#define CARETAKER_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "claims/boot.h"
#include "claims/ima.h"
#include "evidence/json.h"
#include "policy_reference.h"
#include "policy_rules.h"
#include "tpm/quote.h"
#include "claims/reasons.h"

struct verdict_input {
	const struct evidence *evidence;
	struct ima_stream *ima;		/* IMA's list from its start; where opening failed, that is said */
	const struct host_identity *host;
	const unsigned char *nonce;
	size_t nonce_size;
	const struct policy_rules *rules;
	const struct policy_reference *reference;
	int64_t now;		/* seconds since 1970, verifier's clock */
};

struct verdict_vm {
	const struct claims_vm *claim;
	const struct claims_detached *detached;	/* its vCPUs that are, in the order of their numbers */
	size_t detached_count;
	const char *reason;	/* a word; NULL: this VM is fine */
};

/* What a verdict is about, and what made it */
struct verdict_origin {
	unsigned char ek_digest[32];		/* of the host's identity */
	unsigned char ak_name[2 + 64];		/* TPM name of its attestation key */
	size_t ak_name_size;
	enum vouched vouched;
	unsigned char rules[32], reference[32];	/* SHA-256 of the files */
	const char *tool;
};

/* What a verdict is expected to be about: that of @origin which is asked for, and by its tool in any case */
struct verdict_expected {
	const struct verdict_origin *origin;
	bool host, rules, reference;
};

struct verdict {
	const struct verdict_origin *origin;	/* the caller's; NULL: null in the JSON */
	bool accepted;
	struct reasons why;
	bool quoted;			/* the quote holds: the next fields mean something */
	struct quote quote;		/* points into the evidence */
	struct pcr_set pcrs;		/* quoted registers, no others */
	bool booted;			/* the firmware's log holds */
	struct claims_boot boot;
	bool logged;			/* the IMA log holds */
	struct claims_ima ima;
	struct verdict_vm *vm;		/* one for each of ima.caretaker.life.vm */
	int64_t issued;
	int64_t expires;		/* equal to @issued unless accepted */
};

/* 0, -ENOMEM, or what reading the IMA log says.  @v is to be freed in any case, before the input is. */
int verdict_decide(const struct verdict_input *in, struct verdict *v);
void verdict_free(struct verdict *v);

/* The word that speaks against one VM, or NULL */
const char *verdict_judge_vm(const struct caretaker_record *rec, const struct policy_rules *rules,
			     const struct policy_reference *ref);

/* The verdict as one value, some 5 KiB for each VM: for those who know that they are few.  NULL: out of memory. */
json_t *verdict_json(const struct verdict *v);

/*
 * The text of the same, to @put in parts, in memory that does not grow with the VMs.
 * Return: 0; -ENOMEM; -EIO where @put says other than 0, or memory ended on the way.
 */
int verdict_text(const struct verdict *v, json_dump_callback_t put, void *data);

/* Takes over who the host is.  0; -EBADMSG with @why, -ENOMEM. */
int verdict_origin_host(struct verdict_origin *origin, const struct host_identity *host,
			const char **why);

/* Is the verdict in @root, as verdict_json() wrote it, a yes at @now, and about @want?  Else a word. */
const char *verdict_standing(json_t *root, int64_t now, const struct verdict_expected *want);

#endif
