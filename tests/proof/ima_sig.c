// SPDX-License-Identifier: GPL-2.0-only
/*
 * The header of a signature in an IMA record, with any bytes, and what it is said to
 * be over: the bytes of version 3 fit their buffer whatever the record holds.
 */
#include "../../attest/log/ima_sig.c"
#include "evidence.h"

/* ima_field.c: the table is read within its bounds, whatever is asked for. */
const struct ima_hash *ima_hash_by_id(unsigned int id)
{
	static struct ima_hash hash;

	hash.id = id;
	hash.name = nondet_bool() ? "sha256" : "sha1";
	hash.openssl = nondet_bool() ? "SHA256" : NULL;
	return nondet_bool() ? &hash : NULL;
}

int main(void)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct xattr_signature sig;
	struct ima_digest file = {
		.type = nondet_u8(),
		.alg = nondet_bool() ? "sha256" : NULL,
		.value = { .size = nondet_u64() },
	};
	struct view xattr = { .size = nondet_u32() };

	xattr.data = any_bytes(xattr.size);
	/* ima_field.c: who names an algorithm has a digest. */
	GIVEN(file.value.size <= PROOF_SIZE_MAX && (!file.alg || file.value.size));
	file.value.data = any_bytes(file.value.size);
	if (!parse_xattr(xattr, &sig)) {
		END("a header that is refused");
		return 0;
	}
	readable(sig.value);
	MUST(sig.hash && sig.value.size);
	if (xattr_objection(&sig, &file))
		END("a signature over something else");
	else if (file_id_digest(&sig, file.value, digest))
		END("a digest of version 3");
	else
		END("no digest of version 3");
	return 0;
}
