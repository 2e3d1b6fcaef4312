// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel VMX: turns an exit into the vendor-neutral record, and completes the
 * instruction of an exit that was answered as KVM's vmx.c would have done.
 */
#include "dispatch.h"
#include "vmx.h"

/* Exit codes that are not here are CARETAKER_EXIT_OTHER.  Looked up by entry_vmx.S; see ASK(). */
#define VMX_REASONS(ask)									\
	[VMX_EXIT_EXCEPTION_NMI]		= ask(EXCEPTION),				\
	[VMX_EXIT_EXTERNAL_INTERRUPT]		= CARETAKER_EXIT_INTERRUPT,			\
	[VMX_EXIT_TRIPLE_FAULT]			= CARETAKER_EXIT_SHUTDOWN,			\
	[VMX_EXIT_INTERRUPT_WINDOW]		= CARETAKER_EXIT_INTERRUPT_WINDOW,		\
	[VMX_EXIT_NMI_WINDOW]			= CARETAKER_EXIT_INTERRUPT_WINDOW,		\
	[VMX_EXIT_CPUID]			= ask(CPUID),					\
	[VMX_EXIT_HLT]				= CARETAKER_EXIT_HLT,				\
	[VMX_EXIT_INVD]				= ask(INVD),					\
	[VMX_EXIT_VMCALL]			= CARETAKER_EXIT_HYPERCALL,			\
	[VMX_EXIT_VMCLEAR ... VMX_EXIT_VMXON]	= CARETAKER_EXIT_NESTED,			\
	[VMX_EXIT_CR]				= CARETAKER_EXIT_CR,				\
	[VMX_EXIT_DR]				= CARETAKER_EXIT_DR,				\
	[VMX_EXIT_IO]				= CARETAKER_EXIT_IO,				\
	[VMX_EXIT_RDMSR]			= ask(MSR_READ),				\
	[VMX_EXIT_WRMSR]			= ask(MSR_WRITE),				\
	[VMX_EXIT_PAUSE]			= CARETAKER_EXIT_PAUSE,				\
	[VMX_EXIT_TPR ... VMX_EXIT_EOI]		= CARETAKER_EXIT_APIC,				\
	[VMX_EXIT_EPT_VIOLATION]		= CARETAKER_EXIT_PAGE_FAULT,			\
	[VMX_EXIT_EPT_MISCONFIG]		= CARETAKER_EXIT_PAGE_FAULT,			\
	[VMX_EXIT_INVEPT]			= CARETAKER_EXIT_NESTED,			\
	[VMX_EXIT_PREEMPTION_TIMER]		= CARETAKER_EXIT_TIMER,				\
	[VMX_EXIT_INVVPID]			= CARETAKER_EXIT_NESTED,			\
	[VMX_EXIT_XSETBV]			= ask(XSETBV),					\
	[VMX_EXIT_APIC_WRITE]			= CARETAKER_EXIT_APIC,

const u8 vmx_reason[VMX_EXIT_LAST + 1] __attribute__((section(".rodata.vmx_reason"), used)) = {
	VMX_REASONS(REASON)
};

u8 vmx_plain_reason[VMX_EXIT_LAST + 1] __attribute__((section(".ccb.vmx_plain_reason"), used)) = {
	VMX_REASONS(ASK)
};

/* What decides who answers */
inlined struct caretaker_exit read_exit(u64 code, u32 reason)
{
	struct caretaker_exit exit = {
		.reason = reason,
		.code = code,
		.event = vmread(VMX_IDT_VECTORING),
	};

	if (who_answers(reason) != KVM)
		exit.length = (u32)vmread(VMX_EXIT_INSTRUCTION_LENGTH);
	return exit;
}

/*
 * The rest of the record, for an exit that is routed.  Each field is read where it has a
 * meaning (SDM Vol. 3, 28.2): elsewhere hardware leaves what it likes.
 */
