/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the host's page tables map something, by their own account. */
#ifndef PLACES_H
#define PLACES_H

#include <stddef.h>
#include <stdint.h>

struct place {
	char region[32];	/* of the kernel's address space, as the kernel calls it */
	uint64_t address;	/* of a page that is mapped, not in the caretaker window */
};

/*
 * Up to @each pages of each region of the upper half, its first and its last among them,
 * by /sys/kernel/debug/page_tables/kernel.  Return: how many; 0 without that file.
 */
size_t places_read(struct place *place, size_t most, unsigned int each);

#endif
