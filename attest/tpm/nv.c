// SPDX-License-Identifier: GPL-2.0-only
/* Reads NV indices; see nv.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tpm/nv.h"

#define NV_CHUNK	512	/* bytes that every TPM gives at once */

/* TPM_RC_HANDLE for whichever handle; TPM 2.0 Part 2, 6.6.2: bits 0 to 5 and 7 are the code */
static bool no_such_handle(TSS2_RC rc)
{
	return (rc & 0xbf) == TPM2_RC_HANDLE;
}

static int read_as(struct tpm *tpm, ESYS_TR who, ESYS_TR nv, size_t size, struct blob *out,
		   TSS2_RC *rc)
{
	TPM2B_MAX_NV_BUFFER *part;

	out->size = 0;
	while (out->size < size) {
		size_t want = size - out->size < NV_CHUNK ? size - out->size : NV_CHUNK;

		TPM_CALL(*rc, tss()->NV_Read(tpm->esys, who, nv, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					     ESYS_TR_NONE, (UINT16)want, (UINT16)out->size, &part));
		if (*rc)
			return -EACCES;
		if (!part->size || part->size > want) {
			tss()->Free(part);
			return -EIO;
		}
		memcpy(out->data + out->size, part->buffer, part->size);
		out->size += part->size;
		tss()->Free(part);
	}
	return 0;
}

/* TPMA_NV says who may read; Part 2, 13.4 */
static int read_index(struct tpm *tpm, ESYS_TR nv, const TPMS_NV_PUBLIC *public, struct blob *out)
{
	const char *who = "platform alone";
	TSS2_RC rc = 0;
	int ret = -EACCES;

	if (!(public->attributes & TPMA_NV_WRITTEN) || !public->dataSize)
		return -ENOENT;
	out->data = malloc(public->dataSize);
	if (!out->data)
		return -ENOMEM;
	if (public->attributes & TPMA_NV_AUTHREAD) {
		who = "holder of its authorisation";
		ret = read_as(tpm, nv, nv, public->dataSize, out, &rc);
	}
	if (ret == -EACCES && public->attributes & TPMA_NV_OWNERREAD) {
		who = "owner (--owner-auth)";
		ret = read_as(tpm, ESYS_TR_RH_OWNER, nv, public->dataSize, out, &rc);
	}
	if (!ret)
		return 0;
	blob_free(out);
	return tpm_fail(tpm, ret, "NV index 0x%08x may be read by the %s: %s", public->nvIndex, who,
			rc ? tss()->RC_Decode(rc) : "no access");
}

int tpm_nv_read(struct tpm *tpm, TPM2_HANDLE index, size_t max, struct blob *out)
{
	TPM2B_NV_PUBLIC *public = NULL;
	ESYS_TR nv = ESYS_TR_NONE;
	TSS2_RC rc;
	int ret;

	out->data = NULL;
	out->size = 0;
	TPM_CALL(rc, tss()->TR_FromTPMPublic(tpm->esys, index, ESYS_TR_NONE, ESYS_TR_NONE,
					     ESYS_TR_NONE, &nv));
	if (rc)
		return no_such_handle(rc) ? -ENOENT : tpm_error(tpm, "looking for an NV index", rc);
	TPM_CALL(rc, tss()->NV_ReadPublic(tpm->esys, nv, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					  &public, NULL));
	if (rc)
		ret = tpm_error(tpm, "reading the attributes of an NV index", rc);
	else if (public->nvPublic.dataSize > max)
		ret = tpm_fail(tpm, -EFBIG, "NV index 0x%08x has %u bytes, at most %zu", index,
			       public->nvPublic.dataSize, max);
	else
		ret = read_index(tpm, nv, &public->nvPublic, out);
	tss()->Free(public);
	tss()->TR_Close(tpm->esys, &nv);
	return ret;
}

int tpm_nv_list(struct tpm *tpm, TPM2_HANDLE first, TPM2_HANDLE last, TPM2_HANDLE *list,
		size_t max, size_t *count)
{
	TPMS_CAPABILITY_DATA *data;
	TPMI_YES_NO more = 1;
	TSS2_RC rc;

	*count = 0;
	while (more && first <= last && *count < max) {
		TPM_CALL(rc, tss()->GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
						  TPM2_CAP_HANDLES, first, TPM2_MAX_CAP_HANDLES, &more,
						  &data));
		if (rc)
			return tpm_error(tpm, "which NV indices there are", rc);
		/* An answer that does not go on would be asked for again for ever */
		if (!data->data.handles.count)
			more = 0;
		for (UINT32 i = 0; i < data->data.handles.count; i++) {
			TPM2_HANDLE handle = data->data.handles.handle[i];

			if (handle < first || handle > last || *count == max) {
				more = 0;
				break;
			}
			list[(*count)++] = handle;
			first = handle + 1;
		}
		tss()->Free(data);
	}
	return 0;
}
