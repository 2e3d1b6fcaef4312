// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selections of PCRs, the digest over one, and both as JSON.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "hex.h"
#include "pcr.h"
#include "reader.h"

uint32_t pcr_selection_mask(const struct pcr_selection *sel, enum pcr_bank bank)
{
	uint32_t mask = 0;
	unsigned int i;

	for (i = 0; i < sel->count; i++)
		if (sel->entry[i].bank == bank)
			mask |= sel->entry[i].mask;
	return mask;
}

bool pcr_selection_same(const struct pcr_selection *a, const struct pcr_selection *b)
{
	int bank;

	for (bank = 0; bank < PCR_BANKS; bank++)
		if (pcr_selection_mask(a, bank) != pcr_selection_mask(b, bank))
			return false;
	return true;
}

void pcr_selection_of(const struct pcr_set *set, struct pcr_selection *out)
{
	int bank;

	memset(out, 0, sizeof(*out));
	for (bank = 0; bank < PCR_BANKS; bank++) {
		if (!set->present[bank])
			continue;
		out->entry[out->count].bank = bank;
		out->entry[out->count++].mask = set->present[bank];
	}
}

uint32_t pcr_selection_indexes(const char *p, const char *end)
{
	uint32_t mask = 0;
	unsigned int pcr;

	for (;;) {
		if (p == end || *p < '0' || *p > '9')
			return 0;
		for (pcr = 0; p < end && *p >= '0' && *p <= '9' && pcr < PCR_COUNT; p++)
			pcr = pcr * 10 + (unsigned int)(*p - '0');
		if (pcr >= PCR_COUNT || mask & 1U << pcr)
			return 0;
		mask |= 1U << pcr;
		if (p == end)
			return mask;
		if (*p++ != ',')
			return 0;
	}
}

int pcr_selection_parse(const char *text, struct pcr_selection *out)
{
	const char *colon, *end;
	char name[16];
	uint32_t mask;
	int bank;

	memset(out, 0, sizeof(*out));
	for (;; text = end + 1) {
		end = text + strcspn(text, "+");
		colon = memchr(text, ':', (size_t)(end - text));
		if (!colon || (size_t)(colon - text) >= sizeof(name))
			return -EINVAL;
		memcpy(name, text, (size_t)(colon - text));
		name[colon - text] = '\0';
		bank = pcr_bank_by_name(name);
		if (bank == PCR_BANK_NONE || pcr_selection_mask(out, bank))
			return -EINVAL;
		mask = pcr_selection_indexes(colon + 1, end);
		if (!mask)
			return -EINVAL;
		out->entry[out->count].bank = bank;
		out->entry[out->count++].mask = mask;
		if (!*end)
			return 0;
	}
}

int pcr_selection_digest(const struct pcr_set *set, const struct pcr_selection *sel,
			 enum pcr_bank hash, unsigned char *out)
{
	struct view parts[PCR_BANKS * PCR_COUNT];
	const unsigned char *value;
	unsigned int i, pcr;
	size_t n = 0;

	/* Banks in the order of the list, registers ascending: TPM 2.0 Part 3, TPM2_Quote. */
	for (i = 0; i < sel->count; i++) {
		for (pcr = 0; pcr < PCR_COUNT; pcr++) {
			if (!(sel->entry[i].mask & 1U << pcr))
				continue;
			value = pcr_value(set, sel->entry[i].bank, pcr);
			if (!value)
				return -ENODATA;
			parts[n++] = (struct view){ value, pcr_bank_size(sel->entry[i].bank) };
		}
	}
	return pcr_hash(hash, parts, n, out);
}

json_t *pcr_set_json(const struct pcr_set *set, uint32_t banks)
{
	char index[12], hex[2 * PCR_DIGEST_MAX + 1];
	json_t *all = json_object(), *one;
	const unsigned char *value;
	int bank, pcr;

	for (bank = 0; bank < PCR_BANKS; bank++) {
		if (!(banks & PCR_BANK_BIT(bank)) || !set->present[bank])
			continue;
		one = json_object();
		for (pcr = 0; pcr < PCR_COUNT; pcr++) {
			value = pcr_value(set, bank, pcr);
			if (!value)
				continue;
			snprintf(index, sizeof(index), "%d", pcr);
			hex_encode(value, pcr_bank_size(bank), hex);
			json_object_set_new(one, index, json_string(hex));
		}
		json_object_set_new(all, pcr_bank_name(bank), one);
	}
	return all;
}

json_t *pcr_selection_json(const struct pcr_selection *sel)
{
	json_t *all = json_object(), *one;
	int bank, pcr;
	uint32_t mask;

	for (bank = 0; bank < PCR_BANKS; bank++) {
		mask = pcr_selection_mask(sel, bank);
		if (!mask)
			continue;
		one = json_array();
		for (pcr = 0; pcr < PCR_COUNT; pcr++)
			if (mask & 1U << pcr)
				json_array_append_new(one, json_integer(pcr));
		json_object_set_new(all, pcr_bank_name(bank), one);
	}
	return all;
}
