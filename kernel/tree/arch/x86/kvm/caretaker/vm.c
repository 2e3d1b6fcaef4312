// SPDX-License-Identifier: GPL-2.0
/*
 * What a VM has of caretakers, from its first KVM_SET_CARETAKER to its end.
 *
 * A verifier is told of caretakers, and wants to know of VMs that have none.  A VM has a
 * caretaker if it was installed on the VM, for all vCPUs that exist and will exist: one on
 * single vCPUs says nothing of the others.  Each record says how many VMs have none, once
 * what it records is done.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/err.h>
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>
#include <linux/uaccess.h>

#include "slot.h"
#include "vm.h"

/**
 * caretaker_get_argument - read the argument of an ioctl, whose first member is its size
 * @arg: where to
 * @known: its size here
 * @first: the size that was published first
 * @argp: where from
 *
 * Return: 0; -EFAULT; -EINVAL: it is smaller than @first; -E2BIG: it is larger than a page, or
 * has something in a member that is not known here.
 */
int caretaker_get_argument(void *arg, size_t known, u32 first, const void __user *argp)
{
	u32 size;

	if (get_user(size, (const u32 __user *)argp))
		return -EFAULT;
	if (size < first)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(arg, known, argp, size);
}

static struct caretaker_record vm_record(const struct kvm_caretaker_vm *vm, u32 event, u32 vcpu)
{
	struct caretaker_record record = vm->caretaker->record;

	record.h.event = event;
	record.h.result = 0;
	record.vcpu = vcpu;
	return record;
}

/**
 * caretaker_vm_record - record what is about to happen to a VM with its caretaker
 * @vm: the VM; its caretaker stays
 * @event: enum of CARETAKER_RECORD_
 * @vcpu: the number of the vCPU, ~0 for all
 *
 * A detach pays for the attach as well, which cannot be refused.
 *
 * Return: 0; -EDQUOT; what caretaker_record_or_refuse() gives, and then it must not happen.
 */
int caretaker_vm_record(struct kvm_caretaker_vm *vm, u32 event, u32 vcpu)
{
	struct caretaker_record record = vm_record(vm, event, vcpu);
	int ret;

	ret = caretaker_spend(&vm->bucket, event == CARETAKER_RECORD_DETACH ? 2 : 1);
	return ret ?: caretaker_record_or_refuse(&record);
}

/**
 * caretaker_vm_record_attach - record that a detached vCPU is KVM's again, and stands still
 * @vm: its VM
 * @vcpu: the number of the vCPU
 *
 * If there can be no record of it, the vCPU counts as detached until it was detached again.
 */
void caretaker_vm_record_attach(struct kvm_caretaker_vm *vm, u32 vcpu)
{
	struct caretaker_record record = vm_record(vm, CARETAKER_RECORD_ATTACH, vcpu);
	int err = caretaker_record(&record);

	/* Who asks for no records has none of the detach either */
	if (err && err != -ENOENT)
		pr_warn_ratelimited("vCPU %u is attached, and counts as detached: no record (%pe)\n",
				    vcpu, ERR_PTR(err));
}

/* Each VM, of any type, counts as one without a caretaker when it is created */
void kvm_caretaker_vm_init(struct kvm *kvm)
{
	caretaker_vms_without(1);
}

/**
 * caretaker_vm_prepare - allocate what a VM needs for caretakers, unless it has that
 * @kvm: the VM
 *
 * It stays until the VM ends, so later code need not check for NULL.
 *
 * Return: 0 or -ENOMEM.
 */
int caretaker_vm_prepare(struct kvm *kvm)
{
	struct kvm_caretaker_vm *vm;

	guard(mutex)(&kvm->lock);

	if (kvm->arch.caretaker)
		return 0;
	vm = kzalloc_obj(*vm, GFP_KERNEL_ACCOUNT);
	if (!vm)
		return -ENOMEM;
	vm->kvm = kvm;
	caretaker_reaper_init(vm);
	kvm->arch.caretaker = vm;
	return 0;
}

/**
 * caretaker_vm_number - a slot is about to be built: draw the VM's number and name
 * @vm: of a VM; its lock is held
 *
 * From here on vCPUs check whether they have a caretaker.
 */
void caretaker_vm_number(struct kvm_caretaker_vm *vm)
{
	u64 serial;

	lockdep_assert_held(&vm->kvm->lock);

	if (vm->serial)
		return;
	static_branch_enable(&kvm_caretaker_in_use);
	serial = caretaker_vm_serial(vm->id);
	/* Pairs with caretaker_vm_name() */
	smp_store_release(&vm->serial, serial);
}

/**
 * caretaker_vm_name - name the VM in a record
 * @vm: of a VM
 * @record: gets number and name, or zeros while the VM has none
 */
void caretaker_vm_name(const struct kvm_caretaker_vm *vm, struct caretaker_record *record)
{
	/* Pairs with caretaker_vm_number() */
	record->vm = smp_load_acquire(&vm->serial);
	if (record->vm)
		memcpy(record->vm_id, vm->id, sizeof(record->vm_id));
}

/**
 * caretaker_vm_count - say whether a VM has a caretaker
 * @vm: of a VM; its lock is held
 * @has: whether it has, or is about to have
 */
void caretaker_vm_count(struct kvm_caretaker_vm *vm, bool has)
{
	lockdep_assert_held(&vm->kvm->lock);

	if (vm->counted == has)
		return;
	vm->counted = has;
	caretaker_vms_without(has ? -1 : 1);
}

/* The VM ends: nobody else has it any more, and its vCPUs still exist */
void kvm_caretaker_vm_destroy(struct kvm *kvm)
{
	struct kvm_caretaker_vm *vm = kvm->arch.caretaker;
	struct caretaker_record record = {
		.vcpu = ~0,
	};

	if (!vm || !vm->counted)
		caretaker_vms_without(-1);
	if (!vm)
		return;
	caretaker_vm_name(vm, &record);
	caretaker_reaper_end(kvm);
	if (vm->caretaker) {
		record = vm->caretaker->record;
		kvm_caretaker_put(vm->caretaker);
	}
	record.h.event = CARETAKER_RECORD_TEARDOWN;
	if (vm->recorded)
		caretaker_record(&record);
	kfree(vm->prior_record);
	free_page((unsigned long)vm->posted);
	free_page((unsigned long)vm->peers);
	kvm->arch.caretaker = NULL;
	kfree(vm);
}
