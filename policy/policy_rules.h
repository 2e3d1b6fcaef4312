/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a verdict: what a quote must hold, and what a host may run.
 * caretaker-policy(1) documents the file.  Every key must be there, no other may:
 * a rule that was forgotten or misspelt is an error, never a default.
 */
#ifndef CARETAKER_POLICY_RULES_H
#define CARETAKER_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pcr.h"

#define POLICY_MAX_FILE	(4u << 20)
#define POLICY_REASON	160	/* bytes of an explanation */

struct policy_words {
	char **word;
	size_t count;
};

struct policy_svn_floor {
	char name[32];
	uint32_t svn;
};

struct policy_digest {
	unsigned char value[64];
	size_t size;
};

struct policy_rules {
	/* quote */
	enum pcr_bank bank;		/* claims come from this bank only */
	uint32_t pcrs;			/* which must be quoted in it, a bit each */
	uint32_t other_banks;		/* PCR_BANK_BIT of banks that may be quoted beside it */
	bool require_safe_clock;
	int64_t validity_seconds;	/* of an accepting verdict */
	int64_t nonce_seconds;		/* between --new-nonce and the verdict */

	/* boot */
	uint32_t replayed;		/* which the logs must lead to, a bit each */
	bool require_secure_boot;
	bool require_known_boot;	/* every application of PCR 4 in the reference values */
	bool require_kernel_statement;	/* each kernel said what it is (caretaker-boot) */
	uint32_t require_lockdown;	/* CARETAKER_LOCKDOWN_* that it must have started with */
	bool require_command_line;	/* stated by the kernel, or proven by PCR 9 */
	struct policy_words required_words;
	struct policy_words forbidden_words;
	bool allow_crash_kernel;	/* one may be loaded, though a crash leaves no evidence */

	/* ima */
	bool require_ima_policy;	/* the measured policy records what we rely on */

	/* caretaker */
	uint32_t modes;			/* bit n: CARETAKER_MODE_n is allowed */
	uint64_t flags;			/* CARETAKER_FLAG_* that are allowed */
	uint32_t require_enforce;	/* CARETAKER_ENFORCE_* that must be set */
	uint32_t keyrings;		/* bit n: CARETAKER_KEYRING_n is allowed */
	uint32_t minimum_vms;		/* live VMs with a caretaker on all vCPUs that there must be */
	int64_t maximum_refusals;	/* -1: any number */
	bool allow_detached;		/* vCPUs may be where neither KVM nor a VMM is */
	int64_t maximum_vms_without;	/* VMs without a caretaker; -1: any number */
	struct policy_svn_floor *floors;
	size_t floor_count;
	struct policy_digest *revoked_payloads;
	size_t revoked_payload_count;
	struct policy_digest *revoked_signers;
	size_t revoked_signer_count;
};

/* 0, -EBADMSG with @why, or -ENOMEM.  On error @out is empty. */
int policy_rules_parse(const void *data, size_t size, struct policy_rules *out,
		       char why[POLICY_REASON]);
void policy_rules_free(struct policy_rules *rules);

uint32_t policy_rules_svn_floor(const struct policy_rules *rules, const char *name);
bool policy_digest_listed(const struct policy_digest *list, size_t count,
			  const unsigned char *value, size_t size);

/*
 * Is @pattern for the parameter @name with @value (NULL: none)?  Alternatives are
 * separated by '|'.  One without '=' is for the parameter with any value or none; in
 * names '-' and '_' are the same, as in the kernel.  One that ends in '*' is a
 * beginning, of the value or, without '=', of the name.
 */
bool policy_word_matches(const char *pattern, const char *name, const char *value);

/* Is @pattern for the parameter @name, whatever the value? */
bool policy_word_names(const char *pattern, const char *name);

#endif
