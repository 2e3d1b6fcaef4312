/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Revoking one payload: the entry "bin:HASH" of the kernel's .blacklist keyring,
 * which a kernel with SYSTEM_BLACKLIST_AUTH_UPDATE takes if a key of its builtin
 * keyring signed the text.
 */
#ifndef CARETAKER_REVOCATION_H
#define CARETAKER_REVOCATION_H

#include "reason.h"

#define REVOCATION_DESCRIPTION (sizeof("bin:") + 2 * 32)

/* "sha256:HEX", as `inspect` prints it, to "bin:hex".  Return: 0 or -EINVAL. */
int revocation_describe(const char *digest, char out[REVOCATION_DESCRIPTION],
			struct reason *why);

#endif
