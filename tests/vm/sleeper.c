// SPDX-License-Identifier: GPL-2.0-only
/* A guest that sleeps until its timer: see sleeper.h. */
#include "bare.h"
#include "sleeper.h"

#define HEAD		0x2000

extern const unsigned char sleeper_code[], sleeper_code_end[], sleeper_tick[], sleeper_self[];

/* 32-bit, flat, without paging.  MSRs of the x2APIC: SDM Vol. 3 12.12.1 */
asm(".pushsection .rodata\n"
    ".code32\n"
    "deadline = 0x2058\n"
    ".globl sleeper_code\n"
    "sleeper_code:\n"
    "	movl	$0x7000, %esp\n"
    "	xorl	%edx, %edx\n"
    "	movl	$0x80f, %ecx\n"
    "	movl	$0x1ff, %eax\n"
    "	wrmsr\n"
    "	movl	$0x832, %ecx\n"
    "	movl	$0x40040, %eax\n"
    "	wrmsr\n"
    "	rdtsc\n"
    "	movl	%eax, deadline\n"
    "	movl	%edx, deadline + 4\n"
    "	call	arm\n"
    "	sti\n"
    "again:	movl	0x2040, %ebx\n"
    "	cmpl	$1, %ebx\n"
    "	je	busy\n"
    "	cmpl	$2, %ebx\n"
    "	je	windows\n"
    "	cmpl	$3, %ebx\n"
    "	je	priority\n"
    "	cmpl	$4, %ebx\n"
    "	je	itself\n"
    "	hlt\n"
    "	incl	0x204c\n"
    "	jmp	again\n"
    /* Each interrupt makes it leave */
    "busy:	incl	0x2060\n"
    "	jmp	again\n"
    /* It takes interrupts for one instruction at a time */
    "windows:\n"
    "	cli\n"
    "	movl	$500, %ecx\n"
    "1:	decl	%ecx\n"
    "	jnz	1b\n"
    "	sti\n"
    "	nop\n"
    "	incl	0x2060\n"
    "	jmp	again\n"
    /* TPR of the timer's class, and below it */
    "priority:\n"
    "	xorl	%edx, %edx\n"
    "	movl	$0x808, %ecx\n"
    "	movl	$0x4a, %eax\n"
    "	wrmsr\n"
    "	movl	$1, 0x2064\n"
    "	movl	$20000, %ebx\n"
    "1:	decl	%ebx\n"
    "	jnz	1b\n"
    "	rdmsr\n"
    "	cmpl	$0x4a, %eax\n"
    "	je	2f\n"
    "	incl	0x206c\n"
    "2:	movl	$0, 0x2064\n"
    "	xorl	%eax, %eax\n"
    "	wrmsr\n"
    "	incl	0x2060\n"
    "	jmp	again\n"
    /* It is there behind the WRMSR, and not twice */
    "itself:\n"
    "	movl	0x2054, %esi\n"
    "	xorl	%edx, %edx\n"
    "	movl	$0x83f, %ecx\n"
    "	movl	$0x51, %eax\n"
    "	wrmsr\n"
    "	incl	%esi\n"
    "	cmpl	%esi, 0x2054\n"
    "	je	again\n"
    "	incl	0x206c\n"
    "	jmp	again\n"
    "arm:	movl	deadline, %eax\n"
    "	movl	deadline + 4, %edx\n"
    "	addl	0x2044, %eax\n"
    "	adcl	$0, %edx\n"
    "	movl	%eax, deadline\n"
    "	movl	%edx, deadline + 4\n"
    "	movl	$0x6e0, %ecx\n"
    "	wrmsr\n"
    "	ret\n"
    ".globl sleeper_tick\n"
    "sleeper_tick:\n"
    "	pushal\n"
    "	movl	0x2064, %ebx\n"
    "	addl	%ebx, 0x2068\n"
    "	rdtsc\n"
    "	subl	deadline, %eax\n"
    "	sbbl	deadline + 4, %edx\n"
    "	jns	1f\n"
    "	incl	0x2048\n"
    "	jmp	2f\n"
    "1:	movl	%eax, 0x2070\n"
    "	cmpl	0x2050, %eax\n"
    "	jbe	2f\n"
    "	movl	%eax, 0x2050\n"
    "2:	incl	0x2000\n"
    "	call	arm\n"
    "	jmp	eoi\n"
    ".globl sleeper_self\n"
    "sleeper_self:\n"
    "	pushal\n"
    "	incl	0x2054\n"
    "eoi:	xorl	%eax, %eax\n"
    "	xorl	%edx, %edx\n"
    "	movl	$0x80b, %ecx\n"
    "	wrmsr\n"
    "	popal\n"
    "	iret\n"
    ".globl sleeper_code_end\n"
    "sleeper_code_end:\n"
    ".code64\n"
    ".popsection\n");

volatile struct sleeper *sleeper_of(const struct ticker *ticker)
{
	return (void *)(ticker->memory + HEAD);
}

void sleeper_new(struct ticker *ticker, uint32_t period)
{
	ticker_new(ticker, false);
	bare_code(ticker->memory, sleeper_code, sleeper_code_end);
	bare_gate(ticker->memory, SLEEPER_TICK, sleeper_tick - sleeper_code);
	bare_gate(ticker->memory, SLEEPER_SELF, sleeper_self - sleeper_code);
	bare_vcpu(ticker->vcpu);
	sleeper_of(ticker)->period = period;
}
