/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a parked CPU stands: asm/caretaker_park.h.
 *
 * It is one page.  caretaker_park.c copies it once, and each slot of a parked CPU maps the
 * copy read-only and executable, under the host's root and under its own, so that it can load
 * CR3.  It addresses the other pages of its slot relative to RIP, and needs no relocation.  One
 * way leads out of it, and comes back; what ends it is an INIT from outside.
 *
 * On AMD it can run a guest that KVM has left in its pages, by that guest's caretaker.  It is
 * the host of that: it jumps to the trampoline of the vCPU's slot, and the payload enters the
 * guest under its own root, as ever.  What the payload routes lands here.  No exit is answered
 * here: the guest waits for KVM then, as it does when the host asks for it.  If the payload says
 * that the guest has nothing to do, the CPU sleeps until something comes; and it has a timer, so
 * that the payload is entered again when it wants to be.  It kicks the cores of the VM's other
 * vCPUs for the payload, by a list that KVM has written.  GIF is clear from the last look at the
 * request to the landing, and nowhere else.
 * This original is in .rodata and is never executed.
 */
#include <linux/linkage.h>
#include <asm/apicdef.h>
#include <asm/asm-offsets.h>
#include <asm/caretaker_park.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/trapnr.h>

/* A field of the state page, a register of the LAPIC, and the stack of the slot this runs in */
#define STATE_AT(offset) (.Lstart + CARETAKER_PARK_STATE - CARETAKER_PARK_CODE + offset)(%rip)
#define STATE(field)	STATE_AT(PARK_##field)
#define LAPIC(register)	(.Lstart + CARETAKER_PARK_LAPIC - CARETAKER_PARK_CODE + register)(%rip)
#define CONTROL_AT(offset) (.Lstart + CARETAKER_PARK_CONTROL - CARETAKER_PARK_CODE + offset)(%rip)
#define CONTROL(field)	CONTROL_AT(VMCB_##field)
#define GAP(field)	(.Lstart + CARETAKER_PARK_GAP - CARETAKER_PARK_CODE + GAP_##field)(%rip)
#define PEERS(field)	(.Lstart + CARETAKER_PARK_PEERS - CARETAKER_PARK_CODE + PEERS_##field)(%rip)
#define FPU_AREA	(.Lstart + CARETAKER_PARK_FPU - CARETAKER_PARK_CODE)(%rip)
#define PARK_STACK_TOP	(.Lstart + CARETAKER_PARK_STACK - CARETAKER_PARK_CODE + 4096)(%rip)

/* Clobbers RCX and RDX */
.macro LAPIC_WRITE register
	cmpl	$0, STATE(x2apic)
	je	.Lmemory\@
	xor	%edx, %edx
	mov	$(APIC_BASE_MSR + (\register >> 4)), %ecx
	wrmsr
	jmp	.Lwritten\@
.Lmemory\@:
	mov	%eax, LAPIC(\register)
.Lwritten\@:
.endm

.macro CLEAR_MSR number
	mov	$\number, %ecx
	wrmsr
.endm

/* All that VMRUN does not switch but RAX; KVM numbers registers as instructions do */
.macro FOR_EACH_REGISTER what:vararg
	\what	%rcx, 1
	\what	%rdx, 2
	\what	%rbx, 3
	\what	%rbp, 5
	\what	%rsi, 6
	\what	%rdi, 7
	\what	%r8, 8
	\what	%r9, 9
	\what	%r10, 10
	\what	%r11, 11
	\what	%r12, 12
	\what	%r13, 13
	\what	%r14, 14
	\what	%r15, 15
.endm

.macro LOAD_REGISTER register, number
	mov	STATE_AT(PARK_regs + 8 * \number), \register
.endm

.macro STORE_REGISTER register, number
	mov	\register, STATE_AT(PARK_regs + 8 * \number)
.endm

/* RCX is 0 for XCR0 */
.macro LOAD_XCR0 offset
	xor	%ecx, %ecx
	mov	STATE_AT(\offset), %eax
	mov	STATE_AT(\offset + 4), %edx
	xsetbv
