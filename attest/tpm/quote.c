// SPDX-License-Identifier: GPL-2.0-only
/*
 * TPMS_ATTEST of type quote, and what it is compared with. Read here rather than by
 * tss2-mu, which tells neither where it stopped nor checks the magic.
 */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

#include "tpm/quote.h"

/* TPM 2.0 Part 2, tables 7 and 19 */
#define GENERATED_VALUE	0xff544347U
#define ST_ATTEST_QUOTE	0x8018
#define NAME_MAX_SIZE	68	/* TPM2B_NAME */
#define SELECTIONS_MAX	16	/* TPML_PCR_SELECTION */
#define SELECT_MAX	4	/* TPM2_PCR_SELECT_MAX */

static int truncated(struct parse_error *err, const struct reader *in, const char *what)
{
	return parse_fail(err, PARSE_TRUNCATED, reader_offset(in), 0,
			  "%s runs past the end, %zu bytes are left", what, reader_left(in));
}

static int parse_sized(struct reader *in, size_t max, const char *what, struct view *out,
		       struct parse_error *err)
{
	size_t start = reader_offset(in);
	uint16_t size;

	if (!reader_be16(in, &size))
		return truncated(err, in, what);
	if (size > max)
		return parse_fail(err, PARSE_OVERSIZED, start, 0, "%s of %u bytes, at most %zu", what,
				  size, max);
	if (!reader_view(in, size, out))
		return truncated(err, in, what);
	return 0;
}

static int parse_head(struct reader *in, struct parse_error *err)
{
	uint32_t magic;
	uint16_t type;

	if (!reader_be32(in, &magic))
		return truncated(err, in, "magic");
	/* A TPM refuses to sign other data that starts like this: Part 1, section 31.3. */
	if (magic != GENERATED_VALUE)
		return parse_fail(err, PARSE_INVALID, 0, 0,
				  "magic 0x%08x is not TPM_GENERATED_VALUE", magic);
	if (!reader_be16(in, &type))
		return truncated(err, in, "type");
	if (type != ST_ATTEST_QUOTE)
		return parse_fail(err, PARSE_INVALID, 4, 0, "attestation of type 0x%04x is no quote",
				  type);
	return 0;
}

static int parse_clock(struct reader *in, struct quote *q, struct parse_error *err)
{
	uint8_t safe;

	if (!reader_be64(in, &q->clock) || !reader_be32(in, &q->reset_count) ||
	    !reader_be32(in, &q->restart_count) || !reader_u8(in, &safe))
		return truncated(err, in, "clock information");
	if (safe > 1)
		return parse_fail(err, PARSE_INVALID, reader_offset(in) - 1, 0,
				  "clock's safe flag is %u", safe);
	q->safe = safe;
	if (!reader_be64(in, &q->firmware_version))
		return truncated(err, in, "firmware version");
	return 0;
}

/* TPMS_PCR_SELECTION */
static int parse_one_selection(struct reader *in, struct quote *q, uint32_t *seen,
			       struct parse_error *err)
{
	size_t start = reader_offset(in);
	struct view select;
	uint32_t mask = 0;
	uint16_t alg;
	uint8_t size;
	int bank;

	if (!reader_be16(in, &alg) || !reader_u8(in, &size))
		return truncated(err, in, "PCR selection");
	bank = pcr_bank_by_alg(alg);
	if (bank == PCR_BANK_NONE)
		return parse_fail(err, PARSE_UNSUPPORTED, start, 0, "PCR bank 0x%04x is not known", alg);
	if (*seen & PCR_BANK_BIT(bank))
		return parse_fail(err, PARSE_INCONSISTENT, start, 0, "PCR bank %s twice",
				  pcr_bank_name(bank));
	*seen |= PCR_BANK_BIT(bank);
	if (size > SELECT_MAX)
		return parse_fail(err, PARSE_OVERSIZED, start + 2, 0,
				  "PCR selection of %u bytes, at most %u", size, SELECT_MAX);
	if (!reader_view(in, size, &select))
		return truncated(err, in, "PCR selection");
	while (size--)
		mask |= (uint32_t)select.data[size] << (8 * size);
	if (mask & ~PCR_ALL)
		return parse_fail(err, PARSE_INVALID, start + 3, 0, "PCR above %u", PCR_COUNT - 1);
	if (mask) {
		q->selection.entry[q->selection.count].bank = bank;
		q->selection.entry[q->selection.count++].mask = mask;
	}
	return 0;
}

