// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker_trailer_parse() on any bytes of any size: no run-time error, and the
 * parts that it finds are inside the file, one behind the other.
 */
#include <errno.h>

#include "elf.h"
#include "proof.h"

#define BEHIND	40	/* struct module_signature and the marker */

int main(void)
{
	struct caretaker_trailer trailer;
	struct caretaker_broken broken;
	uint64_t size = nondet_u64();
	const void *data;
	int ret;

	GIVEN(size <= PROOF_SIZE_MAX);
	data = any_bytes(size);
	ret = caretaker_trailer_parse(data, size, &trailer, &broken);
	if (ret == -ENODATA) {
		MUST(trailer.signed_size == size && !trailer.signature_size);
		MUST(broken.rule == CARETAKER_RULE_SIGNATURE_MISSING);
		END("no signature");
	} else if (ret) {
		MUST(ret == -EBADMSG || ret == -EFBIG);
		MUST(!trailer.signed_size && !trailer.signature_size);
		MUST(broken.rule && broken.rule < CARETAKER_RULE_LOADER);
		END("a trailer that is refused");
	} else {
		MUST(!broken.rule);
		MUST(trailer.signature_size && trailer.signature_size <= CARETAKER_MAX_SIGNATURE);
		MUST(trailer.signed_size && trailer.signed_size < size);
		MUST(size - trailer.signed_size == trailer.signature_size + BEHIND);
		END("a trailer that is accepted");
	}
	return 0;
}