.endm

/*
 * EAX: what the timer has to count to come not before the TSC is at the deadline: 0 for none, 1 if
 * it is, and at most 2^32 ticks of the TSC at once.  Clobbers RBX and RDX
 */
.macro COUNT_UP_TO_DEADLINE
	mov	GAP(deadline), %rbx
	xor	%eax, %eax
	test	%rbx, %rbx
	jz	.Lcounted\@
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	sub	%rax, %rbx
	mov	$1, %eax
	jbe	.Lcounted\@
	mov	$0xffffffff, %eax
	cmp	%rax, %rbx
	cmova	%rax, %rbx
	mov	STATE(timer_mult), %rax
	mul	%rbx
	shrd	$32, %rdx, %rax
	inc	%rax
	mov	%rax, %rdx
	shr	$32, %rdx
	jz	.Lcounted\@
	mov	$0xffffffff, %eax
.Lcounted\@:
.endm

/*
 * To the cores that the payload names and KVM has, the vector by which they look again.  Clobbers
 * RAX, RBX, RCX, RDX, RSI and RDI
 */
.macro KICK_PEERS
	mov	GAP(kicks), %rbx
	lea	PEERS(core), %rdi
.Lnext\@:
	bsf	%rbx, %rsi
	jz	.Lkicked\@
	btr	%rsi, %rbx
	mov	(%rdi, %rsi, 4), %edx
	cmp	$-1, %edx
	je	.Lnext\@
	mov	$CARETAKER_PARK_KICK, %eax
	cmpl	$0, STATE(x2apic)
	je	.Lbusy\@
	mov	$(APIC_BASE_MSR + (APIC_ICR >> 4)), %ecx
	wrmsr
	jmp	.Lnext\@
.Lbusy\@:
	testl	$APIC_ICR_BUSY, LAPIC(APIC_ICR)
	jnz	.Lbusy\@
	shl	$24, %edx
	mov	%edx, LAPIC(APIC_ICR2)
	mov	%eax, LAPIC(APIC_ICR)
	jmp	.Lnext\@
.Lkicked\@:
.endm

	.section .rodata, "a"
	.balign 64
SYM_DATA_START(caretaker_park_code_start)
.Lstart:

/*
 * caretaker_park_enter() jumps here, with interrupts off, under the host's root and tables.
 * All that is loaded is mapped under both roots, so that an NMI or machine check finds a
 * handler and a stack whenever it comes.  Before LIDT that is the kernel's, which knows that
 * the CPU is offline.
 */
	endbr64
	cld
	/* The slot's handlers have no ENDBR64 */
	mov	%cr4, %rax
	and	$~X86_CR4_CET, %rax
	mov	%rax, %cr4
	lea	PARK_STACK_TOP, %rsp
	lidt	STATE(idtr)
	lgdt	STATE(gdtr)
	mov	$(GDT_ENTRY_TSS * 8), %eax
	ltr	%ax
	xor	%eax, %eax
	xor	%edx, %edx
	lldt	%ax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	/* Addresses of the kernel, which nobody here needs */
	CLEAR_MSR MSR_FS_BASE
	CLEAR_MSR MSR_GS_BASE
	CLEAR_MSR MSR_KERNEL_GS_BASE
	mov	%rax, %dr7
	mov	STATE(root), %rax
	mov	%rax, %cr3
	/* Where PGE changes all translations go, of each PCID (SDM Vol. 3 4.10.4.1) */
	mov	%cr4, %rax
	and	$~X86_CR4_PGE, %rax
	mov	%rax, %cr4
	movl	$CARETAKER_PARK_PARKED, STATE(state)

/*
 * A kick that comes behind the look at the request wakes the HLT: STI opens no window before
 * it.  An NMI may come in between, and then the kick before the HLT; so interrupts return to
 * the look, and never to the HLT.
 */
.Llook:
	cli
	cmpl	$CARETAKER_PARK_RUN, STATE(request)
	je	.Lrun
	cmpl	$0, STATE(guest)
	jne	.Lleave
	cmpl	$CARETAKER_PARK_STOP, STATE(request)
	je	.Lstop
