// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides.  The order matters: nothing of the evidence is interpreted before the
 * quote over it holds, and no claim is judged before its log replays.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tpm/ak_public.h"
#include "claims/command_line.h"
#include "verdict/judge.h"

/* --- The quote ---------------------------------------------------------------- */

/* The key is the enrolled one; what the evidence brings along is only compared */
static EVP_PKEY *enrolled_key(const struct verdict_input *in, struct reasons *why)
{
	const struct blob *ours = &in->host->ak_public, *theirs = &in->evidence->ak_public;
	const char *text = "";
	TPM2B_PUBLIC public;
	EVP_PKEY *key = NULL;

	if (ours->size != theirs->size || memcmp(ours->data, theirs->data, ours->size)) {
		reasons_add(why, "wrong-ak", "the quote is by another key than the enrolled one");
		return NULL;
	}
	if (ak_public_parse(ours, &public, &text) || ak_public_is_attestation_key(&public, &text) ||
	    ak_public_to_pkey(&public, &key, &text)) {
		reasons_add(why, "wrong-ak", "the enrolled key: %s", text);
		return NULL;
	}
	return key;
}

static bool check_signature(const struct verdict_input *in, struct verdict *v, enum pcr_bank *hash)
{
	const struct evidence *e = in->evidence;
	struct parse_error err = { 0 };
	EVP_PKEY *key;
	int rc;

	if (quote_parse(&v->quote, e->attest.data, e->attest.size, &err)) {
		reasons_add(&v->why, "bad-quote", "%s", err.text);
		return false;
	}
	key = enrolled_key(in, &v->why);
	if (!key)
		return false;
	rc = quote_verify(&v->quote, e->signature.data, e->signature.size, key, hash, &err);
	EVP_PKEY_free(key);
	if (rc) {
		reasons_add(&v->why, "bad-signature", "%s", err.text);
		return false;
	}
	return true;
}

static bool check_selection(const struct verdict_input *in, struct verdict *v)
{
	const struct pcr_selection *sel = &v->quote.selection;
	const struct policy_rules *rules = in->rules;
	bool good = true;

	for (unsigned int i = 0; i < sel->count; i++) {
		enum pcr_bank bank = sel->entry[i].bank;

		if (!sel->entry[i].mask || bank == rules->bank ||
		    rules->other_banks & PCR_BANK_BIT(bank))
			continue;
		reasons_add(&v->why, bank == PCR_SHA1 ? "weak-bank" : "pcr-selection",
			    "the quote has registers of bank %s", pcr_bank_name(bank));
		good = false;
	}
	if ((pcr_selection_mask(sel, rules->bank) & rules->pcrs) != rules->pcrs) {
		reasons_add(&v->why, "pcr-selection",
			    "the quote lacks registers that the rules ask for in bank %s",
			    pcr_bank_name(rules->bank));
		good = false;
	}
	return good;
}

/* Copies what the quote covers; other values in the evidence are hearsay */
static bool take_registers(const struct verdict_input *in, struct verdict *v, enum pcr_bank hash)
{
	const struct pcr_selection *sel = &v->quote.selection;
	struct parse_error err = { 0 };

	pcr_set_init(&v->pcrs);
	if (quote_check_pcrs(&v->quote, hash, &in->evidence->pcrs, &err)) {
		reasons_add(&v->why, "pcr-mismatch", "the values are not those that were quoted");
		return false;
	}
	for (unsigned int i = 0; i < sel->count; i++) {
		for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++) {
			enum pcr_bank bank = sel->entry[i].bank;

			if (sel->entry[i].mask >> pcr & 1 &&
			    pcr_set_value(&v->pcrs, bank, pcr,
					  pcr_value(&in->evidence->pcrs, bank, pcr),
					  pcr_bank_size(bank)))
				return false;
		}
	}
	return true;
}

static bool check_quote(const struct verdict_input *in, struct verdict *v)
{
	struct parse_error err = { 0 };
	enum pcr_bank hash;

	if (!check_signature(in, v, &hash))
		return false;
	if (in->nonce_size < EVIDENCE_NONCE_MIN ||
	    quote_check_nonce(&v->quote, in->nonce, in->nonce_size, &err)) {
		reasons_add(&v->why, "stale-nonce", "the quote does not answer this nonce");
		return false;
	}
	if (!check_selection(in, v) || !take_registers(in, v, hash))
		return false;
	if (in->rules->require_safe_clock && !v->quote.safe)
		reasons_add(&v->why, "clock-not-safe", "the TPM's clock may have been set back");
	return true;
}

/* --- Boot -------------------------------------------------------------------- */

static bool is_pinned(const struct policy_reference *reference, enum pcr_bank bank, unsigned int pcr)
{
	for (size_t i = 0; i < reference->pcrs; i++)
		if (reference->pcr[i].bank == bank && reference->pcr[i].pcr == pcr)
			return true;
	return false;
}

/* Of those in @which. A reference may have other banks beside that of the rules, and not instead of it */
static void judge_registers(const struct verdict_input *in, struct verdict *v, uint32_t which)
{
	const enum pcr_bank bank = in->rules->bank;

	for (size_t i = 0; i < in->reference->pcrs; i++) {
		const struct policy_pcr *p = &in->reference->pcr[i];
		const unsigned char *value;

		if (!(which >> p->pcr & 1))
			continue;
		if (p->bank != bank) {
			if (!is_pinned(in->reference, bank, p->pcr))
				reasons_add(&v->why, "unknown-firmware",
					    "PCR %u is pinned in bank %s, and the rules go by %s", p->pcr,
					    pcr_bank_name(p->bank), pcr_bank_name(bank));
			continue;
		}
		/* What firmware left behind, before user space went on with it */
		value = pcr_value(&v->boot.at_init, p->bank, p->pcr);
		if (!value || !policy_digest_listed(p->allowed, p->count, value,
						    pcr_bank_size(p->bank)))
			reasons_add(&v->why, "unknown-firmware",
				    "PCR %u %s", p->pcr, value ? "has no value that the reference lists" :
				    "is pinned, and not quoted");
	}
}

