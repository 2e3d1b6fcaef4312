/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel must have been built with to load a payload, and is not in each.
 */
#ifndef CARETAKER_KERNEL_NEEDS_H
#define CARETAKER_KERNEL_NEEDS_H

#include "payload.h"

#define KERNEL_NEEDS_MAX	2

/*
 * Options of the kernel for a signature that holds, in @option, which ends with NULL.  All that is carried counts, also
 * what a kernel that knows the signer does not come to.  Return: 0, REFUSED or -errno
 */
int kernel_needs(const struct payload *payload, const char *option[KERNEL_NEEDS_MAX + 1]);

#endif
