/* SPDX-License-Identifier: GPL-2.0-only */
/* How the kernel's command line is measured, and its words as the kernel sees them. */
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

/* GRUB's event over its command line: the text, or an empty view */
struct view command_line_of_grub(const struct uefi_event *ev, enum pcr_bank bank);

void command_line_check(const char *line, const struct policy_words *required,
			const struct policy_words *forbidden, struct reasons *why);

#endif
