/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the CPU goes to when it leaves the guest on Intel: HOST_RIP is
 * caretaker_entry, HOST_RSP switch.stack, interrupts are off.  An NMI may arrive:
 * its stub in the trampoline needs a few words of this stack.
 *
 * All general registers but RSP are the guest's here, when the trampoline is asked to
 * enter the guest again, and when it is asked to route.
 */
#include "plain.h"

	.section .text.vmx, "ax", @progbits
	.globl	vmx_left
	.hidden	vmx_left
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
	find_reason vmx_reason, VMX_EXIT_LAST, vmx_large
	unless_plain vmx_perhaps
vmx_plain:
	count_routed vmx_long
	restore	%rax, %eax, REGS_RAX
	restore	%rcx, %ecx, REGS_RCX
	jmp	SLOT(SLOT_TRAMPOLINE_ROUTE)
	int3

vmx_perhaps:
	only_reason
	if_nothing_is_answered vmx_unanswered
	cmpl	$EXIT_CPUID, %ecx
	je	vmx_cpuid_long
	cmpl	$EXIT_MSR_READ, %ecx
	je	vmx_rdmsr
	cmpl	$EXIT_MSR_WRITE, %ecx
	jne	vmx_long
	unless_msr_is_here vmx_plain
vmx_long:
	/* The reason once more: not on every way here is it in RAX still */
	movl	$VMX_EXIT_REASON, %eax
	vmread	%rax, %rax
	long_way vmx_exit

	/* The most frequent first */
vmx_cpuid_long:
	long_way vmx_exit_cpuid

vmx_rdmsr:
	unless_msr_is_here vmx_plain
vmx_rdmsr_long:
	long_way vmx_exit_rdmsr

vmx_unanswered:
	cmpl	$EXIT_EXCEPTION, %ecx
	jne	vmx_plain
	jmp	vmx_long
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
