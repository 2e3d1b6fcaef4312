// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a verifier is told, and what a host measured: rules, reference values, IMA
 * policies, command lines.  The first byte says which.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claims/command_line.h"
#include "policy_ima.h"
#include "policy_reference.h"
#include "policy_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)
#define HIDE	"dont_measure func=CRITICAL_DATA\n"

static void check_text(const char *text, size_t room)
{
	MUST(*text && strnlen(text, room) < room);
	for (; *text; text++)
		MUST(*text >= ' ' && *text <= '~');
}

static const char *bounded(const char *text, size_t room)
{
	MUST(memchr(text, 0, room));
	return text;
}

static void check_refusal(int rc, const char *why, const void *out, size_t size)
{
	MUST(rc == -EBADMSG);
	check_text(why, POLICY_REASON);
	for (size_t i = 0; i < size; i++)
		MUST(!((const char *)out)[i]);
}

/* A word that no rule may mean: else a rule that is never broken, or always */
static void check_words(const struct policy_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		MUST(!policy_word_names(words->word[i], "\x7f") &&
		     !policy_word_names(words->word[i], ""));
}

static void fuzz_rules(const uint8_t *data, size_t size)
{
	char why[POLICY_REASON] = "";
	struct policy_rules r;
	int rc = policy_rules_parse(data, size, &r, why);

	if (rc) {
		check_refusal(rc, why, &r, sizeof(r));
		return;
	}
	MUST(r.bank == PCR_SHA256 || r.bank == PCR_SHA384 || r.bank == PCR_SHA512);
	MUST(!(r.pcrs & ~PCR_ALL) && (r.pcrs & 0x7ff) == 0x7ff);
	MUST(r.validity_seconds > 0 && r.validity_seconds <= 7 * 86400);
	MUST(r.nonce_seconds > 0 && r.nonce_seconds <= 7 * 86400);
	MUST(r.maximum_refusals >= -1);
	check_words(&r.required_words);
	check_words(&r.forbidden_words);
	for (size_t i = 0; i < r.floor_count; i++)
		MUST(policy_rules_svn_floor(&r, bounded(r.floors[i].name,
				sizeof(r.floors[i].name))) == r.floors[i].svn);
	for (size_t i = 0; i < r.revoked_payload_count; i++)
		MUST(policy_digest_listed(r.revoked_payloads, r.revoked_payload_count,
					  r.revoked_payloads[i].value, r.revoked_payloads[i].size));
	MUST(!policy_digest_listed(r.revoked_signers, r.revoked_signer_count, data, 0));
	policy_rules_free(&r);
}

static void check_digests(const struct policy_digests *d)
{
	MUST(!d->of[PCR_SHA1].size);
	for (int bank = 0; bank < PCR_BANKS; bank++)
		MUST(!d->of[bank].size || d->of[bank].size == pcr_bank_size(bank));
}

static void fuzz_reference(const uint8_t *data, size_t size)
{
	char why[POLICY_REASON] = "";
	struct policy_reference ref;
	int rc = policy_reference_parse(data, size, &ref, why);

	if (rc) {
		check_refusal(rc, why, &ref, sizeof(ref));
		return;
	}
	for (size_t i = 0; i < ref.payloads; i++) {
		MUST(*bounded(ref.payload[i].name, sizeof(ref.payload[i].name)));
		MUST(*bounded(ref.payload[i].version, sizeof(ref.payload[i].version)));
		check_digests(&ref.payload[i].digest);
	}
	for (size_t i = 0; i < ref.boots; i++) {
		MUST(*bounded(ref.boot[i].description, sizeof(ref.boot[i].description)));
		check_digests(&ref.boot[i].digest);
		if (ref.boot[i].inner)
			check_digests(&ref.boot[i].image);
	}
	for (size_t i = 0; i < ref.signers; i++)
		MUST(ref.signer[i].id.size && (!ref.signer[i].key.size || ref.signer[i].key.size == 32));
	for (size_t i = 0; i < ref.pcrs; i++) {
		MUST(ref.pcr[i].pcr < PCR_COUNT && ref.pcr[i].bank != PCR_SHA1);
		for (size_t j = 0; j < ref.pcr[i].count; j++)
			MUST(ref.pcr[i].allowed[j].size == pcr_bank_size(ref.pcr[i].bank));
		for (size_t j = 0; j < i; j++)
			MUST(ref.pcr[i].pcr != ref.pcr[j].pcr || ref.pcr[i].bank != ref.pcr[j].bank);
	}
	/* An absent digest is none that anything could have. */
	MUST(!policy_reference_payload(&ref, PCR_SHA1, data, 0));
	MUST(!policy_reference_boot(&ref, PCR_SHA384, data, data, 0));
	policy_reference_free(&ref);
}

static void check_report(const struct policy_ima_report *r)
{
	unsigned int errors = 0;

	MUST(r->notes <= POLICY_IMA_NOTES);
	for (unsigned int i = 0; i < r->notes; i++) {
		errors += r->note[i].error;
		check_text(r->note[i].text, POLICY_REASON);
	}
	MUST(r->errors == errors || (r->errors > errors && r->notes == POLICY_IMA_NOTES));
}

static void fuzz_ima(const uint8_t *data, size_t size)
{
	const uint8_t *line = memchr(data, '\n', size);
	struct policy_ima_report all, part;
	char *hidden;

	policy_ima_check((const char *)data, size, &all);
	check_report(&all);
	if (memchr(data, 0, size)) {
		MUST(all.errors && !all.does);
		return;
	}
	/* The first rule that matches decides: later ones take nothing away. */
	for (; line; line = memchr(line, '\n', size - (size_t)(line - data))) {
		line++;
		policy_ima_check((const char *)data, (size_t)(line - data), &part);
		MUST(!(part.does & ~all.does) && part.errors <= all.errors);
	}
	/* ... and what is hidden first stays hidden. */
	hidden = malloc(sizeof(HIDE) + size);
	MUST(hidden);
	memcpy(mempcpy(hidden, HIDE, sizeof(HIDE) - 1), data, size);
	policy_ima_check(hidden, sizeof(HIDE) - 1 + size, &part);
	MUST(part.errors && !(part.does & (POLICY_IMA_RECORDS | POLICY_IMA_SELF)));
	free(hidden);
}

/* "pattern\nline" */
static void fuzz_line(const uint8_t *data, size_t size)
{
	struct reasons why = { 0 };
	struct policy_words words, none = { 0 };
	char *pattern, *line;

	pattern = strndup((const char *)data, size);
	MUST(pattern);
	line = strchr(pattern, '\n');
	if (line) {
		*line++ = '\0';
		words = (struct policy_words){ &pattern, 1 };
		command_line_check(line, strlen(line), "it", &words, &none, &why);
		MUST(why.count <= 1);
		command_line_check(line, strlen(line), "it", &none, &words, &why);
		/* What a line must have and may not have cannot both be fine, but for an init's words. */
		MUST(why.count >= 1 && why.count <= 2);
		for (size_t i = 0; i < why.count; i++)
			check_text(why.reason[i].text, sizeof(why.reason[i].text));
	}
	free(pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const targets[])(const uint8_t *data, size_t size) = {
		fuzz_rules, fuzz_reference, fuzz_ima, fuzz_line,
	};

	if (size)
		targets[*data % (sizeof(targets) / sizeof(targets[0]))](data + 1, size - 1);
	return 0;
}
