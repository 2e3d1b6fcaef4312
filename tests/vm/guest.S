/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests of the test bed: each executes CPUID in a way of its own and keeps
 * all that it saw, so that a run under a caretaker can be compared with one without.
 *
 * Linked to run at GUEST_CODE; GS base is the vCPU's area, RSP a stack.
 */
#include "guest.h"

	.text
	.globl	start
start:
	.long	loop64, loop32, step, shadow, fault, stubs, at_zero, spin, xcr, deadline, watch_tsc, 0

/*
 * 64-bit, ring 0 or 3: AREA_COUNT times CPUID over the list of leaves, each answer
 * stored; a port write in between after every AREA_EVERY.
 */
	.code64
	.balign	16
loop64:
	xorl	%r12d, %r12d			/* step */
	xorl	%r13d, %r13d			/* place in the list */
	movq	%gs:AREA_RESULTS, %rdi
	movabsq	$0x1122334455667788, %r8
	movabsq	$0x99aabbccddeeff00, %r9
	movabsq	$0xfedcba9876543210, %r10
	movabsq	$0x0123456789abcdef, %r11
	movabsq	$0xa5a5a5a55a5a5a5a, %r14
	movabsq	$0x5a5a5a5aa5a5a5a5, %r15
	movabsq	$0x0f1e2d3c4b5a6978, %rbp
	movq	%r10, %xmm0
	movq	%r14, %xmm15
next64:
	/* Upper halves full of ones: CPUID clears them */
	movq	$-1, %rbx
	movq	$-1, %rdx
	movl	%gs:AREA_LIST(,%r13,8), %eax
	movl	%gs:AREA_LIST+4(,%r13,8), %ecx
	leaq	(%r8,%r12), %rsi
	cpuid
	movl	%eax, (%rdi)
	movl	%ebx, 4(%rdi)
	movl	%ecx, 8(%rdi)
	movl	%edx, 12(%rdi)
	orq	%rbx, %rax
	orq	%rcx, %rax
	orq	%rdx, %rax
	shrq	$32, %rax
	orl	%eax, %gs:AREA_HIGH

	/* No other register may have changed */
	subq	%r12, %rsi
	cmpq	%r8, %rsi
	jne	lost64
	movabsq	$0x1122334455667788, %rax
	cmpq	%rax, %r8
	jne	lost64
	leaq	(%r10,%r11), %rax
	cmpq	$-1, %rax
	jne	lost64
	leaq	(%r14,%r15), %rax
	cmpq	$-1, %rax
	jne	lost64
	movabsq	$0x99aabbccddeeff00, %rax
	cmpq	%rax, %r9
	jne	lost64
	movabsq	$0x0f1e2d3c4b5a6978, %rax
	cmpq	%rax, %rbp
	jne	lost64
	movq	%xmm0, %rax
	cmpq	%r10, %rax
	jne	lost64
	movq	%xmm15, %rax
	cmpq	%r14, %rax
	jne	lost64

	addq	$16, %rdi
	incl	%r12d
	incl	%r13d
	cmpl	%gs:AREA_LEAVES, %r13d
	jb	1f
	xorl	%r13d, %r13d
1:	cmpl	%gs:AREA_TOGGLE, %r12d
	jne	2f
	/* Leaves 1 and 0xD depend on CR4.OSXSAVE: KVM must publish them anew */
	movq	%cr4, %rax
	xorl	$(1 << 18), %eax
	movq	%rax, %cr4
2:	movl	%r12d, %eax
	xorl	%edx, %edx
	divl	%gs:AREA_EVERY
	testl	%edx, %edx
	jnz	3f
	movl	%r12d, %eax
	movw	$PORT_BETWEEN, %dx
	outl	%eax, %dx
3:	cmpl	%gs:AREA_COUNT, %r12d
	jb	next64
	jmp	done
lost64:
	incl	%r12d
	movl	%r12d, %gs:AREA_CLOBBERED
	jmp	lost

/*
 * 32-bit protected mode without paging.  Every 16th CPUID is the last instruction
 * below 4 GiB: the next one is at 0, not at 0x100000000.
 */
	.code32
	.balign	16
loop32:
	xorl	%ebp, %ebp			/* step */
	movl	%gs:AREA_RESULTS, %edi
next32:
	movl	%ebp, %eax
	xorl	%edx, %edx
	divl	%gs:AREA_LEAVES
	movl	%gs:AREA_LIST(,%edx,8), %eax
	movl	%gs:AREA_LIST+4(,%edx,8), %ecx
	testl	$15, %ebp
	jz	1f
	cpuid
	jmp	2f
1:	movl	$2f, %esi
	movl	$GUEST_WRAP, %ebx
	jmp	*%ebx
