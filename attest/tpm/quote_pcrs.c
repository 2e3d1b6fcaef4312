// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register values from a file: tpm2-tools' two forms, or JSON.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "hex.h"
#include "tpm/quote.h"

/*
 * tpm2_quote -o FILE -F serialized (tpm2-tools lib/pcr.c): the C structures as they
 * lie in memory, numbers little endian. A TPML_PCR_SELECTION with room for 16, a
 * count, and as many TPML_DIGEST with room for 8 values of 64 bytes.
 */
#define SELECTIONS	16
#define SELECTION_SIZE	8
#define HEAD_SIZE	(4 + SELECTIONS * SELECTION_SIZE + 4)
#define LIST_DIGESTS	8
#define DIGEST_SIZE	66
#define LIST_SIZE	(4 + LIST_DIGESTS * DIGEST_SIZE)
#define LISTS_MAX	((PCR_BANKS * PCR_COUNT + LIST_DIGESTS - 1) / LIST_DIGESTS * 2)

static int invalid(struct parse_error *err, size_t offset, const char *why)
{
	return parse_fail(err, PARSE_INVALID, offset, 0, "PCR values: %s", why);
}

/* A TPMS_PCR_SELECTION as it lies in memory; the last byte is padding. */
static int serialized_selection(struct reader *in, struct pcr_selection *sel, struct parse_error *err)
{
	size_t start = reader_offset(in);
	uint32_t mask = 0;
	struct view bits;
	uint16_t alg;
	uint8_t size, i;
	int bank;

	if (!reader_le16(in, &alg) || !reader_u8(in, &size) || !reader_view(in, 5, &bits))
		return invalid(err, start, "truncated selection");
	bank = pcr_bank_by_alg(alg);
	if (bank == PCR_BANK_NONE || size > 4)
		return invalid(err, start, "unknown bank or oversized selection");
	for (i = 0; i < size; i++)
		mask |= (uint32_t)bits.data[i] << (8 * i);
	if (mask & ~PCR_ALL || pcr_selection_mask(sel, bank))
		return invalid(err, start, "PCR above 23, or a bank twice");
	if (mask) {
		sel->entry[sel->count].bank = bank;
		sel->entry[sel->count++].mask = mask;
	}
	return 0;
}

/* Takes the values out of the lists one by one. */
struct digest_source {
	struct reader in;
	uint32_t lists;		/* not begun yet */
	uint32_t digests;	/* left in the current list */
	uint32_t unused;	/* slots behind them */
};

static int next_digest(struct digest_source *src, struct view *out, struct parse_error *err)
{
	size_t start = reader_offset(&src->in);
	struct view skip, slot;
	uint16_t size;

	while (!src->digests) {
		if (!src->lists--)
			return invalid(err, start, "fewer values than the selection has");
		if (!reader_view(&src->in, (size_t)src->unused * DIGEST_SIZE, &skip) ||
		    !reader_le32(&src->in, &src->digests) || src->digests > LIST_DIGESTS)
			return invalid(err, start, "malformed list of values");
		src->unused = LIST_DIGESTS - src->digests;
	}
	src->digests--;
	start = reader_offset(&src->in);
	if (!reader_le16(&src->in, &size) || !reader_view(&src->in, DIGEST_SIZE - 2, &slot) ||
	    size > slot.size)
		return invalid(err, start, "malformed value");
	*out = (struct view){ slot.data, size };
	return 0;
}

static int load_serialized(struct reader in, struct pcr_set *pcrs, struct parse_error *err)
{
	struct pcr_selection sel = { 0 };
	struct digest_source src = { 0 };
	struct view value = { 0 };
	unsigned int i, pcr;
	struct reader head;
	uint32_t count;
	int ret;

	if (!reader_le32(&in, &count) || !reader_sub(&in, SELECTIONS * SELECTION_SIZE, &head) ||
	    !reader_le32(&in, &src.lists))
		return invalid(err, 0, "truncated");
	if (count > SELECTIONS)
		return invalid(err, 0, "too many selections");
	while (count--) {
		ret = serialized_selection(&head, &sel, err);
		if (ret)
			return ret;
	}
	src.in = in;
	for (i = 0; i < sel.count; i++) {
		for (pcr = 0; pcr < PCR_COUNT; pcr++) {
			if (!(sel.entry[i].mask & 1U << pcr))
				continue;
			ret = next_digest(&src, &value, err);
			if (ret)
				return ret;
			if (pcr_set_value(pcrs, sel.entry[i].bank, pcr, value.data, value.size))
				return invalid(err, reader_offset(&src.in), "length is not the bank's");
		}
	}
	if (src.lists || src.digests)
		return invalid(err, reader_offset(&src.in), "more values than the selection has");
	return 0;
}

