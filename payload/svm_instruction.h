/* SPDX-License-Identifier: GPL-2.0-only */
/* AMD SVM: where an instruction that was intercepted ends, and its completion as by KVM's svm.c. */
#ifndef PAYLOAD_SVM_INSTRUCTION_H
#define PAYLOAD_SVM_INSTRUCTION_H

#include "dispatch.h"
#include "svm.h"

/*
 * Length of the intercepted instruction, 0 if it is not known.  Hardware that
 * saves the next RIP is believed.  It leaves 0 there for what is no instruction;
 * a difference that no instruction has (RIP wrapped around) is not known either.
 */
inlined u32 instruction_length(const struct vmcb *vmcb, const struct caretaker_config *config,
			      u32 reason)
{
	if (config->flags & CARETAKER_CONFIG_NEXT_RIP) {
		u64 length = vmcb->next_rip - vmcb->rip;

		return vmcb->next_rip && length <= LENGTH_MAX ? (u32)length : 0;
	}
	if ((config->flags & CARETAKER_CONFIG_MIN_ENCODINGS) && who_answers(reason) != KVM)
		return reason == CARETAKER_EXIT_XSETBV ? MIN_LENGTH_XSETBV : MIN_LENGTH;
	return 0;
}

inlined bool runs_64bit_code(const struct vmcb *vmcb)
{
	return (vmcb->efer & EFER_LMA) && (vmcb->cs.attributes & VMCB_CS_LONG) &&
	       !(vmcb->rflags & RFLAGS_VM);
}

/*
 * Do what kvm_skip_emulated_instruction() does on AMD: with a next RIP from
 * hardware take that and leave RFLAGS as they are; without it KVM's emulator
 * skips, which cuts RIP to 32 bits outside of 64-bit code and clears RF.
 */
inlined void complete_instruction(struct vmcb *vmcb, const struct caretaker_config *config,
				 u32 length)
{
	if (config->flags & CARETAKER_CONFIG_NEXT_RIP) {
		vmcb->rip = vmcb->next_rip;
	} else {
		u64 rip = vmcb->rip + length;

		vmcb->rip = runs_64bit_code(vmcb) ? rip : (u32)rip;
		vmcb->rflags &= ~RFLAGS_RF;
	}
	vmcb->interrupt_state &= ~VMCB_INTERRUPT_SHADOW;

	/*
	 * What KVM asked for once was done by the VMRUN that is behind us.  Nothing
	 * written here is under a clean bit (APM Vol. 2, 15.15.3): they stay.
	 */
	vmcb->tlb_control = 0;
	vmcb->erap_control &= ~VMCB_ERAP_CLEAR_RAP;
}

#endif /* PAYLOAD_SVM_INSTRUCTION_H */