2:	movl	%eax, (%edi)
	movl	%ebx, 4(%edi)
	movl	%ecx, 8(%edi)
	movl	%edx, 12(%edi)
	addl	$16, %edi
	incl	%ebp
	movl	%ebp, %eax
	xorl	%edx, %edx
	divl	%gs:AREA_EVERY
	testl	%edx, %edx
	jnz	3f
	movl	%ebp, %eax
	movw	$PORT_BETWEEN, %dx
	outl	%eax, %dx
3:	cmpl	%gs:AREA_COUNT, %ebp
	jb	next32
	movw	$PORT_DONE, %dx
	outl	%eax, %dx
	jmp	.
at_zero:
	jmp	*%esi

/* Single-step over CPUID with the guest's own trap flag, also behind MOV SS */
	.code64
	.balign	16
step:
	xorl	%r12d, %r12d
	movl	%ss, %r8d
1:	movl	%gs:AREA_LIST(,%r12,8), %eax
	movl	%gs:AREA_LIST+4(,%r12,8), %ecx
	pushfq
	orl	$0x100, (%rsp)
	popfq
	cpuid
	nop
	cpuid
	movl	%r8d, %ss
	cpuid
	nop
	pushfq
	andl	$~0x100, (%rsp)
	popfq
	incl	%r12d
	cmpl	$8, %r12d
	jb	1b
	jmp	done

/*
 * An interrupt that waits while STI's shadow covers CPUID: it must come right
 * after the CPUID, neither before nor an instruction later.
 */
	.balign	16
shadow:
	movl	$0x1b, %ecx			/* IA32_APIC_BASE: x2APIC */
	rdmsr
	orl	$0xc00, %eax
	wrmsr
	movl	$0x80f, %ecx			/* spurious vector, APIC on */
	movl	$0x1ff, %eax
	xorl	%edx, %edx
	wrmsr
	xorl	%r12d, %r12d
1:	cli
	movl	$0x83f, %ecx			/* self IPI */
	movl	$IRQ_VECTOR, %eax
	xorl	%edx, %edx
	wrmsr
	movl	%gs:AREA_LIST(,%r12,8), %eax
	movl	%gs:AREA_LIST+4(,%r12,8), %ecx
	testl	$1, %r12d
	jz	2f
	cpuid					/* IF is 0: nothing may come here */
	nop
2:	sti
	cpuid
	nop
	nop
	cli
	incl	%r12d
	cmpl	$16, %r12d
	jb	1b
	jmp	done

/* CPUID faulting: outside ring 0 the instruction raises #GP */
	.balign	16
fault:
	movl	$0x140, %ecx			/* MISC_FEATURES_ENABLES */
	movl	$1, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$1, %eax			/* ring 0: does not fault */
	xorl	%ecx, %ecx
	cpuid
	pushq	$SEL_DATA3
	movq	%gs:AREA_RESULTS, %rax
	subq	$(AREA_ANSWERS - AREA_STACK3), %rax
	pushq	%rax
	pushq	$0x3002				/* IOPL 3 */
	pushq	$SEL_CODE64_3
	leaq	1f(%rip), %rax
	pushq	%rax
	iretq
1:	movl	$8, %r12d
2:	movl	$1, %eax
	xorl	%ecx, %ecx
	cpuid
	decl	%r12d
	jnz	2b
	jmp	done

/* PAUSE in a loop, tight enough to count as spinning, and a port write now and then */
	.balign	16
spin:
	xorl	%r12d, %r12d
1:	pause
	incl	%r12d
	movl	%r12d, %eax
	xorl	%edx, %edx
	divl	%gs:AREA_EVERY
	testl	%edx, %edx
	jnz	2f
	movl	%r12d, %eax
	movw	$PORT_BETWEEN, %dx
	outl	%eax, %dx
2:	cmpl	%gs:AREA_COUNT, %r12d
	jb	1b
	jmp	done

/*
 * XSETBV of 7, which is there and yet not allowed (machine.c), then of 1, 1, 3, 3, 1, 1 ...,
 * and what XGETBV makes of it.
 */
	.balign	16
xcr:
	movq	%cr4, %rax
	orl	$(1 << 18), %eax		/* OSXSAVE */
	movq	%rax, %cr4
	movq	%gs:AREA_RESULTS, %rdi
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	movl	$7, %eax
	xsetbv					/* #GP */
	xorl	%r12d, %r12d
1:	movl	%r12d, %eax
	andl	$2, %eax
	orl	$1, %eax
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xsetbv
	xgetbv
	movl	%eax, (%rdi)
	movl	%edx, 4(%rdi)
	addq	$16, %rdi
	incl	%r12d
	cmpl	%gs:AREA_COUNT, %r12d
	jb	1b
	jmp	done

/*
 * The APIC's timer, one shot after the other, while CPUID is executed all the time: the
 * interrupt must come when it is due.  How long each took is measured by RDTSC.
 */
	.balign	16
