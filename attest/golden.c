// SPDX-License-Identifier: GPL-2.0-only
/* Reference values from a golden host; see golden.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "claims/boot.h"
#include "claims/ima.h"
#include "evidence/container.h"
#include "golden.h"
#include "policy_json.h"
#include "tpm/ak_public.h"
#include "tpm/quote.h"

#define CHAIN		0x7ffU	/* registers that the boot aggregate and IMA need */
#define REPLAYED	0x73ffU	/* as in policy/rules.json */

/**
 * struct golden - what is found
 * @quoted: registers that the quote covers, no others
 * @application: by place in PCR 4, a digest for each bank that was quoted
 * @started: the one before it started it, and not the firmware
 * @event: the number of its event
 * @banks: PCR_BANK_BIT of those that were looked at
 * @boot: what the firmware's log says, by the bank in which that counts
 * @at_init: PCR 0 to 9 and 14 when IMA started, in all banks that were quoted
 * @aggregate: the bank over which IMA's boot aggregate holds
 * @policies, @policy_digest: measured IMA policies, SHA-256 of each
 */
struct golden {
	struct pcr_set quoted;
	struct policy_digests application[CLAIMS_APPLICATIONS];
	bool started[CLAIMS_APPLICATIONS];
	unsigned int event[CLAIMS_APPLICATIONS];
	size_t applications;
	uint32_t banks;
	struct claims_boot boot[PCR_BANKS];
	struct pcr_set at_init;
	int aggregate;
	unsigned int policies;
	unsigned char policy_digest[CLAIMS_POLICIES_MAX][32];
};

static int signing_key(const struct evidence *e, EVP_PKEY **key, char *why)
{
	const char *text = "not usable";
	TPM2B_PUBLIC public;

	if (ak_public_parse(&e->ak_public, &public, &text) ||
	    ak_public_is_attestation_key(&public, &text) || ak_public_to_pkey(&public, key, &text))
		return policy_json_fail(why, "ak_public: %.100s", text);
	return 0;
}

/* The registers that are quoted, by a key that attests */
static int check_quote(const struct evidence *e, struct pcr_set *quoted, char *why)
{
	struct parse_error err = { 0 };
	EVP_PKEY *key = NULL;
	enum pcr_bank hash;
	struct quote q;
	int rc;

	rc = signing_key(e, &key, why);
	if (rc)
		return rc;
	rc = quote_parse(&q, e->attest.data, e->attest.size, &err);
	if (!rc)
		rc = quote_verify(&q, e->signature.data, e->signature.size, key, &hash, &err);
	if (!rc)
		rc = quote_check_pcrs(&q, hash, &e->pcrs, &err);
	EVP_PKEY_free(key);
	if (rc)
		return policy_json_fail(why, "quote: %.130s", err.text);
	*quoted = e->pcrs;
	for (int bank = 0; bank < PCR_BANKS; bank++)
		quoted->present[bank] &= pcr_selection_mask(&q.selection, bank);
	return 0;
}

static int first_reason(const struct reasons *reasons, char *why)
{
	if (!reasons->count)
		return 0;
	return policy_json_fail(why, "%s: %.120s", reasons->reason[0].word, reasons->reason[0].text);
}

static int take_applications(const struct claims_boot *boot, enum pcr_bank bank, struct golden *g, char *why)
{
	if (!boot->applications)
		return policy_json_fail(why, "the firmware's log has no EFI application");
	for (size_t i = 0; i < boot->applications; i++) {
		memcpy(g->application[i].of[bank].value, boot->application[i].digest,
		       boot->application[i].size);
		g->application[i].of[bank].size = boot->application[i].size;
		g->started[i] = i && !boot->application[i].attempt;
		g->event[i] = boot->application[i].event;
	}
	g->applications = boot->applications;
	return 0;
}

/* What the firmware's log proves in one bank */
static int take_boot(const struct evidence *e, enum pcr_bank bank, struct golden *g, char *why)
{
	const struct claims_boot_input in = {
		.uefi_log = { e->uefi_log.data, e->uefi_log.size },
		.userspace_log = { e->userspace_log.data, e->userspace_log.size },
		.bank = bank, .quoted = &g->quoted, .replayed = REPLAYED, .candidate = e->command_line,
	};
	struct claims_boot *boot = &g->boot[bank];
	struct reasons reasons = { 0 };
	int rc;

	claims_boot_read(&in, boot, &reasons);
	rc = first_reason(&reasons, why);
	if (!rc)
		rc = take_applications(boot, bank, g, why);
	g->at_init = boot->at_init;
	g->banks |= PCR_BANK_BIT(bank);
	return rc;
}

