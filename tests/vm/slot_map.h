/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is mapped of a slot besides the image, as <asm/caretaker_payload.h> and the design
 * have it: the tests' own list, against which the kernel's tables are held.
 */
#ifndef SLOT_MAP_H
#define SLOT_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include <asm/caretaker_payload.h>

#define R 1
#define W 2
#define X 4

struct slot_range {
	const char *owner;
	uint32_t offset, pages;
	uint32_t prot;		/* in the caretaker's tables */
	uint32_t host;		/* in the kernel's, in isolated mode */
};

#define SLOT_FIXED_RANGES						\
	{ "trampoline", CARETAKER_TRAMPOLINE, 1, R | X, R | X },	\
	{ "switch", CARETAKER_SWITCH, 1, R, R | W },			\
	{ "idt", CARETAKER_IDT, 1, R, R },				\
	{ "nmi-stack", CARETAKER_NMI_STACK, 1, R | W, R | W },		\
	{ "config", CARETAKER_CONFIG, 3, R, 0 },			\
	{ "telemetry", CARETAKER_TELEMETRY, 1, R | W, 0 },		\
	{ "vmcb", CARETAKER_VMCB, 1, R | W, 0 },			\
	{ "stack", CARETAKER_STACK, 2, R | W, 0 }

/* Intel's VMCS is not reached as memory */
static inline bool slot_has(const struct slot_range *range, bool intel)
{
	return !intel || range->offset != CARETAKER_VMCB;
}

#define SLOT_PAGES	(CARETAKER_SLOT_SIZE / CARETAKER_PAGE)

#endif
