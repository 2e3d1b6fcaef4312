/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trampoline between a caretaker and the kernel, on Intel.
 *
 * One page, copied once and mapped read-only and executable in every slot, under the
 * host's root and under the caretaker's, so that CR3 can be loaded in the middle of
 * it.  It reaches its slot's pages RIP-relative: it has no relocation and nothing in
 * it leaves the page but VMRESUME and the ways back to the kernel.
 *
 * It lies in .rodata: this copy is never executed.
 *
 * Hardware enters the payload by itself.  Interrupts are off from a VM exit on, but
 * an NMI can arrive between any two instructions.  The descriptor tables of the slot
 * are mapped under both roots, and so is the stack in use while CR3 is loaded.
 */
#include <linux/linkage.h>
#include <asm/processor-flags.h>
#include "kvm-asm-offsets.h"

/* A field of the switch page of whichever slot this runs in */
#define SWITCH(field)	(.Lstart + CT_SWITCH_DISTANCE + CT_##field)(%rip)
#define NMI_PENDING	(.Lstart + CT_NMI_PENDING_DISTANCE)(%rip)

/*
 * Onto the host's descriptor tables and its stack, then to where target says, with the
 * flags that a VM exit gives: the payload may have left DF, AC or NT set.  No general
 * register changes but RSP, so that the landing finds the guest's; a return, since the
 * guest may have trained the predictor of indirect branches.  A payload need not have
 * called anything, so the LFENCE: a RET can be predicted by what the guest left until
 * a CALL has retired (PBRSB).
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

/* Onto a stack that both roots map, then to the host's root.  Clobbers RAX. */
.macro HOST_ROOT
	mov	SWITCH(root), %rax
	test	%rax, %rax
	jz	1f
	mov	SWITCH(host_cr3), %rax
	mov	%rax, %cr3
1:
.endm

	.section .rodata, "a"
	.balign 64
SYM_DATA_START(vmx_caretaker_trampoline_start)
.Lstart:

/*
 * From the payload, by a jump: enter the guest again.  All GPRs are the guest's.
 * An NMI between the look at the mark and VMRESUME goes to .Lanswered: .Lnmi.
 */
	.org .Lstart + CT_TRAMPOLINE_ENTER, 0xcc
.Lresume:
	testb	$1, NMI_PENDING
	jnz	.Lanswered
.Lvmresume:
	vmresume

	/* It failed: there is no guest to go on with */
	lea	NMI_PENDING, %rsp
	HOST_ROOT
	movq	$CT_FAULT_PROTOCOL, SWITCH(fault)
	LAND(fault_route)

/*
 * From the payload, by a jump.  All GPRs but RSP are the guest's and must stay so.
 */
	.org .Lstart + CT_TRAMPOLINE_ROUTE, 0xcc
.Lroute:
	lea	NMI_PENDING, %rsp
	push	%rax
	HOST_ROOT
	pop	%rax
	LAND(route)

/*
 * Instead of an entry, for an NMI's sake.  The exit that the VMCS still tells of has been
 * answered: if KVM handled it too, the guest would lose an instruction.
 */
.Lanswered:
	lea	NMI_PENDING, %rsp
	push	%rax
	HOST_ROOT
	/* Under the host's root the switch page can be written */
	movq	$1, SWITCH(answered)
	pop	%rax
	LAND(route)

/*
 * Exceptions of the payload.  The CPU pushed SS, RSP, RFLAGS, CS, RIP and, for some,
 * an error code.  But for an NMI the VM is lost, so registers are free.
 */
	.org .Lstart + CT_TRAMPOLINE_FAULT, 0xcc
	vector = 0
	.rept 32
	.org .Lstart + CT_TRAMPOLINE_FAULT + vector * 16, 0xcc
	endbr64
	.if vector == 2
	jmp	.Lnmi
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
	lea	NMI_PENDING, %rsp
	HOST_ROOT
	movq	$CT_FAULT_EXCEPTION, SWITCH(fault)
	mov	%rbx, SWITCH(fault_vector)
	mov	%rcx, SWITCH(fault_error)
	mov	%rdx, SWITCH(fault_rip)
	mov	%rsi, SWITCH(fault_cr2)
	/* Stock code looks whether an NMI made the guest exit: it must not be lost */
	LAND(route)

/*
 * An NMI of the host.  Leave a mark, by which KVM runs the host's handler right
 * after the landing, and go on.  Whoever was on the way into the guest has looked
 * for the mark already: the registers are the guest's there, so land instead.
 *
 * The mark says since when: where it is old, the payload loops.
 */
.Lnmi:
	push	%rax
	push	%rcx
	push	%rdx
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	or	$1, %rax
	mov	NMI_PENDING, %rcx
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

1:	mov	%rax, NMI_PENDING
2:	mov	24(%rsp), %rcx			/* RIP */
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

	.if . - .Lstart > 4096
	.error "the trampoline is larger than its page"
	.endif
SYM_DATA_END_LABEL(vmx_caretaker_trampoline_start, SYM_L_GLOBAL, vmx_caretaker_trampoline_end)
