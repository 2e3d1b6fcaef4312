// SPDX-License-Identifier: GPL-2.0-only
/* Reads rules.json; see policy_rules.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/caretaker_record.h>

#include "policy_json.h"
#include "policy_rules.h"

#define REPLAYED_NEED	(1u << 4 | 1u << 7 | 1u << 8 | 1u << 9)

struct word_bit {
	const char *word;
	uint64_t bit;
};

static const struct word_bit bank_words[] = {
	{ "sha1", PCR_BANK_BIT(PCR_SHA1) }, { "sha256", PCR_BANK_BIT(PCR_SHA256) },
	{ "sha384", PCR_BANK_BIT(PCR_SHA384) }, { "sha512", PCR_BANK_BIT(PCR_SHA512) },
	{ NULL, 0 },
};

static const struct word_bit mode_words[] = {
	{ "shared", 1u << CARETAKER_MODE_SHARED }, { "isolated", 1u << CARETAKER_MODE_ISOLATED },
	{ NULL, 0 },
};

static const struct word_bit flag_words[] = {
	{ "shared", CARETAKER_FLAG_SHARED }, { "minimal-encodings", CARETAKER_FLAG_MIN_ENCODINGS },
	{ NULL, 0 },
};

static const struct word_bit enforce_words[] = {
	{ "secure-boot", CARETAKER_ENFORCE_SECURE_BOOT },
	{ "lockdown", CARETAKER_ENFORCE_LOCKDOWN }, { "switch", CARETAKER_ENFORCE_SWITCH },
	{ "svn-floor", CARETAKER_ENFORCE_SVN_FLOOR }, { NULL, 0 },
};

static const struct word_bit keyring_words[] = {
	{ "builtin", 1u << CARETAKER_KEYRING_BUILTIN },
	{ "secondary", 1u << CARETAKER_KEYRING_SECONDARY },
	{ "machine", 1u << CARETAKER_KEYRING_MACHINE },
	{ "platform", 1u << CARETAKER_KEYRING_PLATFORM }, { NULL, 0 },
};

static int get_bits(json_t *array, const char *key, const struct word_bit *known, uint64_t *out,
		    char *why)
{
	const struct word_bit *k;
	json_t *value;
	size_t i;

	*out = 0;
	if (!json_is_array(array))
		return policy_json_fail(why, "\"%s\" is no array", key);
	json_array_foreach(array, i, value) {
		if (!json_is_string(value))
			return policy_json_fail(why, "\"%s\"[%zu] is no string", key, i);
		for (k = known; k->word; k++)
			if (!strcmp(k->word, json_string_value(value)))
				break;
		if (!k->word)
			return policy_json_fail(why, "\"%s\"[%zu] is no word known here", key, i);
		*out |= k->bit;
	}
	return 0;
}

/* A byte that no good command line has, or a '*' that is no end, would never match */
static bool possible_word(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || *text == '"' ||
		    (*text == '*' && text[1] && text[1] != '|'))
			return false;
	return true;
}

static int get_words(json_t *array, const char *key, struct policy_words *out, char *why)
{
	json_t *value;
	size_t i;

	if (!json_is_array(array))
		return policy_json_fail(why, "\"%s\" is no array", key);
	out->word = calloc(json_array_size(array) + 1, sizeof(*out->word));
	if (!out->word)
		return -ENOMEM;
	json_array_foreach(array, i, value) {
		const char *text = json_string_value(value);

		if (!text || !*text || policy_word_names(text, "") || !possible_word(text) ||
		    strlen(text) != json_string_length(value))
			return policy_json_fail(why, "\"%s\"[%zu] is no word", key, i);
		out->word[i] = strdup(text);
		if (!out->word[i])
			return -ENOMEM;
		out->count++;
	}
	return 0;
}

static int get_seconds(json_int_t value, const char *key, int64_t *out, char *why)
{
	if (value < 1 || value > 7 * 86400)
		return policy_json_fail(why, "\"%s\" is not between 1 second and 7 days", key);
	*out = value;
	return 0;
}

static int get_pcrs(json_t *array, const char *key, uint32_t *out, char *why)
{
	json_t *value;
	size_t i;

	if (!json_is_array(array))
		return policy_json_fail(why, "%s is no array", key);
	json_array_foreach(array, i, value) {
		json_int_t pcr = json_integer_value(value);

		if (!json_is_integer(value) || pcr < 0 || pcr >= PCR_COUNT)
			return policy_json_fail(why, "%s[%zu] is no PCR", key, i);
		*out |= 1u << pcr;
	}
	return 0;
}

