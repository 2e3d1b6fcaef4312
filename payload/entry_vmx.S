/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the CPU goes to when it leaves the guest on Intel: HOST_RIP is
 * caretaker_entry, HOST_RSP switch.stack, interrupts are off.  An NMI may arrive:
 * its stub in the trampoline needs a few words of this stack.
 *
 * All general registers but RSP are the guest's here, when the trampoline is asked to
 * enter the guest again, and when it is asked to route.
 */
#include "offsets.h"

/* A place in the slot, by its distance from the image */
#define SLOT(offset)		__image_start - SLOT_IMAGE + offset
#define REGS(offset)		caretaker_ccb + offset(%rip)

/* Depth of the return stack buffer: the most of all CPUs that have VMX */
#define RSB_ENTRIES		32

/* The same names in both cases: registers, and where the control block has them */
.macro each_register do:req
	\do	%rax, REGS_RAX
	\do	%rcx, REGS_RCX
	\do	%rdx, REGS_RDX
	\do	%rbx, REGS_RBX
	\do	%rbp, REGS_RBP
	\do	%rsi, REGS_RSI
	\do	%rdi, REGS_RDI
	\do	%r8,  REGS_R8
	\do	%r9,  REGS_R9
	\do	%r10, REGS_R10
	\do	%r11, REGS_R11
	\do	%r12, REGS_R12
	\do	%r13, REGS_R13
	\do	%r14, REGS_R14
	\do	%r15, REGS_R15
.endm

.macro save register:req, offset:req
	movq	\register, REGS(\offset)
.endm

.macro restore register:req, offset:req
	movq	REGS(\offset), \register
.endm

	.section .text.vmx, "ax", @progbits
	.globl	vmx_left
	.hidden	vmx_left
	.hidden	caretaker_ccb
	.hidden	__image_start
	.hidden	verw_selector
	.type	vmx_left, @function
vmx_left:
	each_register save

	/*
	 * The guest has trained the return predictor.  Overwrite all of it before
	 * the first RET; a RET that consumes an entry ends up in int3.
	 */
	testl	$MITIGATE_RSB, SLOT(SLOT_MITIGATIONS)(%rip)
	jz	vmx_rsb_filled
vmx_rsb_fill:
	.rept	RSB_ENTRIES
	call	1f
	int3
1:
	.endr
	addq	$(8 * RSB_ENTRIES), %rsp
vmx_rsb_filled:
	/* The branch above may not be mispredicted past here. */
	lfence

	/* No guest value is to be at hand in a register under speculation. */
	xorl	%eax, %eax
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

	call	vmx_exit
	testl	%eax, %eax

	/* MOV leaves the flags alone: they hold the verdict. */
	each_register restore
	jnz	vmx_enter
	jmp	SLOT(SLOT_TRAMPOLINE_ROUTE)
	int3

	/* VERW comes last of all that has to do with memory but the look for an NMI. */
vmx_enter:
	testl	$MITIGATE_VERW, SLOT(SLOT_MITIGATIONS)(%rip)
	jz	vmx_verw_done
	verw	verw_selector(%rip)
vmx_verw_done:
	jmp	SLOT(SLOT_TRAMPOLINE_ENTER)
	int3
	.size	vmx_left, . - vmx_left

	.section .note.GNU-stack, "", @progbits
