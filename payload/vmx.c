// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel VMX: turns an exit into the vendor-neutral record, and completes the
 * instruction of an exit that was answered as KVM's vmx.c would have done.
 */
#include "dispatch.h"
#include "vmx.h"

/* No instruction is longer (SDM Vol. 2, 2.3.11) */
#define LENGTH_MAX	15

/* Exit reasons that are not here are CARETAKER_EXIT_OTHER. */
static const u8 vmx_reason[VMX_EXIT_LAST + 1] = {
	[VMX_EXIT_EXCEPTION_NMI]		= CARETAKER_EXIT_EXCEPTION,
	[VMX_EXIT_EXTERNAL_INTERRUPT]		= CARETAKER_EXIT_INTERRUPT,
	[VMX_EXIT_TRIPLE_FAULT]			= CARETAKER_EXIT_SHUTDOWN,
	[VMX_EXIT_INTERRUPT_WINDOW]		= CARETAKER_EXIT_INTERRUPT_WINDOW,
	[VMX_EXIT_NMI_WINDOW]			= CARETAKER_EXIT_INTERRUPT_WINDOW,
	[VMX_EXIT_CPUID]			= CARETAKER_EXIT_CPUID,
	[VMX_EXIT_HLT]				= CARETAKER_EXIT_HLT,
	[VMX_EXIT_INVD]				= CARETAKER_EXIT_INVD,
	[VMX_EXIT_VMCALL]			= CARETAKER_EXIT_HYPERCALL,
	[VMX_EXIT_VMCLEAR ... VMX_EXIT_VMXON]	= CARETAKER_EXIT_NESTED,
	[VMX_EXIT_CR]				= CARETAKER_EXIT_CR,
	[VMX_EXIT_DR]				= CARETAKER_EXIT_DR,
	[VMX_EXIT_IO]				= CARETAKER_EXIT_IO,
	[VMX_EXIT_RDMSR]			= CARETAKER_EXIT_MSR_READ,
	[VMX_EXIT_WRMSR]			= CARETAKER_EXIT_MSR_WRITE,
	[VMX_EXIT_PAUSE]			= CARETAKER_EXIT_PAUSE,
	[VMX_EXIT_TPR ... VMX_EXIT_EOI]		= CARETAKER_EXIT_APIC,
	[VMX_EXIT_EPT_VIOLATION]		= CARETAKER_EXIT_PAGE_FAULT,
	[VMX_EXIT_EPT_MISCONFIG]		= CARETAKER_EXIT_PAGE_FAULT,
	[VMX_EXIT_INVEPT]			= CARETAKER_EXIT_NESTED,
	[VMX_EXIT_PREEMPTION_TIMER]		= CARETAKER_EXIT_TIMER,
	[VMX_EXIT_INVVPID]			= CARETAKER_EXIT_NESTED,
	[VMX_EXIT_XSETBV]			= CARETAKER_EXIT_XSETBV,
	[VMX_EXIT_APIC_WRITE]			= CARETAKER_EXIT_APIC,
};

/*
 * All 32 bits of the reason take part: a failed entry, an exit from an enclave, a bus
 * lock make another exit of it, which is none that we know.  The rest is read where it
 * has a meaning (SDM Vol. 3, 28.2): elsewhere hardware leaves what it likes.
 */
inlined struct caretaker_exit read_exit(void)
{
	struct caretaker_exit exit = {
		.code = vmread(VMX_EXIT_REASON),
		.info1 = vmread(VMX_EXIT_QUALIFICATION),
		.event = vmread(VMX_IDT_VECTORING),
	};
	u32 code = (u32)exit.code;

	if (code > VMX_EXIT_LAST) {
		exit.reason = code >> 31 ? CARETAKER_EXIT_INVALID : CARETAKER_EXIT_OTHER;
		return exit;
	}
	exit.reason = vmx_reason[code];
	if (who_answers(exit.reason) != KVM) {
		u32 length = (u32)vmread(VMX_EXIT_INSTRUCTION_LENGTH);

		exit.length = length <= LENGTH_MAX ? length : 0;
	} else if (code <= VMX_EXIT_EXTERNAL_INTERRUPT) {
		exit.info2 = vmread(VMX_EXIT_INTERRUPTION);
		if (code == VMX_EXIT_EXCEPTION_NMI &&
		    (exit.info2 & EVENT_TYPE_MASK) == EVENT_TYPE_NMI)
			exit.reason = CARETAKER_EXIT_NMI;
	} else if (exit.reason == CARETAKER_EXIT_PAGE_FAULT) {
		exit.guest_pa = vmread(VMX_GUEST_PHYSICAL_ADDRESS);
	}
	return exit;
}

inlined bool runs_64bit_code(void)
{
	return (vmread(VMX_ENTRY_CONTROLS) & ENTRY_IA32E_MODE) &&
	       (vmread(VMX_GUEST_CS_RIGHTS) & CS_LONG);
}

/*
 * Do what KVM's skip_emulated_instruction() does: cut RIP to 32 bits outside of
 * 64-bit code if bit 31 carried over, and end the interrupt shadow.
 */
inlined void complete_instruction(u32 length)
{
	u64 shadow = vmread(VMX_GUEST_INTERRUPTIBILITY);
	u64 before = vmread(VMX_GUEST_RIP);
	u64 rip = before + length;

	if ((rip ^ before) >> 31 == 3 && !runs_64bit_code())
		rip = (u32)rip;
	vmwrite(VMX_GUEST_RIP, rip);
	if (shadow & (SHADOW_STI | SHADOW_MOV_SS))
		vmwrite(VMX_GUEST_INTERRUPTIBILITY, shadow & ~(u64)(SHADOW_STI | SHADOW_MOV_SS));
}

inlined enum verdict answer_instruction(const struct caretaker_config *config,
					const struct caretaker_exit *exit,
					struct caretaker_regs *regs)
{
	struct guest guest = {
		.regs = regs,
		.rax = regs->rax,
		.event = exit->event & EVENT_VALID,
		.single_step = vmread(VMX_GUEST_RFLAGS) & RFLAGS_TF,
	};
	enum verdict verdict;

	/* Nothing else asks for it */
	if (config->flags & CARETAKER_CONFIG_CPUID_FAULT)
		guest.cpl = (vmread(VMX_GUEST_SS_RIGHTS) >> 5) & 3;
	verdict = answer_exit(config, exit, &guest);
	if (verdict == ANSWERED) {
		regs->rax = guest.rax;
		complete_instruction(exit->length);
	}
	return verdict;
}

/* Where entry_vmx.S jumps to after each exit */
exit_function vmx_exit(void)
{
	const struct caretaker_config *config = slot_config();
	struct caretaker_ccb *ccb = slot_ccb();
	const struct caretaker_exit exit = read_exit();
	enum verdict verdict;

	publish_exit(ccb, &exit);
	verdict = dispatch_exit(ccb, config, exit.reason);
	if (verdict == ANSWERED)
		verdict = answer_instruction(config, &exit, &ccb->regs);
	count_exit(&exit, verdict);
	go_on(verdict, vmx_answered, vmx_routed);
}
