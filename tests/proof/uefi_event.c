// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event of the firmware's log, from a reader anywhere in a log of any size: the
 * header of the old form with its data, and what an event with any data says of a
 * variable. No run-time error; what it points to is there.
 */
#include "../../attest/log/uefi_log.c"
#include "evidence.h"

static struct parse_error err;

static void old_form(void)
{
	uint32_t size = nondet_u32();
	struct uefi_event ev = { .number = nondet_u32(), .offset = nondet_u64() };
	struct reader in;
	size_t before;

	in = any_reader(any_bytes(size), size);
	before = in.pos;
	if (parse_sha1_event(&in, &ev, &err)) {
		MUST(err.code != PARSE_OK);
		END("an event that is refused");
		return;
	}
	readable(ev.data);
	readable(ev.digest[PCR_SHA1]);
	MUST(ev.digest[PCR_SHA1].size == pcr_bank_size(PCR_SHA1));
	MUST(ev.pcr < PCR_COUNT || (ev.pcr == UEFI_PCR_NONE && !ev.extends));
	MUST(ev.extends == (ev.type != EV_NO_ACTION) && in.pos > before);
	END("an event");
}

static void variable(void)
{
	struct uefi_event ev = {
		.number = nondet_u32(),
		.pcr = nondet_u32(),
		.type = nondet_u32(),
		.data = { .size = nondet_u64() },
		.data_offset = nondet_u32(),
		.uncovered = nondet_bool(),
	};
	struct uefi_log log = { .separated = nondet_bool(), .secure_boot = nondet_u8() };
	struct uefi_variable var;

	GIVEN(ev.data.size <= PROOF_SIZE_MAX && log.secure_boot <= UEFI_SECURE_BOOT_ON);
	ev.data.data = any_bytes(ev.data.size);
	if (!uefi_event_variable(&ev, &var, &err)) {
		readable(var.name);
		readable(var.data);
		END("a variable");
	}
	if (!uefi_event_secure_boot(&log, &ev, &err)) {
		MUST(log.secure_boot <= UEFI_SECURE_BOOT_ON);
		END("Secure Boot");
	} else {
		MUST(err.code != PARSE_OK);
		END("Secure Boot that is refused");
	}
}

int main(void)
{
	if (nondet_bool())
		old_form();
	else
		variable();
	return 0;
}