.Lsleep:
	sti
	hlt
	jmp	.Llook

/* --- A guest -------------------------------------------------------------- */

.Lrun:
	cmpl	$0, STATE(guest)
	je	.Lload
	cmpl	$CARETAKER_PARK_BLOCKED, STATE(state)
	je	.Lblocked
.Lgo_on:
	/* Whatever it was set to before */
	cmpl	$CARETAKER_PARK_DEADLINE, STATE(timer)
	jb	.Lcount
	mov	GAP(deadline), %rax
	mov	%rax, %rdx
	shr	$32, %rdx
	mov	$MSR_IA32_TSC_DEADLINE, %ecx
	wrmsr
	jmp	.Ltimer_set
.Lcount:
	COUNT_UP_TO_DEADLINE
	LAPIC_WRITE APIC_TMICT
.Ltimer_set:
	cmpl	$0, STATE(asleep)
	jne	.Lsleep
	/*
	 * Look again: what comes from here on is held pending until VMRUN, which it ends, since IF
	 * is set by then (APM Vol. 2 15.13.1, 15.17).  The first VMRUN flushes the whole TLB.
	 */
	clgi
	cmpl	$CARETAKER_PARK_RUN, STATE(request)
	jne	.Lopen
	sti
	movq	$CARETAKER_PARK_NOT_RUN, CONTROL(exit_code)
	FOR_EACH_REGISTER LOAD_REGISTER
	/* As KVM does it, and to the same place.  It remembers RSP as it is before the call */
	LOAD_REGISTER %rax, CARETAKER_PARK_ENTER
	lfence					/* no speculation past the load */
	call	*%rax
/*
 * The trampoline comes by IRETQ, with the tables and the root from before.  All of it is as
 * right behind VMRUN, unless the payload broke its contract: svm_caretaker_check_contract().
 */
SYM_INNER_LABEL(caretaker_park_code_landing, SYM_L_GLOBAL)
	FOR_EACH_REGISTER STORE_REGISTER
	incq	STATE(exits)
	LOAD_REGISTER %rax, CARETAKER_PARK_FAULT
	cmpq	$0, (%rax)
	jne	.Lbroken
	cmpq	$PARK_EXIT_MC, CONTROL(exit_code)
	jne	1f
	int	$X86_TRAP_MC
	/* What the guest was about to be given is in exit_int_info, and only KVM can give it */
1:	cmpl	$0, CONTROL(exit_int_info)
	js	.Lblock
	cmpl	$0, GAP(waits)
	jne	.Lwait
	mov	CONTROL(exit_code), %rax
	cmp	$PARK_EXIT_INTR, %rax
	je	.Lopen
	cmp	$PARK_EXIT_NMI, %rax
	je	.Lopen
	cmp	$PARK_EXIT_SMI, %rax
	je	.Lopen
	cmp	$PARK_EXIT_MC, %rax
	jne	.Lblock
	jmp	.Lopen
	/* The payload may have come without a VMRUN.  KVM has nothing to handle */
.Lwait:
	xor	%eax, %eax
	cmpl	$GAP_AGAIN, GAP(waits)
	setne	%al
	mov	%eax, STATE(asleep)
	movq	$PARK_EXIT_INTR, CONTROL(exit_code)
	/*
	 * Now: the guest may leave before it runs again.  An interrupt would return to the look.
	 * What they are to see is there since CR3 was loaded.
	 */
	cli
	stgi
	KICK_PEERS
	jmp	.Llook
.Lbroken:
	movq	$CARETAKER_PARK_NOT_RUN, CONTROL(exit_code)
.Lblock:
	mov	CONTROL(exit_code), %rax
	mov	%rax, STATE(exit_code)
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, STATE(blocked_since)
	movl	$CARETAKER_PARK_BLOCKED, STATE(state)
	/* What is pending comes now, an SMI too: firmware may wait for all CPUs */
.Lopen:
	stgi
	nop
	jmp	.Llook

