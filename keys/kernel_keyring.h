/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's keyrings: keyrings(7), add_key(2), keyctl(2).
 */
#ifndef CARETAKER_KERNEL_KEYRING_H
#define CARETAKER_KERNEL_KEYRING_H

#include <jansson.h>
#include <stdint.h>
#include <stddef.h>

#include "reason.h"

/*
 * Finds the serial number of the first keyring called @name in the text of
 * /proc/keys; a number, decimal or with 0x, stands for itself.
 * Return: 0; -ENOKEY if there is none, -EINVAL if @name cannot be one.
 */
int keyring_find(const char *proc_keys, const char *name, int32_t *serial);

/* The same with the running kernel's /proc/keys. */
int keyring_open(const char *name, int32_t *serial, struct reason *why);

/* [{"id": "0x...", "type": ..., "description": ...}] of the keys in a keyring */
int keyring_list(int32_t serial, json_t **out, struct reason *why);

/* add_key(2); @description may be NULL for a key that describes itself. */
int keyring_add(int32_t serial, const char *type, const char *description,
		const void *data, size_t size, struct reason *why);

#endif
