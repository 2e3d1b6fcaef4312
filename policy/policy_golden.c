// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reference values of which there is no file: a firmware's own application by its
 * digest, and what a golden host had in its registers.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hex.h"
#include "policy_json.h"
#include "policy_reference.h"

static json_t *hex_string(const unsigned char *value, size_t size)
{
	char text[2 * PCR_DIGEST_MAX + 1];

	hex_encode(value, size, text);
	return json_string(text);
}

int policy_reference_append(json_t *array, json_t *value)
{
	json_t *have;
	size_t i;

	if (!array || !value) {
		json_decref(value);
		return -ENOMEM;
	}
	json_array_foreach(array, i, have) {
		if (json_equal(have, value)) {
			json_decref(value);
			return 0;
		}
	}
	return json_array_append_new(array, value) ? -ENOMEM : 0;
}

int policy_reference_add_digest(json_t *ref, bool kernel, const char *text, char why[POLICY_REASON])
{
	unsigned char value[PCR_DIGEST_MAX];
	size_t size = sizeof(value);
	struct policy_digests digests = { 0 };
	const char *colon = strchr(text, ':');
	char name[16] = "";
	int bank;

	if (colon && (size_t)(colon - text) < sizeof(name))
		memcpy(name, text, (size_t)(colon - text));
	bank = pcr_bank_by_name(name);
	if (!colon || (bank != PCR_SHA256 && bank != PCR_SHA384 && bank != PCR_SHA512) ||
	    hex_decode(colon + 1, value, &size) || size != pcr_bank_size(bank))
		return policy_json_fail(why, "not sha256, sha384 or sha512, a colon and a digest of it");
	memcpy(digests.of[bank].value, value, size);
	digests.of[bank].size = size;
	return policy_reference_add_boot_digests(ref, kernel, "by digest", &digests, NULL);
}

static json_t *digests_object(const struct policy_digests *digests)
{
	json_t *object = json_object();

	for (int bank = 0; bank < PCR_BANKS; bank++)
		if (digests->of[bank].size)
			json_object_set_new(object, pcr_bank_name(bank),
					    hex_string(digests->of[bank].value, digests->of[bank].size));
	return object;
}

int policy_reference_add_boot_digests(json_t *ref, bool kernel, const char *description,
				      const struct policy_digests *digests,
				      const struct policy_digests *image)
{
	json_t *boot = json_pack("{s:s, s:s, s:o}", "kind", kernel ? "kernel" : "loader",
				 "description", description, "digests", digests_object(digests));

	/* Without it, it would count behind any other */
	if (image && json_object_set_new(boot, "image", digests_object(image))) {
		json_decref(boot);
		return -ENOMEM;
	}
	return policy_reference_append(json_object_get(ref, "boot"), boot);
}

/* The member @key of @object, made if it is not there */
static json_t *member(json_t *object, const char *key, json_t *fresh)
{
	json_t *have = json_object_get(object, key);

	if (!have && !json_object_set(object, key, fresh))
		have = fresh;
	json_decref(fresh);
	return have;
}

int policy_reference_add_pcr(json_t *ref, enum pcr_bank bank, unsigned int pcr, const unsigned char *value)
{
	json_t *values = member(json_object_get(ref, "pcrs"), pcr_bank_name(bank), json_object());
	char index[12];

	snprintf(index, sizeof(index), "%u", pcr);
	return policy_reference_append(member(values, index, json_array()),
				       hex_string(value, pcr_bank_size(bank)));
}

int policy_reference_add_ima_policy(json_t *ref, const unsigned char digest[32])
{
	return policy_reference_append(json_object_get(ref, "ima_policies"), hex_string(digest, 32));
}
