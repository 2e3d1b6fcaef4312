// SPDX-License-Identifier: GPL-2.0-only
/* Makes or loads the attestation key; see ak.h. */
#include <stdlib.h>
#include <string.h>


#include "tpm/ak.h"
#include "tpm/tss.h"

static int load_persistent(struct tpm *tpm, TPM2_HANDLE handle)
{
	TSS2_RC rc;

	TPM_CALL(rc, tss()->TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE,
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

	if (ret)
		return tpm_fail(tpm, ret, "%.100s: %s", path, strerror(-ret));
	if (file.size > sizeof(tools) && !memcmp(file.data, tools, sizeof(tools))) {
		const unsigned char *p = file.data + sizeof(tools);
		size_t left = file.size - sizeof(tools);

		/* Their order: hierarchy, saved handle, sequence, blob */
		rc = tss_mu()->UINT32_Unmarshal(p, left, &offset, &context.hierarchy);
		if (!rc)
			rc = tss_mu()->UINT32_Unmarshal(p, left, &offset, &context.savedHandle);
		if (!rc)
			rc = tss_mu()->UINT64_Unmarshal(p, left, &offset, &context.sequence);
		if (!rc)
			rc = tss_mu()->TPM2B_CONTEXT_DATA_Unmarshal(p, left, &offset,
								    &context.contextBlob);
	} else {
		rc = tss_mu()->TPMS_CONTEXT_Unmarshal(file.data, file.size, &offset, &context);
	}
	blob_free(&file);
	if (!rc)
		TPM_CALL(rc, tss()->ContextLoad(tpm->esys, &context, &tpm->ak));
	if (rc) {
		tpm->ak = ESYS_TR_NONE;
		return tpm_error(tpm, "attestation key's context", rc);
	}
	tpm->ak_transient = true;
	return 0;
}

int tpm_attestation_key(struct tpm *tpm, const char *which, enum ak_type type,
			struct blob *public)
{
	TPM2B_PUBLIC *got = NULL, template;
	TSS2_RC rc;
	char *end;
	unsigned long handle;
	int ret;

	if (!which) {
		ak_template(type, &template);
		tpm->ak_transient = true;
		return tpm_create_primary(tpm, &template, &tpm->ak, public);
	}
	handle = strtoul(which, &end, 0);
	if (!*end && handle && handle <= UINT32_MAX)
		ret = load_persistent(tpm, (TPM2_HANDLE)handle);
	else
		ret = load_context(tpm, which);
	if (ret)
		return ret;
	TPM_CALL(rc, tss()->ReadPublic(tpm->esys, tpm->ak, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				       &got, NULL, NULL));
	if (rc)
		return tpm_error(tpm, "reading the attestation key", rc);
	ret = tpm_marshal_public(tpm, got, public);
	tss()->Free(got);
	return ret;
}
