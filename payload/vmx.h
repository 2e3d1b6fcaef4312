/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel VMX: the VMCS fields and the exit reasons, by the Intel 64 and IA-32
 * Architectures Software Developer's Manual (SDM) Volume 3, Appendix B and C.  Only
 * what the payload reads or writes has a name.
 */
#ifndef PAYLOAD_VMX_H
#define PAYLOAD_VMX_H

#include "payload.h"

/* Appendix B */
#define VMX_GUEST_PHYSICAL_ADDRESS	0x2400
#define VMX_ENTRY_CONTROLS		0x4012
#define VMX_EXIT_REASON			0x4402
#define VMX_EXIT_INTERRUPTION		0x4404
#define VMX_IDT_VECTORING		0x4408
#define VMX_EXIT_INSTRUCTION_LENGTH	0x440c
#define VMX_GUEST_CS_RIGHTS		0x4816
#define VMX_GUEST_SS_RIGHTS		0x4818
#define VMX_GUEST_INTERRUPTIBILITY	0x4824
#define VMX_GUEST_PREEMPTION_TIMER	0x482e
#define VMX_EXIT_QUALIFICATION		0x6400
#define VMX_GUEST_RIP			0x681e
#define VMX_GUEST_RFLAGS		0x6820

#define ENTRY_IA32E_MODE		(1U << 9)
#define EVENT_VALID			(1U << 31)	/* IDT-vectoring, interruption */
#define EVENT_TYPE_MASK			(7U << 8)
#define EVENT_TYPE_NMI			(2U << 8)
#define CS_LONG				(1U << 13)
#define SS_DPL				(3U << 5)	/* the privilege level */
#define SHADOW_STI			(1U << 0)	/* interruptibility */
#define SHADOW_MOV_SS			(1U << 1)
#define RFLAGS_TF			(1ULL << 8)

/* Basic exit reasons, appendix C */
#define VMX_EXIT_EXCEPTION_NMI		0
#define VMX_EXIT_EXTERNAL_INTERRUPT	1
#define VMX_EXIT_TRIPLE_FAULT		2
#define VMX_EXIT_INTERRUPT_WINDOW	7
#define VMX_EXIT_NMI_WINDOW		8
#define VMX_EXIT_CPUID			10
#define VMX_EXIT_HLT			12
#define VMX_EXIT_INVD			13
#define VMX_EXIT_VMCALL			18
#define VMX_EXIT_VMCLEAR		19
#define VMX_EXIT_VMXON			27
#define VMX_EXIT_CR			28
#define VMX_EXIT_DR			29
#define VMX_EXIT_IO			30
#define VMX_EXIT_RDMSR			31
#define VMX_EXIT_WRMSR			32
#define VMX_EXIT_INVALID_STATE		33
#define VMX_EXIT_MSR_LOAD		34
#define VMX_EXIT_PAUSE			40
#define VMX_EXIT_ENTRY_MACHINE_CHECK	41
#define VMX_EXIT_TPR			43
#define VMX_EXIT_APIC_ACCESS		44
#define VMX_EXIT_EOI			45
#define VMX_EXIT_EPT_VIOLATION		48
#define VMX_EXIT_EPT_MISCONFIG		49
#define VMX_EXIT_INVEPT			50
#define VMX_EXIT_PREEMPTION_TIMER	52
#define VMX_EXIT_INVVPID		53
#define VMX_EXIT_XSETBV			55
#define VMX_EXIT_APIC_WRITE		56
#define VMX_EXIT_LAST			VMX_EXIT_APIC_WRITE

__attribute__((visibility("hidden"))) exit_function vmx_exit(u64 code, u32 reason);
__attribute__((visibility("hidden"))) exit_function vmx_exit_rdmsr(void);
extern const u8 vmx_reason[] __attribute__((visibility("hidden")));
extern u8 vmx_plain_reason[] __attribute__((visibility("hidden")));

#ifdef PAYLOAD_ON_HOST
/* The unit tests bring a VMCS of their own. */
u64 vmread(u64 field);
void vmwrite(u64 field, u64 value);
#else
/* The VMCS is current and the fields exist: neither instruction can fail. */
static inline u64 vmread(u64 field)
{
	u64 value;

	__asm__ volatile("vmread %1, %0" : "=r" (value) : "r" (field) : "cc");
	return value;
}

static inline void vmwrite(u64 field, u64 value)
{
	__asm__ volatile("vmwrite %1, %0" : : "r" (field), "r" (value) : "cc", "memory");
}
#endif

#endif /* PAYLOAD_VMX_H */
