/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A payload that does what a payload must not, as its VMM tells it.  Put over the
 * entry point of the real one, so that everything else is as it should be.
 */
#include "probe.h"

#define ENTER		0x1000
#define ROUTE		0x1100
#define FLAGS		0x44400		/* DF, NT, AC */
#define VMCS_PIN_BASED	0x4000		/* has bits that must be 1 */

/* On Intel it has run: there is no VMCB */
.macro run_guest
	movq	PROBE_SWITCH + PROBE_SWITCH_VMCB_PA(%rdx), %rax
	testq	%rax, %rax
	jz	999f
	vmrun	%rax
999:
.endm

	.text
	.globl	start
start:
	endbr64
	jmp	begin
	.org	start + PROBE_ENTRY_INTEL, 0xcc
begin:
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
	run_guest
	leaq	start - 0x101000(%rip), %rdx	/* registers are the guest's */
	movq	$0, PROBE_CCB(%rdx)
	leaq	ROUTE(%rdx), %rbx
	jmp	*%rbx
2:	cmpl	$PROBE_DIVIDE, %esi
	jne	3f
	xorl	%ecx, %ecx
	divl	%ecx
3:	cmpl	$PROBE_BREAKPOINT, %esi
	je	no
	cmpl	$PROBE_MACHINE_CHECK, %esi
	jne	3f
	int	$18
	jmp	*%rbx
3:	cmpl	$PROBE_LOOP, %esi
	je	.
	cmpl	$PROBE_LOOP_OF_NMIS, %esi
	jne	4f
3:	int	$2
	jmp	3b
4:	cmpl	$PROBE_TWO_NMIS, %esi
	jne	4f
	int	$2
	int	$2
	jmp	*%rbx
4:	cmpl	$PROBE_ENTER, %esi
	jne	4f
	leaq	ENTER(%rdx), %rbx
	jmp	*%rbx
4:	cmpl	$PROBE_FAIL, %esi
	jne	4f
	movl	$VMCS_PIN_BASED, %eax
	xorl	%ecx, %ecx
	vmwrite	%rcx, %rax
	leaq	ENTER(%rdx), %rbx
	jmp	*%rbx
4:	cmpl	$PROBE_RUN, %esi
	jb	8f
	/* The guest executes nothing that succeeds: RSI and RDI stay what they are */
	run_guest
	cmpl	$PROBE_WORD, %esi
	jb	7f
	ja	5f
	leaq	start - 0x101000(%rip), %rdx
	movq	%rdi, %rax
	shrq	$32, %rax
	movl	%edi, %ecx			/* RDI stays: an interrupt brings us here again */
	movl	%eax, (%rdx,%rcx)
	jmp	7f
5:	cmpl	$PROBE_FLAGS, %esi
	je	6f
	movq	$-1, %rbx
	.irp	register, rcx, rdx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	movq	%rbx, %\register
	.endr
	jmp	7f
6:	pushq	$FLAGS
	popfq
7:	jmp	start - 0x101000 + ROUTE
8:	cmpl	$PROBE_ROOT, %esi
	jne	yes
	movq	%cr3, %rax
	cmpq	PROBE_SWITCH + PROBE_SWITCH_ROOT(%rdx), %rax
	jne	no
yes:
	ud2
no:
	int3
