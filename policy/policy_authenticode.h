/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authenticode digest of a PE image: what firmware extends into PCR 4 for an EFI
 * application.  Windows Authenticode Portable Executable Signature Format, 1.0.
 */
#ifndef CARETAKER_POLICY_AUTHENTICODE_H
#define CARETAKER_POLICY_AUTHENTICODE_H

#include <stddef.h>

#include "policy_rules.h"

/*
 * @hash: OpenSSL's name.  Compile from the signed image: signing pads the file.
 * Return: 0, -EBADMSG with @why (offset included), or -ENOMEM.
 */
int policy_authenticode(const void *data, size_t size, const char *hash,
			struct policy_digest *out, char why[POLICY_REASON]);

#endif
