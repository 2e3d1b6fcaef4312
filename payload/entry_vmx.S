/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the CPU goes to when it leaves the guest on Intel: HOST_RIP is
 * caretaker_entry, HOST_RSP switch.stack, interrupts are off.  An NMI may arrive:
 * its stub in the trampoline needs a few words of this stack.
 *
 * All general registers but RSP are the guest's here, when the trampoline is asked to
 * enter the guest again, and when it is asked to route.
 */
#include "registers.h"

	.section .text.vmx, "ax", @progbits
	.globl	vmx_left
	.hidden	vmx_left
	.globl	vmx_answered
	.hidden	vmx_answered
	.globl	vmx_routed
	.hidden	vmx_routed
	.hidden	verw_selector
	.type	vmx_left, @function
vmx_left:
	save_and_clear %rax, %eax, REGS_RAX
	each_register save_and_clear
	jmp	vmx_exit
	int3

	/* From vmx_exit, by a jump; VERW comes last of all but the look for an NMI. */
vmx_answered:
	each_register restore
	restore	%rax, %eax, REGS_RAX
	testl	$MITIGATE_VERW, SLOT(SLOT_MITIGATIONS)(%rip)
	jz	vmx_verw_done
	verw	verw_selector(%rip)
vmx_verw_done:
	jmp	SLOT(SLOT_TRAMPOLINE_ENTER)
	int3

vmx_routed:
	each_register restore
	restore	%rax, %eax, REGS_RAX
	jmp	SLOT(SLOT_TRAMPOLINE_ROUTE)
	int3
	.size	vmx_left, . - vmx_left

	.section .note.GNU-stack, "", @progbits
