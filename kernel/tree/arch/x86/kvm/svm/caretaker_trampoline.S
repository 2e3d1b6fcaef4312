/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trampoline between the kernel and a caretaker, on AMD.
 *
 * It is one page.  KVM copies it once, and each slot maps the copy read-only and executable,
 * under the host's root and under the caretaker's, so that it can load CR3.  It addresses its
 * slot's switch page relative to RIP, so it needs no relocation.  Only the jump to the payload
 * and the two ways back leave the page.
 *
 * This original is in .rodata and is never executed.
 *
 * GIF is clear from before the entry until after the landing.  So the CPU delivers nothing but
 * exceptions, and only a mistake of the payload raises one: a machine check is held pending,
 * as NMIs are, until KVM sets GIF (APM Vol. 2 15.17).
 */
#include <linux/linkage.h>
#include "kvm-asm-offsets.h"

/* A field of the switch page of whichever slot this runs in */
#define SWITCH(field)	(.Lstart + CT_SWITCH_DISTANCE + CT_##field)(%rip)

/*
 * Load the host's descriptor tables, its flags and its stack, under the host's root, then go to
 * route.  The payload may have left DF, AC or NT set.  KVM has written what POPFQ and IRETQ load,
 * in that order, and nothing is pushed here.
 *
 * The way is IRETQ, which uses no predictor: what the guest trained is still there, and the
 * kernel's mitigations have not run yet.  An indirect jump would use the branch predictor, with
 * LFENCE or without (CVE-2021-26401), and RET those of Retbleed and SRSO.  IRETQ unmasks NMIs,
 * but none is masked: behind #VMEXIT(NMI) the NMI is still pending.  With NT set IRETQ would
 * raise #GP.
 */
.macro LAND
	lgdt	SWITCH(host_gdtr)
	lidt	SWITCH(host_idtr)
	lea	SWITCH(landing_flags), %rsp
	popfq
	iretq
.endm

	.section .rodata, "a"
	.balign 64
SYM_DATA_START(svm_caretaker_trampoline_start)
.Lstart:

/*
 * __svm_vcpu_run calls this.  RAX is free; the other GPRs are the guest's.
 */
	.org .Lstart + CT_TRAMPOLINE_ENTER, 0xcc
	endbr64
	lea	8(%rsp), %rax			/* drop the return address: exits land by route */
	mov	%rax, SWITCH(host_rsp)
	/* Both tables are mapped under both roots: load them before CR3 */
	lgdt	SWITCH(gdtr)
	lidt	SWITCH(idtr)
	cmpq	$0, SWITCH(root)
	je	1f
	mov	%cr3, %rax
	or	SWITCH(host_cr3_bits), %rax
	mov	%rax, SWITCH(host_cr3)
	mov	SWITCH(root), %rax
	mov	%rax, %cr3
1:	mov	SWITCH(stack), %rsp
	mov	SWITCH(entry), %rax
	lfence					/* no speculation past the load */
	jmp	*%rax

/*
 * The payload jumps here to route an exit.  RAX is free; the other GPRs are the guest's and
 * stay so.
 */
	.org .Lstart + CT_TRAMPOLINE_ROUTE, 0xcc
	mov	SWITCH(host_cr3), %rax
	test	%rax, %rax
	jz	1f
	mov	%rax, %cr3
1:	LAND

/*
 * Exceptions of the payload.  The CPU pushed SS, RSP, RFLAGS, CS, RIP and, for some,
 * an error code.  The VM is lost, so registers are free.
 */
	.org .Lstart + CT_TRAMPOLINE_FAULT, 0xcc
	vector = 0
	.rept 32
	.org .Lstart + CT_TRAMPOLINE_FAULT + vector * 16, 0xcc
	endbr64
	/* Vectors with an error code: APM Vol. 2 table 8-1 */
	.if !((1 << vector) & 0x60227d00)
	push	$0
	.endif
	push	$vector
	.byte	0xe9				/* jmp rel32: always five bytes */
	.long	.Lfault - (. + 4)
	vector = vector + 1
	.endr

.Lfault:
	pop	%rbx				/* vector */
	pop	%rcx				/* error code */
	pop	%rdx				/* RIP */
	mov	%cr2, %rsi
	mov	SWITCH(host_cr3), %rax
	test	%rax, %rax
	jz	1f
	mov	%rax, %cr3
	/* Under the host's root the switch page can be written */
1:	movq	$CT_FAULT_EXCEPTION, SWITCH(fault)
	mov	%rbx, SWITCH(fault_vector)
	mov	%rcx, SWITCH(fault_error)
	mov	%rdx, SWITCH(fault_rip)
	mov	%rsi, SWITCH(fault_cr2)
	/* KVM checks there whether something was wrong */
	LAND

	/* The rest of the page is INT3.  Too much code does not assemble: .org goes forward only */
	.org .Lstart + 4096, 0xcc
SYM_DATA_END_LABEL(svm_caretaker_trampoline_start, SYM_L_GLOBAL, svm_caretaker_trampoline_end)
