/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the assembly of both vendors: where things are in the slot, and the guest's
 * registers to the control block and back.  RAX and RSP are the vendor's matter.
 */
#include "offsets.h"

/* A place in the slot, by its distance from the image */
#define SLOT(offset)		__image_start - SLOT_IMAGE + offset
#define REGS(offset)		caretaker_ccb + offset(%rip)

/* Each general register, its lower half, and where the control block has it */
.macro each_register do:req
	\do	%rcx, %ecx,  REGS_RCX
	\do	%rdx, %edx,  REGS_RDX
	\do	%rsi, %esi,  REGS_RSI
	\do	%rdi, %edi,  REGS_RDI
	each_other \do
.endm

/* But for those that the short way (plain.h) or a function in C needs first */
.macro each_other do:req
	\do	%rbx, %ebx,  REGS_RBX
	\do	%rbp, %ebp,  REGS_RBP
	\do	%r8,  %r8d,  REGS_R8
	\do	%r9,  %r9d,  REGS_R9
	\do	%r10, %r10d, REGS_R10
	\do	%r11, %r11d, REGS_R11
	\do	%r12, %r12d, REGS_R12
	\do	%r13, %r13d, REGS_R13
	\do	%r14, %r14d, REGS_R14
	\do	%r15, %r15d, REGS_R15
.endm

/* No guest value is to be at hand in a register under speculation. */
.macro save_and_clear register:req, half:req, offset:req
	save	\register, \half, \offset
	xorl	\half, \half
.endm

.macro save register:req, half:req, offset:req
	movq	\register, REGS(\offset)
.endm

.macro restore register:req, half:req, offset:req
	movq	REGS(\offset), \register
.endm

	.hidden	caretaker_ccb
	.hidden	__image_start
