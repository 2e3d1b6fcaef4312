/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which values the registers had when IMA started, and that the logs lead to the
 * quoted ones: the firmware's log first, then the words that user space extended.
 */
#ifndef CARETAKER_CLAIMS_REGISTERS_H
#define CARETAKER_CLAIMS_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "claims/reasons.h"
#include "log/uefi_log.h"
#include "pcr.h"
#include "reader.h"

#define CLAIMS_OPEN_PCR	9	/* systemd 259 and later goes on with it, from user space */

/**
 * struct claims_registers_input - what is compared
 * @firmware:	the firmware's log, read to its end
 * @userspace:	systemd's log of what came later; empty where there is none
 * @bank:	the bank that counts
 * @quoted:	registers that the quote proved; no others are present
 * @replayed:	bit n: the logs must lead to the quoted PCR n. Above 10 this holds for
 *		registers in which the firmware's log has an event.
 */
struct claims_registers_input {
	const struct uefi_log *firmware;
	struct view userspace;
	enum pcr_bank bank;
	const struct pcr_set *quoted;
	uint32_t replayed;
};

/**
 * claims_registers - follow the logs to the quoted values
 * @at_init: PCR 0 to 9 and 14 as the firmware's log leaves them, where that leads to the
 *	quote (PCR 14: by known words alone), else as quoted; nothing that was not quoted
 * @open: bit n: that nothing but a boot aggregate of this bank proves what @at_init says of
 *	PCR n: PCR 9, if it went on and no log says how, and where unknown words led on
 * @why: reasons are added
 *
 * Return: 0, or -EBADMSG if a register that must be replayed is not.
 */
int claims_registers(const struct claims_registers_input *in, struct pcr_set *at_init, uint32_t *open,
		     struct reasons *why);

#endif
