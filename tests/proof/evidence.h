/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the proofs of attest/ share: a reader that is anywhere in any input, and
 * what it means that a view lies in the input.
 */
#ifndef PROOF_EVIDENCE_H
#define PROOF_EVIDENCE_H

#include "log/parse_error.h"
#include "proof.h"
#include "reader.h"

/*
 * Over @size bytes at @data, below 4 GiB: 64 MiB is the limit of IMA's log, 16 MiB that
 * of the firmware's. Some bytes are taken already; it may be a part of a larger input.
 */
static inline struct reader any_reader(const void *data, uint32_t size)
{
	struct reader in = {
		.data = data,
		.size = data ? size : 0,
		.pos = nondet_u32(),
		.origin = nondet_u32(),
	};

	GIVEN(in.pos <= in.size);
	return in;
}

/* Nothing, or bytes that are there */
static inline void readable(struct view v)
{
	MUST(!v.size || __CPROVER_r_ok(v.data, v.size));
}

/* and of the object that @data is in */
static inline void within(struct view v, const void *data)
{
	MUST(!v.size || __CPROVER_same_object(v.data, data));
	readable(v);
}

#endif
