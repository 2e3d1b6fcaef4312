/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the trampoline goes to on AMD, to enter the guest.  This, entry_vmx.S, plain.h and
 * fast_cpuid.h are the only code that runs with guest registers.  Neither interrupts nor NMIs
 * arrive from here to the host, for GIF is 0.
 *
 * At caretaker_entry: RSP is switch.stack, the general registers are the guest's, but for
 * RAX, which is free.  The same holds at the trampoline's route entry, but that RSP may be
 * anywhere on the stack.
 *
 * The entry point is followed by where Intel is entered, at a fixed distance: what is plainly
 * KVM's is between them, and the rest further on, in svm_left.
 */
#include "fast_cpuid.h"

/* The kernel's data segment; the slot's GDT has it too (struct caretaker_switch) */
#define KERNEL_DS		0x18

	.section .rodata, "a", @progbits
	.balign	2
	.globl	verw_selector
	.hidden	verw_selector
verw_selector:
	.word	KERNEL_DS
	.size	verw_selector, 2
	.type	verw_selector, @object

	.section .text.entry, "ax", @progbits
	.globl	caretaker_entry
	.hidden	caretaker_entry
	.globl	svm_answered
	.hidden	svm_answered
	.globl	svm_routed
	.hidden	svm_routed
	.type	caretaker_entry, @function
caretaker_entry:
	endbr64
svm_run:
	movq	SLOT(SLOT_VMCB_PA)(%rip), %rax

	/* Last of all before the guest: nothing is loaded after it but by VMRUN. */
	testl	$MITIGATE_VERW, SLOT(SLOT_MITIGATIONS)(%rip)
	jz	svm_vmrun
	verw	verw_selector(%rip)

svm_vmrun:
	vmrun	%rax

	/*
	 * Hardware has saved the guest's RAX, RSP, RIP and RFLAGS in the VMCB and
	 * given us back our own (APM Vol. 2, 15.6).  The rest is the guest's still,
	 * segment bases included: every access is relative to RIP or to RSP.
	 */
	save	%rcx, %ecx, REGS_RCX
	movq	SLOT(SLOT_EXIT_CODE)(%rip), %rax
	look_up_plain SVM_PLAIN, SVM_EXIT_LAST, svm_large
	unless_plain svm_perhaps
svm_plain:
	count_routed svm_long
	restore	%rcx, %ecx, REGS_RCX
	jmp	SLOT(SLOT_TRAMPOLINE_ROUTE)
	/* Where there is no KVM: the same, with more to do before the guest runs */
	.org	caretaker_entry + ENTRY_GAP, 0xcc
svm_gap_entry:
	endbr64
	jmp	svm_gap
	.org	caretaker_entry + ENTRY_INTEL, 0xcc
	.size	caretaker_entry, . - caretaker_entry

	.section .text.svm, "ax", @progbits
	.type	svm_left, @function
svm_left:
svm_gap:
	each_register save_and_clear
	jmp	svm_gap_enter
	int3

svm_perhaps:
	cmpl	$SVM_EXIT_CPUID, %eax
	je	svm_cpuid
	cmpl	$SVM_EXIT_MSR, %eax
	je	svm_msr
	look_up_reason SVM_REASON
	if_nothing_is_answered svm_plain
	jmp	svm_long
	int3

	/* As svm_exit(), by fast_cpuid.h */
svm_cpuid:
	begin_cpuid svm
	movl	SLOT(SLOT_EXIT_INT_INFO)(%rip), %eax
	orl	SLOT(SLOT_EVENT_INJ)(%rip), %eax
	js	svm_cpuid_slow
	testl	$RFLAGS_TF, SLOT(SLOT_RFLAGS)(%rip)
	jnz	svm_cpuid_slow
	movl	SLOT(SLOT_RAX)(%rip), %eax
	find_leaf svm_cpuid_slow

	/* complete_instruction(): RAX becomes the RIP behind it, RDX its length */
	testl	$CONFIG_NEXT_RIP, SLOT(SLOT_FLAGS)(%rip)
	jz	svm_cpuid_min
	movq	SLOT(SLOT_NEXT_RIP)(%rip), %rax
	testq	%rax, %rax
	jz	svm_cpuid_slow
	movq	%rax, %rdx
	subq	SLOT(SLOT_RIP)(%rip), %rdx
	jz	svm_cpuid_slow
	cmpq	$LENGTH_MAX, %rdx
	ja	svm_cpuid_slow
svm_cpuid_answer:
	movq	%rax, SLOT(SLOT_RIP)(%rip)
	andl	$~INTERRUPT_SHADOW, SLOT(SLOT_INTERRUPT_STATE)(%rip)
	/* TLB control becomes 0, and CLEAR_RAP in the byte behind it */
	andl	$~(0xff | ERAP_CLEAR_RAP << 8), SLOT(SLOT_TLB_CONTROL)(%rip)
	movl	CPUID_EAX(%rbx), %eax
	movq	%rax, SLOT(SLOT_RAX)(%rip)
	load_leaf
	jmp	svm_run
	int3

	/* Hardware does not say where it ends */
svm_cpuid_min:
	testl	$CONFIG_MIN_ENCODINGS, SLOT(SLOT_FLAGS)(%rip)
	jz	svm_cpuid_slow
	movq	SLOT(SLOT_RIP)(%rip), %rax
	addq	$MIN_LENGTH, %rax
	/* Below 4 GiB there is nothing that C would cut, whatever code it is */
	movq	%rax, %rdx
	shrq	$32, %rdx
	jz	1f
	testl	$RFLAGS_VM, SLOT(SLOT_RFLAGS)(%rip)
	jnz	svm_cpuid_slow
	testl	$EFER_LMA, SLOT(SLOT_EFER)(%rip)
	jz	svm_cpuid_slow
	testl	$CS_ATTRIBUTES_LONG, SLOT(SLOT_CS_ATTRIBUTES)(%rip)
	jz	svm_cpuid_slow
1:	andl	$~RFLAGS_RF, SLOT(SLOT_RFLAGS)(%rip)
	jmp	svm_cpuid_answer
	int3

svm_cpuid_slow:
	give_up_cpuid svm
svm_cpuid_end:

svm_msr:
	movl	$EXIT_MSR_READ, %ecx
	cmpq	$SVM_MSR_WRITE, SLOT(SLOT_EXIT_INFO_1)(%rip)
	jne	1f
	movl	$EXIT_MSR_WRITE, %ecx
1:	if_nothing_is_answered svm_plain
	unless_msr_is_here svm_plain
svm_long:
	/* The code once more: not on every way here is it in RAX still */
	movq	SLOT(SLOT_EXIT_CODE)(%rip), %rax
	long_way svm_exit

	/* No table has it, and a page fault is frequent */
svm_large:
	movl	$EXIT_PAGE_FAULT, %ecx
	cmpq	$SVM_EXIT_NPF, %rax
	je	svm_plain
	movl	$EXIT_OTHER, %ecx
	jmp	svm_long
	int3

	/* From svm_exit, by a jump, with the stack as it left it */
svm_answered:
	each_register restore
	leaq	SLOT(SLOT_STACK_TOP)(%rip), %rsp
	jmp	svm_run
	int3

svm_routed:
	each_register restore
	jmp	SLOT(SLOT_TRAMPOLINE_ROUTE)
	int3
	.size	svm_left, . - svm_left

	.section .note.GNU-stack, "", @progbits
