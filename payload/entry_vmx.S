/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the CPU goes to when it leaves the guest on Intel: HOST_RIP is that far behind
 * caretaker_entry, HOST_RSP switch.stack, interrupts are off.  An NMI may arrive:
 * its stub in the trampoline needs a few words of this stack.  A VM exit needs no ENDBR64.
 *
 * All general registers but RSP are the guest's here, when the trampoline is asked to
 * enter the guest again, and when it is asked to route.
 */
#include "fast_cpuid.h"

	.section .text.vmx, "ax", @progbits
	.globl	vmx_answered
	.hidden	vmx_answered
	.globl	vmx_routed
	.hidden	vmx_routed
	.hidden	svm_routed
	.hidden	verw_selector
	.type	vmx_left, @function
vmx_left:
	save	%rax, %eax, REGS_RAX
	save	%rcx, %ecx, REGS_RCX
	movl	$VMX_EXIT_REASON, %eax
	vmread	%rax, %rax
	look_up_plain VMX_PLAIN, VMX_EXIT_LAST, vmx_large
	unless_plain vmx_perhaps
vmx_plain:
	count_routed vmx_long
	restore	%rax, %eax, REGS_RAX
	restore	%rcx, %ecx, REGS_RCX
	jmp	SLOT(SLOT_TRAMPOLINE_ROUTE)
	int3

vmx_perhaps:
	cmpl	$VMX_EXIT_CPUID, %eax
	je	vmx_cpuid
	cmpl	$VMX_EXIT_RDMSR, %eax
	je	vmx_rdmsr
	cmpl	$VMX_EXIT_WRMSR, %eax
	je	vmx_wrmsr
	cmpl	$VMX_EXIT_EXCEPTION_NMI, %eax
	je	vmx_exception
	look_up_reason VMX_REASON
	if_nothing_is_answered vmx_plain
vmx_long:
	/* The reason once more: not on every way here is it in RAX still */
	movl	$VMX_EXIT_REASON, %eax
	vmread	%rax, %rax
	long_way vmx_exit

	/* As vmx_exit(), by fast_cpuid.h */
vmx_cpuid:
	begin_cpuid vmx
	movl	$VMX_IDT_VECTORING, %eax
	vmread	%rax, %rax
	testl	%eax, %eax
	js	vmx_cpuid_slow
	movl	$VMX_GUEST_RFLAGS, %eax
	vmread	%rax, %rax
	testl	$RFLAGS_TF, %eax
	jnz	vmx_cpuid_slow
	movl	REGS(REGS_RAX), %eax
	find_leaf vmx_cpuid_slow

	/* complete_instruction(): RAX becomes the RIP behind it */
	movl	$VMX_EXIT_INSTRUCTION_LENGTH, %eax
	vmread	%rax, %rax
	testl	%eax, %eax
	jz	vmx_cpuid_slow
	cmpl	$LENGTH_MAX, %eax
	ja	vmx_cpuid_slow
	movl	$VMX_GUEST_RIP, %ecx
	vmread	%rcx, %rdx
	addq	%rdx, %rax
	/* A carry out of the lower half is C's */
	cmpl	%edx, %eax
	jb	vmx_cpuid_slow
	vmwrite	%rax, %rcx
	movl	$VMX_GUEST_INTERRUPTIBILITY, %ecx
	vmread	%rcx, %rax
	testl	$SHADOW_EITHER, %eax
	jz	1f
	andl	$~SHADOW_EITHER, %eax
	vmwrite	%rax, %rcx
1:	testl	$CONFIG_DEADLINE, SLOT(SLOT_FLAGS)(%rip)
	jnz	vmx_cpuid_timer
vmx_cpuid_answer:
	movl	CPUID_EAX(%rbx), %eax
	load_leaf
	jmp	vmx_enter
	int3

	/* restart_timer() */
vmx_cpuid_timer:
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	SLOT(SLOT_ENTRY_DEADLINE)(%rip), %rdx
	movl	SLOT(SLOT_ENTRY_SHIFT)(%rip), %ecx
	subq	%rax, %rdx
	ja	1f
	xorl	%edx, %edx
1:	shrq	%cl, %rdx
	movl	$VMX_GUEST_PREEMPTION_TIMER, %eax
	vmwrite	%rdx, %rax
	jmp	vmx_cpuid_answer
	int3

vmx_cpuid_slow:
	give_up_cpuid vmx
vmx_cpuid_end:

vmx_rdmsr:
	movl	$EXIT_MSR_READ, %ecx
	if_nothing_is_answered vmx_plain
	unless_msr_is_here vmx_plain
vmx_rdmsr_long:
	long_way vmx_exit_rdmsr

vmx_wrmsr:
	movl	$EXIT_MSR_WRITE, %ecx
	if_nothing_is_answered vmx_plain
	unless_msr_is_here vmx_plain
	jmp	vmx_long
	int3

	/* Or an NMI: describe_exit() */
vmx_exception:
	movl	$EXIT_EXCEPTION, %ecx
	movl	$VMX_EXIT_INTERRUPTION, %eax
	vmread	%rax, %rax
	andl	$EVENT_TYPE_MASK, %eax
	cmpl	$EVENT_TYPE_NMI, %eax
	jne	vmx_plain
	movl	$EXIT_NMI, %ecx
	jmp	vmx_plain
	int3

	/* A failed entry, or what no table has */
vmx_large:
	movl	$EXIT_OTHER, %ecx
	jmp	vmx_long
	int3

	/* From vmx_exit, by a jump; VERW comes last of all but the look for an NMI. */
vmx_answered:
	each_register restore
	restore	%rax, %eax, REGS_RAX
vmx_enter:
	testl	$MITIGATE_VERW, SLOT(SLOT_MITIGATIONS)(%rip)
	jz	vmx_verw_done
	verw	verw_selector(%rip)
vmx_verw_done:
	jmp	SLOT(SLOT_TRAMPOLINE_ENTER)
	int3

vmx_routed:
	restore	%rax, %eax, REGS_RAX
	jmp	svm_routed			/* the rest is the same */
	int3
	.size	vmx_left, . - vmx_left

	.section .note.GNU-stack, "", @progbits
