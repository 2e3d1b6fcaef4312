/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Platform configuration registers, as a log says they should be: banks of 24
 * registers, extend, and the values that they start with (TCG PC Client Platform
 * TPM Profile, section 4.6; TPM 2.0 Library Part 1, section 17).
 */
#ifndef ATTEST_PCR_H
#define ATTEST_PCR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCR_COUNT	24
#define PCR_DIGEST_MAX	64
#define PCR_ALL		0xffffffU
/*
 * What firmware and boot loaders leave behind, and a reference may pin: 0 to 9, and 14, which
 * shim extends with MokList, MokListX and MokListTrusted (mok.c). The others are user space's.
 */
#define PCR_PINNABLE	0x43ffU

enum pcr_bank {
	PCR_SHA1,
	PCR_SHA256,
	PCR_SHA384,
	PCR_SHA512,
	PCR_SM3_256,
	PCR_BANKS,
};

#define PCR_BANK_NONE	(-1)
#define PCR_BANK_BIT(b)	(1U << (b))
#define PCR_BANKS_ALL	((1U << PCR_BANKS) - 1)

/* "sha1", "sha256", "sha384", "sha512", "sm3_256": the names that tpm2-tools uses */
const char *pcr_bank_name(enum pcr_bank bank);
size_t pcr_bank_size(enum pcr_bank bank);	/* bytes of a digest */
int pcr_bank_by_name(const char *name);		/* enum pcr_bank or PCR_BANK_NONE; "sm3" too */
int pcr_bank_by_alg(uint16_t tpm_alg_id);	/* by TPM_ALG_ID */
uint16_t pcr_bank_alg(enum pcr_bank bank);
bool pcr_bank_available(enum pcr_bank bank);	/* OpenSSL has the hash */

/* A hash over parts, in the bank's algorithm. 0 or -ENOTSUP. */
struct view;
int pcr_hash(enum pcr_bank bank, const struct view *parts, size_t n, unsigned char *out);

/**
 * struct pcr_set - register values of all banks
 * @value:	first pcr_bank_size() bytes in use
 * @present:	bit n: @value[bank][n] means something (extended, reset by an
 *		event, or read from a file). Registers that no record touched stay 0.
 */
struct pcr_set {
	unsigned char value[PCR_BANKS][PCR_COUNT][PCR_DIGEST_MAX];
	uint32_t present[PCR_BANKS];
};

/* All registers as after TPM2_Startup(CLEAR) at locality 0: 17..22 all ones, others zero; none present. */
void pcr_set_init(struct pcr_set *set);

/* PCR 0 as after startup at a locality: 0, 3, or 4 (H-CRTM). 0, or -EINVAL for another one. Marks nothing. */
int pcr_start_locality(struct pcr_set *set, unsigned int locality);

/* value = H(value || digest). @size must be that of the bank. 0 or -EINVAL, -ENOTSUP. */
int pcr_extend(struct pcr_set *set, enum pcr_bank bank, unsigned int pcr,
	       const unsigned char *digest, size_t size);

/* Sets one value, e.g. from a file. 0 or -EINVAL. */
int pcr_set_value(struct pcr_set *set, enum pcr_bank bank, unsigned int pcr,
		  const unsigned char *value, size_t size);

/* The value, or NULL if it is not present. */
const unsigned char *pcr_value(const struct pcr_set *set, enum pcr_bank bank, unsigned int pcr);

/**
 * struct pcr_selection - which registers, in the order in which TPM2_Quote hashes them
 * @count:	entries in use
 * @entry:	a bank, and a bit for each register
 */
struct pcr_selection {
	unsigned int count;
	struct {
		enum pcr_bank bank;
		uint32_t mask;
	} entry[PCR_BANKS];
};

uint32_t pcr_selection_mask(const struct pcr_selection *sel, enum pcr_bank bank);
/* The same registers in the same banks; the order of the banks does not matter. Entries without a register are nothing. */
bool pcr_selection_same(const struct pcr_selection *a, const struct pcr_selection *b);
/* What is present in a set, as a selection. */
void pcr_selection_of(const struct pcr_set *set, struct pcr_selection *out);
/* "0,1,10" up to @end: numbers below PCR_COUNT and no blanks, none twice. 0 if it is not. */
uint32_t pcr_selection_indexes(const char *p, const char *end);
/* "sha256:0,1,10+sha1:10" as tpm2-tools writes it. 0 or -EINVAL. */
int pcr_selection_parse(const char *text, struct pcr_selection *out);

/*
 * The digest that TPM2_Quote signs: values of the selected registers, hashed with
 * @hash. -ENODATA if one is not present.
 */
int pcr_selection_digest(const struct pcr_set *set, const struct pcr_selection *sel,
			 enum pcr_bank hash, unsigned char *out);

/* {"sha256": {"10": "hex"}}; banks of @banks (PCR_BANK_BIT) that have something present. */
struct json_t;
struct json_t *pcr_set_json(const struct pcr_set *set, uint32_t banks);
/* {"sha256": [0, 1, 10]} */
struct json_t *pcr_selection_json(const struct pcr_selection *sel);

#endif
