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
	const char *openssl;
} bank_table[PCR_BANKS] = {
	[PCR_SHA1]    = { "sha1",    0x0004, 20, "SHA1" },
	[PCR_SHA256]  = { "sha256",  0x000b, 32, "SHA256" },
	[PCR_SHA384]  = { "sha384",  0x000c, 48, "SHA384" },
	[PCR_SHA512]  = { "sha512",  0x000d, 64, "SHA512" },
	[PCR_SM3_256] = { "sm3_256", 0x0012, 32, "SM3" },
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

/*
 * A log has millions of short hashes, and to look an algorithm up costs OpenSSL 3 more
 * than to hash a record.  So each thread keeps a context a bank, with its algorithm.
 */
static int hash_start(enum pcr_bank bank, EVP_MD_CTX **out)
{
	static __thread EVP_MD_CTX *kept[PCR_BANKS];
	EVP_MD *md;
	bool ok;
	int ret;

	*out = kept[bank];
	if (*out)
		return EVP_DigestInit_ex2(*out, NULL, NULL) ? 0 : -ENOTSUP;
	md = EVP_MD_fetch(NULL, bank_table[bank].openssl, NULL);
	if (!md)
		return -ENOTSUP;
	*out = EVP_MD_CTX_new();
	ok = *out && EVP_DigestInit_ex2(*out, md, NULL);
	EVP_MD_free(md);
	if (ok) {
		kept[bank] = *out;
		return 0;
	}
	ret = *out ? -ENOTSUP : -ENOMEM;
	EVP_MD_CTX_free(*out);
	return ret;
}

int pcr_hash(enum pcr_bank bank, const struct view *parts, size_t n, unsigned char *out)
{
	EVP_MD_CTX *ctx;
	bool ok = true;
	int ret;

	ret = hash_start(bank, &ctx);
	if (ret)
		return ret;
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].size);
	return ok && EVP_DigestFinal_ex(ctx, out, NULL) ? 0 : -ENOTSUP;
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
