// SPDX-License-Identifier: GPL-2.0
/*
 * The slots of one vCPU, from staged to retired.
 *
 *	staged	built; not recorded yet, and it may be taken back
 *	next	published: the vCPU takes it before it next enters the guest
 *	in use	the vCPU runs it; only the vCPU's own thread changes this
 *	retired	the vCPU has left it; a worker frees it, since the guest waits for the vCPU
 *
 * All other changes, and all frees, happen under kvm->lock: whoever holds that lock may look
 * at any of them.
 */
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include "slot.h"
#include "vm.h"

/* The slot that was published last, whether the vCPU has taken it or not */
struct kvm_caretaker_slot *caretaker_vcpu_published_slot(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	lockdep_assert_held(&vcpu->kvm->lock);

	if (!state)
		return NULL;
	guard(spinlock)(&state->lock);
	if (state->next || state->removed)
		return state->next;
	return state->slot;
}

/* The slot that the vCPU runs, or will run first */
struct kvm_caretaker_slot *caretaker_vcpu_current_slot(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	lockdep_assert_held(&vcpu->kvm->lock);

	if (!state)
		return NULL;
	guard(spinlock)(&state->lock);
	return state->slot ?: state->next;
}

/* Has the vCPU a slot that is neither published nor taken back yet? */
bool caretaker_vcpu_is_staged(struct kvm_vcpu *vcpu)
{
	lockdep_assert_held(&vcpu->kvm->lock);

	return vcpu->arch.caretaker && vcpu->arch.caretaker->staged;
}

/* The record of what was removed from this vCPU alone */
const struct caretaker_record *caretaker_vcpu_prior_record(struct kvm_vcpu *vcpu)
{
	lockdep_assert_held(&vcpu->kvm->lock);

	return vcpu->arch.caretaker ? vcpu->arch.caretaker->prior_record : NULL;
}

/* Allocated once, and freed with the vCPU: the vCPU's thread reads the pointer without a lock */
static struct kvm_caretaker_vcpu *vcpu_state(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	if (state)
		return state;
	state = kzalloc_obj(*state, GFP_KERNEL_ACCOUNT);
	if (!state)
		return NULL;
	spin_lock_init(&state->lock);
	seqcount_init(&state->tables);
	/* Pairs with caretaker_mark_dirty() */
	smp_store_release(&vcpu->arch.caretaker, state);
	return state;
}

static struct kvm_caretaker_slot *vcpu_build(struct kvm_vcpu *vcpu,
					     struct kvm_caretaker *caretaker)
{
	return caretaker_slot_build(vcpu, caretaker, caretaker_vcpu_published_slot(vcpu),
				    kvm_x86_ops.caretaker);
}

int caretaker_vcpu_stage(struct kvm_vcpu *vcpu, struct kvm_caretaker *caretaker)
{
	struct kvm_caretaker_vcpu *state;
	struct kvm_caretaker_slot *slot;

	lockdep_assert_held(&vcpu->kvm->lock);

	state = vcpu_state(vcpu);
	if (!state)
		return -ENOMEM;
	slot = vcpu_build(vcpu, caretaker);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	caretaker_config_copy(vcpu, slot);
	state->staged = slot;
	return 0;
}

/* The worker frees it, if @slot is not NULL.  caretaker_reap_later() starts the worker */
static void slot_retire(struct kvm *kvm, struct kvm_caretaker_slot *slot)
{
	if (slot)
		llist_add(&slot->retired, &kvm->arch.caretaker->retired);
}

/* Take back what was staged and never published.  The caller calls caretaker_reap_later() */
void caretaker_vcpu_unstage(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	if (!state)
		return;
	slot_retire(vcpu->kvm, state->staged);
	state->staged = NULL;
}

/* By then each vCPU that runs has taken what was published */
#define CARETAKER_REAP_DELAY	msecs_to_jiffies(10)

/* The worker runs on this CPU: the CPUs of the vCPUs run guests */
void caretaker_reap_later(struct kvm *kvm)
{
	/* While preemption is off this CPU does not go offline */
	guard(preempt)();
	queue_delayed_work_on(smp_processor_id(), system_percpu_wq,
			      &kvm->arch.caretaker->reaper, CARETAKER_REAP_DELAY);
}

/**
 * caretaker_vcpu_request - the vCPUs take what was published, and leave what was removed
 * @kvm: the VM
 *
 * When this returns, no vCPU executes a predecessor any more: the request waits until each
 * vCPU has left the guest, and each handles the request before it enters again.
 *
 * The worker frees what they leave.
 */
