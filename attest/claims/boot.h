/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the firmware's log proves about the boot, once it replays to the quoted
 * registers: Secure Boot, the applications that ran, the kernel's command line.
 *
 * The type of an event is hashed nowhere, so a host may relabel events.  A claim
 * is therefore taken from the place of an event and from content that its digest
 * covers, never from its type alone.
 */
#ifndef CARETAKER_CLAIMS_BOOT_H
#define CARETAKER_CLAIMS_BOOT_H

#include <stdbool.h>
#include <stddef.h>

#include "pcr.h"
#include "log/uefi_log.h"
#include "claims/reasons.h"

#define CLAIMS_APPLICATIONS	16	/* EFI applications of one boot */
#define CLAIMS_COMMAND_LINE	4096	/* bytes */

struct claims_boot {
	enum uefi_secure_boot secure_boot;
	struct {
		unsigned int event;	/* number in the log */
		unsigned char digest[PCR_DIGEST_MAX];
		size_t size;
	} application[CLAIMS_APPLICATIONS];	/* in the order in which they ran */
	size_t applications;
	bool command_line_proven;
	char command_line[CLAIMS_COMMAND_LINE];
};

/**
 * claims_boot_read - replay the log and take its claims
 * @log, @size: binary_bios_measurements
 * @bank: the bank that counts
 * @quoted: registers that the quote proved; no others are present
 * @candidate: the command line as the host tells it; believed only if its hash is measured
 * @out: the claims; those that do not hold are left empty
 * @why: reasons are added
 *
 * Return: 0 if the log replays (there may still be reasons), else -EBADMSG.
 */
int claims_boot_read(const void *log, size_t size, enum pcr_bank bank,
		     const struct pcr_set *quoted, const char *candidate,
		     struct claims_boot *out, struct reasons *why);

#endif
