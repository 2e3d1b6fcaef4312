// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU that goes on without KVM is not preempted, whatever its guest was told.
 *
 * In its steal time a guest sees which of its vCPUs the host has no CPU for.  It does not wait for
 * those, and leaves flushes of their TLB to KVM's next entry, by a bit in the same byte.  KVM takes
 * that back when it enters the guest; where it does not, it has to be taken back before.
 */
#include <linux/kvm_host.h>
#include <linux/uaccess.h>
#include <uapi/asm/kvm_para.h>

#include <asm/asm.h>

#include "caretaker.h"
#include "detach.h"

/* As record_steal_time() finds it, which would account the time of this thread */
static struct kvm_steal_time __user *steal_time(struct kvm_vcpu *vcpu)
{
	struct gfn_to_hva_cache *cache = &vcpu->arch.st.cache;
	gpa_t gpa = vcpu->arch.st.msr_val & KVM_STEAL_VALID_BITS;

	if ((kvm_memslots(vcpu->kvm)->generation != cache->generation || gpa != cache->gpa ||
	     kvm_is_error_hva(cache->hva) || !cache->memslot) &&
	    kvm_gfn_to_hva_cache_init(vcpu->kvm, cache, gpa, sizeof(struct kvm_steal_time)))
		return NULL;
	if (kvm_is_error_hva(cache->hva) || !cache->memslot)
		return NULL;
	/* A prepared VM has no logs of dirty pages */
	if (WARN_ON_ONCE(kvm_slot_dirty_track_enabled(cache->memslot)))
		return NULL;
	return (struct kvm_steal_time __user *)cache->hva;
}

/* What the byte was, or -EFAULT */
static int take_mark(struct kvm_steal_time __user *st)
{
	int err = -EFAULT;
	u8 mark = 0;

	if (!user_access_begin(st, sizeof(*st)))
		return -EFAULT;
	asm volatile("1: xchgb %0, %2\n"
		     "xor %1, %1\n"
		     "2:\n"
		     _ASM_EXTABLE_UA(1b, 2b)
		     : "+q" (mark), "+&r" (err), "+m" (st->preempted));
	user_access_end();
	return err ?: mark;
}

/**
 * caretaker_clear_preempted - tell the guest that a vCPU runs
 * @vcpu: it; its mutex is held, by a thread that has the VM's memory, and it is not loaded
 *
 * Return: true if the guest knows, or does not ask.
 */
bool caretaker_clear_preempted(struct kvm_vcpu *vcpu)
{
	struct kvm_steal_time __user *st;
	int mark;

	if (vcpu->arch.st.msr_val & KVM_MSR_ENABLED) {
		guard(srcu)(&vcpu->kvm->srcu);
		st = steal_time(vcpu);
		mark = st ? take_mark(st) : -EFAULT;
		if (mark < 0)
			return false;
		/* Each entry without KVM flushes all: it is for the case that there is none */
		if (mark & KVM_VCPU_FLUSH_TLB)
			kvm_make_request(KVM_REQ_TLB_FLUSH_GUEST, vcpu);
	}
	vcpu->arch.st.preempted = 0;
	return true;
}