static int get_quote(json_t *object, struct policy_rules *r, char *why)
{
	json_int_t validity, nonce;
	const char *bank;
	json_t *pcrs, *others;
	json_error_t error;
	uint64_t bits = 0;
	int safe, rc;

	if (json_unpack_ex(object, &error, 0, "{s:s, s:o, s:o, s:b, s:I, s:I !}", "bank", &bank,
			   "pcrs", &pcrs, "other_banks", &others, "require_safe_clock", &safe,
			   "validity_seconds", &validity, "nonce_seconds", &nonce))
		return policy_json_fail(why, "quote: %.100s", error.text);
	rc = pcr_bank_by_name(bank);
	if (rc != PCR_SHA256 && rc != PCR_SHA384 && rc != PCR_SHA512)
		return policy_json_fail(why, "quote.bank: SHA-256, SHA-384 or SHA-512, no other");
	r->bank = rc;
	rc = get_pcrs(pcrs, "quote.pcrs", &r->pcrs, why);
	if (rc)
		return rc;
	/* The boot aggregate binds 0-9 to the log that 10 holds */
	if ((r->pcrs & 0x7ff) != 0x7ff)
		return policy_json_fail(why, "quote.pcrs must have 0 to 10");
	r->require_safe_clock = safe;
	rc = get_bits(others, "quote.other_banks", bank_words, &bits, why);
	r->other_banks = (uint32_t)bits;
	if (!rc)
		rc = get_seconds(validity, "quote.validity_seconds", &r->validity_seconds, why);
	if (!rc)
		rc = get_seconds(nonce, "quote.nonce_seconds", &r->nonce_seconds, why);
	return rc;
}

static int get_lockdown(const char *text, struct policy_rules *r, char *why)
{
	static const char *const levels[] = {
		[CARETAKER_LOCKDOWN_NONE] = "none",
		[CARETAKER_LOCKDOWN_INTEGRITY] = "integrity",
		[CARETAKER_LOCKDOWN_CONFIDENTIALITY] = "confidentiality",
	};

	for (uint32_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i], text))
			continue;
		r->require_lockdown = i;
		if (i && !r->require_kernel_statement)
			return policy_json_fail(why, "boot.require_lockdown without require_kernel_statement: nobody else says it");
		return 0;
	}
	return policy_json_fail(why, "boot.require_lockdown: none, integrity or confidentiality");
}

static int get_boot(json_t *object, struct policy_rules *r, char *why)
{
	json_t *required, *forbidden, *replayed;
	int secure, known, stated, line, crash, rc;
	const char *lockdown;
	json_error_t error;

	if (json_unpack_ex(object, &error, 0, "{s:o, s:b, s:b, s:b, s:s, s:b, s:o, s:o, s:b !}",
			   "replayed_pcrs", &replayed,
			   "require_secure_boot", &secure, "require_known_boot", &known,
			   "require_kernel_statement", &stated, "require_lockdown", &lockdown,
			   "require_command_line", &line, "required_words", &required,
			   "forbidden_words", &forbidden, "allow_crash_kernel", &crash))
		return policy_json_fail(why, "boot: %.100s", error.text);
	rc = get_pcrs(replayed, "boot.replayed_pcrs", &r->replayed, why);
	if (rc)
		return rc;
	/* Claims come from these; PCR 10 is IMA's */
	if ((r->replayed & REPLAYED_NEED) != REPLAYED_NEED || r->replayed & 1u << 10)
		return policy_json_fail(why, "boot.replayed_pcrs must have 4, 7, 8, 9, and not 10");
	r->require_secure_boot = secure;
	r->require_known_boot = known;
	r->require_kernel_statement = stated;
	r->require_command_line = line;
	r->allow_crash_kernel = crash;
	rc = get_lockdown(lockdown, r, why);
	if (!rc)
		rc = get_words(required, "boot.required_words", &r->required_words, why);
	if (!rc)
		rc = get_words(forbidden, "boot.forbidden_words", &r->forbidden_words, why);
	if (!rc && !line && (r->required_words.count || r->forbidden_words.count))
		rc = policy_json_fail(why, "boot: words without require_command_line");
	return rc;
}

static int get_floors(json_t *object, struct policy_rules *r, char *why)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return policy_json_fail(why, "caretaker.svn_floors is no object");
	r->floors = calloc(json_object_size(object) + 1, sizeof(*r->floors));
	if (!r->floors)
		return -ENOMEM;
	json_object_foreach(object, name, value) {
		json_int_t svn = json_integer_value(value);
		struct policy_svn_floor *floor = &r->floors[r->floor_count];

		if (!json_is_integer(value) || svn < 0 || svn > UINT32_MAX || !*name ||
		    strlen(name) >= sizeof(floor->name))
			return policy_json_fail(why, "caretaker.svn_floors: a name or number is wrong");
		strcpy(floor->name, name);
		floor->svn = (uint32_t)svn;
		r->floor_count++;
	}
	return 0;
}

