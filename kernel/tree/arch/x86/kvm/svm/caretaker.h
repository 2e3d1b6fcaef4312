/* SPDX-License-Identifier: GPL-2.0 */
/* Entering and leaving a caretaker on AMD: caretaker.c, caretaker_trampoline.S */
#ifndef __KVM_X86_SVM_CARETAKER_H
#define __KVM_X86_SVM_CARETAKER_H

#include <linux/kvm_host.h>
#include <linux/mmu_context.h>

#include <asm/desc.h>
#include <asm/virt.h>

#include "../caretaker/caretaker.h"
#include "../vmenter.h"
#include "svm.h"

/* An exit code that no CPU gives: it stands until VMRUN has been executed. */
#define SVM_EXIT_NOT_RUN	0x4354524eu

#ifdef CONFIG_KVM_CARETAKER
/* caretaker_trampoline.S: to be copied, not executed where it is */
extern const char svm_caretaker_trampoline_start[], svm_caretaker_trampoline_end[];
/* vmenter.S: just behind VMRUN */
extern const char svm_caretaker_landing[];

extern struct kvm_caretaker_vendor svm_caretaker_vendor;

int svm_caretaker_setup(void);
void svm_caretaker_unsetup(void);
void svm_caretaker_load(struct vcpu_svm *svm, int cpu);
void svm_caretaker_route_all(struct kvm_vcpu *vcpu);
bool svm_caretaker_breach(struct vcpu_svm *svm);

/* The vCPU is on that CPU now, with preemption off */
static inline void svm_caretaker_moved(struct vcpu_svm *svm, int cpu)
{
	if (kvm_caretaker_is_in_use() && svm->vmcb01.caretaker_enter && svm->vcpu.cpu != cpu)
		svm_caretaker_load(svm, cpu);
}

/**
 * svm_caretaker_sync - tell the payload what has changed about its vCPU
 * @svm: the vCPU, about to enter the guest
 *
 * With interrupts on still: KVM does not look up CPUID with them off.  What the
 * payload is told changes only in the vCPU's own thread, and no more from here on.
 */
static inline void svm_caretaker_sync(struct vcpu_svm *svm)
{
	if (kvm_caretaker_is_in_use() && svm->vmcb01.caretaker_enter)
		kvm_caretaker_sync_config(&svm->vcpu);
}

/**
 * svm_caretaker_prepare - will the next entry go through a caretaker?
 * @svm: the vCPU
 *
 * While L2 runs it does not, vmcb02 has none: the caretaker sees every exit of L1.
 *
 * Nor while the machine reboots.  SVM is then off, or about to be, and the faults of CLGI
 * and VMRUN are eaten in KVM's own code alone: the payload would be blamed for its VMRUN,
 * and with GIF set interrupts would meet the slot's IDT.  SVM is turned off by an IPI, and
 * interrupts are off from here to CLGI.
 *
 * What KVM remembers of a soft interrupt or exception that it injects is about the next
 * exit: svm_complete_interrupts() forgets it there.  So KVM must see that exit.
 *
 * The way back keeps the host's translations, as #VMEXIT itself would have.  An IPI to flush
 * one waits until KVM sets GIF, and INVLPGB needs none.
 *
 * Return: KVM_ENTER_CARETAKER or 0.
 */
static inline unsigned int svm_caretaker_prepare(struct vcpu_svm *svm)
{
	struct caretaker_switch *area;

	if (!kvm_caretaker_is_in_use() || !svm->current_vmcb->caretaker_enter)
		return 0;
	if (unlikely(virt_rebooting))
		return 0;
	if (unlikely(svm->soft_int_injected))
		svm_caretaker_route_all(&svm->vcpu);

	area = svm->vcpu.arch.caretaker->switch_area;
	area->host_cr3 = __get_current_cr3_fast();
	if (cpu_feature_enabled(X86_FEATURE_PCID))
		area->host_cr3 |= X86_CR3_PCID_NOFLUSH;
	svm->vmcb->control.exit_code = SVM_EXIT_NOT_RUN;
	return KVM_ENTER_CARETAKER;
}

/**
 * svm_caretaker_left - look at what came back from the payload
 * @svm: the vCPU, just out of the guest
 * @enter_flags: with which it was entered
 *
 * Return: true if the contract was broken; the VM must not run again.
 */
static inline bool svm_caretaker_left(struct vcpu_svm *svm, unsigned int enter_flags)
{
	const struct kvm_caretaker_vcpu *state;

	if (!kvm_caretaker_is_in_use() || !(enter_flags & KVM_ENTER_CARETAKER))
		return false;
	state = svm->vcpu.arch.caretaker;
	if (likely(!state->switch_area->fault &&
		   svm->vmcb->control.exit_code != SVM_EXIT_NOT_RUN &&
		   caretaker_ccb_intact(state->ccb)))
		return false;
	return svm_caretaker_breach(svm);
}
#else
static inline int svm_caretaker_setup(void) { return 0; }
static inline void svm_caretaker_unsetup(void) {}
static inline void svm_caretaker_moved(struct vcpu_svm *svm, int cpu) {}
static inline void svm_caretaker_sync(struct vcpu_svm *svm) {}
static inline unsigned int svm_caretaker_prepare(struct vcpu_svm *svm) { return 0; }
static inline bool svm_caretaker_left(struct vcpu_svm *svm, unsigned int enter_flags)
{
	return false;
}
#endif

#endif /* __KVM_X86_SVM_CARETAKER_H */
