/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory the kernel's own account says that our code holds. */
#ifndef TESTS_VM_ALLOCINFO_H
#define TESTS_VM_ALLOCINFO_H

#include <stdint.h>

/*
 * Bytes that were allocated in the caretaker's files, in the reader of files and in
 * the code that checks signatures, and are not freed yet.  Needs a kernel with
 * CONFIG_MEM_ALLOC_PROFILING; ends the program with status 3 without.
 */
int64_t allocinfo_held(void);

/* Prints the places that hold them, indented */
void allocinfo_print(void);

#endif
