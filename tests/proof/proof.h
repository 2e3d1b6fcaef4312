/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the CBMC harnesses share: input of any size and any content, and memory
 * functions that check their bounds and leave any content behind. See
 * docs/proofs.md for what that assumes.
 */
#ifndef PROOF_H
#define PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef PROOF_END
#define MUST(condition)		((void)0)
#else
/* What was shown once helps to show what comes behind it. */
#define MUST(condition)							\
	do {								\
		__CPROVER_assert(condition, #condition);		\
		__CPROVER_assume(condition);				\
	} while (0)
#endif
#define GIVEN(condition)	__CPROVER_assume(condition)
/*
 * A way out of a harness. It fails in a run of its own (tests/proof.sh), which
 * shows that something comes this far: else there would be nothing to prove.
 */
#ifdef PROOF_END
#define END(name)		__CPROVER_assert(0, "end: " name)
#else
#define END(name)		((void)0)
#endif

/* The largest object that the proofs speak of; the tool has 56 bits for an offset. */
#define PROOF_SIZE_MAX		(1ULL << 40)
/* What view_is_filled() is asked about: digests, and less */
#define VIEW_FILLED_MAX		64

uint8_t nondet_u8(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
int nondet_int(void);
bool nondet_bool(void);

/* @size bytes, no more; NULL or not for none */
const void *any_bytes(uint64_t size);

#endif
