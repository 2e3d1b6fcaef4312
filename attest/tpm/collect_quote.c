// SPDX-License-Identifier: GPL-2.0-only
/* Quotes, and finds the values that were quoted; see collect_quote.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tss2/tss2_mu.h>

#include "log/ima_log.h"
#include "tpm/collect_quote.h"
#include "tpm/pcr_read.h"
#include "tpm/quote.h"

#define IMA_PCR	10

static int keep_quote(struct tpm *tpm, const TPM2B_ATTEST *quoted, const TPMT_SIGNATURE *signature,
		      struct evidence *e)
{
	TSS2_RC rc;

	blob_free(&e->attest);
	blob_free(&e->signature);
	e->attest.data = malloc(quoted->size);
	e->signature.data = malloc(sizeof(*signature));
	if (!e->attest.data || !e->signature.data)
		return -ENOMEM;
	memcpy(e->attest.data, quoted->attestationData, quoted->size);
	e->attest.size = quoted->size;
	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, e->signature.data, sizeof(*signature),
					    &e->signature.size);
	return rc ? tpm_error(tpm, "signature", rc) : 0;
}

int tpm_quote(struct tpm *tpm, const TPML_PCR_SELECTION *selection,
	      const unsigned char *nonce, size_t nonce_size, struct evidence *e)
{
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPM2B_DATA data = { .size = (UINT16)nonce_size };
	TPMT_SIGNATURE *signature = NULL;
	TPM2B_ATTEST *quoted = NULL;
	TSS2_RC rc;
	int ret;

	if (nonce_size > sizeof(data.buffer))
		return tpm_fail(tpm, -EINVAL, "the nonce is too long");
	memcpy(data.buffer, nonce, nonce_size);
	ret = tpm_read_pcrs(tpm, selection, &e->pcrs);
	if (ret)
		return ret;
	TPM_CALL(rc, Esys_Quote(tpm->esys, tpm->ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				&data, &scheme, selection, &quoted, &signature));
	if (rc)
		return tpm_error(tpm, "quote", rc);
	ret = keep_quote(tpm, quoted, signature, e);
	Esys_Free(quoted);
	Esys_Free(signature);
	return ret;
}

/* --- The values that were quoted ------------------------------------------------ */

/* TPMT_SIGNATURE: algorithm, then hash, which is also that of the PCR digest */
static int hash_of(const struct blob *signature)
{
	struct reader in;
	uint16_t alg, hash;

	reader_init(&in, signature->data, signature->size);
	if (!reader_be16(&in, &alg) || !reader_be16(&in, &hash))
		return PCR_BANK_NONE;
	return pcr_bank_by_alg(hash);
}

static uint32_t banks_with_ima(const struct pcr_selection *sel)
{
	uint32_t banks = 0;

	for (unsigned int i = 0; i < sel->count; i++)
		if (sel->entry[i].mask >> IMA_PCR & 1)
			banks |= PCR_BANK_BIT(sel->entry[i].bank);
	return banks;
}

/* PCR 10 of @from into @to.  Return: were they the same already? */
static bool take_ima(struct pcr_set *to, const struct pcr_set *from, uint32_t banks)
{
	bool same = true;

	for (unsigned int bank = 0; bank < PCR_BANKS; bank++) {
		if (!(banks >> bank & 1))
			continue;
		same &= !memcmp(to->value[bank][IMA_PCR], from->value[bank][IMA_PCR],
				pcr_bank_size(bank));
		memcpy(to->value[bank][IMA_PCR], from->value[bank][IMA_PCR], pcr_bank_size(bank));
	}
	return same;
}

/* @found: the values that were read; PCR 10 of them becomes that of the log's part that fits */
static bool fit(const struct quote *q, enum pcr_bank hash, const struct blob *list,
		struct pcr_set *found)
{
	uint32_t banks = banks_with_ima(&q->selection);
	struct pcr_set log, tried = *found;
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_log in;
	bool behind;

	pcr_set_init(&log);
	if (!banks || ima_log_open(&in, list->data, list->size, PCR_BANK_NONE, &err))
		return false;
	/* The part that was read comes first; it may be empty */
	behind = take_ima(&tried, &log, banks);
	while (ima_log_next(&in, &rec, &err) > 0) {
		if (rec.pcr != IMA_PCR)
			continue;
		if (ima_record_extend(&rec, &log, banks))
			return false;
		if (!behind) {
			tried = *found;
			behind = take_ima(&tried, &log, banks);
			continue;
		}
		take_ima(&tried, &log, banks);
		if (!quote_check_pcrs(q, hash, &tried, &err)) {
			*found = tried;
			return true;
		}
	}
	return false;
}

int collect_settle(struct evidence *e)
{
	struct parse_error err = { 0 };
	int hash = hash_of(&e->signature);
	struct quote q;

	if (hash < 0 || quote_parse(&q, e->attest.data, e->attest.size, &err))
		return -EBADMSG;
	if (!quote_check_pcrs(&q, hash, &e->pcrs, &err) || fit(&q, hash, &e->ima_log, &e->pcrs))
		return 0;
	return -EAGAIN;
}
