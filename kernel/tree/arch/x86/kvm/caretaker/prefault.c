// SPDX-License-Identifier: GPL-2.0
/*
 * All of a prepared VM's memory is mapped, so that the guest need not fault.
 *
 * The second-level tables are the VM's, but it takes a vCPU to fill them, as
 * KVM_PRE_FAULT_MEMORY has it.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kvm_host.h>
#include <linux/sched/signal.h>

#include "../cpuid.h"
#include "memory.h"

/* How long one looks for a vCPU that is not in KVM_RUN */
#define VCPU_PATIENCE	HZ

/* What no vCPU can map, such as KVM's own page for the APIC, is left out */
static long prefault_slot(struct kvm_vcpu *vcpu, const struct caretaker_pins *pins)
{
	struct kvm_pre_fault_memory range = {
		.gpa = gfn_to_gpa(pins->base_gfn),
		.size = gfn_to_gpa(pins->npages),
	};
	long done;

	while (range.size && kvm_vcpu_is_legal_gpa(vcpu, range.gpa)) {
		done = kvm_arch_vcpu_pre_fault_memory(vcpu, &range);
		if (done == -ENOENT)
			done = PAGE_SIZE;
		if (done <= 0)
			return done ?: -EIO;
		range.gpa += done;
		range.size -= done;
		cond_resched();
	}
	return 0;
}

/* The vCPU's mutex is held */
static int prefault_by(struct kvm_vcpu *vcpu, const struct kvm_caretaker_memory *memory)
{
	unsigned int i, as_id;
	long ret = 0;
	int idx;

	vcpu_load(vcpu);
	idx = srcu_read_lock(&vcpu->kvm->srcu);
	as_id = kvm_arch_vcpu_memslots_id(vcpu);
	for (i = 0; !ret && i < memory->nr_pins; i++) {
		if (memory->pins[i].slot >> 16 == as_id)
			ret = prefault_slot(vcpu, &memory->pins[i]);
	}
	srcu_read_unlock(&vcpu->kvm->srcu, idx);
	vcpu_put(vcpu);
	return ret;
}

/**
 * caretaker_prefault - map all of a VM's memory
 * @kvm: the VM
 * @memory: its memory, frozen
 *
 * A vCPU that is in KVM_RUN, or in a guest of its own, is of no use.
 *
 * Return: 0; -EAGAIN if there was no other for a second; -EINTR; -ENOMEM.
 */
int caretaker_prefault(struct kvm *kvm, const struct kvm_caretaker_memory *memory)
{
	struct kvm_vcpu *vcpu;
	unsigned long i, end = jiffies + VCPU_PATIENCE;
	int ret;

	while (time_before(jiffies, end)) {
		if (!atomic_read(&kvm->online_vcpus))
			return 0;
		kvm_for_each_vcpu(i, vcpu, kvm) {
			if (!mutex_trylock(&vcpu->mutex))
				continue;
			ret = prefault_by(vcpu, memory);
			mutex_unlock(&vcpu->mutex);
			if (ret != -EOPNOTSUPP)
				return ret;
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		usleep_range_state(50, 200, TASK_KILLABLE);
	}
	return -EAGAIN;
}
