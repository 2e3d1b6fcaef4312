// SPDX-License-Identifier: GPL-2.0-only
/* Quotes, and finds the values that were quoted; see collect_quote.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "log/ima_stream.h"
#include "tpm/collect_quote.h"
#include "tpm/pcr_read.h"
#include "tpm/quote.h"
#include "tpm/tss.h"

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
	rc = tss_mu()->TPMT_SIGNATURE_Marshal(signature, e->signature.data, sizeof(*signature),
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
	TPM_CALL(rc, tss()->Quote(tpm->esys, tpm->ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				  &data, &scheme, selection, &quoted, &signature));
	if (rc)
		return tpm_error(tpm, "quote", rc);
	ret = keep_quote(tpm, quoted, signature, e);
	tss()->Free(quoted);
	tss()->Free(signature);
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

static bool same_ima(const struct pcr_set *a, const struct pcr_set *b, uint32_t banks)
{
	for (unsigned int bank = 0; bank < PCR_BANKS; bank++)
		if (banks >> bank & 1 && memcmp(a->value[bank][IMA_PCR], b->value[bank][IMA_PCR],
						pcr_bank_size(bank)))
			return false;
	return true;
}

static void take_ima(struct pcr_set *to, const struct pcr_set *from, uint32_t banks)
{
	for (unsigned int bank = 0; bank < PCR_BANKS; bank++)
		if (banks >> bank & 1)
			memcpy(to->value[bank][IMA_PCR], from->value[bank][IMA_PCR],
			       pcr_bank_size(bank));
}

/**
 * struct fitting - the search for the part of the list that was quoted
 * @known: the values that were read are those that were quoted
 * @banks: of the quote, those with PCR 10
 * @read: the values that were read
 * @log: PCR 10 as far as the list was read
 * @behind: the list was read beyond what PCR 10 had when it was read
 */
struct fitting {
	const struct quote *q;
	enum pcr_bank hash;
	bool known;
	uint32_t banks;
	const struct pcr_set *read;
	struct pcr_set log, tried;
	bool behind;
};

/* Is this where it was quoted?  f->tried are then the values that were. */
static bool fits_here(struct fitting *f)
{
	struct parse_error ignored = { 0 };

	if (!f->behind) {
		f->behind = same_ima(f->read, &f->log, f->banks);
		return f->behind && f->known;
	}
	take_ima(&f->tried, &f->log, f->banks);
	return !quote_check_pcrs(f->q, f->hash, &f->tried, &ignored);
}

/* What an error of the stream means here: 0 for one of the list's form */
static int not_searched(const struct ima_stream *in, int ret, const struct parse_error *err)
{
	if (!ret || !err->code || err->code == PARSE_MEMORY)
		return ret;
	return err->code == PARSE_OVERSIZED && err->offset == in->window.max ? -EFBIG : 0;
}

/**
 * struct taken - what was read
 */
struct taken {
	EVP_MAC_CTX *mac;
	bool failed;
};

static void take(void *to, const void *data, size_t size)
{
	struct taken *t = to;

	t->failed |= !EVP_MAC_update(t->mac, data, size);
}

/* 1: found; 2: no part fits; 0: it is no list; negative: reading failed */
static int search(struct fitting *f, struct ima_stream *in)
{
	struct parse_error err = { 0 };
	struct ima_record rec;
	int ret;

	while ((ret = ima_stream_next(in, &rec, &err)) > 0) {
		if (rec.pcr != IMA_PCR)
			continue;
		if (ima_record_extend(&rec, &f->log, f->banks))
			return -ENOMEM;
		if (fits_here(f))
			return 1;
	}
	return ret ? not_searched(in, ret, &err) : 2;
}

/* As search(), and @part is what was read of the list: up to a record's end, or all of it */
static int search_part(struct fitting *f, struct ima_stream *in, struct collect_part *part)
{
	struct taken t = { .mac = collect_part_begin(part, true) };
	int ret;

	if (!t.mac)
		return -ENOMEM;
	/* What the list says of itself is for the verifier to judge */
	in->log.unchecked = true;
	ima_stream_tap(in, take, &t);
	ret = search(f, in);
	part->size = ima_stream_tap_end(in);
	if (collect_part_end(t.mac, part) || t.failed)
		return -ENOMEM;
	return ret;
}

static int fit(struct fitting *f, struct collect_ima *list, uint64_t max, struct collect_part *part)
{
	struct parse_error err = { 0 };
	struct ima_stream in;
	int ret;

	*part = (struct collect_part){ 0 };
	pcr_set_init(&f->log);
	/* The values may have been read before the first record */
	f->tried = *f->read;
	f->behind = !f->known && same_ima(f->read, &f->log, f->banks);
	ret = collect_ima_rewind(list);
	if (ret)
		return ret;
	ret = ima_stream_open_from(&in, collect_ima_read, list, max, &err);
	ret = ret ? not_searched(&in, ret, &err) : search_part(f, &in, part);
	ima_stream_close(&in);
	return ret;
}

int collect_settle(struct evidence *e, struct collect_ima *list, uint64_t max,
		   struct collect_part *part)
{
	struct parse_error err = { 0 };
	struct fitting f = { .read = &e->pcrs };
	struct quote q;
	int hash, ret = 0;

	hash = hash_of(&e->signature);
	if (hash < 0 || quote_parse(&q, e->attest.data, e->attest.size, &err))
		return -EBADMSG;
	f.q = &q;
	f.hash = hash;
	f.banks = banks_with_ima(&q.selection);
	f.known = !quote_check_pcrs(&q, hash, &e->pcrs, &err);
	if (f.banks)
		ret = fit(&f, list, max, part);
	if (ret < 0)
		return ret;
	if (ret == 1) {
		e->pcrs = f.tried;
		return 0;
	}
	if (!f.known)
		return -EAGAIN;
	return ret ? 0 : collect_ima_whole(list, max, part);
}
