/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A payload that does what a payload must not, as its VMM tells it.  Put over the
 * entry point of the real one, so that everything else is as it should be.
 */
#include "probe.h"

#define SWITCH_ROOT	0x2000 + 88
#define SWITCH_VMCB_PA	0x2000 + 112
#define ROUTE		0x1100
#define CCB		0x102000

	.text
	.globl	start
start:
	endbr64
	leaq	start - 0x101000(%rip), %rdx	/* the slot */
	cmpl	$PROBE_ROUTE, %esi
	jae	special
	testl	$PROBE_FAR, %esi
	jnz	1f
	addq	%rdx, %rdi
1:	testl	$PROBE_POINTER, %esi
	jz	2f
	movq	(%rdi), %rdi
2:	andl	$3, %esi
	cmpl	$PROBE_WRITE, %esi
	je	3f
	ja	4f
	movb	(%rdi), %al
	jmp	yes
3:	movb	(%rdi), %al
	movb	%al, (%rdi)
	jmp	yes
4:	jmp	*%rdi

special:
	leaq	ROUTE(%rdx), %rbx
	cmpl	$PROBE_ROUTE, %esi
	jne	1f
	jmp	*%rbx
1:	cmpl	$PROBE_SPOIL, %esi
	jne	2f
	movq	SWITCH_VMCB_PA(%rdx), %rax
	vmrun	%rax
	leaq	start - 0x101000(%rip), %rdx	/* registers are the guest's */
	movq	$0, CCB(%rdx)
	leaq	ROUTE(%rdx), %rbx
	jmp	*%rbx
2:	cmpl	$PROBE_DIVIDE, %esi
	jne	3f
	xorl	%ecx, %ecx
	divl	%ecx
3:	cmpl	$PROBE_BREAKPOINT, %esi
	je	no
	cmpl	$PROBE_ROOT, %esi
	jne	yes
	movq	%cr3, %rax
	cmpq	SWITCH_ROOT(%rdx), %rax
	jne	no
yes:
	ud2
no:
	int3
