// SPDX-License-Identifier: GPL-2.0-only
/*
 * A verdict as JSON, and whether one still stands.
 *
 * Only what the evidence proved appears, as null where it proved nothing; values
 * of rules and references never do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hex.h"
#include "printable.h"
#include "verdict/json.h"

json_t *verdict_hex(const unsigned char *value, size_t size)
{
	char text[2 * 256 + 1];

	if (size > 256)
		return json_null();
	hex_encode(value, size, text);
	return json_string(text);
}

static json_t *reasons_json(const struct reasons *why)
{
	json_t *array = json_array();

	for (size_t i = 0; i < why->count && i < REASONS_MAX; i++)
		json_array_append_new(array, json_pack("{s:s, s:s}", "reason", why->reason[i].word,
						       "text", why->reason[i].text));
	return array;
}

json_t *verdict_enforcement(uint32_t enforce)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} words[] = {
		{ "secure-boot", CARETAKER_ENFORCE_SECURE_BOOT },
		{ "lockdown", CARETAKER_ENFORCE_LOCKDOWN },
		{ "switch", CARETAKER_ENFORCE_SWITCH },
		{ "svn-floor", CARETAKER_ENFORCE_SVN_FLOOR },
		{ "waived-signature", CARETAKER_WAIVED_SIGNATURE },
	};
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (enforce & words[i].bit)
			json_array_append_new(array, json_string(words[i].word));
	return array;
}

/* What is no UTF-8 appears with '?' in the place of what is not ASCII */
json_t *verdict_line(const char *line)
{
	json_t *text = json_string(line);
	char *copy;

	if (text)
		return text;
	copy = strdup(line);
	if (!copy)
		return json_null();
	printable(copy);
	text = json_string(copy);
	free(copy);
	return text;
}

static json_t *boot_json(const struct verdict *v)
{
	const struct claims_boot *b = &v->boot;
	json_t *kernel, *secure;

	if (!v->booted)
		return json_null();
	kernel = b->applications ? verdict_hex(b->application[b->applications - 1].digest,
					      b->application[b->applications - 1].size) :
				   json_null();
	secure = b->secure_boot == UEFI_SECURE_BOOT_UNKNOWN ? json_null() :
		 json_boolean(b->secure_boot == UEFI_SECURE_BOOT_ON);
	return json_pack("{s:o, s:o, s:o}", "kernel_digest", kernel, "secure_boot", secure,
			 "command_line",
			 b->command_line_proven ? verdict_line(b->command_line) : json_null());
}

static json_t *quote_json(const struct verdict *v)
{
	const struct quote *q = &v->quote;

	if (!v->quoted)
		return json_pack("{s:n, s:n, s:n, s:n, s:n}", "nonce", "clock", "reset_count",
				 "restart_count", "safe");
	return json_pack("{s:o, s:I, s:I, s:I, s:b}", "nonce",
			 verdict_hex(q->nonce.data, q->nonce.size), "clock", (json_int_t)q->clock,
			 "reset_count", (json_int_t)q->reset_count, "restart_count",
			 (json_int_t)q->restart_count, "safe", q->safe);
}

static json_t *time_json(int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[32];
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(text);
}

static json_t *host_json(const struct verdict_origin *o)
{
	return json_pack("{s:o, s:o, s:s}", "ek_digest", verdict_hex(o->ek_digest, sizeof(o->ek_digest)),
			 "ak_name", verdict_hex(o->ak_name, o->ak_name_size),
			 "vouched", vouched_word(o->vouched));
}

static json_t *origin_json(const struct verdict_origin *o)
{
	if (!o)
		return json_pack("{s:n, s:n, s:n, s:n}", "host", "rules_digest",
				 "reference_digest", "tool");
	return json_pack("{s:o, s:o, s:o, s:s}", "host", host_json(o),
			 "rules_digest", verdict_hex(o->rules, sizeof(o->rules)),
			 "reference_digest", verdict_hex(o->reference, sizeof(o->reference)),
			 "tool", o->tool);
}

json_t *verdict_json_but_vms(const struct verdict *v)
{
	const struct claims_caretaker *c = &v->ima.caretaker;
	const char *first = v->why.count ? v->why.reason[0].word : NULL;
	json_t *root, *quote = quote_json(v), *origin = origin_json(v->origin);

	root = json_pack("{s:s, s:i, s:b, s:s?, s:o, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
			 "format", "caretaker-verdict", "version", 1, "accepted", v->accepted,
			 "reason", first, "reasons", reasons_json(&v->why),
			 "reasons_count", (json_int_t)v->why.count,
			 "boot", boot_json(v), "vms", json_array(),
			 "attested_records", (json_int_t)v->ima.attested,
			 "unattested_records", (json_int_t)v->ima.unattested,
			 "violations", (json_int_t)v->ima.violations,
			 "refusals", (json_int_t)(c->refusals + c->dropped),
			 "issued", (json_int_t)v->issued, "expires", (json_int_t)v->expires,
			 "issued_text", time_json(v->issued), "expires_text", time_json(v->expires));
	if (root && (json_object_update(root, quote) || json_object_update(root, origin))) {
		json_decref(root);
		root = NULL;
	}
	json_decref(quote);
	json_decref(origin);
	if (root)
		verdict_kernels_json(v, root);
	return root;
}

json_t *verdict_json(const struct verdict *v)
{
	json_t *root = verdict_json_but_vms(v);

	for (size_t i = 0; root && i < verdict_vms(v); i++) {
		if (!json_array_append_new(json_object_get(root, "vms"), verdict_vm_json(&v->vm[i])))
			continue;
		json_decref(root);
		root = NULL;
	}
	return root;
}
