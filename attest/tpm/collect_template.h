/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Templates of the keys that a host makes.
 *
 * EK: TCG EK Credential Profile 2.5, templates L-1 (RSA 2048) and L-2 (ECC
 * P-256), which is what a certificate in NV storage was issued for.  AK: ours; a
 * change of any byte gives another key and asks every host to enrol again.
 */
#ifndef CARETAKER_COLLECT_TEMPLATE_H
#define CARETAKER_COLLECT_TEMPLATE_H

#include <tss2/tss2_tpm2_types.h>

void collect_template_ek_rsa(TPM2B_PUBLIC *out);
void collect_template_ek_ecc(TPM2B_PUBLIC *out);
void collect_template_ak_rsa(TPM2B_PUBLIC *out);
void collect_template_ak_ecc(TPM2B_PUBLIC *out);

#endif
