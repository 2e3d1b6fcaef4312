// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_SET_CARETAKER with KVM_CARETAKER_REMOVE: the vCPUs go on without a caretaker.
 *
 * The record is made first.  If it is required and cannot be made, the caretaker stays.  KVM
 * remembers what was removed until the VM ends, so that a removal and a new install cannot do
 * what an update is refused.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include "slot.h"
#include "vm.h"

/* A removal is for the same vCPUs as the install: all of them, or a single one */
static struct kvm_caretaker *remove_find(struct kvm *kvm, struct kvm_vcpu *only)
{
	const struct kvm_caretaker_vm *vm = kvm->arch.caretaker;
	struct kvm_caretaker_slot *slot;

	lockdep_assert_held(&kvm->lock);

	if (vm->removing || vm->staged)
		return ERR_PTR(-EBUSY);
	/* Only a VM with a caretaker may be prepared */
	if (vm->memory)
		return ERR_PTR(-EBUSY);
	if (!only)
		return vm->caretaker ?: ERR_PTR(-ENOENT);
	if (vm->caretaker || caretaker_vcpu_is_staged(only))
		return ERR_PTR(-EBUSY);
	slot = caretaker_vcpu_published_slot(only);
	return slot ? slot->caretaker : ERR_PTR(-ENOENT);
}

/* Until remove_end() no other call installs, updates or removes in this VM */
static struct caretaker_record *remove_begin(struct kvm *kvm, struct kvm_vcpu *only)
{
	struct kvm_caretaker *caretaker;
	struct caretaker_record *record;

	guard(mutex)(&kvm->lock);

	caretaker = remove_find(kvm, only);
	if (IS_ERR(caretaker))
		return ERR_CAST(caretaker);
	record = kmemdup(&caretaker->record, sizeof(*record), GFP_KERNEL_ACCOUNT);
	if (!record)
		return ERR_PTR(-ENOMEM);
	kvm->arch.caretaker->removing = true;
	caretaker_vm_count(kvm->arch.caretaker, false);
	return record;
}

/* When this returns, no vCPU executes what was removed */
static void remove_end(struct kvm *kvm, struct kvm_vcpu *only, struct caretaker_record *prior)
{
	struct kvm_caretaker_vm *vm = kvm->arch.caretaker;
	/* A vCPU that has a slot has this struct */
	struct caretaker_record **where = only ? &only->arch.caretaker->prior_record :
						 &vm->prior_record;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	guard(mutex)(&kvm->lock);

	kfree(*where);
	*where = prior;
	kvm_for_each_vcpu(i, vcpu, kvm) {
		if (caretaker_covers(only, vcpu))
			caretaker_vcpu_remove(vcpu);
	}
	if (!only) {
		kvm_caretaker_put(vm->caretaker);
		vm->caretaker = NULL;
	}
	vm->removing = false;
	/* An install that failed in the meantime may have counted what is gone now */
	caretaker_vm_count(vm, vm->caretaker);
	caretaker_vcpu_request(kvm);
}

static void remove_take_back(struct kvm *kvm)
{
	guard(mutex)(&kvm->lock);
	kvm->arch.caretaker->removing = false;
	caretaker_vm_count(kvm->arch.caretaker, kvm->arch.caretaker->caretaker);
}

/**
 * caretaker_remove - the vCPUs of a VM, or one of them, go on without a caretaker
 * @kvm: the VM, with a struct kvm_caretaker_vm
 * @only: the vCPU, NULL for all of the VM
 * @vmm_id: the VMM's name for the VM, 16 bytes
 *
 * Return: 0; -ENOENT if there is none; -EBUSY while another call installs or removes, or while
 * the VM is prepared, or if the VM has it and not the vCPU; -EDQUOT; -ENOMEM; what
 * caretaker_record_or_refuse() gives.
 */
int caretaker_remove(struct kvm *kvm, struct kvm_vcpu *only, const u8 *vmm_id)
{
	struct caretaker_record *record;
	int ret;

	ret = caretaker_spend(&kvm->arch.caretaker->bucket, 1);
	if (ret)
		return ret;
	record = remove_begin(kvm, only);
	if (IS_ERR(record))
		return PTR_ERR(record);

	record->h.event = CARETAKER_RECORD_REMOVE;
	record->h.result = 0;
	memcpy(record->vmm_id, vmm_id, sizeof(record->vmm_id));
	ret = caretaker_record_or_refuse(record);
	if (ret) {
		remove_take_back(kvm);
		kfree(record);
		return ret;
	}
	remove_end(kvm, only, record);
	return 0;
}
