/* SPDX-License-Identifier: GPL-2.0 */
/* Entry to a caretaker and exit from it on AMD: caretaker.c, caretaker_trampoline.S */
#ifndef __KVM_X86_SVM_CARETAKER_H
#define __KVM_X86_SVM_CARETAKER_H

#include <linux/kvm_host.h>

#include <asm/caretaker_park.h>
#include <asm/desc.h>
#include <asm/virt.h>

#include "../caretaker/caretaker.h"
#include "../vmenter.h"
#include "svm.h"

/* No CPU gives this exit code.  KVM stores it before the entry, and VMRUN overwrites it. */
#define SVM_EXIT_NOT_RUN	CARETAKER_PARK_NOT_RUN

#ifdef CONFIG_KVM_CARETAKER
/* caretaker_trampoline.S: code that is copied and not executed in place */
extern const char svm_caretaker_trampoline_start[], svm_caretaker_trampoline_end[];
/* vmenter.S: just behind VMRUN */
extern const char svm_caretaker_landing[];

extern struct kvm_caretaker_vendor svm_caretaker_vendor;

int svm_caretaker_setup(void);
void svm_caretaker_unsetup(void);
void svm_caretaker_fill_host(struct vcpu_svm *svm, int cpu);
void svm_caretaker_route_all(struct kvm_vcpu *vcpu);
void svm_caretaker_report_break(struct vcpu_svm *svm);
/* svm.c */
void svm_complete_interrupts(struct kvm_vcpu *vcpu);

/* caretaker_detach.c */
#ifdef CONFIG_KVM_CARETAKER_CORES
void svm_caretaker_detach_setup(void);
#else
static inline void svm_caretaker_detach_setup(void) {}
#endif

/* The vCPU now runs on @cpu; preemption is off.  caretaker_vcpu_put() ends this */
static inline void svm_caretaker_load(struct vcpu_svm *svm, int cpu)
{
	if (kvm_caretaker_is_in_use() && svm->vmcb01.caretaker_enter)
		svm_caretaker_fill_host(svm, cpu);
}

/**
 * svm_caretaker_sync - tell the payload what has changed about its vCPU
 * @svm: the vCPU, about to enter the guest
 *
 * Interrupts are still on: KVM does not look up CPUID with them off.  Only the vCPU's own
 * thread changes what the payload is told, and after this it does so no more.
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
 * vmcb02 has no caretaker: the caretaker sees the exits of L1, and KVM those of L2.
 *
 * No caretaker is entered while the machine reboots.  SVM is off then, or about to be turned
 * off, and only KVM's own CLGI and VMRUN have fixups for the fault: KVM would blame the
 * payload for its VMRUN, and with GIF set an interrupt would find the slot's IDT.  An IPI
 * turns SVM off, and interrupts are off from here to CLGI.
 *
 * What KVM remembers of a soft interrupt or exception that it injects concerns the next
 * exit, where svm_complete_interrupts() forgets it.  So KVM must see that exit.
 *
 * The trampoline reads CR3, to which it returns, since interrupts are off.  The way back keeps
 * the host's translations, as #VMEXIT does.  An IPI that flushes one waits until KVM sets GIF,
 * and INVLPGB needs no IPI.
 *
 * Return: KVM_ENTER_CARETAKER or 0.
 */
static inline unsigned int svm_caretaker_prepare(struct vcpu_svm *svm)
{
	if (!kvm_caretaker_is_in_use() || !svm->current_vmcb->caretaker_enter)
		return 0;
	if (unlikely(virt_rebooting))
		return 0;
	if (unlikely(svm->soft_int_injected))
		svm_caretaker_route_all(&svm->vcpu);

	svm->vmcb->control.exit_code = SVM_EXIT_NOT_RUN;
	return KVM_ENTER_CARETAKER;
}

/**
 * svm_caretaker_check_contract - did the payload keep its contract?
 * @svm: the vCPU, just out of the guest
 * @enter_flags: the flags of its entry
 *
 * Return: false if the payload broke it.  The VM must not run again then.
 */
static inline bool svm_caretaker_check_contract(struct vcpu_svm *svm, unsigned int enter_flags)
{
	const struct kvm_caretaker_vcpu *state;

	if (!kvm_caretaker_is_in_use() || !(enter_flags & KVM_ENTER_CARETAKER))
		return true;
	state = svm->vcpu.arch.caretaker;
	if (likely(!state->switch_area->fault &&
		   svm->vmcb->control.exit_code != SVM_EXIT_NOT_RUN))
		return true;
	svm_caretaker_report_break(svm);
	return false;
}
#else
static inline int svm_caretaker_setup(void) { return 0; }
static inline void svm_caretaker_unsetup(void) {}
static inline void svm_caretaker_detach_setup(void) {}
static inline void svm_caretaker_load(struct vcpu_svm *svm, int cpu) {}
static inline void svm_caretaker_sync(struct vcpu_svm *svm) {}
static inline unsigned int svm_caretaker_prepare(struct vcpu_svm *svm) { return 0; }
static inline bool svm_caretaker_check_contract(struct vcpu_svm *svm, unsigned int enter_flags)
{
	return true;
}
#endif

#endif /* __KVM_X86_SVM_CARETAKER_H */
