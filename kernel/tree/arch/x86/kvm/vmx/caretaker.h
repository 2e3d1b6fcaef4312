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

#include <asm/caretaker_payload.h>

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
void vmx_caretaker_point(struct vcpu_vmx *vmx, u32 timer_shift);
void vmx_caretaker_unpoint(struct vcpu_vmx *vmx);
void vmx_caretaker_change(struct vcpu_vmx *vmx, u8 state);
void vmx_caretaker_flush(u64 serial);
void vmx_caretaker_cpu_online(void);
bool vmx_caretaker_breach(struct vcpu_vmx *vmx);
bool vmx_exit_starts_pebs(struct vcpu_vmx *vmx);

/* loaded_vmcs.caretaker_state */
#define VMX_CARETAKER_BYPASSED		BIT(0)	/* exits go past the slot */
#define VMX_CARETAKER_KVM_ENTERS	BIT(1)	/* the payload is to answer nothing */
#define VMX_CARETAKER_DEADLINE		BIT(2)	/* and to set the preemption timer, if it does */

DECLARE_PER_CPU(u64, vmx_caretaker_serial);

/*
 * The field of the current VMCS has its value elsewhere while that has a caretaker, which
 * vmcs02 never has: in the switch page.
 */
static __always_inline void vmx_write_host_state(struct vcpu_vmx *vmx, unsigned long field,
						 unsigned long value)
{
	struct caretaker_switch *area = vmx->loaded_vmcs->caretaker;
	bool past = vmx->loaded_vmcs->caretaker_state & VMX_CARETAKER_BYPASSED;

	if (likely(!area) || past)
		vmcs_writel(field, value);
	if (likely(!area))
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
		if (!area->root && !past)
			vmcs_writel(HOST_CR3, value);
		break;
	}
}

/**
 * vmx_caretaker_sync - tell the payload what has changed about its vCPU
 * @vmx: the vCPU, about to enter the guest
 *
 * With interrupts on still: KVM does not look up CPUID with them off.  What the
 * payload is told changes only in the vCPU's own thread, and no more from here on.
 */
static __always_inline void vmx_caretaker_sync(struct vcpu_vmx *vmx)
{
	if (vmx->vmcs01.caretaker)
		kvm_caretaker_sync_config(&vmx->vcpu);
}

/*
 * The preemption timer starts anew with each entry, from a value that KVM computes for
 * one: the payload computes it for its own.  When KVM wants none it runs from its maximum.
 *
 * Where each entry must be KVM's own the payload is to answer nothing: an administrator
 * can ask for a flush of the L1D at every entry.  If it is flushed only where KVM saw a
 * need, a local answer needs none: what the payload reads is its slot.  Nor is it to answer
 * while KVM looks, at each exit, for the end of an NMI that the CPU does not track.
 */
static __always_inline u8 vmx_caretaker_wanted(struct vcpu_vmx *vmx)
{
	u8 state = 0;

	if (unlikely(vmx->msr_autoload.host.nr ||
		     (vm_exit_controls_get(vmx) & VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL)) &&
	    vmx_exit_starts_pebs(vmx))
		state |= VMX_CARETAKER_BYPASSED;
	if ((pin_controls_get(vmx) & PIN_BASED_VMX_PREEMPTION_TIMER) &&
	    !vmx->loaded_vmcs->hv_timer_soft_disabled)
		state |= VMX_CARETAKER_DEADLINE;
	if (unlikely(l1tf_vmx_mitigation == VMENTER_L1D_FLUSH_ALWAYS) ||
	    unlikely(vmx->loaded_vmcs->soft_vnmi_blocked))
		state |= VMX_CARETAKER_KVM_ENTERS;
	return state;
}

/**
 * vmx_caretaker_prepare - the last before the guest is entered
 * @vmx: the vCPU, with interrupts off and the preemption timer set
 * @leave_at_once: it was set so that the guest is left right after it was entered
 */
static __always_inline void vmx_caretaker_prepare(struct vcpu_vmx *vmx, bool leave_at_once)
{
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;
	u8 state;

	if (!vmcs->caretaker)
		return;
	state = vmx_caretaker_wanted(vmx);
	if (unlikely(state != vmcs->caretaker_state))
		vmx_caretaker_change(vmx, state);
	if (state & VMX_CARETAKER_DEADLINE)
		vmx->vcpu.arch.caretaker->config->entry_deadline =
			leave_at_once ? 0 : vmx->hv_deadline_tsc;
	if (vmcs->caretaker_serial &&
	    unlikely(this_cpu_read(vmx_caretaker_serial) != vmcs->caretaker_serial))
		vmx_caretaker_flush(vmcs->caretaker_serial);
}

/**
 * vmx_caretaker_took_nmi - did an NMI meet the payload?
 * @vmx: the vCPU, just out of the guest
 *
 * It left a mark, and the host's handler is still to run.
 */
static __always_inline bool vmx_caretaker_took_nmi(struct vcpu_vmx *vmx)
{
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;

	if (likely(!vmcs->caretaker_nmi || !*vmcs->caretaker_nmi))
		return false;
	*vmcs->caretaker_nmi = 0;
	vmx->caretaker_answered = vmcs->caretaker->answered;
	vmcs->caretaker->answered = 0;
	return true;
}

/*
 * The caretaker has answered the exit and did not enter again, for an NMI came: there
 * is nothing to handle, although the VMCS tells of that exit still.
 */
static __always_inline bool vmx_caretaker_answered(struct vcpu_vmx *vmx)
{
	if (likely(!vmx->caretaker_answered))
		return false;
	vmx->caretaker_answered = false;
	return true;
}

/**
 * vmx_caretaker_left - look at what came back from the payload
 * @vmx: the vCPU
 *
 * Return: true if the contract was broken; the VM must not run again.
 */
static __always_inline bool vmx_caretaker_left(struct vcpu_vmx *vmx)
{
	const struct caretaker_switch *area = vmx->loaded_vmcs->caretaker;

	if (!area || likely(!area->fault && caretaker_ccb_intact(vmx->vcpu.arch.caretaker->ccb)))
		return false;
	return vmx_caretaker_breach(vmx);
}

/* The VMCS is about to be freed, and what it had of a slot is gone already */
static inline void vmx_caretaker_freed(struct vcpu_vmx *vmx)
{
	WARN_ON_ONCE(vmx->vmcs01.caretaker);
}
#else
static inline int vmx_caretaker_setup(void) { return 0; }
static inline void vmx_caretaker_unsetup(void) {}
static inline void vmx_caretaker_cpu_online(void) {}
static inline void vmx_caretaker_freed(struct vcpu_vmx *vmx) {}
static inline void vmx_caretaker_sync(struct vcpu_vmx *vmx) {}
static inline void vmx_caretaker_prepare(struct vcpu_vmx *vmx, bool leave_at_once) {}
static inline bool vmx_caretaker_left(struct vcpu_vmx *vmx) { return false; }
static inline bool vmx_caretaker_answered(struct vcpu_vmx *vmx) { return false; }
static __always_inline bool vmx_caretaker_took_nmi(struct vcpu_vmx *vmx) { return false; }

static __always_inline void vmx_write_host_state(struct vcpu_vmx *vmx, unsigned long field,
						 unsigned long value)
{
	vmcs_writel(field, value);
}
#endif

#endif /* __KVM_X86_VMX_CARETAKER_H */
