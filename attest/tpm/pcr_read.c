// SPDX-License-Identifier: GPL-2.0-only
/* Which registers to quote, and their values; see pcr_read.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tpm/pcr_read.h"

#define DEFAULT_PCRS	"0-10,14"

int collect_parse_selection(const char *text, TPML_PCR_SELECTION *out)
{
	const char *colon = strchr(text, ':');
	TPMS_PCR_SELECTION *s;
	char name[16];
	const char *p;

	if (!colon || (size_t)(colon - text) >= sizeof(name) ||
	    out->count == PCR_BANKS)
		return -EINVAL;
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	s = &out->pcrSelections[out->count];
	memset(s, 0, sizeof(*s));
	if (pcr_bank_by_name(name) < 0)
		return -EINVAL;
	s->hash = pcr_bank_alg(pcr_bank_by_name(name));
	s->sizeofSelect = 3;
	for (UINT32 i = 0; i < out->count; i++)
		if (out->pcrSelections[i].hash == s->hash)
			return -EINVAL;
	for (p = colon + 1; ; p++) {
		char *end;
		unsigned long first, last;

		if (*p < '0' || *p > '9')
			return -EINVAL;
		first = last = strtoul(p, &end, 10);
		if (*end == '-') {
			if (end[1] < '0' || end[1] > '9')
				return -EINVAL;
			last = strtoul(end + 1, &end, 10);
		}
		if (first > last || last >= PCR_COUNT)
			return -EINVAL;
		for (; first <= last; first++)
			s->pcrSelect[first / 8] |= (BYTE)(1 << (first % 8));
		p = end;
		if (!*p)
			break;
		if (*p != ',')
			return -EINVAL;
	}
	out->count++;
	return 0;
}

static bool selected(const TPMS_PCR_SELECTION *s, unsigned int pcr)
{
	return pcr / 8 < s->sizeofSelect && (s->pcrSelect[pcr / 8] >> (pcr % 8) & 1);
}

/* Which registers of the bank are on; 0 too if the TPM does not know the bank */
static uint32_t mask_of(const TPML_PCR_SELECTION *list, TPMI_ALG_HASH alg)
{
	uint32_t mask = 0;

	for (UINT32 i = 0; i < list->count; i++)
		for (unsigned int pcr = 0; list->pcrSelections[i].hash == alg && pcr < PCR_COUNT; pcr++)
			mask |= (uint32_t)selected(&list->pcrSelections[i], pcr) << pcr;
	return mask;
}

int tpm_default_selection(struct tpm *tpm, TPML_PCR_SELECTION *out)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	const char *text = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc;

	TPM_CALL(rc, tss()->GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					  TPM2_CAP_PCRS, 0, 1, &more, &data));
	if (rc)
		return tpm_error(tpm, "which PCR banks there are", rc);
	if (mask_of(&data->data.assignedPCR, TPM2_ALG_SHA256))
		text = "sha256:" DEFAULT_PCRS;
	else if (mask_of(&data->data.assignedPCR, TPM2_ALG_SHA384))
		text = "sha384:" DEFAULT_PCRS;
	tss()->Free(data);
	if (!text)
		return tpm_fail(tpm, -ENOENT, "the TPM has no sha256 or sha384 bank; see --pcrs");
	return collect_parse_selection(text, out);
}

/* Takes the values of one answer.  @left loses what was read. */
static int take_values(const TPML_PCR_SELECTION *got, const TPML_DIGEST *values, enum pcr_bank bank,
		       uint32_t *left, struct pcr_set *out)
{
	uint32_t mask = mask_of(got, pcr_bank_alg(bank));
	UINT32 next = 0;

	if (!mask || mask & ~*left)
		return -EIO;
	for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (!(mask >> pcr & 1))
			continue;
		if (next == values->count ||
		    pcr_set_value(out, bank, pcr, values->digests[next].buffer,
				  values->digests[next].size))
			return -EIO;
		next++;
	}
	*left &= ~mask;
	return next == values->count ? 0 : -EIO;
}

/* One command returns eight digests at most; a PCR that the TPM leaves out is an error */
static int read_bank(struct tpm *tpm, enum pcr_bank bank, uint32_t left, struct pcr_set *out)
{
	TPML_PCR_SELECTION ask = { .count = 1 }, *got = NULL;
	TPMS_PCR_SELECTION *s = &ask.pcrSelections[0];
	TPML_DIGEST *values = NULL;
	TSS2_RC rc;
	int ret;

	s->hash = pcr_bank_alg(bank);
	s->sizeofSelect = 3;
	while (left) {
		for (int i = 0; i < 3; i++)
			s->pcrSelect[i] = (BYTE)(left >> 8 * i);
		TPM_CALL(rc, tss()->PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &ask,
					     NULL, &got, &values));
		if (rc)
			return tpm_error(tpm, "reading PCRs", rc);
		ret = take_values(got, values, bank, &left, out);
		tss()->Free(got);
		tss()->Free(values);
		if (ret)
			return tpm_fail(tpm, ret, "the TPM has no %s bank for PCR %d",
					pcr_bank_name(bank), __builtin_ctz(left));
	}
	return 0;
}

int tpm_read_pcrs(struct tpm *tpm, const TPML_PCR_SELECTION *selection, struct pcr_set *out)
{
	int rc = 0;

	pcr_set_init(out);
	for (UINT32 i = 0; i < selection->count && !rc; i++) {
		TPMI_ALG_HASH alg = selection->pcrSelections[i].hash;

		rc = read_bank(tpm, pcr_bank_by_alg(alg), mask_of(selection, alg), out);
	}
	return rc;
}
