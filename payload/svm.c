// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD SVM: turns an exit into the vendor-neutral record, and says what becomes of it.
 */
#include "svm_gap.h"

/* Exit codes that are not here are CARETAKER_EXIT_OTHER.  Looked up by entry.S; see ASK(). */
#define SVM_REASONS(ask)									\
	[SVM_EXIT_READ_CR0 ... SVM_EXIT_WRITE_CR15]	= CARETAKER_EXIT_CR,			\
	[SVM_EXIT_READ_DR0 ... SVM_EXIT_WRITE_DR15]	= CARETAKER_EXIT_DR,			\
	/* An NMI has a code of its own */							\
	[SVM_EXIT_EXCP0 ... SVM_EXIT_EXCP31]		= CARETAKER_EXIT_EXCEPTION,		\
	[SVM_EXIT_INTR]					= CARETAKER_EXIT_INTERRUPT,		\
	[SVM_EXIT_NMI]					= CARETAKER_EXIT_NMI,			\
	[SVM_EXIT_VINTR]				= CARETAKER_EXIT_INTERRUPT_WINDOW,	\
	[SVM_EXIT_CR0_SEL_WRITE]			= CARETAKER_EXIT_CR,			\
	[SVM_EXIT_CPUID]				= ask(CPUID),				\
	/* Intercepted only to learn when NMIs open again */					\
	[SVM_EXIT_IRET]					= CARETAKER_EXIT_INTERRUPT_WINDOW,	\
	[SVM_EXIT_INVD]					= ask(INVD),				\
	[SVM_EXIT_PAUSE]				= CARETAKER_EXIT_PAUSE,			\
	[SVM_EXIT_HLT]					= CARETAKER_EXIT_HLT,			\
	[SVM_EXIT_INVLPGA]				= CARETAKER_EXIT_NESTED,		\
	[SVM_EXIT_IOIO]					= CARETAKER_EXIT_IO,			\
	[SVM_EXIT_MSR]					= ask(MSR_READ),			\
	[SVM_EXIT_SHUTDOWN]				= CARETAKER_EXIT_SHUTDOWN,		\
	[SVM_EXIT_VMRUN]				= CARETAKER_EXIT_NESTED,		\
	[SVM_EXIT_VMMCALL]				= CARETAKER_EXIT_HYPERCALL,		\
	[SVM_EXIT_VMLOAD ... SVM_EXIT_SKINIT]		= CARETAKER_EXIT_NESTED,		\
	[SVM_EXIT_XSETBV]				= ask(XSETBV),				\
	/* Behind the instruction: no WRMSR that may be completed */				\
	[SVM_EXIT_EFER_WRITE_TRAP ... SVM_EXIT_CR15_WRITE_TRAP] = CARETAKER_EXIT_CR,		\
	[SVM_EXIT_IDLE_HLT]				= CARETAKER_EXIT_HLT,

const u8 svm_reason[SVM_EXIT_LAST + 1] __attribute__((section(".rodata.svm_reason"), used)) = {
	SVM_REASONS(REASON)
};

u8 svm_plain_reason[SVM_EXIT_LAST + 1] __attribute__((section(".ccb.svm_plain_reason"), used)) = {
	SVM_REASONS(ASK)
};

/* A code that is too large for the table */
inlined u32 large_reason(u64 code)
{
	if (code == SVM_EXIT_NPF)
		return CARETAKER_EXIT_PAGE_FAULT;
	if (code == SVM_EXIT_AVIC_INCOMPLETE_IPI || code == SVM_EXIT_AVIC_NOACCEL)
		return CARETAKER_EXIT_APIC;
	if ((u32)code >= SVM_EXIT_FIRST_FAILURE)
		return CARETAKER_EXIT_INVALID;
	return CARETAKER_EXIT_OTHER;
}

/* What decides who answers */
inlined struct caretaker_exit read_exit(const struct caretaker_config *config,
					const struct vmcb *vmcb, u64 code, u32 reason)
{
	return (struct caretaker_exit) {
		.reason = reason,
		.length = instruction_length(vmcb, config, reason),
		.code = code,
		.event = vmcb->exit_int_info,
	};
}

/* The rest of the record, for an exit that is routed */
inlined void describe_exit(struct caretaker_exit *exit, const struct vmcb *vmcb)
{
	if (exit->code > SVM_EXIT_LAST)
		exit->reason = large_reason(exit->code);
	exit->info1 = vmcb->exit_info_1;
	exit->info2 = vmcb->exit_info_2;
	if (exit->reason == CARETAKER_EXIT_PAGE_FAULT)
		exit->guest_pa = exit->info2;
}

inlined bool unprivileged(void)
{
	return slot_vmcb()->cpl;
}

inlined enum verdict answer_instruction(const struct caretaker_config *config, u8 kind,
					const struct caretaker_exit *exit, struct vmcb *vmcb)
{
	struct guest guest = {
		.regs = &slot_ccb()->regs,
		.rax = vmcb->rax,
		.event = (exit->event | vmcb->event_inj) & VMCB_EVENT_VALID,
		.single_step = vmcb->rflags & RFLAGS_TF,
	};
	enum verdict verdict;

	verdict = answer_exit(config, kind, exit->length, &guest, unprivileged);
	if (verdict == ANSWERED) {
		vmcb->rax = guest.rax;
		complete_instruction(vmcb, config, exit->length);
	}
	return verdict;
}

/* What becomes of an exit; counted, and completed or recorded */
inlined enum verdict handle_exit(u64 code, u32 reason)
{
	const struct caretaker_config *config = slot_config();
	struct caretaker_ccb *ccb = slot_ccb();
	struct vmcb *vmcb = slot_vmcb();
	const enum verdict state = read_state(ccb);
	struct caretaker_gap *gap = state == DETACHED ? slot_gap() : NULL;
	const u8 kind = who_answers(reason);
	struct caretaker_exit exit;
	enum verdict verdict;

	if (__builtin_expect(gap != NULL, 0))
		gap_left(gap, vmcb, code);
	exit = read_exit(config, vmcb, code, reason);
	verdict = dispatch_exit(config, kind, gap ? ANSWERED : state);
	if (verdict == ANSWERED)
		verdict = answer_instruction(config, kind, &exit, vmcb);
	if (__builtin_expect(gap != NULL, 0))
		verdict = gap_exit(verdict, gap, config, &exit, vmcb);
	if (verdict != ANSWERED && verdict != TO_CORE) {
		describe_exit(&exit, vmcb);
		publish_exit(ccb, &exit);
	}
	count_exit(&exit, verdict);
	return verdict;
}

/**
 * svm_exit - where entry.S jumps to if an exit is neither plainly KVM's nor a usual CPUID
 * @code:	hardware's exit code
 * @reason:	of the table above, of RDMSR and WRMSR the right one; OTHER if @code is
 *		beyond it
 */
exit_function svm_exit(u64 code, u32 reason)
{
	go_on(handle_exit(code, reason), svm_answered, svm_routed);
}

/**
 * svm_gap_enter - where entry.S jumps to if the payload is entered where there is no KVM
 *
 * The guest has run before, or it is as KVM has left it.
 */
exit_function svm_gap_enter(void)
{
	struct caretaker_gap *gap = slot_gap();
	enum verdict verdict = ANSWERED;

	/* The core has seen that */
	gap->kicks = 0;
	if (gap->flags & CARETAKER_GAP_APIC)
		verdict = gap_go_on(gap, slot_config(), slot_vmcb());
	go_on(verdict, svm_answered, svm_routed);
}
