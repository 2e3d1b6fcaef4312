// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a TPM says, as a reason.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tss2/tss2_common.h>
#include <tss2/tss2_tpm2_types.h>

#include "tpm_reason.h"

#define CODE(name) TPM2_RC_##name, "TPM_RC_" #name

static const struct said {
	uint32_t code;		/* without the number of a handle, session or parameter */
	const char *name;
	const char *word;
	int ret;
} said[] = {
	{ CODE(AUTH_FAIL), "pin-wrong", -EACCES },
	{ CODE(BAD_AUTH), "pin-wrong", -EACCES },
	{ CODE(LOCKOUT), "pin-locked", -EACCES },
	/* Of a persistent handle where there is nothing, and of a file that another TPM has wrapped */
	{ CODE(HANDLE), "key-missing", -ENOKEY },
	{ CODE(REFERENCE_H0), "key-missing", -ENOKEY },
	{ CODE(INTEGRITY), "key-missing", -ENOKEY },
	/* Keys that decrypt; that sign what the TPM itself has made; with another scheme or hash; by a policy */
	{ CODE(KEY), "key-not-permitted", -EPERM },
	{ CODE(ATTRIBUTES), "key-not-permitted", -EPERM },
	{ CODE(TICKET), "key-not-permitted", -EPERM },
	{ CODE(SCHEME), "key-not-permitted", -EPERM },
	{ CODE(AUTH_UNAVAILABLE), "key-not-permitted", -EPERM },
	{ CODE(POLICY_FAIL), "key-not-permitted", -EPERM },
	{ CODE(FAILURE), "tpm", -EIO },
	{ CODE(MEMORY), "tpm", -ENOMEM },
	{ CODE(OBJECT_MEMORY), "tpm", -ENOMEM },
};

bool tpm_reason_code(const char *data, uint32_t *code)
{
	unsigned long number;
	char *end;

	if (!data || !isdigit((unsigned char)*data))
		return false;
	number = strtoul(data, &end, 10);
	if (*end != ' ' || !strchr(end, ':') || !number || number > UINT32_MAX)
		return false;
	*code = (uint32_t)number;
	return true;
}

/* Bit 7: format one, with a number in bits 6 and 8 to 11 (part 2, 6.6.3, table 15) */
static uint32_t bare(uint32_t code)
{
	return code & TPM2_RC_FMT1 ? code & (TPM2_RC_FMT1 | 0x3f) : code;
}

int tpm_reason(struct reason *why, uint32_t code, const char *what)
{
	uint32_t layer = code & TSS2_RC_LAYER_MASK;
	uint32_t own = bare(code & ~TSS2_RC_LAYER_MASK);

	if (layer == TSS2_TCTI_RC_LAYER)
		return reason_set(why, -ENODEV, "tpm-gone", "%s: no TPM answers (0x%x)", what, code);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if ((layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER) && said[i].code == own)
			return reason_set(why, said[i].ret, said[i].word, "%s: the TPM says %s (0x%x)", what,
					  said[i].name, code);
	return reason_set(why, -EIO, "tpm", "%s: the TPM, or the way to it, says 0x%x", what, code);
}