/* If the guest waits for other vCPUs, and they have come: it executes the instruction again */
.Lblocked:
	xor	%eax, %eax
	xchg	%eax, STATE(again)
	test	%eax, %eax
	jz	.Lsleep
	cmpq	$PARK_EXIT_MSR, STATE(exit_code)
	jne	.Lsleep
	cmpl	$0, CONTROL(exit_int_info)
	js	.Lsleep
	movq	$0, STATE(blocked_since)
	movl	$CARETAKER_PARK_RUNNING, STATE(state)
	jmp	.Lgo_on

/*
 * In the order in which KVM does it before its first entry.  What the tables map of the vCPU's
 * slot is new, and there may have been another at its place.
 */
.Lload:
	mov	STATE(root), %rax
	mov	%rax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_SVME, %eax
	wrmsr
	mov	$MSR_VM_HSAVE_PA, %ecx
	mov	STATE(hsave), %eax
	mov	STATE_AT(PARK_hsave + 4), %edx
	wrmsr
	movl	$1, STATE(guest)
	mov	STATE(hsave), %rax
	vmsave	%rax
	lea	STATE(msr), %rdi
	mov	STATE(nr_msrs), %esi
1:	sub	$1, %esi
	js	2f
	mov	(%rdi), %ecx
	mov	8(%rdi), %eax
	mov	12(%rdi), %edx
	wrmsr
	add	$16, %rdi
	jmp	1b
	/* As KVM does for X86_BUG_IBPB_NO_RET, and then for X86_BUG_DIV0 */
2:	mov	$16, %ecx
1:	call	2f
	int3
2:	call	3f
	int3
3:	sub	$1, %ecx
	jne	1b
	add	$(8 * 32), %rsp
	lfence
	xor	%eax, %eax
	xor	%edx, %edx
	mov	$1, %ecx
	div	%ecx
	mov	STATE(xfeatures), %eax
	mov	STATE_AT(PARK_xfeatures + 4), %edx
	xrstor64 FPU_AREA
	LOAD_XCR0 PARK_guest_xcr0
	mov	$APIC_TDR_DIV_1, %eax
	LAPIC_WRITE APIC_TDCR
	mov	STATE(timer_lvt), %eax
	LAPIC_WRITE APIC_LVTT
	/* Where the LAPIC is memory, that is not in order with the MSR (SDM Vol. 3 12.5.4.1) */
	mfence
	movl	$0, STATE(asleep)
	mov	STATE(vmcb), %rax
	vmload	%rax
	movl	$CARETAKER_PARK_RUNNING, STATE(state)
	jmp	.Lrun

/* And back.  An MSR that is read goes back to 0, as an offline CPU has it; so does the timer */
.Lleave:
	xor	%eax, %eax
	LAPIC_WRITE APIC_TMICT
	mov	$APIC_LVT_MASKED, %eax
	LAPIC_WRITE APIC_LVTT
	mov	STATE(vmcb), %rax
	vmsave	%rax
	mov	STATE(hsave), %rax
	vmload	%rax
	LOAD_XCR0 PARK_host_xcr0
	mov	STATE(xfeatures), %eax
	mov	STATE_AT(PARK_xfeatures + 4), %edx
	xsave64	FPU_AREA
	lea	STATE(msr), %rdi
	mov	STATE(nr_msrs), %esi
1:	sub	$1, %esi
	js	2f
	mov	(%rdi), %ecx
	cmpl	$0, 4(%rdi)
	je	3f
	rdmsr
	mov	%eax, 8(%rdi)
	mov	%edx, 12(%rdi)
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
3:	add	$16, %rdi
	jmp	1b
2:	mov	$MSR_EFER, %ecx
	rdmsr
	and	$~EFER_SVME, %eax
	wrmsr
	movl	$0, STATE(guest)
	movl	$CARETAKER_PARK_PARKED, STATE(state)
	jmp	.Llook

/* As an offline CPU stands: the LAPIC takes INIT, NMI and SMI alone */
.Lstop:
	mov	STATE(spiv_off), %eax
	LAPIC_WRITE APIC_SPIV
	wbinvd
	movl	$CARETAKER_PARK_STOPPED, STATE(state)
