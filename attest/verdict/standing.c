// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a stored verdict still stand, and is it about what is asked?  A verdict of
 * one host, or by other rules, is as good as none for another; so is one of another
 * release, which may not know what this one refuses.
 */
#include <string.h>

#include "hex.h"
#include "tpm/ak_public.h"
#include "verdict/verdict.h"

int verdict_origin_host(struct verdict_origin *origin, const struct host_identity *host,
			const char **why)
{
	TPM2B_PUBLIC ak;
	int rc;

	rc = ak_public_parse(&host->ak_public, &ak, why);
	if (!rc)
		rc = ak_public_name(&ak, origin->ak_name, &origin->ak_name_size);
	if (rc)
		return rc;
	memcpy(origin->ek_digest, host->ek_digest, sizeof(origin->ek_digest));
	origin->vouched = host->vouched;
	return 0;
}

/* As verdict_json() writes it, in lower case */
static bool is_hex(json_t *value, const unsigned char *want, size_t size)
{
	char text[2 * 66 + 1];

	if (!json_is_string(value) || 2 * size >= sizeof(text))
		return false;
	hex_encode(want, size, text);
	return !strcmp(json_string_value(value), text);
}

static const char *about(json_t *root, const struct verdict_expected *want)
{
	json_t *host = json_object_get(root, "host"), *tool = json_object_get(root, "tool");
	const struct verdict_origin *o = want->origin;

	/* Both: a host that was enrolled anew with another key has to be judged anew */
	if (want->host && (!is_hex(json_object_get(host, "ek_digest"), o->ek_digest,
				   sizeof(o->ek_digest)) ||
			   !is_hex(json_object_get(host, "ak_name"), o->ak_name, o->ak_name_size)))
		return "another-host";
	if (want->rules && !is_hex(json_object_get(root, "rules_digest"), o->rules,
				   sizeof(o->rules)))
		return "other-rules";
	if (want->reference && !is_hex(json_object_get(root, "reference_digest"), o->reference,
				       sizeof(o->reference)))
		return "other-reference";
	if (!json_is_string(tool) || strcmp(json_string_value(tool), o->tool))
		return "other-tool";
	return NULL;
}

const char *verdict_standing(json_t *root, int64_t now, const struct verdict_expected *want)
{
	json_t *format = json_object_get(root, "format"), *version = json_object_get(root, "version");
	json_t *issued = json_object_get(root, "issued"), *expires = json_object_get(root, "expires");
	const char *word;

	if (!json_is_string(format) || strcmp(json_string_value(format), "caretaker-verdict") ||
	    !json_is_integer(version) || json_integer_value(version) != 1 ||
	    !json_is_integer(issued) || !json_is_integer(expires))
		return "malformed-verdict";
	word = about(root, want);
	if (word)
		return word;
	if (!json_is_true(json_object_get(root, "accepted")))
		return "rejected";
	if (now < json_integer_value(issued))
		return "verdict-from-the-future";
	if (now >= json_integer_value(expires))
		return "expired-verdict";
	return NULL;
}