/* What IMA's list proves in all of them: it is read once */
static int take_ima(struct container *c, struct golden *g, char *why)
{
	const struct claims_ima_input in = {
		.banks = g->banks, .quoted = &g->quoted, .at_init = &g->at_init,
	};
	struct parse_error err = { 0 };
	struct reasons reasons = { 0 };
	struct ima_stream list;
	struct claims_ima ima;
	int rc;

	ima_stream_open_from(&list, members_read, &c->members, CONTAINER_MAX_IMA, &err);
	rc = claims_ima_read(&list, &in, &ima, &reasons);
	ima_stream_close(&list);
	if (rc && rc != -EBADMSG)
		return rc;
	rc = first_reason(&reasons, why);
	g->aggregate = ima.aggregate_bank;
	g->policies = ima.policies;
	memcpy(g->policy_digest, ima.policy_digest, sizeof(g->policy_digest));
	claims_ima_free(&ima);
	return rc;
}

/* Of each bank by itself: a verdict goes by one */
static int check_proven(struct golden *g, uint32_t pins, char *why)
{
	struct reasons reasons = { 0 };

	for (int bank = 0; bank < PCR_BANKS; bank++)
		if (g->banks >> bank & 1 && g->boot[bank].open & pins)
			claims_boot_unprove(&g->boot[bank], bank, g->aggregate, &g->quoted, &reasons);
	return first_reason(&reasons, why);
}

/* PCR 14 need not be quoted: what is not there is no value */
static int check_pins(struct golden *g, uint32_t pins, char *why)
{
	for (int bank = 0; bank < PCR_BANKS; bank++)
		for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++)
			if (g->banks >> bank & 1 && pins >> pcr & 1 && !pcr_value(&g->at_init, bank, pcr))
				return policy_json_fail(why, "PCR %u of bank %s is not quoted", pcr,
							pcr_bank_name(bank));
	return check_proven(g, pins, why);
}

static int add_pins(json_t *ref, const struct golden *g, uint32_t pins)
{
	int rc = 0;

	for (int bank = 0; bank < PCR_BANKS; bank++)
		for (unsigned int pcr = 0; !rc && pcr < PCR_COUNT; pcr++)
			if (g->banks >> bank & 1 && pins >> pcr & 1)
				rc = policy_reference_add_pcr(ref, bank, pcr,
							      g->boot[bank].at_init.value[bank][pcr]);
	return rc;
}

/*
 * What one application started counts behind that one alone: of a kernel in an image, or behind a
 * loader that checks it, the golden host shows no more. What the firmware started counts by itself.
 */
static int add_applications(json_t *ref, const struct golden *g)
{
	char description[64];
	int rc = 0;

	for (size_t i = 0; !rc && i < g->applications; i++) {
		snprintf(description, sizeof(description), "golden host, event %u", g->event[i]);
		rc = policy_reference_add_boot_digests(ref, i + 1 == g->applications, description,
						       &g->application[i],
						       g->started[i] ? &g->application[i - 1] : NULL);
	}
	return rc;
}

/* What there is in the evidence; nothing is added to a reference before its file has ended as it must */
static int take_evidence(struct container *c, const struct evidence *e, struct golden *g, char *why)
{
	static const enum pcr_bank banks[] = { PCR_SHA256, PCR_SHA384, PCR_SHA512 };
	int rc, end;

	rc = check_quote(e, &g->quoted, why);
	for (size_t i = 0; !rc && i < sizeof(banks) / sizeof(banks[0]); i++)
		if ((g->quoted.present[banks[i]] & CHAIN) == CHAIN)
			rc = take_boot(e, banks[i], g, why);
	if (!rc && !g->banks)
		rc = policy_json_fail(why, "PCR 0 to 10 are quoted in no bank but SHA-1");
	if (!rc)
		rc = take_ima(c, g, why);
	end = container_close(c);
	return end == -EBADMSG ? policy_json_fail(why, "%s", c->members.why) : end ? end : rc;
}

static int read_evidence(const char *path, struct golden *g, char *why)
{
	int fd = file_open(path), rc;
	struct evidence e;
	struct container c;

	if (fd < 0)
		return fd;
	rc = container_open(&c, window_read_fd, &fd, CONTAINER_MAX_IMA, &e);
	if (rc == -EBADMSG)
		policy_json_fail(why, "%s", c.members.why);
	if (!rc)
		rc = take_evidence(&c, &e, g, why);
	evidence_free(&e);
	file_close(fd);
	return rc;
}

int golden_reference(json_t *ref, const char *path, uint32_t pins, char why[POLICY_REASON])
{
	static struct golden g;
	int rc;

	memset(&g, 0, sizeof(g));
	rc = read_evidence(path, &g, why);
	if (!rc)
		rc = check_pins(&g, pins, why);
	for (unsigned int i = 0; !rc && i < g.policies; i++)
		rc = policy_reference_add_ima_policy(ref, g.policy_digest[i]);
	if (!rc)
		rc = add_pins(ref, &g, pins);
	if (!rc)
		rc = add_applications(ref, &g);
	return rc;
}
