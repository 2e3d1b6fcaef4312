/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path of CPUID, for the assembly of both vendors: an answer with four registers, RAX,
 * RBX, RCX and RDX, which become the answer.  The others are the guest's all the while.
 *
 * It answers what dispatch.h and cpuid.h answer, and nothing else.  Whatever is not as usual
 * goes to \slow, with nothing changed but these registers, and on to C.  All checks come before
 * the first write.
 *
 * The hash of the guest's function, one byte, is the only value of a guest's that is part of an
 * address: see cpuid.h.
 */
#include "plain.h"

/* To \slow unless the vCPU is attached, nobody asks for another state, and that is acknowledged */
.macro unless_attached slow:req
	cmpl	$ATTACHED, caretaker_ccb + CCB_STATE(%rip)
	jne	\slow
	cmpq	$0, caretaker_ccb + CCB_REQUEST(%rip)
	jne	\slow
.endm

/* To \slow unless the configuration page is one that is known: config_is_known() */
.macro unless_config_is_known slow:req
	cmpl	$ABI_VERSION, SLOT(SLOT_ABI)(%rip)
	jne	\slow
	cmpl	$CONFIG_USED, SLOT(SLOT_SIZE)(%rip)
	jb	\slow
	cmpl	$CPUID_MAX, SLOT(SLOT_CPUID_COUNT)(%rip)
	ja	\slow
.endm

/* How it begins on both vendors: \vendor, svm or vmx, has the labels.  RBX and RDX are saved */
.macro begin_cpuid vendor:req
	movl	$EXIT_CPUID, %ecx
	if_nothing_is_answered \vendor\()_plain
	testl	$CONFIG_CPUID_FAULT, SLOT(SLOT_FLAGS)(%rip)
	jnz	\vendor\()_long
	save	%rbx, %ebx, REGS_RBX
	save	%rdx, %edx, REGS_RDX
	unless_attached \vendor\()_cpuid_slow
	unless_config_is_known \vendor\()_cpuid_slow
.endm

/* To C, with what begin_cpuid saved as it was */
.macro give_up_cpuid vendor:req
	restore	%rbx, %ebx, REGS_RBX
	restore	%rdx, %edx, REGS_RDX
	movl	$EXIT_CPUID, %ecx
	jmp	\vendor\()_long
	int3
.endm

/*
 * EAX: the function.  RBX becomes its entry in the table: find().  That looks at entries with the
 * same function that follow one another; any other order is C's.  Clobbers RCX and RDX.
 */
.macro find_leaf slow:req
	movl	REGS(REGS_RCX), %ecx
	movl	%eax, %edx
	shrl	$24, %edx
	xorb	%al, %dl
	movzbl	INDEXED(SLOT_CPUID_START, %rdx, 1), %edx
	movl	%edx, %ebx
	shll	$CPUID_SHIFT, %ebx
	leaq	INDEXED(SLOT_CPUID, %rbx, 1), %rbx
1:	cmpl	SLOT(SLOT_CPUID_COUNT)(%rip), %edx
	jae	\slow
	cmpl	%eax, CPUID_FUNCTION(%rbx)
	jne	\slow
	testb	$CPUID_INDEXED, CPUID_FLAGS(%rbx)
	jz	2f
	cmpl	%ecx, CPUID_INDEX(%rbx)
	je	2f
	incl	%edx
	addq	$CPUID_SIZE, %rbx
	jmp	1b
2:	testb	$CPUID_ROUTE, CPUID_FLAGS(%rbx)
	jnz	\slow
.endm

/* RBX: the entry.  Counts the answer, and loads it but for RAX */
.macro load_leaf
	incq	SLOT(TELEMETRY_HANDLED_CPUID)(%rip)
	movl	CPUID_ECX(%rbx), %ecx
	movl	CPUID_EDX(%rbx), %edx
	movl	CPUID_EBX(%rbx), %ebx
.endm
