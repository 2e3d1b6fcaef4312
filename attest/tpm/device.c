// SPDX-License-Identifier: GPL-2.0-only
/* Opens the TPM, repeats what it asks for, makes primary keys; see device.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "tpm/device.h"
#include "tpm/tss.h"

#define RETRIES		20

int tpm_error(struct tpm *tpm, const char *what, TSS2_RC rc)
{
	return tpm_fail(tpm, -EIO, "%s: %s", what, tss()->RC_Decode(rc));
}

int tpm_fail(struct tpm *tpm, int rc, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	vsnprintf(tpm->error, sizeof(tpm->error), fmt, list);
	va_end(list);
	return rc;
}

bool tpm_again(TSS2_RC rc, int *tries)
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

static int try_open(struct tpm *tpm, const char *conf)
{
	TSS2_RC rc = tss()->TctiLdr_Initialize(conf, &tpm->tcti);

	if (rc) {
		tpm->tcti = NULL;
		return tpm_fail(tpm, -ENODEV, "no TPM at %.100s", conf);
	}
	rc = tss()->Initialize(&tpm->esys, tpm->tcti, NULL);
	if (!rc)
		return 0;
	tss()->TctiLdr_Finalize(&tpm->tcti);
	tpm->esys = NULL;
	return tpm_error(tpm, "ESYS", rc);
}

int tpm_open(struct tpm *tpm, const char *tcti)
{
	memset(tpm, 0, sizeof(*tpm));
	tpm->ak = ESYS_TR_NONE;
	/* A missing TPM is an answer, not a fault that libraries need to explain */
	setenv("TSS2_LOG", "all+none", 0);
	if (tcti)
		return try_open(tpm, tcti);
	if (!try_open(tpm, "device:/dev/tpmrm0") || !try_open(tpm, "device:/dev/tpm0"))
		return 0;
	return tpm_fail(tpm, -ENODEV, "no TPM: neither /dev/tpmrm0 nor /dev/tpm0");
}

void tpm_close(struct tpm *tpm)
{
	if (tpm->esys && tpm->ak != ESYS_TR_NONE) {
		if (tpm->ak_transient)
			tss()->FlushContext(tpm->esys, tpm->ak);
		else
			tss()->TR_Close(tpm->esys, &tpm->ak);
	}
	if (tpm->esys)
		tss()->Finalize(&tpm->esys);
	if (tpm->tcti)
		tss()->TctiLdr_Finalize(&tpm->tcti);
	tpm->ak = ESYS_TR_NONE;
}

int tpm_set_auth(struct tpm *tpm, ESYS_TR hierarchy, const char *auth)
{
	TPM2B_AUTH value = { .size = 0 };
	size_t size = strlen(auth);
	TSS2_RC rc;

	if (size > sizeof(value.buffer))
		return tpm_fail(tpm, -EINVAL, "an authorisation has at most %zu bytes",
				sizeof(value.buffer));
	memcpy(value.buffer, auth, size);
	value.size = (UINT16)size;
	rc = tss()->TR_SetAuth(tpm->esys, hierarchy, &value);
	OPENSSL_cleanse(&value, sizeof(value));
	return rc ? tpm_error(tpm, "setting an authorisation", rc) : 0;
}

int tpm_marshal_public(struct tpm *tpm, const TPM2B_PUBLIC *public, struct blob *out)
{
	TSS2_RC rc;

	out->size = 0;
	out->data = malloc(sizeof(*public));
	if (!out->data)
		return -ENOMEM;
	rc = tss_mu()->TPM2B_PUBLIC_Marshal(public, out->data, sizeof(*public), &out->size);
	if (!rc)
		return 0;
	blob_free(out);
	return tpm_error(tpm, "public area", rc);
}

int tpm_create_primary(struct tpm *tpm, const TPM2B_PUBLIC *template, ESYS_TR *handle,
		       struct blob *public)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPML_PCR_SELECTION none = { 0 };
	TPM2B_DATA outside = { 0 };
	TPM2B_PUBLIC *made = NULL;
	TSS2_RC rc;
	int ret;

	TPM_CALL(rc, tss()->CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD,
					  ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, template,
					  &outside, &none, handle, &made, NULL, NULL, NULL));
	if (rc) {
		*handle = ESYS_TR_NONE;
		return tpm_error(tpm, "creating a key in the endorsement hierarchy", rc);
	}
	ret = tpm_marshal_public(tpm, made, public);
	tss()->Free(made);
	return ret;
}
