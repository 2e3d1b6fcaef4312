/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firmware events contain, and how their data must relate to their digests.
 * Private to uefi_log.c.
 */
#ifndef ATTEST_UEFI_EVENT_H
#define ATTEST_UEFI_EVENT_H

#include "log/uefi_log.h"

#define SECURE_BOOT_PCR	7
#define UEFI_COREBOOT_ENTRY	50	/* bytes of an entry of coreboot, filled with zeros */

/* Sets @ev->bound and @ev->uncovered. Refuses types that promise a relation which does not hold. */
int uefi_event_check(struct uefi_event *ev, struct parse_error *err);

/* It ends what its register can say of the firmware: a separator, also under another label. */
bool uefi_event_separates(const struct uefi_event *ev);

/* Secure Boot state, if this event says it: see struct uefi_log. */
int uefi_event_secure_boot(struct uefi_log *log, const struct uefi_event *ev, struct parse_error *err);

#endif
