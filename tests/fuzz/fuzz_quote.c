// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quotes, signatures, register values and keys. The first byte says which; the next
 * two are the length of an attestation, and the rest is the other input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "tpm/quote.h"

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static EVP_PKEY *rsa, *ec;

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Their private halves are used for nothing, so no signature may hold. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	rsa = EVP_RSA_gen(2048);
	ec = EVP_EC_gen("P-256");
	MUST(rsa && ec);
	return 0;
}

static void check_quote(const struct quote *q, const uint8_t *data, size_t size)
{
	unsigned int i;

	MUST(q->nonce.size <= QUOTE_NONCE_MAX && q->pcr_digest.size <= PCR_DIGEST_MAX);
	MUST(q->selection.count >= 1 && q->selection.count <= PCR_BANKS);
	for (i = 0; i < q->selection.count; i++)
		MUST(q->selection.entry[i].mask && !(q->selection.entry[i].mask & ~PCR_ALL));
	/* The digest ends the structure. */
	MUST(!q->pcr_digest.size || q->pcr_digest.data + q->pcr_digest.size == data + size);
}

static void check_values(const struct quote *q, const uint8_t *data, size_t size)
{
	struct parse_error err = { 0 };
	struct pcr_selection sel;
	struct pcr_set pcrs;

	if (quote_pcrs_load(q, data, size, &pcrs, &err)) {
		MUST(err.code != PARSE_OK && err.offset <= size);
		return;
	}
	pcr_selection_of(&pcrs, &sel);
	if (!quote_check_selection(q, &sel, &err))
		quote_check_pcrs(q, PCR_SHA256, &pcrs, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parse_error err = { 0 };
	enum pcr_bank hash;
	EVP_PKEY *key;
	struct quote q;
	size_t length;
	uint8_t kind;

	if (size < 3)
		return 0;
	kind = data[0] % 4;
	length = (size_t)data[1] << 8 | data[2];
	if (length > size - 3)
		length = size - 3;
	if (kind == 3) {
		MUST(!quote_key_load(&key, data + 3, size - 3, &err) == (key != NULL));
		EVP_PKEY_free(key);
		return 0;
	}
	if (quote_parse(&q, data + 3, length, &err)) {
		MUST(err.code != PARSE_OK && err.offset <= length && err.text[0]);
		return 0;
	}
	check_quote(&q, data + 3, length);
	data += 3 + length;
	size -= 3 + length;
	if (kind == 2)
		check_values(&q, data, size);
	else
		MUST(quote_verify(&q, data, size, kind ? rsa : ec, &hash, &err) < 0);
	return 0;
}