deadline:
	movl	$0x1b, %ecx			/* IA32_APIC_BASE: x2APIC */
	rdmsr
	orl	$0xc00, %eax
	wrmsr
	xorl	%edx, %edx
	movl	$0x80f, %ecx			/* spurious vector, APIC on */
	movl	$0x1ff, %eax
	wrmsr
	movl	$0x83e, %ecx			/* divide by 1 */
	movl	$0xb, %eax
	wrmsr
	movl	$0x832, %ecx			/* one shot */
	movl	$IRQ_VECTOR, %eax
	wrmsr
	xorl	%r12d, %r12d
1:	movl	%gs:AREA_LOG_COUNT, %r13d
	rdtsc
	shlq	$32, %rdx
	leaq	(%rax,%rdx), %r14
	movl	$0x838, %ecx			/* initial count: it starts */
	movl	$DEADLINE_NS, %eax
	xorl	%edx, %edx
	wrmsr
	sti
	nop
2:	movl	$1, %eax
	cpuid
	cmpl	%gs:AREA_LOG_COUNT, %r13d
	je	2b
	cli
	rdtsc
	shlq	$32, %rdx
	addq	%rdx, %rax
	subq	%r14, %rax
	addq	%rax, %gs:AREA_TOGETHER
	cmpq	%gs:AREA_SHORTEST, %rax
	jae	3f
	movq	%rax, %gs:AREA_SHORTEST
3:	incl	%r12d
	cmpl	$DEADLINES, %r12d
	jb	1b
	xorl	%eax, %eax			/* the time is not to be compared */
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%edx, %edx
	jmp	done

/*
 * The TSC, read all the time: who is stopped sees it jump.  Each jump of AREA_EVERY ticks or
 * more is kept, up to AREA_COUNT of them.  No instruction here is an exit.
 */
	.balign	16
watch_tsc:
	sti					/* with IF 0 Bochs keeps the host's interrupts back */
	movq	%gs:AREA_RESULTS, %rdi
	movl	%gs:AREA_EVERY, %r9d
	rdtsc
	shlq	$32, %rdx
	leaq	(%rax,%rdx), %r8
1:	rdtsc
	shlq	$32, %rdx
	addq	%rdx, %rax
	movq	%rax, %rcx
	subq	%r8, %rcx
	cmpq	%r9, %rcx
	jb	2f
	movl	%gs:AREA_STOPS, %ecx
	cmpl	%gs:AREA_COUNT, %ecx
	jae	lost
	movq	%r8, (%rdi)
	movq	%rax, 8(%rdi)
	addq	$16, %rdi
	incl	%gs:AREA_STOPS
2:	movq	%rax, %r8
	cmpl	$0, %gs:AREA_OVER
	je	1b
	jmp	done

done:
	movw	$PORT_DONE, %dx
	outl	%eax, %dx
	jmp	.
lost:
	movw	$PORT_LOST, %dx
	outl	%eax, %dx
	jmp	.

/* 256 stubs: vector, and an error code where the CPU pushes none */
	.balign	16
stubs:
	vector = 0
	.rept	256
	.balign	STUB_SIZE
	.if	vector != 8 && vector != 10 && vector != 11 && vector != 12 && \
		vector != 13 && vector != 14 && vector != 17 && vector != 21
	pushq	$0
	.endif
	pushq	$vector
	jmp	event
	vector = vector + 1
	.endr

event:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	/* 24: vector, 32: error, 40: RIP, 48: CS, 56: RFLAGS */
	movl	%gs:AREA_LOG_COUNT, %eax
	cmpl	$GUEST_MAX_EVENTS, %eax
	jae	lost
	incl	%gs:AREA_LOG_COUNT
	shll	$5, %eax
	movq	24(%rsp), %rdx
	movq	%rdx, %gs:AREA_LOG(%rax)
	movq	32(%rsp), %rcx
	movq	%rcx, %gs:AREA_LOG+8(%rax)
	movq	40(%rsp), %rcx
	movq	%rcx, %gs:AREA_LOG+16(%rax)
	movq	56(%rsp), %rcx
	movq	%rcx, %gs:AREA_LOG+24(%rax)
	cmpl	$1, %edx
	je	2f
	cmpl	$13, %edx
	je	1f
	cmpl	$IRQ_VECTOR, %edx
	jne	lost
	movl	$0x80b, %ecx			/* EOI */
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	jmp	2f
1:	movq	40(%rsp), %rdx
	cmpw	$0x010f, (%rdx)
	je	3f
	testl	$3, 48(%rsp)			/* of another #GP is only wanted from ring 3 */
	jz	lost
	addq	$2, 40(%rsp)			/* over the CPUID */
	jmp	2f
3:	addq	$3, 40(%rsp)			/* over the XSETBV */
2:	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
	iretq
