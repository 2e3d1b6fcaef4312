// SPDX-License-Identifier: GPL-2.0-only
/*
 * systemd's log of user space's measurements: whatever the bytes, records lie one behind
 * another and say what they hold; and no log moves a register that already is as quoted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "claims/registers.h"
#include "log/userspace_log.h"

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static void check_record(const struct userspace_record *rec)
{
	unsigned char digest[PCR_DIGEST_MAX];
	struct view word = { (const unsigned char *)rec->word, strlen(rec->word) };

	MUST(rec->pcr < PCR_COUNT || rec->pcr == USERSPACE_PCR_NONE);
	MUST(memchr(rec->word, 0, sizeof(rec->word)));
	MUST(!(rec->banks & ~PCR_BANKS_ALL));
	MUST(!rec->bound || (rec->banks && word.size));
	for (int bank = 0; bank < PCR_BANKS; bank++)
		if (rec->bound && rec->banks & PCR_BANK_BIT(bank))
			MUST(!pcr_hash(bank, &word, 1, digest) &&
			     !memcmp(digest, rec->digest[bank], pcr_bank_size(bank)));
}

/* The registers that the log leads to from zeros are as good as quoted; so are the zeros */
static void check_registers(const uint8_t *data, size_t size, struct pcr_set *quoted, bool sound)
{
	static struct pcr_set at_init;
	struct reasons why = { 0 };
	struct uefi_log firmware;
	const struct claims_registers_input in = {
		.firmware = &firmware, .userspace = { data, size }, .bank = PCR_SHA256, .quoted = quoted,
		.replayed = 0x73ff,
	};
	uint32_t open;
	int rc;

	memset(&firmware, 0, sizeof(firmware));
	firmware.banks = PCR_BANK_BIT(PCR_SHA256);
	pcr_set_init(&firmware.pcrs);
	quoted->present[PCR_SHA256] = 0x3ff;
	rc = claims_registers(&in, &at_init, &open, &why);
	MUST(!rc == !why.count && (sound || rc));
	if (!sound)
		return;
	MUST(!reasons_have(&why, "userspace-log-malformed"));
	MUST(at_init.present[PCR_SHA256] == 0x3ff);
	for (int pcr = 0; pcr < 10 && !rc; pcr++)
		MUST(!memcmp(at_init.value[PCR_SHA256][pcr], firmware.pcrs.value[PCR_SHA256][pcr], 32));
	pcr_set_init(quoted);
	quoted->present[PCR_SHA256] = 0x3ff;
	MUST(!claims_registers(&in, &at_init, &open, &why) && !open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct userspace_record rec;
	static struct pcr_set quoted;
	struct parse_error err = { 0 };
	struct userspace_log log;
	unsigned int last = 0;
	int ret;

	pcr_set_init(&quoted);
	ret = userspace_log_open(&log, data, size, &err);
	while (!ret && (ret = userspace_log_next(&log, &rec, &err)) > 0) {
		MUST(rec.number == ++last && rec.offset < size && data[rec.offset] == 0x1e);
		check_record(&rec);
		if (rec.pcr < PCR_COUNT && rec.banks & PCR_BANK_BIT(PCR_SHA256))
			MUST(!pcr_extend(&quoted, PCR_SHA256, rec.pcr, rec.digest[PCR_SHA256], 32));
		ret = 0;
	}
	if (ret) {
		MUST(err.code != PARSE_OK && err.offset <= size && err.text[0]);
		MUST(userspace_log_next(&log, &rec, &err) < 0);
	} else {
		MUST(log.records == last && !reader_left(&log.in));
	}
	check_registers(data, size, &quoted, !ret);
	return 0;
}
