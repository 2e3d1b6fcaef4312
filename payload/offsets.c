// SPDX-License-Identifier: GPL-2.0-only
/*
 * Constants for entry.S.  Compiled to assembly only; the Makefile makes
 * offsets.h from the marked lines, as the kernel's kbuild does.
 */
#include <stddef.h>
#include "payload.h"

#define DEFINE(name, value) \
	__asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i" (value))

void offsets(void);
void offsets(void)
{
	DEFINE(SLOT_IMAGE, CARETAKER_IMAGE);
	DEFINE(SLOT_TRAMPOLINE_ROUTE, CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ROUTE);
	DEFINE(SLOT_TRAMPOLINE_ENTER, CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ENTER);
	DEFINE(SLOT_STACK_TOP, CARETAKER_STACK + CARETAKER_STACK_SIZE);
	DEFINE(SLOT_VMCB_PA, CARETAKER_SWITCH + offsetof(struct caretaker_switch, vmcb_pa));
	DEFINE(SLOT_VENDOR, CARETAKER_CONFIG + offsetof(struct caretaker_config, vendor));
	DEFINE(SLOT_MITIGATIONS,
	       CARETAKER_CONFIG + offsetof(struct caretaker_config, mitigations));

	DEFINE(VENDOR_AMD, CARETAKER_VENDOR_AMD);
	DEFINE(VENDOR_INTEL, CARETAKER_VENDOR_INTEL);
	DEFINE(MITIGATE_VERW, CARETAKER_MITIGATE_VERW);

	DEFINE(REGS_RAX, offsetof(struct caretaker_ccb, regs.rax));
	DEFINE(REGS_RCX, offsetof(struct caretaker_ccb, regs.rcx));
	DEFINE(REGS_RDX, offsetof(struct caretaker_ccb, regs.rdx));
	DEFINE(REGS_RBX, offsetof(struct caretaker_ccb, regs.rbx));
	DEFINE(REGS_RBP, offsetof(struct caretaker_ccb, regs.rbp));
	DEFINE(REGS_RSI, offsetof(struct caretaker_ccb, regs.rsi));
	DEFINE(REGS_RDI, offsetof(struct caretaker_ccb, regs.rdi));
	DEFINE(REGS_R8, offsetof(struct caretaker_ccb, regs.r8));
	DEFINE(REGS_R9, offsetof(struct caretaker_ccb, regs.r9));
	DEFINE(REGS_R10, offsetof(struct caretaker_ccb, regs.r10));
	DEFINE(REGS_R11, offsetof(struct caretaker_ccb, regs.r11));
	DEFINE(REGS_R12, offsetof(struct caretaker_ccb, regs.r12));
	DEFINE(REGS_R13, offsetof(struct caretaker_ccb, regs.r13));
	DEFINE(REGS_R14, offsetof(struct caretaker_ccb, regs.r14));
	DEFINE(REGS_R15, offsetof(struct caretaker_ccb, regs.r15));
}
