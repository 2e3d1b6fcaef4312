// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control block: a page of its own, zero in the file.  KVM fills in magic,
 * ABI, size and first state when it loads the payload; see struct caretaker_ccb.
 */
#include "payload.h"

struct caretaker_ccb caretaker_ccb
	__attribute__((section(".ccb"), aligned(CARETAKER_PAGE), used));
