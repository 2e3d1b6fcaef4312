/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firmware events contain, and how their data must relate to their digests.
 * Private to uefi_log.c.
 */
#ifndef ATTEST_UEFI_EVENT_H
#define ATTEST_UEFI_EVENT_H

#include "log/uefi_log.h"

/* Sets @ev->bound. Refuses types that promise a relation which does not hold. */
int uefi_event_check(struct uefi_event *ev, struct parse_error *err);

/* Secure Boot state, if this event says it: see struct uefi_log. */
int uefi_event_secure_boot(struct uefi_log *log, const struct uefi_event *ev, struct parse_error *err);

#endif
