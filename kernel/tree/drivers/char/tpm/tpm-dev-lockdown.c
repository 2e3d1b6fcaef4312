// SPDX-License-Identifier: GPL-2.0
/*
 * While the kernel is locked down, user space does not extend the register that holds
 * IMA's measurements: what is in it is then the kernel's word.  And that register is worth
 * nothing any more once the kernel lets the TPM go.
 *
 * Commands of TPM 2.0 name the register by their first handle (TPM 2.0 Library, Part 3,
 * sections 17.6 and 22), which stands behind tag, size and command code and is never
 * encrypted.  Commands of TPM 1.2 name it by their first parameter (TPM Main, Part 3,
 * sections 13.4 and 16.1), which is encrypted in a transport session: so what is wrapped
 * (section 24.2) must not extend any.
 */
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/tpm.h>
#include <linux/unaligned.h>
#include "tpm-dev.h"

/* Commands that no other part of the kernel knows */
#define TPM2_CC_PCR_EVENT		0x013C
#define TPM2_CC_PCR_RESET		0x013D
#define TPM_ORD_SHA1COMPLETEEXTEND	163
#define TPM_ORD_EXECUTETRANSPORT	230

#define AT_COMMAND	6	/* behind tag and size */
#define AT_REGISTER	10	/* the first handle or parameter */
#define AT_WRAPPED	14	/* of TPM_ExecuteTransport, behind the size of the command */

/* As far as the write went: what it left out is what an earlier one left behind */
static u32 word(const u8 *command, size_t size, size_t at)
{
	return size >= at + sizeof(u32) ? get_unaligned_be32(command + at) : U32_MAX;
}

static bool tpm2_changes(const u8 *command, size_t size, u32 pcr)
{
	switch (word(command, size, AT_COMMAND)) {
	case TPM2_CC_PCR_EVENT:
	case TPM2_CC_PCR_EXTEND:
	case TPM2_CC_PCR_RESET:
	case TPM2_CC_EVENT_SEQUENCE_COMPLETE:
		return word(command, size, AT_REGISTER) == pcr;
	default:
		return false;
	}
}

static bool tpm1_extends(u32 ordinal)
{
	return ordinal == TPM_ORD_PCR_EXTEND || ordinal == TPM_ORD_SHA1COMPLETEEXTEND;
}

static bool tpm1_changes(const u8 *command, size_t size, u32 pcr)
{
	const u32 ordinal = word(command, size, AT_COMMAND);

	if (ordinal == TPM_ORD_EXECUTETRANSPORT)
		return tpm1_extends(word(command, size, AT_WRAPPED + AT_COMMAND));
	return tpm1_extends(ordinal) && word(command, size, AT_REGISTER) == pcr;
}

/**
 * tpm_dev_may_send - May user space send this command?
 * @chip: The TPM that it is for
 * @command: The command
 * @size: Bytes of it
 *
 * A TPM that user space itself emulates (vtpm_proxy) holds no measurements of this kernel.
 *
 * Returns 0, or -EPERM if it would change IMA's register and the kernel is locked down.
 */
int tpm_dev_may_send(const struct tpm_chip *chip, const u8 *command, size_t size)
{
#ifdef CONFIG_IMA
	const u32 pcr = CONFIG_IMA_MEASURE_PCR_IDX;
	bool changes;

	if (chip->flags & TPM_CHIP_FLAG_VIRTUAL)
		return 0;
	changes = chip->flags & TPM_CHIP_FLAG_TPM2 ? tpm2_changes(command, size, pcr) :
						     tpm1_changes(command, size, pcr);
	if (changes)
		return security_locked_down(LOCKDOWN_IMA_PCR);
#endif
	return 0;
}

/**
 * tpm_spoil_ima_register - Make IMA's register worthless before a TPM leaves
 * @chip: The TPM, which can be used still
 *
 * What is measured from now on does not reach it.  If it came back, a quote would vouch for
 * the list as it is now, and all that follows could be left out.  What it is extended by is
 * random and told nobody, so that no list leads to it until the next reset.
 *
 * While the machine goes down nothing is left out that matters: the next kernel, if there
 * is one, goes on with the register.
 */
void tpm_spoil_ima_register(struct tpm_chip *chip)
{
#ifdef CONFIG_IMA
	struct tpm_digest *digests;
	int ret, i;

	if ((chip->flags & TPM_CHIP_FLAG_VIRTUAL) || tpm_is_firmware_upgrade(chip) ||
	    system_state > SYSTEM_RUNNING)
		return;
	digests = kcalloc(chip->nr_allocated_banks, sizeof(*digests), GFP_KERNEL | __GFP_NOFAIL);
	for (i = 0; i < chip->nr_allocated_banks; i++) {
		digests[i].alg_id = chip->allocated_banks[i].alg_id;
		get_random_bytes(digests[i].digest, sizeof(digests[i].digest));
	}
	ret = tpm_pcr_extend(chip, CONFIG_IMA_MEASURE_PCR_IDX, digests);
	if (ret)
		dev_err(&chip->dev, "IMA's register could not be spoilt (%d)\n", ret);
	kfree_sensitive(digests);
#endif
}
