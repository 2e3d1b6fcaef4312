// SPDX-License-Identifier: GPL-2.0
/*
 * The caretakers of one vCPU, from staged to retired.
 *
 *	staged	built; nothing is recorded yet, and it may be taken back
 *	next	published: the vCPU takes it before it next enters the guest
 *	in use	vcpu->arch.caretaker, which only the vCPU's thread changes
 *	retired	left, for another or for none; freed by a worker, as the guest waits for
 *		the vCPU
 *
 * All but "in use" is changed under kvm->lock, and so is whatever gets freed: who holds
 * that lock may look at any of them.
 */
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include "caretaker.h"

/* What was published last, taken or not */
struct kvm_caretaker_slot *caretaker_vcpu_latest(struct kvm_vcpu *vcpu)
{
	lockdep_assert_held(&vcpu->kvm->lock);

	guard(spinlock)(&vcpu->arch.caretaker_lock);
	if (vcpu->arch.caretaker_next || vcpu->arch.caretaker_removed)
		return vcpu->arch.caretaker_next;
	return vcpu->arch.caretaker;
}

/* What it runs, or will first run */
struct kvm_caretaker_slot *caretaker_vcpu_current(struct kvm_vcpu *vcpu)
{
	lockdep_assert_held(&vcpu->kvm->lock);

	guard(spinlock)(&vcpu->arch.caretaker_lock);
	return vcpu->arch.caretaker ?: vcpu->arch.caretaker_next;
}

static struct kvm_caretaker_slot *vcpu_build(struct kvm_vcpu *vcpu,
					     struct kvm_caretaker *caretaker)
{
	struct kvm_caretaker_vendor vendor = {};

	kvm_x86_call(caretaker_describe)(vcpu, &vendor);
	return caretaker_slot_build(vcpu, caretaker, caretaker_vcpu_latest(vcpu), &vendor);
}

int caretaker_vcpu_stage(struct kvm_vcpu *vcpu, struct kvm_caretaker *caretaker)
{
	struct kvm_caretaker_slot *slot;

	lockdep_assert_held(&vcpu->kvm->lock);

	slot = vcpu_build(vcpu, caretaker);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	vcpu->arch.caretaker_staged = slot;
	return 0;
}

/* Have the worker free it, if there is one, with all that go with it: caretaker_reap_later() */
static void slot_retire(struct kvm *kvm, struct kvm_caretaker_slot *slot)
{
	if (slot)
		llist_add(&slot->retired, &kvm->arch.caretaker_retired);
}

/* Take back what was staged and never published.  caretaker_reap_later() follows */
void caretaker_vcpu_unstage(struct kvm_vcpu *vcpu)
{
	slot_retire(vcpu->kvm, vcpu->arch.caretaker_staged);
	vcpu->arch.caretaker_staged = NULL;
}

/* By then vCPUs that run have taken what was published */
#define CARETAKER_REAP_DELAY	msecs_to_jiffies(10)

/* On this CPU: those of the vCPUs have guests */
void caretaker_reap_later(struct kvm *kvm)
{
	/* A CPU with preemption off does not go away */
	guard(preempt)();
	queue_delayed_work_on(smp_processor_id(), system_percpu_wq,
			      &kvm->arch.caretaker_reaper, CARETAKER_REAP_DELAY);
}

/**
 * caretaker_vcpu_request - have the vCPUs take what was published, or leave what was removed
 * @kvm: the VM
 *
 * When this returns no vCPU executes a predecessor any more: the request waits until
 * each has left the guest, and none enters it again before it has looked.
 *
 * What they then leave is freed a little later.
 */
void caretaker_vcpu_request(struct kvm *kvm)
{
	lockdep_assert_held(&kvm->lock);

	caretaker_reap_later(kvm);
	kvm_make_all_cpus_request(kvm, KVM_REQ_CARETAKER);
}

/* caretaker_vcpu_request() follows: for all vCPUs at once */
void caretaker_vcpu_publish(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_slot *passed_over;

	lockdep_assert_held(&vcpu->kvm->lock);

	scoped_guard(spinlock, &vcpu->arch.caretaker_lock) {
		passed_over = vcpu->arch.caretaker_next;
		vcpu->arch.caretaker_next = vcpu->arch.caretaker_staged;
	}
	vcpu->arch.caretaker_staged = NULL;
	slot_retire(vcpu->kvm, passed_over);
}

/* The same for a removal: the vCPU leaves what it runs, for what is published later or none */
void caretaker_vcpu_remove(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_slot *passed_over;

	lockdep_assert_held(&vcpu->kvm->lock);

	scoped_guard(spinlock, &vcpu->arch.caretaker_lock) {
		passed_over = vcpu->arch.caretaker_next;
		vcpu->arch.caretaker_next = NULL;
		vcpu->arch.caretaker_removed = vcpu->arch.caretaker;
	}
	slot_retire(vcpu->kvm, passed_over);
}

/**
 * kvm_caretaker_vcpu_create - give a new vCPU what the others have
 * @vcpu: complete but not yet reachable
 *
 * Under kvm->lock.  During an update there are two: what the others run, and what is
 * staged for them.
 *
 * Return: 0 or a negative errno.
 */
