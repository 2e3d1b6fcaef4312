/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way to KVM, for the assembly of both vendors.  Most exits are plainly KVM's:
 * they are counted and routed with two registers, and the rest are the guest's all the
 * while.  Any other goes the long way, through C (dispatch.h).
 *
 * Routing is always right, so that the short way cannot be wrong about a guest.  Nothing
 * of the guest's is an address here.  A host that wants another state ends it: from then
 * on the exit is pending, and to be recorded.
 */
#include "registers.h"

/* A table in the slot; RSP is at the top of the stack, behind an exit and before an entry */
#define INDEXED(offset, index, scale) \
	(offset) - SLOT_STACK_TOP(%rsp, index, scale)

/*
 * RAX: hardware's exit code. ECX becomes its entry in the table at that place in the image, or
 * it goes to \other.
 *
 * The table is in the page of the control block, which is in use anyway: one page less that the
 * TLB must find.  The page can be written, so that all that follows from the table is that an
 * exit is routed, and where it is counted.
 */
.macro look_up_plain table:req, last:req, other:req
	cmpq	$\last, %rax
	ja	\other
	movzbl	INDEXED(SLOT_IMAGE + \table, %rax, 1), %ecx
.endm

/*
 * ECX: an entry of that table, which is the reason where the exit is plain.  To \perhaps with
 * what may be answered here, or is not clear yet.
 */
.macro unless_plain perhaps:req
	testb	%cl, %cl
	js	\perhaps
.endm

/* At \perhaps, with RAX as it was: ECX becomes the reason, from a table that nobody writes */
.macro look_up_reason table:req
	movzbl	INDEXED(SLOT_IMAGE + \table, %rax, 1), %ecx
.endm

/* To \to if KVM wants each exit */
.macro if_nothing_is_answered to:req
	testl	$CONFIG_ANSWER_NOTHING, SLOT(SLOT_FLAGS)(%rip)
	jnz	\to
.endm

/* To \plain if the MSR that the guest's ECX names is in no table (msr.h).  RAX is lost */
.macro unless_msr_is_here plain:req
	movl	REGS(REGS_RCX), %eax
	shrl	$MSR_HASH_SHIFT, %eax
	xorl	REGS(REGS_RCX), %eax
	andl	$MSR_HASH_MASK, %eax
	btq	%rax, SLOT(SLOT_MSR_HASH)(%rip)
	jnc	\plain
.endm

/*
 * ECX: the reason.  What count_exit() does for one that is routed.  To \long if the host asks
 * for another state, or that it does no more was not acknowledged.
 */
.macro count_routed long:req
	cmpq	$0, caretaker_ccb + CCB_REQUEST(%rip)
	jne	\long
	incq	INDEXED(TELEMETRY_ROUTED, %rcx, 8)
.endm

/* RAX: the code, ECX: the reason.  On to C, with nothing of the guest left in a register */
.macro long_way function:req
	save_and_clear %rdx, %edx, REGS_RDX
	each_other save_and_clear
	save	%rsi, %esi, REGS_RSI
	movl	%ecx, %esi
	save	%rdi, %edi, REGS_RDI
	movq	%rax, %rdi
	jmp	\function
	int3
.endm