static int parse_selection(struct reader *in, struct quote *q, struct parse_error *err)
{
	size_t start = reader_offset(in);
	uint32_t count, seen = 0;
	int ret;

	if (!reader_be32(in, &count))
		return truncated(err, in, "PCR selection count");
	if (count > SELECTIONS_MAX)
		return parse_fail(err, PARSE_OVERSIZED, start, 0, "%u PCR selections, at most %u", count,
				  SELECTIONS_MAX);
	while (count--) {
		ret = parse_one_selection(in, q, &seen, err);
		if (ret)
			return ret;
	}
	if (!q->selection.count)
		return parse_fail(err, PARSE_INVALID, start, 0, "quote selects no PCR");
	return 0;
}

int quote_parse(struct quote *q, const void *attest, size_t size, struct parse_error *err)
{
	struct reader in;
	int ret;

	memset(q, 0, sizeof(*q));
	if (!size)
		return parse_fail(err, PARSE_EMPTY, 0, 0, "empty attestation");
	if (size > QUOTE_ATTEST_MAX)
		return parse_fail(err, PARSE_OVERSIZED, QUOTE_ATTEST_MAX, 0,
				  "attestation of %zu bytes, at most %u", size, QUOTE_ATTEST_MAX);
	q->attest = (struct view){ attest, size };
	reader_init(&in, attest, size);
	ret = parse_head(&in, err);
	if (!ret)
		ret = parse_sized(&in, NAME_MAX_SIZE, "qualified signer", &q->signer, err);
	if (!ret)
		ret = parse_sized(&in, QUOTE_NONCE_MAX, "extra data", &q->nonce, err);
	if (!ret)
		ret = parse_clock(&in, q, err);
	if (!ret)
		ret = parse_selection(&in, q, err);
	if (!ret)
		ret = parse_sized(&in, PCR_DIGEST_MAX, "PCR digest", &q->pcr_digest, err);
	if (!ret && reader_left(&in))
		ret = parse_fail(err, PARSE_TRAILING, reader_offset(&in), 0,
				 "%zu bytes behind the quote", reader_left(&in));
	return ret;
}

int quote_check_nonce(const struct quote *q, const void *nonce, size_t size, struct parse_error *err)
{
	if (!size || q->nonce.size != size || CRYPTO_memcmp(q->nonce.data, nonce, size))
		return parse_fail(err, PARSE_MISMATCH, 0, 0, "nonce is not the expected one");
	return 0;
}

int quote_check_selection(const struct quote *q, const struct pcr_selection *asked,
			  struct parse_error *err)
{
	if (!pcr_selection_same(&q->selection, asked))
		return parse_fail(err, PARSE_MISMATCH, 0, 0,
				  "quoted PCR selection is not the expected one");
	return 0;
}

int quote_check_pcrs(const struct quote *q, enum pcr_bank hash, const struct pcr_set *pcrs,
		     struct parse_error *err)
{
	unsigned char digest[PCR_DIGEST_MAX];
	int ret;

	ret = pcr_selection_digest(pcrs, &q->selection, hash, digest);
	if (ret == -ENODATA)
		return parse_fail(err, PARSE_MISMATCH, 0, 0, "no value for a quoted PCR");
	if (ret)
		return parse_fail(err, PARSE_MEMORY, 0, 0, "hashing failed");
	if (!view_equal(q->pcr_digest, digest, pcr_bank_size(hash)))
		return parse_fail(err, PARSE_MISMATCH, 0, 0,
				  "PCR values do not give the quoted digest");
	return 0;
}
