// SPDX-License-Identifier: GPL-2.0-only
/* Takes the reference values that a release manifest carries. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_json.h"
#include "policy_reference.h"
#include "release.h"

/* Held to the form of a file of their own: who signed them may have made them otherwise */
static int check(json_t *values, char *why)
{
	char *text = json_dumps(values, JSON_COMPACT);
	struct policy_reference parsed;
	int rc = text ? policy_reference_parse(text, strlen(text), &parsed, why) : -ENOMEM;

	if (!rc)
		policy_reference_free(&parsed);
	free(text);
	return rc;
}

static int merge_array(json_t *to, json_t *from)
{
	json_t *value;
	size_t i;

	json_array_foreach(from, i, value)
		if (policy_reference_append(to, json_incref(value)))
			return -ENOMEM;
	return 0;
}

/* What @to has at @key, or else @fresh, which is taken over */
static json_t *have(json_t *to, const char *key, json_t *fresh)
{
	if (json_object_get(to, key))
		json_decref(fresh);
	else if (json_object_set_new(to, key, fresh))
		return NULL;
	return json_object_get(to, key);
}

/* {bank: {index: [value]}} */
static int merge_pcrs(json_t *to, json_t *from)
{
	const char *bank, *index;
	json_t *pcrs, *values;

	json_object_foreach(from, bank, pcrs) {
		json_t *mine = have(to, bank, json_object());

		json_object_foreach(pcrs, index, values)
			if (merge_array(have(mine, index, json_array()), values))
				return -ENOMEM;
	}
	return 0;
}

static int merge(json_t *to, json_t *from)
{
	static const char * const arrays[] = { "payloads", "signers", "boot", "ima_policies" };

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		if (merge_array(json_object_get(to, arrays[i]), json_object_get(from, arrays[i])))
			return -ENOMEM;
	return merge_pcrs(json_object_get(to, "pcrs"), json_object_get(from, "pcrs"));
}

int policy_reference_add_release(json_t *ref, const void *data, size_t size,
				 const struct public_keys *keys, char why[POLICY_REASON])
{
	struct release release;
	struct reason reason;
	int rc;

	rc = release_open(data, size, keys, &release, &reason);
	if (rc == -ENOMEM)
		return rc;
	if (rc)
		return policy_json_fail(why, "%s: %s", reason.word, reason.text);
	rc = check(release.reference, why);
	if (!rc)
		rc = merge(ref, release.reference);
	release_free(&release);
	return rc;
}