static int get_revoked(json_t *object, struct policy_rules *r, char *why)
{
	json_t *payloads, *signers;
	json_error_t error;
	int rc;

	if (json_unpack_ex(object, &error, 0, "{s:o, s:o !}", "payloads", &payloads, "signers",
			   &signers))
		return policy_json_fail(why, "caretaker.revoked: %.100s", error.text);
	rc = policy_json_digests(payloads, "caretaker.revoked.payloads", 0, &r->revoked_payloads,
				 &r->revoked_payload_count, why);
	if (!rc)
		rc = policy_json_digests(signers, "caretaker.revoked.signers", 0,
					 &r->revoked_signers, &r->revoked_signer_count, why);
	return rc;
}

static int get_caretaker(json_t *object, struct policy_rules *r, char *why)
{
	json_t *modes, *flags, *enforce, *keyrings, *floors, *revoked;
	json_int_t vms, refusals, without;
	json_error_t error;
	uint64_t bits = 0;
	int detached, rc;

	if (json_unpack_ex(object, &error, 0, "{s:o, s:o, s:o, s:o, s:b, s:I, s:I, s:I, s:o, s:o !}",
			   "modes", &modes, "flags", &flags, "require_enforcement", &enforce,
			   "keyrings", &keyrings, "allow_detached", &detached, "minimum_vms", &vms, "maximum_refusals",
			   &refusals, "maximum_vms_without", &without, "svn_floors", &floors, "revoked", &revoked))
		return policy_json_fail(why, "caretaker: %.100s", error.text);
	if (vms < 0 || vms > UINT32_MAX || refusals < -1 || without < -1)
		return policy_json_fail(why, "caretaker: minimum_vms, maximum_refusals or maximum_vms_without is out of range");
	r->allow_detached = detached;
	r->minimum_vms = (uint32_t)vms;
	r->maximum_refusals = refusals;
	r->maximum_vms_without = without;
	rc = get_bits(modes, "caretaker.modes", mode_words, &bits, why);
	r->modes = (uint32_t)bits;
	if (!rc)
		rc = get_bits(flags, "caretaker.flags", flag_words, &r->flags, why);
	if (!rc)
		rc = get_bits(enforce, "caretaker.require_enforcement", enforce_words, &bits, why);
	r->require_enforce = (uint32_t)bits;
	if (!rc)
		rc = get_bits(keyrings, "caretaker.keyrings", keyring_words, &bits, why);
	r->keyrings = (uint32_t)bits;
	if (!rc)
		rc = get_floors(floors, r, why);
	if (!rc)
		rc = get_revoked(revoked, r, why);
	return rc;
}

static int get_rules(json_t *root, struct policy_rules *r, char *why)
{
	json_t *quote, *boot, *ima, *caretaker;
	const char *format, *comment;
	json_error_t error;
	int version, policy, rc;

	if (json_unpack_ex(root, &error, 0, "{s:s, s:i, s:s, s:o, s:o, s:o, s:o !}", "format",
			   &format, "version", &version, "comment", &comment, "quote", &quote,
			   "boot", &boot, "ima", &ima, "caretaker", &caretaker))
		return policy_json_fail(why, "%.120s", error.text);
	rc = get_quote(quote, r, why);
	if (!rc)
		rc = get_boot(boot, r, why);
	if (!rc && json_unpack_ex(ima, &error, 0, "{s:b !}", "require_policy", &policy))
		rc = policy_json_fail(why, "ima: %.100s", error.text);
	if (!rc) {
		r->require_ima_policy = policy;
		rc = get_caretaker(caretaker, r, why);
	}
	return rc;
}

int policy_rules_parse(const void *data, size_t size, struct policy_rules *out,
		       char why[POLICY_REASON])
{
	json_t *root;
	int rc;

	memset(out, 0, sizeof(*out));
	root = policy_json_load(data, size, "caretaker-rules", why);
	if (!root)
		return -EBADMSG;
	rc = get_rules(root, out, why);
	if (rc)
		policy_rules_free(out);
	json_decref(root);
	return rc;
}

static void free_words(struct policy_words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->word[i]);
	free(w->word);
}

void policy_rules_free(struct policy_rules *r)
{
	free_words(&r->required_words);
	free_words(&r->forbidden_words);
	free(r->floors);
	free(r->revoked_payloads);
	free(r->revoked_signers);
	memset(r, 0, sizeof(*r));
}

uint32_t policy_rules_svn_floor(const struct policy_rules *r, const char *name)
{
	for (size_t i = 0; i < r->floor_count; i++)
		if (!strcmp(r->floors[i].name, name))
			return r->floors[i].svn;
	return 0;
}

bool policy_digest_listed(const struct policy_digest *list, size_t count,
			  const unsigned char *value, size_t size)
{
	for (size_t i = 0; i < count; i++)
		if (size && list[i].size == size && !memcmp(list[i].value, value, size))
			return true;
	return false;
}
