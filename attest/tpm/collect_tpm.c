// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens the TPM, makes keys, quotes.
 *
 * Everything that is put into the TPM is taken out again: without a resource
 * manager (/dev/tpm0) a forgotten handle stays until the next boot.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "tpm/collect_template.h"
#include "tpm/collect_tpm.h"
#include "tpm/quote.h"

#define RETRIES		20
#define QUOTE_TRIES	8	/* PCR 10 grows while a host is busy */

static int tpm_error(struct tpm *tpm, const char *what, TSS2_RC rc)
{
	snprintf(tpm->error, sizeof(tpm->error), "%s: %s", what, Tss2_RC_Decode(rc));
	return -EIO;
}

/* Answers that ask to send the same command again; TPM 2.0 Part 2, 6.6.3 */
static bool again(TSS2_RC rc, int *tries)
{
	static const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	TSS2_RC bare = rc & ~TSS2_RC_LAYER_MASK;

	if (bare != TPM2_RC_RETRY && bare != TPM2_RC_YIELDED && bare != TPM2_RC_TESTING)
		return false;
	if (++*tries > RETRIES)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

/* Repeats @call while the TPM asks for it; the result is in @rc */
#define TPM_CALL(rc, call) do {			\
	int tries_ = 0;				\
						\
	do {					\
		(rc) = (call);			\
	} while (again((rc), &tries_));		\
} while (0)

static int try_open(struct tpm *tpm, const char *conf)
{
	TSS2_RC rc = Tss2_TctiLdr_Initialize(conf, &tpm->tcti);

	if (rc) {
		tpm->tcti = NULL;
		snprintf(tpm->error, sizeof(tpm->error), "no TPM at %.100s", conf);
		return -ENODEV;
	}
	rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	if (!rc)
		return 0;
	Tss2_TctiLdr_Finalize(&tpm->tcti);
	tpm->esys = NULL;
	return tpm_error(tpm, "ESYS", rc);
}

int tpm_open(struct tpm *tpm, const struct collect_options *options)
{
	memset(tpm, 0, sizeof(*tpm));
	tpm->ak = ESYS_TR_NONE;
	/* A missing TPM is an answer, not a fault that libraries need to explain */
	setenv("TSS2_LOG", "all+none", 0);
	if (options->tcti)
		return try_open(tpm, options->tcti);
	if (!try_open(tpm, "device:/dev/tpmrm0") || !try_open(tpm, "device:/dev/tpm0"))
		return 0;
	snprintf(tpm->error, sizeof(tpm->error), "no TPM: neither /dev/tpmrm0 nor /dev/tpm0");
	return -ENODEV;
}

void tpm_close(struct tpm *tpm)
{
	if (tpm->esys && tpm->ak != ESYS_TR_NONE) {
		if (tpm->ak_transient)
			Esys_FlushContext(tpm->esys, tpm->ak);
		else
			Esys_TR_Close(tpm->esys, &tpm->ak);
	}
	if (tpm->esys)
		Esys_Finalize(&tpm->esys);
	if (tpm->tcti)
		Tss2_TctiLdr_Finalize(&tpm->tcti);
	tpm->ak = ESYS_TR_NONE;
}

static int marshal_public(struct tpm *tpm, const TPM2B_PUBLIC *public, struct blob *out)
{
	TSS2_RC rc;

	out->size = 0;
	out->data = malloc(sizeof(*public));
	if (!out->data)
		return -ENOMEM;
	rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, out->data, sizeof(*public), &out->size);
	if (!rc)
		return 0;
	blob_free(out);
	return tpm_error(tpm, "public area", rc);
}

static int create_primary(struct tpm *tpm, const TPM2B_PUBLIC *template, ESYS_TR *handle,
			  struct blob *public)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPML_PCR_SELECTION none = { 0 };
	TPM2B_DATA outside = { 0 };
	TPM2B_PUBLIC *made = NULL;
	TSS2_RC rc;
	int ret = 0;

	TPM_CALL(rc, Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD,
					ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, template,
					&outside, &none, handle, &made, NULL, NULL, NULL));
	if (rc) {
		*handle = ESYS_TR_NONE;
		return tpm_error(tpm, "creating a key in the endorsement hierarchy", rc);
	}
	if (public)
		ret = marshal_public(tpm, made, public);
	Esys_Free(made);
	return ret;
}

static int load_persistent(struct tpm *tpm, TPM2_HANDLE handle)
{
	TSS2_RC rc;

	TPM_CALL(rc, Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, &tpm->ak));
	if (rc)
		return tpm_error(tpm, "attestation key", rc);
	tpm->ak_transient = false;
	return 0;
}

