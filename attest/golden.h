/* SPDX-License-Identifier: GPL-2.0-only */
/* Reference values from the evidence of a host that is known to be good. */
#ifndef CARETAKER_GOLDEN_H
#define CARETAKER_GOLDEN_H

#include "policy_reference.h"

/**
 * golden_reference - add what a golden host's evidence shows to reference values
 * @ref: grows by each EFI application that ran (the last as kernel; what another one
 *	started behind that one alone), by the measured IMA policy, and by registers
 * @path: evidence, as caretaker quote writes it; "-" is standard input
 * @pins: bit n: PCR n may have only the value that it had when IMA started
 * @why: what is wrong
 *
 * The quote must be by the key in the evidence, and everything must hold that a verdict
 * asks of logs. Whose key that is nobody checks: the host is golden because its operator
 * says so. Payloads and signers are not taken; the release's files say them.
 *
 * Return: 0, -EBADMSG, -ENOMEM, or why the file cannot be read
 */
int golden_reference(json_t *ref, const char *path, uint32_t pins, char why[POLICY_REASON]);

#endif
