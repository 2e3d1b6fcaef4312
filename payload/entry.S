/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the trampoline jumps to, and the only code that runs with guest
 * registers.  GIF is 0 from here to the host: no interrupt and no NMI arrives.
 *
 * At caretaker_entry: RSP is switch.stack, RAX is free, all other general
 * registers are the guest's.  The same holds at the trampoline's route entry.
 */
#include "offsets.h"

/* A place in the slot, by its distance from the image */
#define SLOT(offset)		__image_start - SLOT_IMAGE + offset
#define REGS(offset)		caretaker_ccb + offset(%rip)

/* Depth of the return stack buffer: the most of all CPUs that run SVM */
#define RSB_ENTRIES		32

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
	.hidden	caretaker_ccb
	.hidden	vmx_left
	.hidden	__image_start
	.type	caretaker_entry, @function
caretaker_entry:
	endbr64

	/*
	 * On AMD we are asked to enter the guest, on Intel it has been left.  #UD here
	 * becomes a fault of this payload: CARETAKER_FAULT_EXCEPTION, vector 6.
	 */
	cmpl	$VENDOR_INTEL, SLOT(SLOT_VENDOR)(%rip)
	je	vmx_left
	cmpl	$VENDOR_AMD, SLOT(SLOT_VENDOR)(%rip)
	je	svm_run
	ud2

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
	movq	%rcx, REGS(REGS_RCX)
	movq	%rdx, REGS(REGS_RDX)
	movq	%rbx, REGS(REGS_RBX)
	movq	%rbp, REGS(REGS_RBP)
	movq	%rsi, REGS(REGS_RSI)
	movq	%rdi, REGS(REGS_RDI)
	movq	%r8,  REGS(REGS_R8)
	movq	%r9,  REGS(REGS_R9)
	movq	%r10, REGS(REGS_R10)
	movq	%r11, REGS(REGS_R11)
	movq	%r12, REGS(REGS_R12)
	movq	%r13, REGS(REGS_R13)
	movq	%r14, REGS(REGS_R14)
	movq	%r15, REGS(REGS_R15)

	/*
	 * The guest has trained the return predictor.  Overwrite all of it before
	 * the first RET; a RET that consumes an entry ends up in int3.
	 */
	testl	$MITIGATE_RSB, SLOT(SLOT_MITIGATIONS)(%rip)
	jz	svm_rsb_filled
svm_rsb_fill:
	.rept	RSB_ENTRIES
	call	1f
	int3
1:
	.endr
	addq	$(8 * RSB_ENTRIES), %rsp
svm_rsb_filled:
	/* The branch above may not be mispredicted past here. */
	lfence

	/* No guest value is to be at hand in a register under speculation. */
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d

	call	svm_exit
	testl	%eax, %eax

	/* MOV leaves the flags alone: they hold the verdict. */
	movq	REGS(REGS_RCX), %rcx
	movq	REGS(REGS_RDX), %rdx
	movq	REGS(REGS_RBX), %rbx
	movq	REGS(REGS_RBP), %rbp
	movq	REGS(REGS_RSI), %rsi
	movq	REGS(REGS_RDI), %rdi
	movq	REGS(REGS_R8),  %r8
	movq	REGS(REGS_R9),  %r9
	movq	REGS(REGS_R10), %r10
	movq	REGS(REGS_R11), %r11
	movq	REGS(REGS_R12), %r12
	movq	REGS(REGS_R13), %r13
	movq	REGS(REGS_R14), %r14
	movq	REGS(REGS_R15), %r15
	jnz	svm_run
	jmp	SLOT(SLOT_TRAMPOLINE_ROUTE)
	int3
	.size	caretaker_entry, . - caretaker_entry

	.section .note.GNU-stack, "", @progbits
