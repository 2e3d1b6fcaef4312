/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space extended into registers, as systemd writes it down in
 * /run/log/systemd/tpm2-measure.log: a sequence of JSON texts (RFC 7464), each
 * between a record separator (0x1e) and a line feed.
 *
 *	{"pcr":9,"digests":[{"hashAlg":"sha256","digest":"..."}],
 *	 "content_type":"systemd","content":{"string":"nvpcr-separator", ...}}
 *
 * (systemd-pcrextend(8), FILES: CEL-JSON of the TCG without "recnum".) "content" has bootId,
 * timestamp and eventType, too. Keys that are not used here may be there. A record of an
 * NvPCR, which is no PCR, has no "pcr" but content.nvIndexName. systemd sets the file's
 * sticky bit while it extends: one that stays says that the last record may be missing.
 */
#ifndef ATTEST_USERSPACE_LOG_H
#define ATTEST_USERSPACE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/parse_error.h"
#include "pcr.h"
#include "reader.h"

#define USERSPACE_LOG_MAX	(4U << 20)
#define USERSPACE_RECORDS_MAX	20000U
#define USERSPACE_RECORD_MAX	(64U << 10)	/* bytes of one, with its line feed; in memory up to 75 times as much */
#define USERSPACE_WORD_MAX	512		/* bytes of a word, with its NUL */
#define USERSPACE_PCR_NONE	0xffffffffU	/* an NvPCR's record */

/**
 * struct userspace_record - one measurement
 * @number:	1-based
 * @offset:	of its separator
 * @pcr:	below PCR_COUNT, or USERSPACE_PCR_NONE
 * @digest:	by bank; valid where bit n of @banks is set
 * @word:	what was measured, if systemd says it; empty for other records and longer words
 * @bound:	every digest is the hash of @word, and there is one
 */
struct userspace_record {
	unsigned int number;
	size_t offset;
	uint32_t pcr;
	unsigned char digest[PCR_BANKS][PCR_DIGEST_MAX];
	uint32_t banks;
	char word[USERSPACE_WORD_MAX];
	bool bound;
};

/**
 * struct userspace_log - a reader
 * @records:	returned so far
 * @cut:	the last record has no line feed yet: it was being written, and is left out
 */
struct userspace_log {
	unsigned int records;
	bool cut;

	struct reader in;
	bool failed;
};

/* 0 or -EBADMSG. An empty file is a log without records. */
int userspace_log_open(struct userspace_log *log, const void *data, size_t size, struct parse_error *err);

/* 1: *rec is the next record. 0: the log ended. Negative: malformed (or no memory), and stays so. */
int userspace_log_next(struct userspace_log *log, struct userspace_record *rec, struct parse_error *err);

#endif
