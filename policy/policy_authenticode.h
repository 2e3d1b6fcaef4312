/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authenticode digest of a PE image: what firmware extends into PCR 4 for an EFI
 * application.  Windows Authenticode Portable Executable Signature Format, 1.0.
 */
#ifndef CARETAKER_POLICY_AUTHENTICODE_H
#define CARETAKER_POLICY_AUTHENTICODE_H

#include <stddef.h>

#include "policy_rules.h"
#include "reader.h"

/*
 * @hash: OpenSSL's name.  An image that is not signed has the digest that it will have
 * when it is: signing fills it with zeros up to a multiple of 8 bytes.
 * Return: 0, -EBADMSG with @why (offset included), or -ENOMEM.
 */
int policy_authenticode(const void *data, size_t size, const char *hash,
			struct policy_digest *out, char why[POLICY_REASON]);

/* The digest of the bytes as they are: what firmware measures of an image that is not signed */
int policy_authenticode_as_is(const void *data, size_t size, const char *hash,
			      struct policy_digest *out, char why[POLICY_REASON]);

/*
 * The kernel inside of a unified kernel image: its section .linux, as long as it is in
 * memory (UAPI.5; systemd-stub).  Empty for an image that has none.
 * Return: 0, or -EBADMSG with @why
 */
int policy_uki_kernel(const void *data, size_t size, struct view *kernel, char why[POLICY_REASON]);

#endif
