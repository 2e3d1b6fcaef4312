/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether shim verified what it started.  `mokutil --disable-validation` leaves a variable
 * MokSBState; shim then starts anything, while the firmware's Secure Boot stays on.  It
 * measures the variable into PCR 7 (mok.c: MOK_VARIABLE_MEASURE).
 *
 * Of shim's other variables none turns verification off: MokDBState (shows as MokIgnoreDB)
 * and MokListTrusted take keys away, SbatLevel says what is revoked, MokPolicy asks for NX.
 */
#ifndef CARETAKER_CLAIMS_SHIM_H
#define CARETAKER_CLAIMS_SHIM_H

#include <stdbool.h>

#include "pcr.h"
#include "log/uefi_log.h"

#define CLAIMS_SHIM_VALUES	255	/* each but 0 turns it off */

/* What PCR 7 is extended with in one bank, as the two kinds of shim do it */
struct claims_shim {
	unsigned char exact[CLAIMS_SHIM_VALUES][PCR_DIGEST_MAX];
	unsigned char padded[CLAIMS_SHIM_VALUES][PCR_DIGEST_MAX];
	enum pcr_bank bank;
};

/* 0 or -ENOMEM */
int claims_shim_init(struct claims_shim *shim, enum pcr_bank bank);

/* Says @ev, by its digest and whatever its label, that shim verified nothing? */
bool claims_shim_is_off(const struct claims_shim *shim, const struct uefi_event *ev);

#endif