.Ldead:
	hlt
	jmp	.Ldead

/* The kick, and whatever else still comes: a broadcast, an MSI that was under way */
.Lirq:
	pop	%rax
	movzbl	%al, %eax
	/* Whatever it is, the payload looks whether its guest still waits */
	movl	$0, STATE(asleep)
	cmp	$CARETAKER_PARK_KICK, %eax
	je	.Lkick
	cmp	$CARETAKER_PARK_TIMER, %eax
	jne	.Lstray
	/* Without a guest it is nobody's */
	cmpl	$0, STATE(guest)
	jne	.Ltimer
.Lstray:
	mov	%rax, STATE(stray_vector)
	incq	STATE(strays)
	jmp	.Leoi
.Ltimer:
	incq	STATE(timers)
	jmp	.Leoi
.Lkick:
	incq	STATE(kicks)
	/*
	 * The LAPIC's own spurious interrupt wants no EOI (SDM Vol. 3 12.9), and does not mind one
	 * here: nothing else is in service.  Somebody may have sent that vector.
	 */
.Leoi:
	xor	%eax, %eax
	LAPIC_WRITE APIC_EOI
	lea	.Llook(%rip), %rax
	mov	%rax, (%rsp)
	iretq

/* May come anywhere, so no register changes */
SYM_INNER_LABEL(caretaker_park_code_nmi, SYM_L_GLOBAL)
	incq	STATE(nmis)
	iretq

/*
 * One that was broadcast, or that did no harm here, is cleared and counted, as the kernel does
 * on an offline CPU (mce_check_crashing_cpu()).  The banks stay for the next owner.  The status
 * is cleared in any case, since a second one would find it and be a shutdown.
 */
SYM_INNER_LABEL(caretaker_park_code_mc, SYM_L_GLOBAL)
	push	%rax
	push	%rcx
	push	%rdx
	mov	$MSR_IA32_MCG_STATUS, %ecx
	rdmsr
	mov	%rax, STATE(mcg_status)
	incq	STATE(machine_checks)
	test	$PARK_RIPV, %eax
	mov	$0, %eax		/* leaves the flags */
	mov	%eax, %edx
	wrmsr
	jz	.Lno_return
	pop	%rdx
	pop	%rcx
	pop	%rax
	iretq
.Lno_return:
	add	$24, %rsp
	push	$0
	push	$X86_TRAP_MC
	jmp	.Lfault

/* Each is a mistake of this code: note it, and stand still */
	.balign 16, 0xcc
SYM_INNER_LABEL(caretaker_park_code_faults, SYM_L_GLOBAL)
	vector = 0
	.rept 32
	.balign 16, 0xcc
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
	pop	%rax
	mov	%rax, STATE(fault_vector)
	pop	%rax
	mov	%rax, STATE(fault_error)
	pop	%rax
	mov	%rax, STATE(fault_rip)
	mov	%cr2, %rax
	mov	%rax, STATE(fault_cr2)
	movl	$CARETAKER_PARK_FAILED, STATE(state)
	/* INIT waits for GIF */
	cmpl	$0, STATE(guest)
	je	.Ldead
	stgi
	jmp	.Ldead

	.balign 16, 0xcc
SYM_INNER_LABEL(caretaker_park_code_irqs, SYM_L_GLOBAL)
	vector = 32
	.rept 224
	.balign 8, 0xcc
	.byte	0x6a, vector			/* push imm8: .Lirq drops the sign */
	.byte	0xe9
	.long	.Lirq - (. + 4)
	vector = vector + 1
	.endr

	/* The rest of the page is INT3.  Too much code does not assemble: .org goes forward only */
	.org .Lstart + 4096, 0xcc
SYM_DATA_END_LABEL(caretaker_park_code_start, SYM_L_GLOBAL, caretaker_park_code_end)

/* void caretaker_park_enter(unsigned long code): C would check its type where it calls */
	.section .noinstr.text, "ax"
SYM_FUNC_START(caretaker_park_enter)
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rdi
	int3
SYM_FUNC_END(caretaker_park_enter)