/* A context that tpm2-tools or ContextSave wrote: TPMS_CONTEXT, possibly with their header */
static int load_context(struct tpm *tpm, const char *path)
{
	static const unsigned char tools[] = { 0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1 };
	TPMS_CONTEXT context = { 0 };
	struct blob file;
	size_t offset = 0;
	TSS2_RC rc;
	int ret = file_read(path, sizeof(context) + sizeof(tools), &file);

	if (ret) {
		snprintf(tpm->error, sizeof(tpm->error), "%.100s: %s", path, strerror(-ret));
		return ret;
	}
	if (file.size > sizeof(tools) && !memcmp(file.data, tools, sizeof(tools))) {
		const unsigned char *p = file.data + sizeof(tools);
		size_t left = file.size - sizeof(tools);

		/* Their order: hierarchy, saved handle, sequence, blob */
		rc = Tss2_MU_UINT32_Unmarshal(p, left, &offset, &context.hierarchy);
		if (!rc)
			rc = Tss2_MU_UINT32_Unmarshal(p, left, &offset, &context.savedHandle);
		if (!rc)
			rc = Tss2_MU_UINT64_Unmarshal(p, left, &offset, &context.sequence);
		if (!rc)
			rc = Tss2_MU_TPM2B_CONTEXT_DATA_Unmarshal(p, left, &offset,
								  &context.contextBlob);
	} else {
		rc = Tss2_MU_TPMS_CONTEXT_Unmarshal(file.data, file.size, &offset, &context);
	}
	blob_free(&file);
	if (!rc)
		TPM_CALL(rc, Esys_ContextLoad(tpm->esys, &context, &tpm->ak));
	if (rc) {
		tpm->ak = ESYS_TR_NONE;
		return tpm_error(tpm, "attestation key's context", rc);
	}
	tpm->ak_transient = true;
	return 0;
}

int tpm_attestation_key(struct tpm *tpm, const struct collect_options *options,
			struct blob *public)
{
	TPM2B_PUBLIC *got = NULL, template;
	TSS2_RC rc;
	char *end;
	unsigned long handle;
	int ret;

	if (!options->ak) {
		if (options->ak_type == COLLECT_RSA)
			collect_template_ak_rsa(&template);
		else
			collect_template_ak_ecc(&template);
		tpm->ak_transient = true;
		return create_primary(tpm, &template, &tpm->ak, public);
	}
	handle = strtoul(options->ak, &end, 0);
	if (!*end && handle && handle <= UINT32_MAX)
		ret = load_persistent(tpm, (TPM2_HANDLE)handle);
	else
		ret = load_context(tpm, options->ak);
	if (ret)
		return ret;
	TPM_CALL(rc, Esys_ReadPublic(tpm->esys, tpm->ak, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				     &got, NULL, NULL));
	if (rc)
		return tpm_error(tpm, "reading the attestation key", rc);
	ret = marshal_public(tpm, got, public);
	Esys_Free(got);
	return ret;
}

/* --- PCRs ------------------------------------------------------------------ */

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

/* One command returns eight digests at most; a PCR that the TPM leaves out is an error */
static int read_pcr(struct tpm *tpm, TPMI_ALG_HASH alg, unsigned int pcr, struct pcr_set *out)
{
	TPML_PCR_SELECTION ask = { .count = 1 }, *got = NULL;
	int bank = pcr_bank_by_alg(alg), ret = -EIO;
	TPML_DIGEST *values = NULL;
	TSS2_RC rc;

	ask.pcrSelections[0].hash = alg;
	ask.pcrSelections[0].sizeofSelect = 3;
	ask.pcrSelections[0].pcrSelect[pcr / 8] = (BYTE)(1 << (pcr % 8));
	TPM_CALL(rc, Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &ask, NULL,
				   &got, &values));
	if (rc)
		return tpm_error(tpm, "reading PCRs", rc);
	if (values->count == 1)
		ret = pcr_set_value(out, bank, pcr, values->digests[0].buffer,
				    values->digests[0].size);
	if (ret)
		snprintf(tpm->error, sizeof(tpm->error), "the TPM has no %s bank for PCR %u",
			 pcr_bank_name(bank), pcr);
	Esys_Free(got);
	Esys_Free(values);
	return ret ? -EIO : 0;
}

