// SPDX-License-Identifier: GPL-2.0-only
/* Answers a challenge with the endorsement key; see ek.h. */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

#include "tpm/ek.h"
#include "tpm/tss.h"

/*
 * Template L: the EK may be used by whoever holds the authorisation of the
 * endorsement hierarchy, TCG EK Credential Profile, B.6.2
 */
static int policy_session(struct tpm *tpm, TPMI_ALG_HASH hash, ESYS_TR *session)
{
	TPMT_SYM_DEF symmetric = { .algorithm = TPM2_ALG_NULL };
	TSS2_RC rc;

	TPM_CALL(rc, tss()->StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					     ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_POLICY,
					     &symmetric, hash, session));
	if (rc) {
		*session = ESYS_TR_NONE;
		return tpm_error(tpm, "policy session", rc);
	}
	TPM_CALL(rc, tss()->PolicySecret(tpm->esys, ESYS_TR_RH_ENDORSEMENT, *session,
					 ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL,
					 NULL, 0, NULL, NULL));
	return rc ? tpm_error(tpm, "PolicySecret(endorsement)", rc) : 0;
}

/* Template H lets its user in by the key's own (empty) authorisation: no session is needed */
static int ek_session(struct tpm *tpm, const struct ek *ek, ESYS_TR *session)
{
	TPMA_OBJECT attributes;
	TPM2B_PUBLIC *public;
	TPMI_ALG_HASH hash;
	TSS2_RC rc;

	TPM_CALL(rc, tss()->ReadPublic(tpm->esys, ek->handle, ESYS_TR_NONE, ESYS_TR_NONE,
				       ESYS_TR_NONE, &public, NULL, NULL));
	if (rc)
		return tpm_error(tpm, "reading the endorsement key", rc);
	attributes = public->publicArea.objectAttributes;
	hash = public->publicArea.nameAlg;
	tss()->Free(public);
	if (!(attributes & TPMA_OBJECT_USERWITHAUTH))
		return policy_session(tpm, hash, session);
	*session = ESYS_TR_PASSWORD;
	return 0;
}

static int unmarshal_challenge(struct tpm *tpm, const struct challenge *challenge,
			       TPM2B_ID_OBJECT *id, TPM2B_ENCRYPTED_SECRET *secret)
{
	size_t used = 0, used2 = 0;

	if (tss_mu()->TPM2B_ID_OBJECT_Unmarshal(challenge->credential.data,
						challenge->credential.size, &used, id) ||
	    used != challenge->credential.size ||
	    tss_mu()->TPM2B_ENCRYPTED_SECRET_Unmarshal(challenge->secret.data,
						       challenge->secret.size, &used2, secret) ||
	    used2 != challenge->secret.size)
		return tpm_fail(tpm, -EINVAL, "the challenge is malformed");
	return 0;
}

static int take_secret(struct tpm *tpm, TPM2B_DIGEST *info,
		       unsigned char secret[EVIDENCE_SECRET_SIZE])
{
	int rc = 0;

	if (info->size == EVIDENCE_SECRET_SIZE)
		memcpy(secret, info->buffer, EVIDENCE_SECRET_SIZE);
	else
		rc = tpm_fail(tpm, -EINVAL, "the challenge's secret is of a wrong size");
	OPENSSL_cleanse(info, sizeof(*info));
	tss()->Free(info);
	return rc;
}

int tpm_activate(struct tpm *tpm, const struct ek *ek, const struct challenge *challenge,
		 unsigned char secret[EVIDENCE_SECRET_SIZE])
{
	TPM2B_ENCRYPTED_SECRET sealed = { 0 };
	TPM2B_ID_OBJECT id = { 0 };
	ESYS_TR session = ESYS_TR_NONE;
	TPM2B_DIGEST *info = NULL;
	TSS2_RC rc;
	int ret;

	ret = unmarshal_challenge(tpm, challenge, &id, &sealed);
	if (!ret)
		ret = ek_session(tpm, ek, &session);
	if (!ret) {
		TPM_CALL(rc, tss()->ActivateCredential(tpm->esys, tpm->ak, ek->handle,
						       ESYS_TR_PASSWORD, session, ESYS_TR_NONE, &id,
						       &sealed, &info));
		ret = rc ? tpm_error(tpm, "the challenge is not for this TPM and key", rc) :
			   take_secret(tpm, info, secret);
	}
	if (session != ESYS_TR_NONE && session != ESYS_TR_PASSWORD)
		tss()->FlushContext(tpm->esys, session);
	return ret;
}
