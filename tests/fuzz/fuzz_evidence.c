// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON files of host and verifier.  The first byte says which; what is accepted
 * must be what our own writer makes of it, value by value, so that no two files mean
 * the same; what is refused leaves nothing behind, and a reason that can be printed.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static void check_refusal(int rc, const char *why)
{
	MUST(rc == -EBADMSG && *why && strnlen(why, EVIDENCE_REASON) < EVIDENCE_REASON);
	for (; *why; why++)
		MUST(*why >= ' ' && *why <= '~');
}

static void check_empty(const void *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		MUST(!((const char *)out)[i]);
}

/* Takes over @written */
static void check_same(const uint8_t *data, size_t size, json_t *written)
{
	json_t *read = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);

	MUST(read && written && json_equal(read, written));
	json_decref(read);
	json_decref(written);
}

static void nothing(const void *out)
{
	(void)out;
}

#define TARGET(name, type, done)							\
static void fuzz_##name(const uint8_t *data, size_t size)				\
{											\
	char why[EVIDENCE_REASON] = "";							\
	struct type out;								\
	int rc = name##_parse(data, size, &out, why);					\
											\
	if (rc) {									\
		check_refusal(rc, why);							\
		check_empty(&out, sizeof(out));						\
		return;									\
	}										\
	check_same(data, size, name##_json(&out));					\
	done(&out);									\
}

TARGET(evidence, evidence, evidence_free)
TARGET(enrolment, enrolment, enrolment_free)
TARGET(challenge, challenge, challenge_free)
TARGET(challenge_secret, challenge_secret, nothing)
TARGET(response, response, nothing)
TARGET(host_identity, host_identity, host_identity_free)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const targets[])(const uint8_t *data, size_t size) = {
		fuzz_evidence, fuzz_enrolment, fuzz_challenge, fuzz_challenge_secret,
		fuzz_response, fuzz_host_identity,
	};

	if (size)
		targets[*data % (sizeof(targets) / sizeof(targets[0]))](data + 1, size - 1);
	return 0;
}
