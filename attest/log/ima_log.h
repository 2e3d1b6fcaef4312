/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's IMA measurement list, in the binary format of
 * /sys/kernel/security/ima/binary_runtime_measurements[_ALG] (little endian), as
 * security/integrity/ima/ima_fs.c writes it: an iterator over checked records,
 * their template hashes recomputed from their own bytes, and the replay into PCRs.
 *
 *	struct ima_log log;
 *	struct ima_record rec;
 *	ret = ima_log_open(&log, data, size, PCR_BANK_NONE, &err);
 *	while (!ret && (ret = ima_log_next(&log, &rec, &err)) > 0)
 *		...
 */
#ifndef ATTEST_IMA_LOG_H
#define ATTEST_IMA_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/parse_error.h"
#include "pcr.h"
#include "reader.h"

#define IMA_LOG_MAX		(64U << 20)	/* bytes of a log in memory */
#define IMA_RECORDS_MAX		1000000000U
#define IMA_TEMPLATE_NAME_MAX	255		/* a name, or a list of fields */
#define IMA_FIELDS_MAX		15		/* IMA_TEMPLATE_NUM_FIELDS_MAX */
#define IMA_TEMPLATE_DATA_MAX	(1U << 20)	/* bytes of one record's data */

/* Fields of a template (Documentation/security/IMA-templates.rst). */
enum ima_field_id {
	IMA_FIELD_D,
	IMA_FIELD_N,
	IMA_FIELD_D_NG,
	IMA_FIELD_D_NGV2,
	IMA_FIELD_N_NG,
	IMA_FIELD_SIG,
	IMA_FIELD_BUF,
	IMA_FIELD_D_MODSIG,
	IMA_FIELD_MODSIG,
	IMA_FIELD_EVMSIG,
	IMA_FIELD_IUID,
	IMA_FIELD_IGID,
	IMA_FIELD_IMODE,
	IMA_FIELD_XATTRNAMES,
	IMA_FIELD_XATTRLENGTHS,
	IMA_FIELD_XATTRVALUES,
};

struct ima_field {
	enum ima_field_id id;
	size_t offset;			/* of its bytes in the log */
	struct view data;		/* without the length in front */
};

enum ima_digest_type {
	IMA_DIGEST_PLAIN,		/* no type in the record: d, d-ng, d-modsig */
	IMA_DIGEST_FILE,		/* "ima:" of d-ngv2 */
	IMA_DIGEST_VERITY,		/* "verity:" of d-ngv2 */
};

/**
 * struct ima_digest - a digest in a record
 * @type:	how the digest was made
 * @alg:	the kernel's name ("sha256", "sha3-256"), NULL if the record has no such field
 * @value:	the digest; its length fits @alg
 */
struct ima_digest {
	enum ima_digest_type type;
	const char *alg;
	struct view value;
};

/**
 * struct ima_record - one measurement; views point into the log
 * @number:	1-based
 * @offset:	of its first byte in the log
 * @pcr:	below PCR_COUNT
 * @template_digest: as logged, in the bank of the log; zero for a violation
 * @template_name: "ima-ng", or a list of fields "d-ng|n-ng"
 * @old_format:	template "ima": no lengths, hashed with the name padded
 * @violation:	the file changed while it was measured: PCRs were extended with
 *		ones, and no hash covers the record. Nothing in it can be trusted.
 * @field_count: entries of @field that are in use: all fields in order
 * @template_data: the fields with their lengths; what the template hash covers (not for @old_format)
 * @digest:	of d, d-ng or d-ngv2; none in a violation of older kernels (20 zeros, of any algorithm)
 * @name:	of n or n-ng, without the terminating NUL; a path or an event name
 * @signature:	of sig: the xattr with its type byte; size 0 if there is none
 * @modsig_digest, @modsig: of d-modsig and modsig; modsig is PKCS#7 in DER
 * @evmsig:	of evmsig
 * @buffer:	of buf: the measured bytes of ima-buf (critical data, keys, policy)
 * @buffer_bound: there is a buffer, and @digest is its hash, as the kernel makes it.
 *		Demand it (and template_ok) before a buffer is believed.
 * @template_ok: the template hash recomputed from the record equals the logged
 *		one; false for a violation
 */
struct ima_record {
	unsigned int number;
	size_t offset;
	uint32_t pcr;
	struct view template_digest;
	struct view template_name;
	bool old_format;
	bool violation;
	unsigned int field_count;
	struct view template_data;
	struct ima_digest digest;
	struct view name;
	struct view signature;
	struct ima_digest modsig_digest;
	struct view modsig;
	struct view evmsig;
	struct view buffer;
	bool buffer_bound;
	bool template_ok;
	struct ima_field field[IMA_FIELDS_MAX];	/* last: beyond @field_count nothing is written */
};

/*
 * Private to ima_log.c, except @bank and @records, and @unchecked, which may be set once it is
 * open: for who only replays, template hash and buffer are not hashed, and @template_ok and
 * @buffer_bound are false.
 */
struct ima_log {
	struct reader in;
	enum pcr_bank bank;		/* of the template digests in the log */
	unsigned int records;		/* returned so far */
	bool unchecked;
	bool failed;
};

/*
 * Starts to read. @bank: that of the template digests in the file, or
 * PCR_BANK_NONE to find out (the first of sha1, sha256, sha384, sha512, sm3_256
 * in which the whole file has the form of a log; where two have, that in which a
 * template hash fits). Returns 0 or a negative errno.
 * An empty file is refused.
 */
int ima_log_open(struct ima_log *log, const void *data, size_t size, int bank,
		 struct parse_error *err);

/* 1: *rec is the next record. 0: the log ended exactly. Negative: malformed, and stays so. */
int ima_log_next(struct ima_log *log, struct ima_record *rec, struct parse_error *err);

/* The template hash in a bank, from the record's own bytes (ones for a violation): what the kernel extended. */
int ima_record_hash(const struct ima_record *rec, enum pcr_bank bank, unsigned char *out);

/* Extends rec->pcr in each bank of @banks (PCR_BANK_BIT) with ima_record_hash(). 0 or negative errno. */
int ima_record_extend(const struct ima_record *rec, struct pcr_set *set, uint32_t banks);

#endif
