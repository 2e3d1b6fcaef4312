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
	enum uefi_secure_boot secure_boot;	/* off, too, if shim verified nothing */
	unsigned int shim_off;		/* number of the event by which shim says so; 0: none */
	struct {
		unsigned int event;	/* number in the log */
		unsigned char digest[PCR_DIGEST_MAX];
		size_t size;
		bool attempt;		/* of the firmware's, a new one: the one before did not start it */
	} application[CLAIMS_APPLICATIONS];	/* in the order in which they ran */
	size_t applications;
	bool acted;			/* the firmware said something in PCR 4 since the last of them */
	bool command_line_proven;
	char command_line[CLAIMS_COMMAND_LINE];
	struct pcr_set at_init;		/* PCR 0 to 9 and 14 when IMA started: see claims/registers.h */
	uint32_t open;			/* of @at_init, only a boot aggregate of this bank proves these: as there */
};

/**
 * struct claims_boot_input - what the claims are taken from
 * @uefi_log:	binary_bios_measurements
 * @userspace_log: systemd's log of what user space extended; empty where there is none
 * @bank:	the bank that counts
 * @quoted:	registers that the quote proved; no others are present
 * @replayed:	bit n: the logs must lead to the quoted PCR n
 * @candidate:	the command line as the host tells it; believed only if its hash is measured
 */
struct claims_boot_input {
	struct view uefi_log;
	struct view userspace_log;
	enum pcr_bank bank;
	const struct pcr_set *quoted;
	uint32_t replayed;
	const char *candidate;
};

/**
 * claims_boot_read - replay the logs and take their claims
 * @out: the claims; those that do not hold are left empty, and @at_init is what was quoted
 * @why: reasons are added
 *
 * Return: 0 if the logs replay (there may still be reasons), else -EBADMSG.
 */
int claims_boot_read(const struct claims_boot_input *in, struct claims_boot *out, struct reasons *why);

/**
 * claims_boot_unprove - take back what rests on a boot aggregate that does not prove it
 * @bank:	the bank that counts
 * @aggregate:	the bank over which the boot aggregate holds, or PCR_BANK_NONE. Another
 *		one proves nothing of @bank: what it digests, the log need not have digested there.
 * @quoted:	what the registers concerned have in @at_init from then on
 * @why:	a reason is added if it holds over another bank, and PCR 9 went on; where it does
 *		not hold, one is there
 */
void claims_boot_unprove(struct claims_boot *c, enum pcr_bank bank, int aggregate,
			 const struct pcr_set *quoted, struct reasons *why);

#endif