/* The bytes of the values one after another, in the quote's order. */
static int load_values(const struct quote *q, struct reader in, struct pcr_set *pcrs,
		       struct parse_error *err)
{
	unsigned int i, pcr;
	struct view value;

	for (i = 0; i < q->selection.count; i++) {
		for (pcr = 0; pcr < PCR_COUNT; pcr++) {
			if (!(q->selection.entry[i].mask & 1U << pcr))
				continue;
			if (!reader_view(&in, pcr_bank_size(q->selection.entry[i].bank), &value))
				return invalid(err, reader_offset(&in), "fewer bytes than the quote selects");
			pcr_set_value(pcrs, q->selection.entry[i].bank, pcr, value.data, value.size);
		}
	}
	if (reader_left(&in))
		return invalid(err, reader_offset(&in), "more bytes than the quote selects");
	return 0;
}

/* "0" to "23", written in one way only. */
static int json_index(const char *text)
{
	char again[12];
	int pcr = atoi(text);

	snprintf(again, sizeof(again), "%d", pcr);
	return pcr >= 0 && pcr < PCR_COUNT && !strcmp(again, text) ? pcr : -1;
}

static int json_bank(json_t *values, int bank, struct pcr_set *pcrs, struct parse_error *err)
{
	unsigned char value[PCR_DIGEST_MAX];
	const char *index;
	json_t *hex;
	size_t size;
	int pcr;

	if (!json_is_object(values))
		return invalid(err, 0, "bank is not an object");
	json_object_foreach(values, index, hex) {
		pcr = json_index(index);
		size = sizeof(value);
		if (pcr < 0 || !json_is_string(hex) ||
		    hex_decode(json_string_value(hex), value, &size) ||
		    pcr_set_value(pcrs, bank, (unsigned int)pcr, value, size))
			return invalid(err, 0, "not an index with the bank's length of hex digits");
	}
	return 0;
}

static int load_json(const void *data, size_t size, struct pcr_set *pcrs, struct parse_error *err)
{
	json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
	const char *name;
	json_t *values;
	int bank, ret = 0;

	if (!json_is_object(root))
		ret = invalid(err, 0, "not a JSON object");
	json_object_foreach(root, name, values) {
		bank = pcr_bank_by_name(name);
		if (bank == PCR_BANK_NONE)
			ret = invalid(err, 0, "unknown bank");
		else
			ret = json_bank(values, bank, pcrs, err);
		if (ret)
			break;
	}
	json_decref(root);
	return ret;
}

static bool is_json(struct view v)
{
	size_t i = 0;

	while (i < v.size && strchr(" \t\r\n", v.data[i]) && v.data[i])
		i++;
	return i < v.size && v.data[i] == '{' && memchr(v.data, '"', v.size) &&
	       !memchr(v.data, '\0', v.size);
}

static bool is_serialized(struct reader in)
{
	struct view skip;
	uint32_t lists;

	return reader_view(&in, HEAD_SIZE - 4, &skip) && reader_le32(&in, &lists) &&
	       lists <= LISTS_MAX && reader_left(&in) == (size_t)lists * LIST_SIZE;
}

int quote_pcrs_load(const struct quote *q, const void *data, size_t size, struct pcr_set *pcrs,
		    struct parse_error *err)
{
	struct reader in;

	pcr_set_init(pcrs);
	if (!size)
		return parse_fail(err, PARSE_EMPTY, 0, 0, "empty file of PCR values");
	if (size > QUOTE_PCRS_MAX)
		return parse_fail(err, PARSE_OVERSIZED, QUOTE_PCRS_MAX, 0,
				  "PCR values of %zu bytes, at most %u", size, QUOTE_PCRS_MAX);
	reader_init(&in, data, size);
	if (is_json((struct view){ data, size }))
		return load_json(data, size, pcrs, err);
	if (is_serialized(in))
		return load_serialized(in, pcrs, err);
	return load_values(q, in, pcrs, err);
}
