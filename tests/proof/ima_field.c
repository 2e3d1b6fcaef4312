// SPDX-License-Identifier: GPL-2.0-only
/*
 * One field of an IMA record, of any kind with any bytes: what is read of it lies
 * inside of it.
 */
#include <errno.h>

#include "../../attest/log/ima_template.c"
#include "evidence.h"

int main(void)
{
	struct parse_error err = { 0 };
	struct ima_record rec = { .old_format = nondet_bool(), .number = nondet_u32() };
	struct ima_field field = { .id = nondet_u8(), .offset = nondet_u64() };
	uint64_t size = nondet_u64();
	int ret;

	GIVEN(field.id <= IMA_FIELD_XATTRVALUES && size <= PROOF_SIZE_MAX);
	field.data.data = any_bytes(size);
	field.data.size = size;
	ret = decode_field(&rec, &field, &err);
	within(rec.digest.value, field.data.data);
	within(rec.modsig_digest.value, field.data.data);
	within(rec.name, field.data.data);
	within(rec.signature, field.data.data);
	within(rec.modsig, field.data.data);
	within(rec.evmsig, field.data.data);
	within(rec.buffer, field.data.data);
	MUST(rec.digest.value.size <= IMA_HASH_MAX && rec.modsig_digest.value.size <= IMA_HASH_MAX);
	MUST(!rec.digest.value.size == !rec.digest.alg);
	if (ret) {
		MUST(ret == -EBADMSG && err.code);
		END("a field that is refused");
	} else {
		MUST(!err.code);
		END("a field");
	}
	return 0;
}
