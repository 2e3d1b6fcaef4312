// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCR banks: hash, extend, reset, and the digest over a selection.
 */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "pcr.h"
#include "reader.h"

static const struct {
	const char *name;
	uint16_t alg;		/* TCG Algorithm Registry, table 3 */
	uint8_t size;
	const EVP_MD *(*md)(void);
} bank_table[PCR_BANKS] = {
	[PCR_SHA1]    = { "sha1",    0x0004, 20, EVP_sha1 },
	[PCR_SHA256]  = { "sha256",  0x000b, 32, EVP_sha256 },
	[PCR_SHA384]  = { "sha384",  0x000c, 48, EVP_sha384 },
	[PCR_SHA512]  = { "sha512",  0x000d, 64, EVP_sha512 },
#ifndef OPENSSL_NO_SM3
	[PCR_SM3_256] = { "sm3_256", 0x0012, 32, EVP_sm3 },
#else
	[PCR_SM3_256] = { "sm3_256", 0x0012, 32, NULL },
#endif
};

const char *pcr_bank_name(enum pcr_bank bank)
{
	return bank_table[bank].name;
}

size_t pcr_bank_size(enum pcr_bank bank)
{
	return bank_table[bank].size;
}

uint16_t pcr_bank_alg(enum pcr_bank bank)
{
	return bank_table[bank].alg;
}

int pcr_bank_by_name(const char *name)
{
	int bank;

	for (bank = 0; bank < PCR_BANKS; bank++)
		if (!strcmp(name, bank_table[bank].name))
			return bank;
	return strcmp(name, "sm3") ? PCR_BANK_NONE : PCR_SM3_256;
}

int pcr_bank_by_alg(uint16_t alg)
{
	int bank;

	for (bank = 0; bank < PCR_BANKS; bank++)
		if (alg == bank_table[bank].alg)
			return bank;
	return PCR_BANK_NONE;
}

bool pcr_bank_available(enum pcr_bank bank)
{
	return pcr_hash(bank, NULL, 0, (unsigned char[PCR_DIGEST_MAX]){ 0 }) == 0;
}

int pcr_hash(enum pcr_bank bank, const struct view *parts, size_t n, unsigned char *out)
{
	EVP_MD_CTX *ctx;
	size_t i;
	bool ok;

	if (!bank_table[bank].md)
		return -ENOTSUP;
	ctx = EVP_MD_CTX_new();
	if (!ctx)
		return -ENOMEM;
	ok = EVP_DigestInit_ex(ctx, bank_table[bank].md(), NULL);
	for (i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].size);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -ENOTSUP;
}

void pcr_set_init(struct pcr_set *set)
{
	int bank, pcr;

	memset(set, 0, sizeof(*set));
	/* Set to zero only by a dynamic launch (locality 4), PC Client TPM Profile, table 5. */
	for (bank = 0; bank < PCR_BANKS; bank++)
		for (pcr = 17; pcr <= 22; pcr++)
			memset(set->value[bank][pcr], 0xff, pcr_bank_size(bank));
}

int pcr_start_locality(struct pcr_set *set, unsigned int locality)
{
	int bank;

	if (locality != 0 && locality != 3 && locality != 4)
		return -EINVAL;
	for (bank = 0; bank < PCR_BANKS; bank++) {
		memset(set->value[bank][0], 0, PCR_DIGEST_MAX);
		set->value[bank][0][pcr_bank_size(bank) - 1] = (unsigned char)locality;
	}
	return 0;
}

int pcr_extend(struct pcr_set *set, enum pcr_bank bank, unsigned int pcr,
	       const unsigned char *digest, size_t size)
{
	struct view parts[2];
	int ret;

	if (pcr >= PCR_COUNT || size != pcr_bank_size(bank))
		return -EINVAL;
	parts[0] = (struct view){ set->value[bank][pcr], size };
	parts[1] = (struct view){ digest, size };
	ret = pcr_hash(bank, parts, 2, set->value[bank][pcr]);
	if (ret)
		return ret;
	set->present[bank] |= 1U << pcr;
	return 0;
}

int pcr_set_value(struct pcr_set *set, enum pcr_bank bank, unsigned int pcr,
		  const unsigned char *value, size_t size)
{
	if (pcr >= PCR_COUNT || size != pcr_bank_size(bank))
		return -EINVAL;
	memcpy(set->value[bank][pcr], value, size);
	set->present[bank] |= 1U << pcr;
	return 0;
}

const unsigned char *pcr_value(const struct pcr_set *set, enum pcr_bank bank, unsigned int pcr)
{
	if (pcr >= PCR_COUNT || !(set->present[bank] & 1U << pcr))
		return NULL;
	return set->value[bank][pcr];
}
