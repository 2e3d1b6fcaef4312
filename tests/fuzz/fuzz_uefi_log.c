// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware event logs: whatever the bytes, events lie in the input one behind
 * another, errors point into it, and nothing is bound or measured that must not be.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log/uefi_log.h"

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static const uint8_t *input;
static size_t input_size;

static void inside(struct view v)
{
	MUST(!v.size || (v.data >= input && v.size <= input_size &&
			 v.data + v.size <= input + input_size));
}

static void check_event(const struct uefi_log *log, const struct uefi_event *ev)
{
	unsigned char hash[PCR_DIGEST_MAX];
	struct parse_error ignored = { 0 };
	struct uefi_variable var;
	int bank;

	MUST(ev->pcr < PCR_COUNT || (ev->pcr == UEFI_PCR_NONE && !ev->extends));
	MUST(ev->extends == (ev->type != EV_NO_ACTION));
	inside(ev->data);
	MUST(ev->odd == (ev->objection.code != PARSE_OK) && (!ev->odd || log->tolerant));
	if (ev->uncovered)
		MUST(ev->type == EV_EFI_VARIABLE_AUTHORITY && ev->bound);
	for (bank = 0; bank < PCR_BANKS; bank++) {
		inside(ev->digest[bank]);
		if (!ev->digest[bank].size)
			continue;
		MUST(ev->digest[bank].size == pcr_bank_size(bank));
		if (ev->bound)
			MUST(!pcr_hash(bank, &ev->data, 1, hash) &&
			     view_equal(ev->digest[bank], hash, pcr_bank_size(bank)));
		if (ev->extends && log->banks & PCR_BANK_BIT(bank) && !(log->gap[bank] >> ev->pcr & 1))
			MUST(pcr_value(&log->pcrs, bank, ev->pcr));
	}
	if (!uefi_event_variable(ev, &var, &ignored)) {
		inside(var.name);
		inside(var.data);
	}
}

/* What is behind the last event is nothing, or zeros */
static void check_end(size_t end)
{
	struct view rest = { input + end, input_size - end };

	MUST(!rest.size || (rest.size >= 16 && view_is_filled(rest, 0)));
}

/* Number of events, or -1 for what is no log */
static int read_log(const uint8_t *data, size_t size, bool tolerant)
{
	struct parse_error err = { 0 };
	unsigned int last = 0;
	struct uefi_event ev;
	struct uefi_log log;
	size_t end = 0;
	int ret;

	ret = uefi_log_open(&log, data, size, &err);
	log.tolerant = tolerant;
	while (!ret && (ret = uefi_log_next(&log, &ev, &err)) > 0) {
		MUST(ev.number == ++last && ev.offset == end);
		end = size - reader_left(&log.in);
		check_event(&log, &ev);
		ret = 0;
	}
	if (ret) {
		MUST(err.code != PARSE_OK && err.offset <= size && err.text[0]);
		MUST(uefi_log_next(&log, &ev, &err) < 0);
		return -1;
	}
	check_end(end);
	MUST(last > 0 && log.events == last);
	MUST(log.locality == 0 || log.locality == 3 || log.locality == 4);
	if (log.odd >> 7 & 1)
		MUST(log.secure_boot == UEFI_SECURE_BOOT_UNKNOWN);
	return (int)last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int strict, tolerant;

	input = data;
	input_size = size;
	strict = read_log(data, size, false);
	tolerant = read_log(data, size, true);
	/* A tolerant reader takes more, and never less */
	MUST(strict < 0 || tolerant == strict);
	return 0;
}