void caretaker_vcpu_request(struct kvm *kvm)
{
	lockdep_assert_held(&kvm->lock);

	caretaker_reap_later(kvm);
	kvm_make_all_cpus_request(kvm, KVM_REQ_CARETAKER);
}

/* The caller calls caretaker_vcpu_request(), once for all vCPUs */
void caretaker_vcpu_publish(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;
	struct kvm_caretaker_slot *passed_over;

	lockdep_assert_held(&vcpu->kvm->lock);

	scoped_guard(spinlock, &state->lock) {
		passed_over = state->next;
		state->next = state->staged;
	}
	state->staged = NULL;
	slot_retire(vcpu->kvm, passed_over);
}

/* The same for a removal: the vCPU leaves what it runs */
void caretaker_vcpu_remove(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;
	struct kvm_caretaker_slot *passed_over;

	lockdep_assert_held(&vcpu->kvm->lock);

	scoped_guard(spinlock, &state->lock) {
		passed_over = state->next;
		state->next = NULL;
		state->removed = state->slot;
	}
	slot_retire(vcpu->kvm, passed_over);
}

/**
 * kvm_caretaker_vcpu_create - give a new vCPU the caretaker of the VM
 * @vcpu: complete but not yet reachable; kvm->lock is held
 *
 * During an update there are two: the one that the other vCPUs run, and the one that is
 * staged for them.
 *
 * Return: 0 or a negative errno.
 */
int kvm_caretaker_vcpu_create(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vm *vm = vcpu->kvm->arch.caretaker;
	int ret = 0;

	if (!vm)
		return 0;
	if (vm->caretaker) {
		ret = caretaker_vcpu_stage(vcpu, vm->caretaker);
		if (ret)
			return ret;
		caretaker_vcpu_publish(vcpu);
		kvm_make_request(KVM_REQ_CARETAKER, vcpu);
	}
	if (vm->staged)
		ret = caretaker_vcpu_stage(vcpu, vm->staged);
	return ret;
}

/* The vCPU runs @slot, or none if that is NULL.  The caller holds state->lock if it may run */
static void vcpu_use(struct kvm_caretaker_vcpu *state, struct kvm_caretaker_slot *slot)
{
	state->slot = slot;
	state->switch_area = slot ? slot->switch_area : NULL;
	state->config = slot ? slot->config : NULL;
}

/* Retire all slots of a vCPU that does not run any more */
static void vcpu_retire(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	if (!state)
		return;
	/* vcpu_load() looks at the slot, so the vendor module lets go of it before it is freed */
	if (state->slot) {
		vcpu_load(vcpu);
		kvm_x86_ops.caretaker->release(vcpu);
		vcpu_put(vcpu);
	}
	caretaker_vcpu_unstage(vcpu);
	slot_retire(vcpu->kvm, state->next);
	slot_retire(vcpu->kvm, state->slot);
	state->next = NULL;
	vcpu_use(state, NULL);
}

/*
 * Nobody can reach the vCPU.  If its VM ends, caretaker_reaper_end() has retired its slots.  If
 * the vCPU could not be created, slots are left, and they map its VMCB.
 */
void kvm_caretaker_vcpu_destroy(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	if (!state)
		return;
	if (state->next)
		caretaker_slot_free(state->next);
	if (state->staged)
		caretaker_slot_free(state->staged);
	kfree(state->prior_record);
	kfree(state->detached);
	vcpu->arch.caretaker = NULL;
	kfree(state);
}

/* An update keeps the telemetry page, the number of payloads so far, and the tables */
static void slot_inherit(struct kvm_vcpu *vcpu, struct kvm_caretaker_slot *slot,
			 const struct kvm_caretaker_slot *old)
{
	/* The old payload could write the whole page: the kernel writes its head again */
	caretaker_telemetry_init(slot->telemetry);
	slot->switch_area->generation = old->switch_area->generation + 1;
	if (!(vcpu->arch.caretaker->dirty & KVM_CARETAKER_DIRTY_TABLES))
		caretaker_config_inherit(vcpu, slot, old);
}

/* caretaker_vcpu_request() started the worker.  It may have run before the vCPU came here */
static void caretaker_retire(struct kvm *kvm, struct kvm_caretaker_slot *slot)
{
	slot_retire(kvm, slot);
	/* One that is pending runs later than this, and finds the slot: the guest need not wait */
	if (!delayed_work_pending(&kvm->arch.caretaker->reaper))
		queue_delayed_work(system_dfl_wq, &kvm->arch.caretaker->reaper,
				   CARETAKER_REAP_DELAY);
}

static void free_retired(struct kvm_caretaker_vm *vm)
{
	caretaker_slots_free(llist_del_all(&vm->retired));
}

