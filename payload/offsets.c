// SPDX-License-Identifier: GPL-2.0-only
/*
 * Constants for entry.S.  Compiled to assembly only; the Makefile makes
 * offsets.h from the marked lines, as the kernel's kbuild does.
 */
#include <stddef.h>
#include "dispatch.h"
#include "svm.h"
#include "vmx.h"

#define DEFINE(name, value) \
	__asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i" (value))

#define TELEMETRY(field) \
	(CARETAKER_TELEMETRY + offsetof(struct caretaker_telemetry, field))

/* plain.h looks for the bit by the sign of a byte */
_Static_assert(REASON_ASK == 0x80 && CARETAKER_EXIT_REASONS < REASON_ASK, "the bit is the sign");
_Static_assert(CARETAKER_MSR_HASH(0x00012345) == ((0x12345 ^ 0x12345 >> 8) & 63),
	       "the hash is that of plain.h");

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

	DEFINE(SLOT_FLAGS, CARETAKER_CONFIG + offsetof(struct caretaker_config, flags));
	DEFINE(SLOT_MSR_HASH, CARETAKER_CONFIG + offsetof(struct caretaker_config, msr_hash));
	DEFINE(SLOT_EXIT_CODE, CARETAKER_VMCB + offsetof(struct vmcb, exit_code));
	DEFINE(SLOT_EXIT_INFO_1, CARETAKER_VMCB + offsetof(struct vmcb, exit_info_1));
	DEFINE(CCB_REQUEST, offsetof(struct caretaker_ccb, request));
	DEFINE(CCB_ACKNOWLEDGE, offsetof(struct caretaker_ccb, acknowledge));
	DEFINE(ATTACHED, CARETAKER_ATTACHED);

	DEFINE(TELEMETRY_ROUTED, TELEMETRY(routed));

	DEFINE(REASON_ASK, REASON_ASK);
	DEFINE(CONFIG_ANSWER_NOTHING, CONFIG_ANSWER_NOTHING);
	DEFINE(EXIT_OTHER, CARETAKER_EXIT_OTHER);
	DEFINE(EXIT_CPUID, CARETAKER_EXIT_CPUID);
	DEFINE(EXIT_MSR_READ, CARETAKER_EXIT_MSR_READ);
	DEFINE(EXIT_MSR_WRITE, CARETAKER_EXIT_MSR_WRITE);
	DEFINE(EXIT_PAGE_FAULT, CARETAKER_EXIT_PAGE_FAULT);
	DEFINE(EXIT_EXCEPTION, CARETAKER_EXIT_EXCEPTION);
	DEFINE(MSR_HASH_SHIFT, 8);
	DEFINE(MSR_HASH_MASK, 63);

	DEFINE(SVM_EXIT_LAST, SVM_EXIT_LAST);
	DEFINE(SVM_EXIT_NPF, SVM_EXIT_NPF);
	DEFINE(SVM_MSR_WRITE, SVM_MSR_WRITE);
	DEFINE(VMX_EXIT_REASON, VMX_EXIT_REASON);
	DEFINE(VMX_EXIT_LAST, VMX_EXIT_LAST);

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
