/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaving the guest into a caretaker on Intel: caretaker.c, caretaker_trampoline.S
 *
 * While a VMCS has a caretaker, its host state points into the slot, and what KVM
 * takes for its own host state is in the switch page.  All writes of these fields go
 * through vmx_write_host_state().
 */
#ifndef __KVM_X86_VMX_CARETAKER_H
#define __KVM_X86_VMX_CARETAKER_H

#include <linux/kvm_host.h>
#include <linux/unaligned.h>

#include <uapi/linux/caretaker.h>

#include "../caretaker/caretaker.h"
#include "vmx.h"
#include "vmx_ops.h"
#include "x86_ops.h"

#ifdef CONFIG_KVM_CARETAKER
/* caretaker_trampoline.S: to be copied, not executed where it is */
extern const char vmx_caretaker_trampoline_start[], vmx_caretaker_trampoline_end[];
/* vmenter.S: where a VM exit goes without a caretaker, and routed exits do */
void vmx_vmexit(void);
/* vmenter.S: where a failed VMRESUME of a caretaker lands */
extern const char vmx_caretaker_vmfail[];

int vmx_caretaker_setup(void);
void vmx_caretaker_unsetup(void);
void vmx_caretaker_point(struct vcpu_vmx *vmx);
void vmx_caretaker_unpoint(struct vcpu_vmx *vmx);
void vmx_caretaker_sync(struct vcpu_vmx *vmx);
void vmx_caretaker_prepare(struct vcpu_vmx *vmx);
bool vmx_caretaker_left(struct vcpu_vmx *vmx);

/*
 * The switch page of the current VMCS, NULL if it is stock.  vmcs02 never has one.
 * Once a slot is in use, arch.caretaker becomes NULL only after vmx_caretaker_unpoint(),
 * or when the vCPU is destroyed.
 */
static __always_inline struct caretaker_switch *vmx_caretaker_area(struct vcpu_vmx *vmx)
{
	if (likely(!vmx->loaded_vmcs->caretaker) || !vmx->vcpu.arch.caretaker)
		return NULL;
	return vmx->loaded_vmcs->caretaker;
}

static __always_inline void vmx_write_host_state(struct vcpu_vmx *vmx, unsigned long field,
						 unsigned long value)
{
	struct caretaker_switch *area = vmx_caretaker_area(vmx);

	if (!area || vmx->loaded_vmcs->caretaker_bypassed)
		vmcs_writel(field, value);
	if (!area)
		return;
	switch (field) {
	case HOST_RIP:
		area->route = value;
		break;
	case HOST_RSP:
		area->host_rsp = value;
		break;
	case HOST_GDTR_BASE:
		put_unaligned(value, (unsigned long *)(area->host_gdtr + 2));
		break;
	case HOST_IDTR_BASE:
		put_unaligned(value, (unsigned long *)(area->host_idtr + 2));
		break;
	case HOST_CR3:
		/* The VM exit itself would not have flushed either */
		area->host_cr3 = value;
		if (area->root && cpu_feature_enabled(X86_FEATURE_PCID))
			area->host_cr3 |= X86_CR3_PCID_NOFLUSH;
		/* In shared mode the payload runs on the host's tables */
		if (!area->root && !vmx->loaded_vmcs->caretaker_bypassed)
			vmcs_writel(HOST_CR3, value);
		break;
	}
}

/* An NMI met the payload: it left a mark, and the host's handler is still to run */
static __always_inline bool vmx_caretaker_took_nmi(struct vcpu_vmx *vmx)
{
	u64 *mark = vmx->loaded_vmcs->caretaker_nmi;

	if (!vmx_caretaker_area(vmx) || likely(!*mark))
		return false;
	*mark = 0;
	return true;
}

/*
 * The caretaker has answered the exit and did not enter again, for an NMI came: there
 * is nothing to handle, although the VMCS tells of that exit still.
 */
static inline bool vmx_caretaker_answered(struct vcpu_vmx *vmx)
{
	struct caretaker_switch *area = vmx_caretaker_area(vmx);

	if (!area || likely(!area->answered))
		return false;
	area->answered = 0;
	return true;
}

static inline bool vmx_caretaker_broken(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.caretaker && vcpu->arch.caretaker->broken;
}
#else
static inline int vmx_caretaker_setup(void) { return 0; }
static inline void vmx_caretaker_unsetup(void) {}
static inline void vmx_caretaker_sync(struct vcpu_vmx *vmx) {}
static inline void vmx_caretaker_prepare(struct vcpu_vmx *vmx) {}
static inline bool vmx_caretaker_left(struct vcpu_vmx *vmx) { return false; }
static inline bool vmx_caretaker_answered(struct vcpu_vmx *vmx) { return false; }
static __always_inline bool vmx_caretaker_took_nmi(struct vcpu_vmx *vmx) { return false; }
static inline bool vmx_caretaker_broken(struct kvm_vcpu *vcpu) { return false; }
static inline int kvm_caretaker_broke(struct kvm_vcpu *vcpu) { return 0; }

static __always_inline void vmx_write_host_state(struct vcpu_vmx *vmx, unsigned long field,
						 unsigned long value)
{
	vmcs_writel(field, value);
}
#endif

#endif /* __KVM_X86_VMX_CARETAKER_H */
