/* SPDX-License-Identifier: GPL-2.0-only */
/* How a loader measures the kernel's command line, and whether its words keep the rules. */
#ifndef CARETAKER_CLAIMS_COMMAND_LINE_H
#define CARETAKER_CLAIMS_COMMAND_LINE_H

#include <stdbool.h>

#include "pcr.h"
#include "policy_rules.h"
#include "log/uefi_log.h"
#include "claims/reasons.h"

/* Is @ev the EFI stub's event over the load options?  drivers/firmware/efi/libstub */
bool command_line_is_load_options(const struct uefi_event *ev);

/* Does @digest cover @text as UTF-16 load options, with or without a final zero? */
bool command_line_is_measured(const char *text, enum pcr_bank bank, struct view digest);

/**
 * command_line_check - hold the words of a command line against the rules
 * @line: the text of @size bytes, as a kernel keeps it
 * @size: its bytes
 * @whose: for the reasons: "kernel 1"
 * @required: each must be there, for the kernel and not for init
 * @forbidden: none may be there, for init neither
 *
 * Of a parameter that is there twice some take the first value and some the last:
 * a required word counts only if each value of its parameter is one that it allows.
 */
void command_line_check(const char *line, size_t size, const char *whose,
			const struct policy_words *required,
			const struct policy_words *forbidden, struct reasons *why);

#endif
