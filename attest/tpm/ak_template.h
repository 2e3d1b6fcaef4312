/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Templates of the attestation key that a host makes.  They are ours; a change of
 * any byte gives another key and asks every host to enrol again.
 */
#ifndef CARETAKER_AK_TEMPLATE_H
#define CARETAKER_AK_TEMPLATE_H

#include <tss2/tss2_tpm2_types.h>

enum ak_type {
	AK_P256,	/* ECDSA with SHA-256: "ecc" */
	AK_RSA2048,	/* RSASSA with SHA-256: "rsa" */
	AK_P384,	/* ECDSA with SHA-384: "p384", for TPMs and rules without SHA-256 */
};

/* 0 or -EINVAL */
int ak_type_parse(const char *word, enum ak_type *out);

void ak_template(enum ak_type type, TPM2B_PUBLIC *out);

#endif
