/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TPM 2.0 quote: TPMS_ATTEST, its signature and key, and the register values
 * that it stands for (TPM 2.0 Library Part 2, sections 10.12 and 11.3).
 */
#ifndef ATTEST_QUOTE_H
#define ATTEST_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "log/parse_error.h"
#include "pcr.h"
#include "reader.h"

#define QUOTE_ATTEST_MAX	4096	/* bytes; a TPMS_ATTEST has less than 1100 */
#define QUOTE_SIGNATURE_MAX	4096
#define QUOTE_KEY_MAX		65536
#define QUOTE_PCRS_MAX		(1U << 20)
#define QUOTE_NONCE_MAX		66	/* TPM2B_DATA: a TPMT_HA */

/**
 * struct quote - a parsed TPMS_ATTEST of type quote
 * @attest:	the signed bytes
 * @nonce:	extraData
 * @signer:	qualified name of the key
 * @clock:	milliseconds; @reset_count, @restart_count, @safe: TPMS_CLOCK_INFO
 * @selection:	banks in the TPM's order; never empty
 * @pcr_digest:	over the selected registers
 */
struct quote {
	struct view attest;
	struct view nonce;
	struct view signer;
	uint64_t clock;
	uint32_t reset_count;
	uint32_t restart_count;
	bool safe;
	uint64_t firmware_version;
	struct pcr_selection selection;
	struct view pcr_digest;
};

/* Magic TPM_GENERATED_VALUE, type TPM_ST_ATTEST_QUOTE, nothing behind. Proves nothing before quote_verify(). */
int quote_parse(struct quote *q, const void *attest, size_t size, struct parse_error *err);

/*
 * A public key: PEM key or certificate, DER certificate or SubjectPublicKeyInfo,
 * TPM2B_PUBLIC or TPMT_PUBLIC. RSA of at least 2048 bits, or ECDSA on P-256, P-384, P-521.
 */
int quote_key_load(EVP_PKEY **key, const void *data, size_t size, struct parse_error *err);

/*
 * Checks the signature: TPMT_SIGNATURE (RSASSA, RSAPSS, ECDSA), or the raw bytes
 * that `tpm2_quote -f plain` writes. SHA-1 is refused. *hash is the signature's
 * algorithm, which is also that of pcr_digest; its length is checked.
 */
int quote_verify(const struct quote *q, const void *signature, size_t size, EVP_PKEY *key,
		 enum pcr_bank *hash, struct parse_error *err);

/* Constant time in the nonce's content. */
int quote_check_nonce(const struct quote *q, const void *nonce, size_t size, struct parse_error *err);

/* The attested selection is exactly @asked. */
int quote_check_selection(const struct quote *q, const struct pcr_selection *asked, struct parse_error *err);

/* The digest over @pcrs is the quoted one; call after quote_verify(). */
int quote_check_pcrs(const struct quote *q, enum pcr_bank hash, const struct pcr_set *pcrs,
		     struct parse_error *err);

/*
 * Reads register values: what `tpm2_quote -o` writes in either form (-F serialized
 * or -F values; the latter takes its selection from @q), or {"bank": {"index": "hex"}}.
 */
int quote_pcrs_load(const struct quote *q, const void *data, size_t size, struct pcr_set *pcrs,
		    struct parse_error *err);

#endif
