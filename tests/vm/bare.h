/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a 32-bit guest of a ticker's VM needs for interrupts: an x2APIC with a TSC-deadline timer,
 * segments and gates.
 */
#ifndef TESTS_VM_BARE_H
#define TESTS_VM_BARE_H

#include <stdint.h>

#define BARE_CODE	0x8000	/* address of its first instruction */

/* Of the host's TSC, measured for a fifth of a second */
uint64_t bare_tsc_hz(void);
/* Code and segments into the guest's memory */
void bare_code(unsigned char *memory, const unsigned char *code, const unsigned char *end);
/* The handler of a vector, at that distance in the code */
void bare_gate(unsigned char *memory, unsigned int vector, uint32_t at);
/* Of a vCPU that has a ticker's registers.  Ends the program with status 3 if it cannot */
void bare_vcpu(int vcpu);

#endif
