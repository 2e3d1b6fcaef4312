// SPDX-License-Identifier: GPL-2.0-only
/*
 * IMA measurement lists: whatever the bytes, records lie in the input one behind
 * another, errors point into it, and an accepted list attests itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log/ima_sig.h"

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static const uint8_t *input;
static size_t input_size;

static void inside(struct view v)
{
	MUST(!v.size || (v.data >= input && v.size <= input_size &&
			 v.data + v.size <= input + input_size));
}

static void check_record(const struct ima_record *rec)
{
	unsigned char hash[PCR_DIGEST_MAX];
	struct ima_signer who;
	unsigned int i;

	MUST(rec->pcr < PCR_COUNT);
	MUST(rec->field_count >= 1 && rec->field_count <= IMA_FIELDS_MAX);
	MUST(!rec->violation || (!rec->template_ok && !rec->buffer_bound));
	MUST(!rec->buffer_bound || (rec->buffer.size && rec->digest.alg));
	inside(rec->template_digest);
	inside(rec->template_name);
	inside(rec->template_data);
	inside(rec->digest.value);
	inside(rec->name);
	inside(rec->signature);
	inside(rec->modsig_digest.value);
	inside(rec->modsig);
	inside(rec->evmsig);
	inside(rec->buffer);
	for (i = 0; i < rec->field_count; i++) {
		inside(rec->field[i].data);
		MUST(rec->field[i].offset <= input_size);
	}
	MUST(!rec->name.size || !memchr(rec->name.data, 0, rec->name.size));
	MUST(!ima_record_hash(rec, PCR_SHA256, hash));
	/* Nobody is trusted here. */
	MUST(ima_record_verify(NULL, rec, &who) != IMA_SIG_VALID);
	MUST(rec->violation == false || ima_record_verify(NULL, rec, NULL) == IMA_SIG_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parse_error err = { 0 };
	unsigned int last = 0;
	struct ima_record rec;
	struct pcr_set set;
	struct ima_log log;
	size_t end = 0;
	int ret;

	input = data;
	input_size = size;
	pcr_set_init(&set);
	ret = ima_log_open(&log, data, size, PCR_BANK_NONE, &err);
	while (!ret && (ret = ima_log_next(&log, &rec, &err)) > 0) {
		MUST(rec.number == ++last && rec.offset == end);
		end = size - reader_left(&log.in);
		check_record(&rec);
		MUST(!ima_record_extend(&rec, &set, PCR_BANK_BIT(PCR_SHA256)));
		ret = 0;
	}
	if (ret) {
		MUST(err.code != PARSE_OK && err.offset <= size && err.text[0]);
		MUST(ima_log_next(&log, &rec, &err) < 0);
		return 0;
	}
	MUST(end == size && last > 0);
	return 0;
}
