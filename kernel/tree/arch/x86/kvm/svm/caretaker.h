/* SPDX-License-Identifier: GPL-2.0 */
/* Entering and leaving a caretaker on AMD: caretaker.c, caretaker_trampoline.S */
#ifndef __KVM_X86_SVM_CARETAKER_H
#define __KVM_X86_SVM_CARETAKER_H

struct kvm_vcpu;
struct kvm_caretaker_vendor;
struct vcpu_svm;

#ifdef CONFIG_KVM_CARETAKER
/* caretaker_trampoline.S: to be copied, not executed where it is */
extern const char svm_caretaker_trampoline_start[], svm_caretaker_trampoline_end[];
/* vmenter.S: just behind VMRUN */
extern const char svm_caretaker_landing[];

int svm_caretaker_setup(void);
void svm_caretaker_unsetup(void);
void svm_caretaker_describe(struct kvm_vcpu *vcpu, struct kvm_caretaker_vendor *vendor);
void svm_caretaker_activate(struct kvm_vcpu *vcpu);
void svm_caretaker_sync(struct vcpu_svm *svm);
unsigned int svm_caretaker_prepare(struct vcpu_svm *svm);
bool svm_caretaker_left(struct vcpu_svm *svm);

static inline bool svm_caretaker_broken(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.caretaker && vcpu->arch.caretaker->broken;
}
#else
static inline int svm_caretaker_setup(void) { return 0; }
static inline void svm_caretaker_unsetup(void) {}
static inline void svm_caretaker_sync(struct vcpu_svm *svm) {}
static inline unsigned int svm_caretaker_prepare(struct vcpu_svm *svm) { return 0; }
static inline bool svm_caretaker_left(struct vcpu_svm *svm) { return false; }
static inline bool svm_caretaker_broken(struct kvm_vcpu *vcpu) { return false; }
static inline int kvm_caretaker_broke(struct kvm_vcpu *vcpu) { return 0; }
#endif

#endif /* __KVM_X86_SVM_CARETAKER_H */
