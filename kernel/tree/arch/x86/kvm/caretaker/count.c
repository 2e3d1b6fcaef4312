// SPDX-License-Identifier: GPL-2.0
/*
 * How many VMs have no caretaker, and whether any has one.
 *
 * A verifier is told of caretakers, and wants to know of VMs that have none.  A VM has
 * one if it was installed on the VM, for all vCPUs that there are and will be: one on
 * single vCPUs says nothing of the others.  Each record says how many VMs have none, as
 * it is once that which is recorded is done.
 */
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include "caretaker.h"

DEFINE_STATIC_KEY_DEFERRED_FALSE(kvm_caretaker_in_use, HZ);
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_caretaker_in_use);

/* No VM is left, and no vendor module is after this */
void kvm_caretaker_exit(void)
{
	static_key_deferred_flush(&kvm_caretaker_in_use);
	WARN_ON(static_branch_unlikely(&kvm_caretaker_in_use.key));
}

/* A VM of any type, from its creation to its end */
void kvm_caretaker_vm_init(struct kvm *kvm)
{
	caretaker_vms_without(1);
}

/**
 * caretaker_count - say whether a VM has a caretaker
 * @kvm: the VM; KVM_SET_CARETAKER was called on it, and its lock is held
 * @has: whether it has, or is about to
 */
void caretaker_count(struct kvm *kvm, bool has)
{
	lockdep_assert_held(&kvm->lock);

	if (kvm->arch.caretaker->counted == has)
		return;
	kvm->arch.caretaker->counted = has;
	caretaker_vms_without(has ? -1 : 1);
}

/* Nobody else has the VM any more */
void caretaker_count_end(struct kvm *kvm)
{
	if (!kvm->arch.caretaker || !kvm->arch.caretaker->counted)
		caretaker_vms_without(-1);
}