static void judge_applications(const struct verdict_input *in, struct verdict *v)
{
	const struct policy_boot *known = NULL;

	for (size_t i = 0; i < v->boot.applications; i++) {
		bool started = i && !v->boot.application[i].attempt;

		/* All are of one bank, and so of one size */
		known = policy_reference_boot(in->reference, in->rules->bank,
					      started ? v->boot.application[i - 1].digest : NULL,
					      v->boot.application[i].digest,
					      v->boot.application[i].size);
		if (!known)
			reasons_add(&v->why, "unknown-kernel",
				    "event %u: an EFI application that the reference does not list there",
				    v->boot.application[i].event);
	}
	if (!v->boot.applications)
		reasons_add(&v->why, "unknown-kernel", "the log has no EFI application");
	else if (known && !known->kernel)
		reasons_add(&v->why, "unknown-kernel", "the last EFI application is no kernel");
}

static void judge_boot(const struct verdict_input *in, struct verdict *v)
{
	const struct policy_rules *rules = in->rules;

	/* The others are judged once a boot aggregate has proven them, or has not */
	judge_registers(in, v, ~v->boot.open);
	if (rules->require_secure_boot && v->boot.shim_off)
		reasons_add(&v->why, "secure-boot-off",
			    "event %u: shim's validation was switched off", v->boot.shim_off);
	else if (rules->require_secure_boot && v->boot.secure_boot != UEFI_SECURE_BOOT_ON)
		reasons_add(&v->why, "secure-boot-off",
			    v->boot.secure_boot == UEFI_SECURE_BOOT_OFF ?
			    "Secure Boot is off" : "the log does not say that Secure Boot is on");
	if (rules->require_known_boot)
		judge_applications(in, v);
}

/* The kernel's own statement counts; without one, and where the rules do with it, the loader's */
static void judge_command_line(const struct verdict_input *in, struct verdict *v)
{
	const struct policy_rules *rules = in->rules;

	if (!rules->require_command_line || v->ima.caretaker.kernels.kernels)
		return;
	if (v->boot.command_line_proven)
		command_line_check(v->boot.command_line, strlen(v->boot.command_line),
				   "the load options", &rules->required_words,
				   &rules->forbidden_words, &v->why);
	else
		reasons_add(&v->why, "command-line-unproven",
			    "no measurement proves the kernel's command line");
}

/* --- IMA --------------------------------------------------------------------------- */

/* Each of the kernel that runs: between two of them, the first one decided what is recorded */
static void judge_policy(const struct verdict_input *in, struct verdict *v)
{
	const struct policy_reference *ref = in->reference;

	if (!in->rules->require_ima_policy)
		return;
	if (!v->ima.policies)
		reasons_add(&v->why, "ima-policy-missing", "no IMA policy was measured");
	for (unsigned int i = 0; i < v->ima.policies && ref->ima_policies; i++)
		if (!policy_digest_listed(ref->ima_policy, ref->ima_policies, v->ima.policy_digest[i], 32))
			reasons_add(&v->why, "ima-policy-unfit",
				    "the reference does not list IMA policy %u of %u", i + 1,
				    v->ima.policies);
}

static int read_ima(const struct verdict_input *in, struct verdict *v)
{
	const struct claims_ima_input input = {
		.banks = PCR_BANK_BIT(in->rules->bank), .quoted = &v->pcrs,
		.at_init = &v->boot.at_init,
	};
	int rc = claims_ima_read(in->ima, &input, &v->ima, &v->why);

	v->logged = !rc;
	return rc == -EBADMSG ? 0 : rc;
}

/* --- All of it --------------------------------------------------------------------- */

int verdict_decide(const struct verdict_input *in, struct verdict *v)
{
	const struct evidence *e = in->evidence;
	const struct claims_boot_input boot = {
		.uefi_log = { e->uefi_log.data, e->uefi_log.size },
		.userspace_log = { e->userspace_log.data, e->userspace_log.size },
		.bank = in->rules->bank, .quoted = &v->pcrs, .replayed = in->rules->replayed,
		.candidate = e->command_line,
	};
	int rc;

	memset(v, 0, sizeof(*v));
	v->issued = v->expires = in->now;
	v->quoted = check_quote(in, v);
	if (!v->quoted)
		return 0;
	v->booted = !claims_boot_read(&boot, &v->boot, &v->why);
	if (v->booted)
		judge_boot(in, v);
	rc = read_ima(in, v);
	if (rc)
		return rc;
	claims_boot_unprove(&v->boot, in->rules->bank, v->logged ? v->ima.aggregate_bank : PCR_BANK_NONE,
			    &v->pcrs, &v->why);
	if (v->booted) {
		judge_registers(in, v, v->boot.open);
		judge_command_line(in, v);
	}
	if (v->logged) {
		judge_policy(in, v);
		verdict_judge_kernels(in, v);
		rc = verdict_judge_vms(in, v);
		if (rc)
			return rc;
	}
	v->accepted = v->quoted && v->booted && v->logged && !v->why.count;
	if (v->accepted)
		v->expires = in->now + in->rules->validity_seconds;
	return 0;
}

void verdict_free(struct verdict *v)
{
	free(v->vm);
	claims_ima_free(&v->ima);
	memset(v, 0, sizeof(*v));
}
