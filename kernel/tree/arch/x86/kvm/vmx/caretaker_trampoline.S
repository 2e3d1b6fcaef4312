/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trampoline between a caretaker and the kernel, on Intel.
 *
 * It is one page.  KVM copies it once, and each slot maps the copy read-only and executable,
 * under the host's root and under the caretaker's, so that it can load CR3.  It addresses its
 * slot's pages relative to RIP, so it needs no relocation.  Only VMRESUME and the ways back to
 * the kernel leave the page.
 *
 * This original is in .rodata and is never executed.
 *
 * Hardware enters the payload by itself.  Interrupts are off from a VM exit on, but an NMI can
 * arrive between any two instructions.  Both roots map the descriptor tables of the slot, and
 * the stack that is in use while CR3 is loaded.
 */
#include <linux/linkage.h>
#include <asm/processor-flags.h>
#include "kvm-asm-offsets.h"

/* A field of the switch page of whichever slot this runs in */
#define SWITCH(field)	(.Lstart + CT_SWITCH_DISTANCE + CT_##field)(%rip)
/* What came while the payload ran; the stack for the way between the roots ends there */
#define PENDING(field)	(.Lstart + CT_PENDING_DISTANCE + CT_##field)(%rip)
#define STACK		PENDING(nmi_tsc)

/*
 * Load the host's descriptor tables, its stack, and the flags that a VM exit gives (the payload
 * may have left DF, AC or NT set), then go to where target says.  Of the general registers
 * only RSP changes: the landing finds the guest's.  The way is a return, since the guest may
 * have trained the predictor of indirect branches.  The LFENCE is there since the payload may
 * not have executed a CALL: until one has retired, what the guest left may predict a RET
 * (PBRSB).
 */
#define LAND(target)				\
	lgdt	SWITCH(host_gdtr);		\
	lidt	SWITCH(host_idtr);		\
	mov	SWITCH(host_rsp), %rsp;		\
	push	$X86_EFLAGS_FIXED;		\
	popfq;					\
	push	SWITCH(target);			\
	call	2f;				\
1:	pause;					\
	lfence;					\
	jmp	1b;				\
2:	lea	8(%rsp), %rsp;			\
	lfence;					\
	ret;					\
	int3

/* Load the host's root.  RSP is on a stack that both roots map.  Clobbers RAX. */
.macro HOST_ROOT
	mov	SWITCH(host_cr3), %rax
	test	%rax, %rax
	jz	1f
	mov	%rax, %cr3
1:
.endm

	.section .rodata, "a"
	.balign 64
SYM_DATA_START(vmx_caretaker_trampoline_start)
.Lstart:

/*
 * The payload jumps here to enter the guest again.  All GPRs are the guest's.
 * If one comes between the check for marks and VMRESUME, .Lgo_on returns to .Lanswered.
 */
	.org .Lstart + CT_TRAMPOLINE_ENTER, 0xcc
.Lresume:
	cmpb	$0, PENDING(what)
	jne	.Lanswered
.Lvmresume:
	vmresume

	/* It failed, so the guest cannot go on */
	lea	STACK, %rsp
	HOST_ROOT
	movq	$CT_FAULT_PROTOCOL, SWITCH(fault)
	LAND(vmfail_route)

/*
 * The payload jumps here to route an exit.  All GPRs but RSP are the guest's and stay so.
 */
	.org .Lstart + CT_TRAMPOLINE_ROUTE, 0xcc
.Lroute:
	lea	STACK, %rsp
	push	%rax
	HOST_ROOT
	pop	%rax
	LAND(route)

/*
 * An NMI or a machine check came before the entry.  The payload has answered the exit that the
 * VMCS still describes: if KVM handled it too, the guest would skip an instruction.
 */
.Lanswered:
	lea	STACK, %rsp
	push	%rax
	HOST_ROOT
	/* Under the host's root the switch page can be written */
	movq	$1, SWITCH(answered)
	pop	%rax
	LAND(route)

