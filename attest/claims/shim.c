// SPDX-License-Identifier: GPL-2.0-only
/*
 * Knows shim's MokSBState by its digest; see shim.h.
 *
 * tpm_measure_variable() in shim's tpm.c hashes a UEFI_VARIABLE_DATA (TCG PFP 1.05,
 * section 10.2.6) of SHIM_LOCK_GUID, the name without its end, and one byte; shim up to
 * 15 took the size of a struct with padding, and hashes five zeros behind it.
 */
#include <errno.h>

#include "claims/shim.h"

#define SHIM_PADDING	5

struct state_variable {
	unsigned char guid[16];
	unsigned char name_chars[8], data_size[8];	/* little-endian */
	unsigned char name[2 * 10];			/* UTF-16LE */
	unsigned char value;
	unsigned char padding[SHIM_PADDING];
};

int claims_shim_init(struct claims_shim *shim, enum pcr_bank bank)
{
	struct state_variable var = {
		/* 605dab50-e046-4300-abb6-3dd810dd8b23 */
		.guid = { 0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43,
			  0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 },
		.name_chars = { 10 }, .data_size = { 1 },
		.name = "M\0o\0k\0S\0B\0S\0t\0a\0t\0e",
	};
	const struct view exact = { (unsigned char *)&var, sizeof(var) - SHIM_PADDING };
	const struct view padded = { (unsigned char *)&var, sizeof(var) };

	shim->bank = bank;
	for (unsigned int i = 0; i < CLAIMS_SHIM_VALUES; i++) {
		var.value = (unsigned char)(i + 1);
		if (pcr_hash(bank, &exact, 1, shim->exact[i]) ||
		    pcr_hash(bank, &padded, 1, shim->padded[i]))
			return -ENOMEM;
	}
	return 0;
}

bool claims_shim_is_off(const struct claims_shim *shim, const struct uefi_event *ev)
{
	struct view digest = ev->digest[shim->bank];
	size_t size = pcr_bank_size(shim->bank);

	if (ev->pcr != 7 || !ev->extends)
		return false;
	for (unsigned int i = 0; i < CLAIMS_SHIM_VALUES; i++)
		if (view_equal(digest, shim->exact[i], size) || view_equal(digest, shim->padded[i], size))
			return true;
	return false;
}
