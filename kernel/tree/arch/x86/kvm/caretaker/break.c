// SPDX-License-Identifier: GPL-2.0
/*
 * A caretaker broke its contract: it faulted, or what it left is not what it may leave.
 *
 * The vendor module notices with interrupts off, and KVM when a payload goes.  The VMM is told
 * at once, by what KVM_RUN returns with.  The other vCPUs are stopped, and the record is made,
 * at the end of KVM_RUN: both may sleep.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include "slot.h"
#include "vm.h"

/**
 * kvm_caretaker_report_break - the payload faulted or broke the contract: tell the VMM
 * @vcpu: the vCPU that ran it, just out of the guest; its switch page says what happened
 *
 * The caller returns EXIT_FASTPATH_EXIT_USERSPACE.  This vCPU does not enter the guest again.
 * May be called with interrupts off.
 */
void kvm_caretaker_report_break(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;
	const struct caretaker_switch *area = state->switch_area;
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = KVM_INTERNAL_ERROR_CARETAKER;
	run->internal.ndata = 5;
	run->internal.data[0] = area->fault;
	run->internal.data[1] = area->fault_vector;
	run->internal.data[2] = area->fault_rip;
	run->internal.data[3] = area->fault_cr2;
	run->internal.data[4] = area->fault_error;
	WRITE_ONCE(state->broken, true);
	kvm_make_request(KVM_REQ_VM_DEAD, vcpu);
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_caretaker_report_break);

/* The payload writes the control block as it likes: it is compared, never used */
static bool ccb_is_intact(const struct caretaker_ccb *ccb)
{
	const u64 abi_and_size = CARETAKER_ABI_VERSION | (u64)sizeof(*ccb) << 32;

	BUILD_BUG_ON(offsetof(struct caretaker_ccb, size) !=
		     offsetof(struct caretaker_ccb, abi) + sizeof(ccb->abi));

	return READ_ONCE(ccb->magic) == CARETAKER_CCB_MAGIC &&
	       READ_ONCE(*(const u64 *)&ccb->abi) == abi_and_size &&
	       READ_ONCE(ccb->state) == CARETAKER_ATTACHED;
}

/**
 * kvm_caretaker_check_ccb - before a payload goes: is its control block one that KVM knows?
 * @vcpu: the vCPU, in its own thread and out of the guest
 *
 * KVM acts on nothing in it while the vCPU is attached, so nobody checks it at each exit.
 *
 * Return: false if not.  The VM must not run again then, and vcpu->run says why.
 */
bool kvm_caretaker_check_ccb(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = READ_ONCE(vcpu->arch.caretaker);

	if (!state || !state->slot || ccb_is_intact(state->slot->ccb))
		return true;
	state->switch_area->fault = KVM_CARETAKER_FAULT_CCB;
	kvm_caretaker_report_break(vcpu);
	return false;
}

/**
 * caretaker_end_vm - stop the other vCPUs, and leave evidence
 * @vcpu: the vCPU whose caretaker broke the contract, in its own thread at the end of KVM_RUN
 *
 * There is one record, though vCPUs may break the contract at once: the VM does not run again,
 * and one was paid for.  The mutex of the vCPU is held, which nobody else waits for in a VM
 * that was ended.
 */
noinline void caretaker_end_vm(struct kvm_vcpu *vcpu)
{
	const struct kvm_caretaker_slot *slot = vcpu->arch.caretaker->slot;
	const struct caretaker_switch *area = slot->switch_area;
	struct caretaker_record record;

	kvm_vm_dead(vcpu->kvm);
	pr_warn_ratelimited("vcpu %d: fault %llu, vector %llu, error 0x%llx, offset 0x%llx, CR2 0x%llx; the VM is ended\n",
			    vcpu->vcpu_id, area->fault, area->fault_vector, area->fault_error,
			    area->fault_rip - slot->base - CARETAKER_IMAGE, area->fault_cr2);

	if (xchg(&vcpu->kvm->arch.caretaker->break_recorded, true))
		return;
	record = slot->caretaker->record;
	record.h.event = CARETAKER_RECORD_BREAK;
	record.h.result = 0;
	caretaker_record(&record);
}
