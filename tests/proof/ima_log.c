// SPDX-License-Identifier: GPL-2.0-only
/*
 * A step of the iterator over IMA's list, from any state that a step can leave: a
 * record whose parts are there, or an error that stays. The template's name gives any
 * fields; what is in a field is what ima_field.c proves.
 */
#include "../../attest/log/ima_log.c"
#include "evidence.h"

unsigned int ima_template_fields(struct view name, enum ima_field_id id[IMA_FIELDS_MAX],
				 const char **why)
{
	unsigned int count = nondet_u8(), i;

	MUST(name.size && name.size <= IMA_TEMPLATE_NAME_MAX);
	MUST(__CPROVER_r_ok(name.data, name.size));
	GIVEN(count <= IMA_FIELDS_MAX);
	for (i = 0; i < IMA_FIELDS_MAX; i++) {
		id[i] = nondet_u8();
		GIVEN(id[i] <= IMA_FIELD_XATTRVALUES);
	}
	*why = "why";
	return count;
}

/* Any part of any field */
static struct view any_part(const struct ima_record *rec)
{
	size_t skip = nondet_u64(), size = nondet_u64();
	unsigned int at = nondet_u8();
	struct view v;

	GIVEN(at < rec->field_count);
	MUST(rec->field[at].id <= IMA_FIELD_XATTRVALUES);
	v = rec->field[at].data;
	readable(v);
	GIVEN(skip <= v.size && size <= v.size - skip);
	return v.size ? (struct view){ v.data + skip, size } : v;
}

int ima_template_decode(struct ima_record *rec, struct parse_error *err)
{
	MUST(rec->field_count && rec->field_count <= IMA_FIELDS_MAX);
	rec->name = any_part(rec);
	rec->buffer = any_part(rec);
	rec->digest.value = any_part(rec);
	rec->digest.alg = nondet_bool() ? "sha256" : NULL;
	GIVEN(rec->digest.value.size <= IMA_HASH_MAX);
	if (nondet_bool())
		return parse_fail(err, PARSE_INVALID, rec->offset, rec->number, "why");
	return 0;
}

const struct ima_hash *ima_hash_by_name(struct view name)
{
	static struct ima_hash hash;

	MUST(__CPROVER_r_ok(name.data, name.size));
	hash.openssl = nondet_bool() ? "SHA256" : NULL;
	return nondet_bool() ? &hash : NULL;
}

int main(void)
{
	uint32_t size = nondet_u32();
	const void *data;
	struct parse_error err = { 0 };
	struct ima_log log = {
		.bank = nondet_u8(),
		.records = nondet_u32(),
		.unchecked = nondet_bool(),
		.failed = nondet_bool(),
	};
	struct ima_record rec;
	size_t before;
	int ret;

	GIVEN(log.bank < PCR_BANKS && log.records <= IMA_RECORDS_MAX);
	data = any_bytes(size);
	log.in = any_reader(data, size);
	before = log.in.pos;
	ret = ima_log_next(&log, &rec, &err);
	MUST(log.in.data == data && log.in.pos <= log.in.size && log.in.pos >= before);
	if (ret < 0) {
		MUST(log.failed);
		END("a record that is refused");
	} else if (!ret) {
		MUST(log.in.pos == before && before == log.in.size);
		END("the end of the log");
	} else {
		MUST(!log.failed && log.records <= IMA_RECORDS_MAX && log.in.pos > before);
		MUST(rec.pcr < PCR_COUNT && rec.field_count && rec.field_count <= IMA_FIELDS_MAX);
		MUST((!rec.violation && !log.unchecked) || (!rec.template_ok && !rec.buffer_bound));
		readable(rec.template_digest);
		readable(rec.template_name);
		readable(rec.template_data);
		END("a record");
	}
	return 0;
}
