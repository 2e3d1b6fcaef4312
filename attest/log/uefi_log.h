/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firmware's event log as /sys/kernel/security/tpm0/binary_bios_measurements
 * gives it: crypto agile (Spec ID Event03) or SHA-1 only (TCG PC Client Platform
 * Firmware Profile, section 10). The event *type* is hashed nowhere, so what an
 * event says counts only where its data is proven by its digest: see @bound.
 *
 * A log has a form and a content.  Bytes that are no log end it with an error.  An
 * event whose data contradicts its digest, its register or what came before is
 * refused too, unless the reader asks for such events (@tolerant): then they are
 * extended like any other and say nothing, since a quote proves digests, not data.
 */
#ifndef ATTEST_UEFI_LOG_H
#define ATTEST_UEFI_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/parse_error.h"
#include "pcr.h"
#include "reader.h"

#define UEFI_LOG_MAX		(16U << 20)
#define UEFI_EVENTS_MAX		100000U
#define UEFI_ALGORITHMS_MAX	16
#define UEFI_PCR_NONE		0xffffffffU	/* allowed for EV_NO_ACTION only */
#define UEFI_FIRMWARE_PCRS	8		/* 0 to 7 are the firmware's (PFP section 3.3.4) */

#define EV_NO_ACTION			0x00000003
#define EV_SEPARATOR			0x00000004
#define EV_ACTION			0x00000005
#define EV_EVENT_TAG			0x00000006
#define EV_IPL				0x0000000d
#define EV_OMIT_BOOT_DEVICE_EVENTS	0x00000012
#define EV_EFI_VARIABLE_DRIVER_CONFIG	0x80000001
#define EV_EFI_VARIABLE_BOOT		0x80000002
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003
#define EV_EFI_ACTION			0x80000007
#define EV_EFI_VARIABLE_BOOT2		0x8000000c
#define EV_EFI_HCRTM_EVENT		0x80000010
#define EV_EFI_VARIABLE_AUTHORITY	0x800000e0

/**
 * struct uefi_event - one event; views point into the log
 * @number:	1-based; the Spec ID event is number 1
 * @offset:	of its first byte
 * @pcr:	below PCR_COUNT, or UEFI_PCR_NONE with EV_NO_ACTION
 * @type:	EV_*; not covered by any hash
 * @digest:	by bank; size 0 for a bank that the log, or this event, does not have
 * @complete:	there is a digest for each algorithm of the log
 * @data:	event data, and @data_offset where it is; without @uncovered
 * @uncovered:	of shim before 15.1: one byte behind @data that no digest covers
 * @extends:	it was extended into @pcr (everything except EV_NO_ACTION)
 * @bound:	every digest is the hash of @data, so @data is as trustworthy as the
 *		register. Types for which the specification demands this are refused without it.
 * @odd:	@objection speaks against what it says (of a tolerant reader only); its
 *		digests are extended all the same
 */
struct uefi_event {
	unsigned int number;
	size_t offset;
	uint32_t pcr;
	uint32_t type;
	struct view digest[PCR_BANKS];
	bool complete;
	struct view data;
	size_t data_offset;
	bool uncovered;
	bool extends;
	bool bound;
	bool odd;
	struct parse_error objection;
};

/* UEFI_VARIABLE_DATA, PFP section 10.2.6. */
struct uefi_variable {
	unsigned char guid[16];		/* as in memory */
	struct view name;		/* UTF-16LE, no terminator */
	struct view data;
};

enum uefi_secure_boot {
	UEFI_SECURE_BOOT_UNKNOWN,	/* the log does not say */
	UEFI_SECURE_BOOT_OFF,
	UEFI_SECURE_BOOT_ON,
};

struct uefi_algorithm {
	uint16_t id;			/* TPM_ALG_ID */
	uint16_t size;
	int bank;			/* or PCR_BANK_NONE: carried, not replayed */
};

/**
 * struct uefi_log - a reader, and what the events so far amount to
 * @crypto_agile: false for a SHA-1-only log
 * @algorithm_count, @algorithm: from the Spec ID event
 * @banks:	PCR_BANK_BIT of those we replay
 * @events:	returned so far
 * @pcrs:	replay of the events returned so far; a register is not present in a bank
 *		that one of its events has no digest for
 * @gap:	those registers: bit n of @gap[bank]
 * @tolerant:	set it after uefi_log_open() to be given odd events
 * @odd:	bit n: an odd event in PCR n
 * @secure_boot: from SecureBoot (EFI global GUID) in PCR 7 before its separator;
 *		unknown if an event of PCR 7 is odd
 * @locality:	startup locality of PCR 0
 * The rest is private.
 */
struct uefi_log {
	bool crypto_agile;
	unsigned int algorithm_count;
	struct uefi_algorithm algorithm[UEFI_ALGORITHMS_MAX];
	uint32_t banks;
	unsigned int events;
	struct pcr_set pcrs;
	uint32_t gap[PCR_BANKS];
	bool tolerant;
	uint32_t odd;
	enum uefi_secure_boot secure_boot;
	unsigned int locality;

	struct reader in;
	bool separated;			/* PCR 7 has had its separator */
	bool locality_seen;
	bool failed;
};

int uefi_log_open(struct uefi_log *log, const void *data, size_t size, struct parse_error *err);

/*
 * 1: *ev is the next event, already replayed. 0: the log ended exactly, or with zeros
 * up to the end of its area. Negative: malformed, and stays so.
 */
int uefi_log_next(struct uefi_log *log, struct uefi_event *ev, struct parse_error *err);

/* Event data as a variable; for EV_EFI_VARIABLE_* only. 0 or -EBADMSG. */
int uefi_event_variable(const struct uefi_event *ev, struct uefi_variable *var, struct parse_error *err);

/* Is the digest of @bank that of @text? Holds whatever type and data the log gives. */
bool uefi_event_measures(const struct uefi_event *ev, enum pcr_bank bank, const void *text, size_t size);

/* Compares a variable with the EFI global or image security GUID and an ASCII name. */
bool uefi_variable_is(const struct uefi_variable *var, const unsigned char guid[16], const char *name);
/* Data of a separator by which the firmware says that a measurement failed (PFP section 3.3.2.2). */
extern const unsigned char uefi_separator_error[4];
extern const unsigned char uefi_global_guid[16];	/* SecureBoot, PK, KEK */
extern const unsigned char uefi_image_security_guid[16]; /* db, dbx */

#endif
