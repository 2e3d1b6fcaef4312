/* SPDX-License-Identifier: GPL-2.0 */
/* What a VM and its vCPUs have of caretakers: vm.c and vcpu.c */
#ifndef __KVM_X86_CARETAKER_VM_H
#define __KVM_X86_CARETAKER_VM_H

#include <linux/caretaker_bucket.h>
#include <linux/caretaker_record.h>
#include <linux/kvm_host.h>
#include <linux/llist.h>
#include <linux/workqueue.h>

#include "caretaker.h"

#ifdef CONFIG_KVM_CARETAKER

struct caretaker_peers;
struct caretaker_posted;
struct kvm_caretaker;
struct kvm_caretaker_memory;
struct kvm_caretaker_slot;

/**
 * struct kvm_caretaker_vm - what a VM needs for caretakers
 * @kvm: the VM
 * @caretaker: of all vCPUs that there are and will be, NULL if there is none
 * @staged: what is to follow it, not recorded yet
 * @prior_record: of what was removed from the VM
 * @retired: slots that were left or taken back
 * @reaper: frees them
 * @serial: the VM's number in records, 0 until a slot is built; read without the lock
 * @id: the VM's name in records, valid where @serial is not 0
 * @bucket: how many records it may cause; locked by itself
 * @installs: how many are neither published yet nor failed
 * @recorded: a record names a caretaker of this VM
 * @counted: it is not among the VMs without a caretaker
 * @removing: the record of a removal is being made
 * @break_recorded: a broken contract is recorded, or that was tried
 * @frozen: no second-level table is zapped for the VMM's address space; under kvm->mmu_lock
 * @memory: of a VM that is prepared, or about to be; NULL otherwise
 * @detached: how many vCPUs go on without KVM; grows under kvm->lock
 * @posted: interrupts that those are sent, NULL before the first is detached; shared with payloads
 * @peers: which they are
 *
 * The first KVM_SET_CARETAKER allocates it; it goes with the VM.  All but what says
 * otherwise is changed under kvm->lock.
 */
struct kvm_caretaker_vm {
	struct kvm *kvm;
	struct kvm_caretaker *caretaker;
	struct kvm_caretaker *staged;
	struct caretaker_record *prior_record;
	struct llist_head retired;
	struct delayed_work reaper;
	u64 serial;
	u8 id[16];
	struct caretaker_bucket bucket;
	unsigned int installs;
	bool recorded;
	bool counted;
	bool removing;
	bool break_recorded;
	bool frozen;
	struct kvm_caretaker_memory *memory;
	atomic_t detached;
	struct caretaker_posted *posted;
	struct caretaker_peers *peers;
};

/* Has a VM a caretaker, has it had one, or is it about to?  Its lock is held */
static inline bool kvm_caretaker_present(struct kvm *kvm)
{
	const struct kvm_caretaker_vm *vm = kvm->arch.caretaker;

	lockdep_assert_held(&kvm->lock);

	return vm && (vm->recorded || vm->installs);
}

/* Does an install or a removal cover @vcpu?  @only is NULL for all of the VM */
static inline bool caretaker_covers(const struct kvm_vcpu *only, const struct kvm_vcpu *vcpu)
{
	return !only || only == vcpu;
}

/* vm.c */
int caretaker_get_argument(void *arg, size_t known, u32 first, const void __user *argp);
int caretaker_vm_record(struct kvm_caretaker_vm *vm, u32 event, u32 vcpu);
void caretaker_vm_record_attach(struct kvm_caretaker_vm *vm, u32 vcpu);
int caretaker_vm_prepare(struct kvm *kvm);
void caretaker_vm_number(struct kvm_caretaker_vm *vm);
void caretaker_vm_name(const struct kvm_caretaker_vm *vm, struct caretaker_record *record);
void caretaker_vm_count(struct kvm_caretaker_vm *vm, bool has);

/* vcpu.c */
struct kvm_caretaker_slot *caretaker_vcpu_published_slot(struct kvm_vcpu *vcpu);
struct kvm_caretaker_slot *caretaker_vcpu_current_slot(struct kvm_vcpu *vcpu);
const struct caretaker_record *caretaker_vcpu_prior_record(struct kvm_vcpu *vcpu);
bool caretaker_vcpu_is_staged(struct kvm_vcpu *vcpu);
int caretaker_vcpu_stage(struct kvm_vcpu *vcpu, struct kvm_caretaker *caretaker);
void caretaker_vcpu_unstage(struct kvm_vcpu *vcpu);
void caretaker_vcpu_publish(struct kvm_vcpu *vcpu);
void caretaker_vcpu_remove(struct kvm_vcpu *vcpu);
void caretaker_vcpu_request(struct kvm *kvm);
void caretaker_reaper_init(struct kvm_caretaker_vm *vm);
void caretaker_reap_later(struct kvm *kvm);
void caretaker_reaper_end(struct kvm *kvm);

/* remove.c */
int caretaker_remove(struct kvm *kvm, struct kvm_vcpu *only, const u8 *vmm_id);

#else

static inline bool kvm_caretaker_present(struct kvm *kvm) { return false; }

#endif /* CONFIG_KVM_CARETAKER */

#endif /* __KVM_X86_CARETAKER_VM_H */
