// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the reading of timestamps: what is accepted has a time that can be said, holds for nobody who trusts
 * no TSA, and is judged without a fault by who trusts all that it carries.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static void check_accepted(const struct timestamp *timestamp)
{
	STACK_OF(X509) *nobody = sk_X509_new_null();
	struct reason why = { 0 };
	char text[24];
	int ret;

	MUST(nobody);
	timestamp_text(timestamp->time, text);
	MUST(strlen(text) == 20 || !strcmp(text, "?"));
	MUST(timestamp_check_tsa(timestamp, nobody, &why) == REFUSED && *why.word && *why.text);
	/* Whoever made it up may choose the certificates. */
	if (timestamp->token->d.sign->cert) {
		ret = timestamp_check_tsa(timestamp, timestamp->token->d.sign->cert, &why);
		MUST(!ret || (ret == REFUSED && !strncmp(why.word, "timestamp-", 10)));
	}
	sk_X509_free(nobody);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct timestamp timestamp;
	struct reason why = { 0 };
	int ret;

	ret = timestamp_parse(data, size, &timestamp, &why);
	MUST(!ret == !!timestamp.token && !ret == !!timestamp.info);
	MUST(!ret || (ret == REFUSED && *why.word && *why.text));
	if (!ret)
		check_accepted(&timestamp);
	timestamp_free(&timestamp);
	return 0;
}