inlined void describe_exit(struct caretaker_exit *exit)
{
	if ((u32)exit->code >> 31)
		exit->reason = CARETAKER_EXIT_INVALID;
	exit->info1 = vmread(VMX_EXIT_QUALIFICATION);
	if (exit->length > LENGTH_MAX)
		exit->length = 0;
	if (exit->reason == CARETAKER_EXIT_PAGE_FAULT)
		exit->guest_pa = vmread(VMX_GUEST_PHYSICAL_ADDRESS);
	if ((u32)exit->code <= VMX_EXIT_EXTERNAL_INTERRUPT)
		exit->info2 = vmread(VMX_EXIT_INTERRUPTION);
	if ((u32)exit->code == VMX_EXIT_EXCEPTION_NMI &&
	    (exit->info2 & EVENT_TYPE_MASK) == EVENT_TYPE_NMI)
		exit->reason = CARETAKER_EXIT_NMI;
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

	if ((u32)rip < (u32)before && !runs_64bit_code())
		rip = (u32)rip;
	vmwrite(VMX_GUEST_RIP, rip);
	if (shadow & (SHADOW_STI | SHADOW_MOV_SS))
		vmwrite(VMX_GUEST_INTERRUPTIBILITY, shadow & ~(u64)(SHADOW_STI | SHADOW_MOV_SS));
}

/*
 * An entry starts the preemption timer anew (SDM Vol. 3, 27.7.4): what is left until the
 * deadline, as vmx_update_hv_timer() has it.  KVM sees to it that 32 bits suffice; the
 * field has no more, and VMWRITE takes no others.
 */
inlined void restart_timer(const struct caretaker_config *config)
{
	u64 now = read_tsc(), left = 0;

	if (config->entry_deadline > now)
		left = (config->entry_deadline - now) >> config->entry_shift;
	vmwrite(VMX_GUEST_PREEMPTION_TIMER, left);
}

inlined bool unprivileged(void)
{
	return vmread(VMX_GUEST_SS_RIGHTS) & SS_DPL;
}

inlined enum verdict answer_instruction(const struct caretaker_config *config, u8 kind,
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

	verdict = answer_exit(config, kind, exit->length, &guest, unprivileged);
	if (verdict == ANSWERED) {
		regs->rax = guest.rax;
		complete_instruction(exit->length);
		if (config->flags & CARETAKER_CONFIG_DEADLINE)
			restart_timer(config);
	}
	return verdict;
}

/* What becomes of an exit; counted, and completed or recorded */
inlined enum verdict handle_exit(u64 code, u32 reason)
{
	const struct caretaker_config *config = slot_config();
	struct caretaker_ccb *ccb = slot_ccb();
	const enum verdict state = read_state(ccb);
	struct caretaker_exit exit = read_exit(code, reason);
	const u8 kind = who_answers(exit.reason);
	enum verdict verdict = dispatch_exit(config, kind, state);

	if (verdict == ANSWERED)
		verdict = answer_instruction(config, kind, &exit, &ccb->regs);
	if (verdict != ANSWERED) {
		describe_exit(&exit);
		publish_exit(ccb, &exit);
	}
	count_exit(&exit, verdict);
	return verdict;
}

/**
 * vmx_exit - where entry_vmx.S jumps to if an exit is neither plainly KVM's nor a usual CPUID
 * @code:	all 32 bits of the exit reason: a failed entry, an exit from an enclave, a
 *		bus lock make another exit of it, which is none that we know
 * @reason:	of the table above; OTHER if @code is beyond it
 */
exit_function vmx_exit(u64 code, u32 reason)
{
	go_on(handle_exit(code, reason), vmx_answered, vmx_routed);
}

/* The same for one that is frequent and answered, where both are known */
exit_function vmx_exit_rdmsr(void)
{
	go_on(handle_exit(VMX_EXIT_RDMSR, CARETAKER_EXIT_MSR_READ), vmx_answered, vmx_routed);
}