/*
 * Exceptions of the payload.  The CPU pushed SS, RSP, RFLAGS, CS, RIP and, for some,
 * an error code.  But for an NMI or a machine check the VM is lost, so registers are free.
 */
	.org .Lstart + CT_TRAMPOLINE_FAULT, 0xcc
	vector = 0
	.rept 32
	.org .Lstart + CT_TRAMPOLINE_FAULT + vector * 16, 0xcc
	endbr64
	.if vector == 2
	jmp	.Lnmi
	.elseif vector == 18
	jmp	.Lmachine_check
	.else
	/* Vectors with an error code: SDM Vol. 3 table 6-1 */
	.if !((1 << vector) & 0x00227d00)
	push	$0
	.endif
	push	$vector
	.byte	0xe9				/* jmp rel32: always five bytes */
	.long	.Lfault - (. + 4)
	.endif
	vector = vector + 1
	.endr

.Lfault:
	pop	%rbx				/* vector */
	pop	%rcx				/* error code */
	pop	%rdx				/* RIP */
	mov	%cr2, %rsi
	lea	STACK, %rsp
	HOST_ROOT
	movq	$CT_FAULT_EXCEPTION, SWITCH(fault)
	mov	%rbx, SWITCH(fault_vector)
	mov	%rcx, SWITCH(fault_error)
	mov	%rdx, SWITCH(fault_rip)
	mov	%rsi, SWITCH(fault_cr2)
	/* The code there checks whether an NMI made the guest exit: it must not get lost */
	LAND(route)

/*
 * A machine check.  Each CPU may get one for an error that another CPU met.  If RIPV says that
 * what was interrupted can go on, and EIPV that it did not cause the error (SDM Vol. 3,
 * IA32_MCG_STATUS), leave a mark and go on: KVM runs the host's handler after the landing.
 * Otherwise the VM is lost, and KVM runs that handler too.
 *
 * It comes on the stack that is in use, as an NMI does, so that either may interrupt the other
 * here.  IRETQ unmasks NMIs: one that comes in .Lnmi for a second time finds the mark.
 */
.Lmachine_check:
	push	%rax
	push	%rcx
	push	%rdx
	mov	SWITCH(mcg_status), %rcx
	test	%rcx, %rcx
	jz	1f
	rdmsr
	and	$(CT_MCG_STATUS_RIPV | CT_MCG_STATUS_EIPV), %eax
	cmp	$CT_MCG_STATUS_RIPV, %eax
	jne	1f
	orb	$CT_PENDING_MACHINE_CHECK, PENDING(what)
	jmp	.Lgo_on

1:	lea	24(%rsp), %rsp
	push	$0
	push	$18
	jmp	.Lfault

/*
 * An NMI of the host.  Leave a mark and go on: KVM checks for marks right after the landing, and
 * runs the host's handler.  With the mark is the time of the first NMI.  If that was long ago,
 * the payload loops.
 */
.Lnmi:
	push	%rax
	push	%rcx
	push	%rdx
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	or	$1, %rax
	mov	PENDING(nmi_tsc), %rcx
	test	%rcx, %rcx
	jz	1f
	sub	%rcx, %rax
	cmp	SWITCH(nmi_patience), %rax
	jbe	2f

	/* The VM is lost.  NMIs stay blocked until the host's handler has run */
	lea	24(%rsp), %rsp
	push	$0
	push	$2
	jmp	.Lfault

1:	mov	%rax, PENDING(nmi_tsc)
2:	orb	$CT_PENDING_NMI, PENDING(what)

/*
 * Between .Lresume and .Lvmresume the check for marks is over, and the registers are the
 * guest's: return to .Lanswered instead.
 */
.Lgo_on:
	mov	24(%rsp), %rcx			/* RIP */
	lea	.Lresume(%rip), %rax
	sub	%rax, %rcx
	cmp	$(.Lvmresume - .Lresume), %rcx
	ja	1f
	lea	.Lanswered(%rip), %rax
	mov	%rax, 24(%rsp)
1:	pop	%rdx
	pop	%rcx
	pop	%rax
	iretq

	/* The rest of the page is INT3.  Too much code does not assemble: .org goes forward only */
	.org .Lstart + 4096, 0xcc
SYM_DATA_END_LABEL(vmx_caretaker_trampoline_start, SYM_L_GLOBAL, vmx_caretaker_trampoline_end)
