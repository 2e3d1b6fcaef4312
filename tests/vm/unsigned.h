/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may install an unsigned payload, and the taint that it leaves. */
#ifndef TESTS_VM_UNSIGNED_H
#define TESTS_VM_UNSIGNED_H

/* Gives CAP_SYS_MODULE up, as a VMM is that owns /dev/kvm and nothing else; 0 or -1 and errno */
int drop_module_capability(void);

/* Whether the kernel is tainted by unsigned code in it: 0 or 1; -1 if that cannot be read */
int unsigned_taint(void);

#endif