static int read_pcrs(struct tpm *tpm, const TPML_PCR_SELECTION *selection, struct pcr_set *out)
{
	int rc;

	pcr_set_init(out);
	for (UINT32 i = 0; i < selection->count; i++) {
		for (unsigned int pcr = 0; pcr < PCR_COUNT; pcr++) {
			if (!selected(&selection->pcrSelections[i], pcr))
				continue;
			rc = read_pcr(tpm, selection->pcrSelections[i].hash, pcr, out);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static int keep_quote(struct tpm *tpm, const TPM2B_ATTEST *quoted, const TPMT_SIGNATURE *signature,
		      struct evidence *e)
{
	TSS2_RC rc;

	e->attest.data = malloc(quoted->size);
	e->signature.data = malloc(sizeof(*signature));
	if (!e->attest.data || !e->signature.data)
		return -ENOMEM;
	memcpy(e->attest.data, quoted->attestationData, quoted->size);
	e->attest.size = quoted->size;
	e->signature.size = 0;
	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, e->signature.data, sizeof(*signature),
					    &e->signature.size);
	return rc ? tpm_error(tpm, "signature", rc) : 0;
}

/* Are these the values that were quoted?  The TPM may grow a PCR between the two commands. */
static bool same_values(const TPM2B_ATTEST *quoted, const TPMT_SIGNATURE *signature,
			const struct pcr_set *pcrs)
{
	int hash = pcr_bank_by_alg(signature->signature.any.hashAlg);
	struct parse_error err = { 0 };
	struct quote q;

	return hash >= 0 &&
	       !quote_parse(&q, quoted->attestationData, quoted->size, &err) &&
	       !quote_check_pcrs(&q, hash, pcrs, &err);
}

/* 1 when the values that were read are not those that were quoted */
static int quote_once(struct tpm *tpm, const TPML_PCR_SELECTION *selection,
		      const TPM2B_DATA *nonce, struct evidence *e)
{
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPMT_SIGNATURE *signature = NULL;
	TPM2B_ATTEST *quoted = NULL;
	TSS2_RC rc;
	int ret;

	ret = read_pcrs(tpm, selection, &e->pcrs);
	if (ret)
		return ret;
	TPM_CALL(rc, Esys_Quote(tpm->esys, tpm->ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				nonce, &scheme, selection, &quoted, &signature));
	if (rc)
		return tpm_error(tpm, "quote", rc);
	ret = same_values(quoted, signature, &e->pcrs) ?
		keep_quote(tpm, quoted, signature, e) : 1;
	Esys_Free(quoted);
	Esys_Free(signature);
	return ret;
}

int tpm_quote(struct tpm *tpm, const TPML_PCR_SELECTION *selection,
	      const unsigned char *nonce, size_t nonce_size, struct evidence *e)
{
	TPM2B_DATA data = { .size = (UINT16)nonce_size };
	int rc = -EINVAL;

	if (nonce_size > sizeof(data.buffer))
		return -EINVAL;
	memcpy(data.buffer, nonce, nonce_size);
	for (int i = 0; i < QUOTE_TRIES; i++) {
		rc = quote_once(tpm, selection, &data, e);
		if (rc != 1)
			return rc;
	}
	snprintf(tpm->error, sizeof(tpm->error),
		 "the PCRs changed during each of %d quotes", QUOTE_TRIES);
	return -EIO;
}

/* --- Endorsement key --------------------------------------------------------- */

/* TCG EK Credential Profile, 2.2.1.4 */
#define NV_EK_RSA	0x01c00002
#define NV_EK_ECC	0x01c0000a
#define NV_CHUNK	512

static int read_nv(struct tpm *tpm, ESYS_TR nv, size_t size, struct blob *out)
{
	TPM2B_MAX_NV_BUFFER *part;
	TSS2_RC rc;

	out->data = malloc(size);
	out->size = 0;
	if (!out->data)
		return -ENOMEM;
	while (out->size < size) {
		size_t want = size - out->size < NV_CHUNK ? size - out->size : NV_CHUNK;

		/* The owner may read these indices with the empty auth value of the index */
		TPM_CALL(rc, Esys_NV_Read(tpm->esys, nv, nv, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					  ESYS_TR_NONE, (UINT16)want, (UINT16)out->size, &part));
		if (rc || !part->size || part->size > want) {
			if (!rc)
				Esys_Free(part);
			blob_free(out);
			return tpm_error(tpm, "reading the EK certificate", rc);
		}
		memcpy(out->data + out->size, part->buffer, part->size);
		out->size += part->size;
		Esys_Free(part);
	}
	return 0;
}

int tpm_ek_certificate(struct tpm *tpm, enum collect_key type, struct blob *certificate)
{
	TPM2_HANDLE index = type == COLLECT_RSA ? NV_EK_RSA : NV_EK_ECC;
	TPM2B_NV_PUBLIC *public = NULL;
	ESYS_TR nv = ESYS_TR_NONE;
	TSS2_RC rc;
	int ret;

	certificate->data = NULL;
	certificate->size = 0;
	TPM_CALL(rc, Esys_TR_FromTPMPublic(tpm->esys, index, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, &nv));
	if (rc)
		return 0;	/* no such index: a TPM without a certificate */
	TPM_CALL(rc, Esys_NV_ReadPublic(tpm->esys, nv, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					&public, NULL));
	if (rc) {
		ret = tpm_error(tpm, "reading the EK certificate's index", rc);
	} else {
		ret = read_nv(tpm, nv, public->nvPublic.dataSize, certificate);
		Esys_Free(public);
	}
	Esys_TR_Close(tpm->esys, &nv);
	return ret;
}

static int endorsement_key(struct tpm *tpm, enum collect_key type, ESYS_TR *ek,
			   struct blob *public)
{
	TPM2B_PUBLIC template;

	if (type == COLLECT_RSA)
		collect_template_ek_rsa(&template);
	else
		collect_template_ek_ecc(&template);
	return create_primary(tpm, &template, ek, public);
}

int tpm_ek_public(struct tpm *tpm, enum collect_key type, struct blob *public)
{
	ESYS_TR ek;
	int rc = endorsement_key(tpm, type, &ek, public);

	if (ek != ESYS_TR_NONE)
		Esys_FlushContext(tpm->esys, ek);
	return rc;
}

/* The EK may be used by whoever holds the endorsement hierarchy's (empty) auth value */
static int ek_session(struct tpm *tpm, ESYS_TR *session)
{
	TPMT_SYM_DEF symmetric = { .algorithm = TPM2_ALG_NULL };
	TSS2_RC rc;

	TPM_CALL(rc, Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_POLICY,
					   &symmetric, TPM2_ALG_SHA256, session));
	if (rc) {
		*session = ESYS_TR_NONE;
		return tpm_error(tpm, "policy session", rc);
	}
	TPM_CALL(rc, Esys_PolicySecret(tpm->esys, ESYS_TR_RH_ENDORSEMENT, *session,
				       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL,
				       NULL, 0, NULL, NULL));
	return rc ? tpm_error(tpm, "PolicySecret(endorsement)", rc) : 0;
}

static int unmarshal_challenge(struct tpm *tpm, const struct challenge *challenge,
			       TPM2B_ID_OBJECT *id, TPM2B_ENCRYPTED_SECRET *secret)
{
	size_t used = 0, used2 = 0;

	if (Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(challenge->credential.data,
					      challenge->credential.size, &used, id) ||
	    used != challenge->credential.size ||
	    Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(challenge->secret.data,
						     challenge->secret.size, &used2, secret) ||
	    used2 != challenge->secret.size) {
		snprintf(tpm->error, sizeof(tpm->error), "the challenge is malformed");
		return -EINVAL;
	}
	return 0;
}

int tpm_activate(struct tpm *tpm, enum collect_key ek_type, const struct challenge *challenge,
		 unsigned char secret[EVIDENCE_SECRET_SIZE])
{
	ESYS_TR ek = ESYS_TR_NONE, session = ESYS_TR_NONE;
	TPM2B_ENCRYPTED_SECRET sealed = { 0 };
	TPM2B_DIGEST *info = NULL;
	TPM2B_ID_OBJECT id = { 0 };
	TSS2_RC rc;
	int ret;

	ret = unmarshal_challenge(tpm, challenge, &id, &sealed);
	if (!ret)
		ret = endorsement_key(tpm, ek_type, &ek, NULL);
	if (!ret)
		ret = ek_session(tpm, &session);
	if (!ret) {
		TPM_CALL(rc, Esys_ActivateCredential(tpm->esys, tpm->ak, ek, ESYS_TR_PASSWORD,
						     session, ESYS_TR_NONE, &id, &sealed, &info));
		if (rc)
			ret = tpm_error(tpm, "the challenge is not for this TPM and key", rc);
	}
	if (!ret && info->size != EVIDENCE_SECRET_SIZE) {
		snprintf(tpm->error, sizeof(tpm->error), "the challenge's secret is of a wrong size");
		ret = -EINVAL;
	}
	if (!ret)
		memcpy(secret, info->buffer, EVIDENCE_SECRET_SIZE);
	if (info) {
		OPENSSL_cleanse(info, sizeof(*info));
		Esys_Free(info);
	}
	if (session != ESYS_TR_NONE)
		Esys_FlushContext(tpm->esys, session);
	if (ek != ESYS_TR_NONE)
		Esys_FlushContext(tpm->esys, ek);
	return ret;
}
