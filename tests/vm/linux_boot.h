/* SPDX-License-Identifier: GPL-2.0-only */
/* What a Linux guest finds in its memory when it starts: kernel, initramfs, ACPI tables. */
#ifndef TESTS_VM_LINUX_BOOT_H
#define TESTS_VM_LINUX_BOOT_H

#include <stdint.h>

#define LINUX_SIZE	(128ULL << 20)	/* bytes of memory, from 0 */

/*
 * A bzImage and, as /init of its initramfs, a program go to the memory.
 * Return: the address of the kernel's 64-bit entry.  Ends the program with status 3 if it cannot
 */
uint64_t linux_boot_load(unsigned char *memory, const char *kernel, const char *init,
			 const char *command_line, unsigned int cpus);
/* Registers with which a vCPU starts there (Documentation/arch/x86/boot.rst, 64-bit protocol) */
void linux_boot_vcpu(int vcpu, uint64_t entry);

#endif