int kvm_caretaker_vcpu_create(struct kvm_vcpu *vcpu)
{
	struct kvm_arch *vm = &vcpu->kvm->arch;
	int ret = 0;

	spin_lock_init(&vcpu->arch.caretaker_lock);
	if (vm->caretaker) {
		ret = caretaker_vcpu_stage(vcpu, vm->caretaker);
		if (ret)
			return ret;
		caretaker_vcpu_publish(vcpu);
		kvm_make_request(KVM_REQ_CARETAKER, vcpu);
	}
	if (vm->caretaker_staged)
		ret = caretaker_vcpu_stage(vcpu, vm->caretaker_staged);
	return ret;
}

/* All that a vCPU has that does not run any more */
static void vcpu_retire(struct kvm_vcpu *vcpu)
{
	/* The vendor module must not look at what is freed, not even to move the vCPU */
	if (vcpu->arch.caretaker) {
		vcpu_load(vcpu);
		kvm_x86_call(caretaker_release)(vcpu);
		vcpu_put(vcpu);
	}
	caretaker_vcpu_unstage(vcpu);
	slot_retire(vcpu->kvm, vcpu->arch.caretaker_next);
	slot_retire(vcpu->kvm, vcpu->arch.caretaker);
	vcpu->arch.caretaker_next = NULL;
	vcpu->arch.caretaker = NULL;
}

/*
 * No one can reach it any more, or never could.  With its VM it has left all that it had,
 * caretaker_reaper_end(); without, it was not to be: what was staged for it maps its VMCB.
 */
void kvm_caretaker_vcpu_destroy(struct kvm_vcpu *vcpu)
{
	if (vcpu->arch.caretaker_next)
		caretaker_slot_free(vcpu->arch.caretaker_next);
	if (vcpu->arch.caretaker_staged)
		caretaker_slot_free(vcpu->arch.caretaker_staged);
	vcpu->arch.caretaker_next = NULL;
	vcpu->arch.caretaker_staged = NULL;
	kfree(vcpu->arch.caretaker_past);
	vcpu->arch.caretaker_past = NULL;
}

/* What outlives an update beside telemetry: how many payloads there have been, the tables */
static void slot_inherit(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot,
			 const struct kvm_caretaker_slot *old)
{
	/* The old payload could write all of it; the head is what the kernel says */
	caretaker_telemetry_init(slot->telemetry);
	slot->switch_area->generation = old->switch_area->generation + 1;
	if (!vcpu->arch.caretaker_tables_stale)
		caretaker_config_inherit(slot, old);
}

/* The worker is on its way, caretaker_vcpu_request(), unless the vCPU did not run for so long */
static void caretaker_retire(struct kvm *kvm, struct kvm_caretaker_slot *slot)
{
	slot_retire(kvm, slot);
	queue_delayed_work(system_dfl_wq, &kvm->arch.caretaker_reaper, CARETAKER_REAP_DELAY);
}

static void free_retired(struct kvm *kvm)
{
	caretaker_slots_free(llist_del_all(&kvm->arch.caretaker_retired));
}

static void caretaker_reap(struct work_struct *work)
{
	struct kvm *kvm = container_of(work, struct kvm, arch.caretaker_reaper.work);

	guard(mutex)(&kvm->lock);
	free_retired(kvm);
}

/* Before the first caretaker of a VM */
void caretaker_reaper_init(struct kvm *kvm)
{
	init_llist_head(&kvm->arch.caretaker_retired);
	INIT_DELAYED_WORK(&kvm->arch.caretaker_reaper, caretaker_reap);
}

/* No vCPU runs any more, but all are there still: a slot maps its vCPU's VMCB */
void caretaker_reaper_end(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		vcpu_retire(vcpu);
	cancel_delayed_work_sync(&kvm->arch.caretaker_reaper);
	WARN_ON_ONCE(!llist_empty(&kvm->arch.caretaker_retired) &&
		     !atomic_read(&kvm->online_vcpus));
	free_retired(kvm);
}

/* The vendor module first: until then it may use what the vCPU has */
static void vcpu_release(struct kvm_vcpu *vcpu)
{
	kvm_x86_call(caretaker_release)(vcpu);

	guard(spinlock)(&vcpu->arch.caretaker_lock);
	vcpu->arch.caretaker = NULL;
	vcpu->arch.caretaker_removed = false;
}

/**
 * kvm_caretaker_activate - take what was published, or leave what was removed
 * @vcpu: the vCPU, in its own thread and out of the guest
 *
 * KVM_REQ_CARETAKER.
 */
void kvm_caretaker_activate(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_slot *slot, *old;
	bool removed;

	scoped_guard(spinlock, &vcpu->arch.caretaker_lock) {
		old = vcpu->arch.caretaker;
		slot = vcpu->arch.caretaker_next;
		removed = vcpu->arch.caretaker_removed;
		if (slot) {
			vcpu->arch.caretaker_next = NULL;
			vcpu->arch.caretaker_removed = false;
			if (old && !removed)
				slot_inherit(vcpu, slot, old);
			else
				kvm_caretaker_config_changed(vcpu);
			kvm_caretaker_flags_changed(vcpu);
			vcpu->arch.caretaker = slot;
		}
	}
	if (slot)
		kvm_x86_call(caretaker_activate)(vcpu);
	else if (removed)
		vcpu_release(vcpu);
	else
		return;
	if (old)
		caretaker_retire(vcpu->kvm, old);
}
