/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way to KVM, for the assembly of both vendors.  Most exits are plainly KVM's:
 * they are counted, remembered and routed with three registers, and the rest are the
 * guest's all the while.  Any other goes the long way, through C (dispatch.h).
 *
 * Routing is always right, so that the short way cannot be wrong about a guest.  Nothing
 * of the guest's is an address here.  A host that wants another state ends it: from then
 * on the exit is pending, and to be recorded.
 */
#include "registers.h"

/* A table in the slot; RSP is at the top of the stack, behind an exit and before an entry */
#define INDEXED(offset, index, scale) \
	(offset) - SLOT_STACK_TOP(%rsp, index, scale)

/* RAX: hardware's exit code. ECX becomes the reason, or it goes to \other. */
.macro find_reason table:req, last:req, other:req
	cmpq	$\last, %rax
	ja	\other
	leaq	\table(%rip), %rcx
	movzbl	(%rcx, %rax), %ecx
.endm

/* ECX: the reason.  To \perhaps with what may be answered here, or is not clear yet */
.macro unless_plain perhaps:req
	movl	$EXITS_NOT_PLAIN, %edx
	btl	%ecx, %edx
	jc	\perhaps
.endm

/* To \to if KVM wants each exit */
.macro if_nothing_is_answered to:req
	testl	$CONFIG_ANSWER_NOTHING, SLOT(SLOT_FLAGS)(%rip)
	jnz	\to
.endm

/* To \plain if the MSR that the guest's ECX names is in no table (msr.h) */
.macro unless_msr_is_here plain:req
	movl	REGS(REGS_RCX), %edx
	shrl	$MSR_HASH_SHIFT, %edx
	xorl	REGS(REGS_RCX), %edx
	andl	$MSR_HASH_MASK, %edx
	btq	%rdx, SLOT(SLOT_MSR_HASH)(%rip)
	jnc	\plain
.endm

/*
 * RAX: hardware's exit code, ECX: the reason.  What count_exit() does for one that is
 * routed.  RAX, RCX and RDX are lost.
 */
.macro count_routed long:req
	movabsq	$(ATTACHED << 32 | ATTACHED), %rdx
	cmpq	%rdx, caretaker_ccb + CCB_REQUEST(%rip)
	jne	\long
	incq	INDEXED(TELEMETRY_ROUTED, %rcx, 8)
	movl	SLOT(TELEMETRY_RING_COUNT)(%rip), %edx
	andl	$RING_MASK, %edx
	leal	(%rdx, %rdx, 2), %edx
	movl	$EVENT_ROUTED, INDEXED(RING_WHAT, %rdx, 8)
	movl	%ecx, INDEXED(RING_REASON, %rdx, 8)
	movq	%rax, INDEXED(RING_CODE, %rdx, 8)
	movl	%edx, %ecx
	rdtsc
	movl	%eax, INDEXED(RING_TSC, %rcx, 8)
	movl	%edx, INDEXED(RING_TSC + 4, %rcx, 8)
	incq	SLOT(TELEMETRY_RING_COUNT)(%rip)
.endm

/* RAX and ECX as above: on to C, with nothing of the guest left in a register */
.macro long_way function:req
	xorl	%edx, %edx
	each_other save_and_clear
	save	%rsi, %esi, REGS_RSI
	movl	%ecx, %esi
	save	%rdi, %edi, REGS_RDI
	movq	%rax, %rdi
	jmp	\function
	int3
.endm
