// SPDX-License-Identifier: GPL-2.0-only
/*
 * Release manifests: the first byte says whether an envelope or a statement follows.  What is read
 * keeps what the headers promise and means the same when it is written again; what is refused leaves
 * nothing behind, and a reason that can be printed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static void check_refusal(int ret, const struct reason *why, const void *out, size_t size)
{
	MUST(ret == REFUSED && *why->word && *why->text);
	for (const char *c = why->text; *c; c++)
		MUST(*c >= ' ' && *c <= '~');
	for (size_t i = 0; i < size; i++)
		MUST(!((const char *)out)[i]);
}

/* What nobody checks before it is printed */
static void check_uri(const char *text)
{
	MUST(release_is_uri(text) && strlen(text) <= 1024);
	for (; *text; text++)
		MUST(*text > ' ' && *text <= '~');
}

static void fuzz_statement(const uint8_t *data, size_t size)
{
	static const struct payload none;
	struct reason why = { 0 };
	struct release release;
	int ret = release_parse(data, size, &release, &why);

	if (ret) {
		check_refusal(ret, &why, &release, sizeof(release));
		return;
	}
	check_uri(release.builder);
	check_uri(release.build_type);
	check_uri(release.source);
	MUST(strlen(release.revision) == 40 || strlen(release.revision) == 64);
	MUST(json_array_size(release.subjects) == json_array_size(release.payloads));
	MUST(json_array_size(release.subjects) && json_array_size(release.subjects) <= RELEASE_MAX_SUBJECTS);
	MUST(json_is_object(release.reference) && !*release.signer);
	/* It is not about itself: that would be a fixed point of SHA-256. */
	ret = release_check_file(&release, data, size, &none, &why);
	MUST(ret == REFUSED && !strcmp(why.word, "not-in-release"));
	release_free(&release);
}

/* The encoding of what was read, or of the other alphabet */
static void check_bytes(const struct blob *bytes)
{
	json_t *text = base64_encode(bytes->data, bytes->size);
	struct blob again;

	MUST(text);
	MUST(!base64_decode_either(json_string_value(text), json_string_length(text), bytes->size, &again));
	MUST(again.size == bytes->size && (!again.size || !memcmp(again.data, bytes->data, again.size)));
	blob_free(&again);
	json_decref(text);
}

/* No two envelopes have one PAE: its parts can be had back. */
static void check_pae(const struct dsse *envelope)
{
	struct blob pae;
	size_t type, head;
	char *end;

	MUST(!dsse_pae(envelope->type, envelope->payload.data, envelope->payload.size, &pae));
	MUST(pae.size > 11 && !memcmp(pae.data, "DSSEv1 ", 7));
	type = strtoul((char *)pae.data + 7, &end, 10);
	MUST(*end == ' ' && type == strlen(envelope->type) && !memcmp(end + 1, envelope->type, type));
	MUST(end[1 + type] == ' ' && strtoul(end + 2 + type, &end, 10) == envelope->payload.size);
	head = (size_t)(end + 1 - (char *)pae.data);
	MUST(*end == ' ' && pae.size == head + envelope->payload.size);
	MUST(!envelope->payload.size || !memcmp(end + 1, envelope->payload.data, envelope->payload.size));
	blob_free(&pae);
}

static void fuzz_envelope(const uint8_t *data, size_t size)
{
	static const struct public_keys nobody;
	struct reason why = { 0 };
	struct dsse envelope;
	EVP_PKEY *signer;
	int ret = dsse_parse(data, size, &envelope, &why);

	if (ret) {
		check_refusal(ret, &why, &envelope, sizeof(envelope));
		return;
	}
	MUST(size <= DSSE_MAX_BYTES && envelope.type);
	MUST(envelope.signatures && envelope.signatures <= DSSE_MAX_SIGNATURES);
	check_bytes(&envelope.payload);
	for (size_t i = 0; i < envelope.signatures; i++) {
		MUST(envelope.signature[i].keyid);
		check_bytes(&envelope.signature[i].value);
	}
	check_pae(&envelope);
	MUST(dsse_verify(&envelope, &nobody, &signer, &why) == REFUSED && !signer);
	fuzz_statement(envelope.payload.data, envelope.payload.size);
	dsse_free(&envelope);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		(*data % 2 ? fuzz_statement : fuzz_envelope)(data + 1, size - 1);
	return 0;
}