static void caretaker_reap(struct work_struct *work)
{
	struct kvm_caretaker_vm *vm = container_of(work, struct kvm_caretaker_vm, reaper.work);

	guard(mutex)(&vm->kvm->lock);
	free_retired(vm);
}

/* When the VM's struct is allocated */
void caretaker_reaper_init(struct kvm_caretaker_vm *vm)
{
	init_llist_head(&vm->retired);
	INIT_DELAYED_WORK(&vm->reaper, caretaker_reap);
}

/* No vCPU runs any more, but all still exist: a slot maps its vCPU's VMCB */
void caretaker_reaper_end(struct kvm *kvm)
{
	struct kvm_caretaker_vm *vm = kvm->arch.caretaker;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		vcpu_retire(vcpu);
	cancel_delayed_work_sync(&vm->reaper);
	WARN_ON_ONCE(!llist_empty(&vm->retired) && !atomic_read(&kvm->online_vcpus));
	free_retired(vm);
}

/* All but INVD and XSETBV, of the payload that comes with the kernel */
static u64 telemetry_common_answers(const struct caretaker_telemetry *telemetry)
{
	return READ_ONCE(telemetry->handled[CARETAKER_EXIT_CPUID]) +
	       READ_ONCE(telemetry->handled[CARETAKER_EXIT_MSR_READ]) +
	       READ_ONCE(telemetry->handled[CARETAKER_EXIT_MSR_WRITE]);
}

/*
 * What the payload answered since the vCPU was last put are exits as those that KVM saw.  The
 * payload writes its counters as it likes, and its VM's number with them.  The host's sum has
 * all VMs in it: so there are no more than ticks of the TSC, and a sum of true numbers and
 * lies does not overflow.  One that falls counts nothing.
 */
static void vcpu_count_answers(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;
	const struct caretaker_telemetry *telemetry = state->slot->telemetry;
	u64 answers = 0;
	unsigned int i;
	s64 more, ticks;

	guard(preempt)();

	for (i = 0; i < CARETAKER_EXIT_REASONS; i++)
		answers += READ_ONCE(telemetry->handled[i]);
	more = answers - state->answers;
	state->answers = answers;
	state->common_answers = telemetry_common_answers(telemetry);
	state->counted = jiffies;
	if (more <= 0)
		return;
	ticks = rdtsc() - vcpu->arch.last_host_tsc;
	vcpu->stat.exits += clamp(more, 0, max(ticks, 0));
}

/* The vendor module goes first: until then it may use the slot */
static void vcpu_release(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	kvm_x86_ops.caretaker->release(vcpu);
	vcpu_count_answers(vcpu);

	guard(spinlock)(&state->lock);
	vcpu_use(state, NULL);
	state->answers = 0;
	state->removed = false;
}

/**
 * kvm_caretaker_activate - handle KVM_REQ_CARETAKER
 * @vcpu: the vCPU, in its own thread and out of the guest
 *
 * It takes the slot that was published, or leaves the slot that was removed.
 */
void kvm_caretaker_activate(struct kvm_vcpu *vcpu)
{
	/* Whoever made the request for this vCPU had stored the pointer before */
	struct kvm_caretaker_vcpu *state = READ_ONCE(vcpu->arch.caretaker);
	struct kvm_caretaker_slot *slot, *old;
	bool removed;

	if (!state)
		return;
	scoped_guard(spinlock, &state->lock) {
		old = state->slot;
		slot = state->next;
		removed = state->removed;
		if (slot) {
			state->next = NULL;
			state->removed = false;
			if (old && !removed) {
				slot_inherit(vcpu, slot, old);
			} else {
				if (old)
					vcpu_count_answers(vcpu);
				state->answers = 0;
				kvm_caretaker_config_changed(vcpu);
			}
			vcpu_use(state, slot);
		}
	}
	if (slot)
		kvm_x86_ops.caretaker->activate(vcpu);
	else if (removed)
		vcpu_release(vcpu);
	else
		return;
	if (old) {
		caretaker_slot_forget_host(old);
		caretaker_retire(vcpu->kvm, old);
	}
}

/**
 * caretaker_vcpu_put - the vCPU does not run until it is loaded again
 * @vcpu: the vCPU, which has a slot; preemption is off
 *
 * To count takes as long as a part of the exit to user space that should be short.  So one
 * that is not common is counted a tick later, if no other is.
 */
void caretaker_vcpu_put(struct kvm_vcpu *vcpu)
{
	struct kvm_caretaker_vcpu *state = vcpu->arch.caretaker;

	caretaker_slot_forget_host(state->slot);
	if (time_after(jiffies, state->counted) ||
	    state->common_answers != telemetry_common_answers(state->slot->telemetry))
		vcpu_count_answers(vcpu);
}
