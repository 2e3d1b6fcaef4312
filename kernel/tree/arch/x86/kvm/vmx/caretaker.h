/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit from a guest to a caretaker on Intel: caretaker.c, caretaker_trampoline.S
 *
 * While a VMCS has a caretaker, its host state points into the slot, and the switch page has
 * KVM's values.  KVM writes these fields with vmx_write_host_state() alone.
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
/* caretaker_trampoline.S: code that is copied and not executed in place */
extern const char vmx_caretaker_trampoline_start[], vmx_caretaker_trampoline_end[];
/* vmenter.S: where VM exits go without a caretaker, and routed exits with one */
void vmx_vmexit(void);
/* vmenter.S: where a failed VMRESUME of a caretaker lands */
extern const char vmx_caretaker_vmfail[];

int vmx_caretaker_setup(void);
void vmx_caretaker_unsetup(void);
void vmx_caretaker_fill_host(struct vcpu_vmx *vmx);
void vmx_caretaker_attach(struct vcpu_vmx *vmx, u32 timer_shift);
void vmx_caretaker_detach(struct vcpu_vmx *vmx);
u8 vmx_caretaker_update_state(struct vcpu_vmx *vmx);
void vmx_caretaker_flush(u64 serial);
void vmx_caretaker_cpu_online(void);
void vmx_caretaker_report_break(struct vcpu_vmx *vmx);
bool vmx_caretaker_end_events(struct vcpu_vmx *vmx);
bool vmx_exit_starts_pebs(struct vcpu_vmx *vmx);

/* loaded_vmcs.caretaker_state */
#define VMX_CARETAKER_BYPASSED		BIT(0)	/* VM exits go to KVM */
#define VMX_CARETAKER_KVM_ENTERS	BIT(1)	/* the payload answers nothing */
#define VMX_CARETAKER_DEADLINE		BIT(2)	/* it sets the preemption timer */

/* vcpu_vmx.caretaker_events: what came while the payload ran; all of it is with the last exit */
#define VMX_CARETAKER_INTERRUPTED	BIT(0)	/* an NMI or a machine check */
#define VMX_CARETAKER_MACHINE_CHECK	BIT(1)
#define VMX_CARETAKER_ANSWERED		BIT(2)	/* the exit was answered by then */

DECLARE_PER_CPU(u64, vmx_caretaker_serial);

/*
 * As the trampoline loads it: 0 in shared mode, where it loads none.  Without a caretaker a VM
 * exit does not flush either.
 */
static __always_inline unsigned long
vmx_caretaker_host_cr3(const struct caretaker_switch *area, unsigned long cr3)
{
	if (!area->root)
		return 0;
	if (cpu_feature_enabled(X86_FEATURE_PCID))
		return cr3 | X86_CR3_PCID_NOFLUSH;
	return cr3;
}

/*
 * KVM changes its own host state.  Where @value goes depends on the VMCS:
 *
 *	caretaker	state		mode		field of the VMCS	switch page
 *	none, vmcs02			either		@value			there is none
 *	some		bypassed	isolated	@value			@value
 *	some		bypassed	shared		@value			@value, but
 *										host_cr3: 0
 *	some		in place	isolated	keeps the slot's	@value
 *	some		in place	shared		keeps the slot's, but	@value, but
 *							HOST_CR3: @value	host_cr3: 0
 *
 * In shared mode the payload runs on the host's page tables.
 */
static __always_inline void vmx_write_host_state(struct vcpu_vmx *vmx, unsigned long field,
						 unsigned long value)
{
	struct caretaker_switch *area;
	bool bypassed;

	if (!kvm_caretaker_is_in_use() || !vmx->loaded_vmcs->caretaker) {
		vmcs_writel(field, value);
		return;
	}
	area = vmx->loaded_vmcs->caretaker;
	bypassed = vmx->loaded_vmcs->caretaker_state & VMX_CARETAKER_BYPASSED;
	if (bypassed)
		vmcs_writel(field, value);
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
		area->host_cr3 = vmx_caretaker_host_cr3(area, value);
		if (!area->root && !bypassed)
			vmcs_writel(HOST_CR3, value);
		break;
	}
}

/* The vCPU is loaded on this CPU; preemption is off.  caretaker_vcpu_put() ends this */
static inline void vmx_caretaker_load(struct vcpu_vmx *vmx)
{
	if (kvm_caretaker_is_in_use() && vmx->vmcs01.caretaker)
		vmx_caretaker_fill_host(vmx);
}

/**
 * vmx_caretaker_sync - tell the payload what has changed about its vCPU
 * @vmx: the vCPU, about to enter the guest
 *
 * Interrupts are still on: KVM does not look up CPUID with them off.  Only the vCPU's own
 * thread changes what the payload is told, and after this it does so no more.
 */
static __always_inline void vmx_caretaker_sync(struct vcpu_vmx *vmx)
{
	if (kvm_caretaker_is_in_use() && vmx->vmcs01.caretaker)
		kvm_caretaker_sync_config(&vmx->vcpu);
}

/*
 * Each entry starts the preemption timer anew, from a value that KVM computes for that entry:
 * the payload computes it for its own entries.  When KVM needs no timer it starts from its
 * maximum.
 */
static __always_inline u8 vmx_caretaker_timer_state(struct vcpu_vmx *vmx)
{
	if ((pin_controls_get(vmx) & PIN_BASED_VMX_PREEMPTION_TIMER) &&
	    !vmx->loaded_vmcs->hv_timer_soft_disabled)
		return VMX_CARETAKER_DEADLINE;
	return 0;
}

/**
 * vmx_caretaker_prepare - the last step before KVM enters the guest
 * @vmx: the vCPU, with interrupts off and the preemption timer set
 * @leave_at_once: the timer is set so that the guest exits right after the entry
 *
 * The payload answers nothing where each entry must be KVM's own: an administrator can ask
 * for a flush of the L1D at each entry.  If KVM flushes only where it sees a need, a local
 * answer needs no flush: the payload reads its slot alone.  It also answers nothing while KVM
 * checks, at each exit, for the end of an NMI that the CPU does not track.
 *
 * Nearly always there is nothing of this, and nothing for which the slot is bypassed: then the
 * state is that of the timer alone.
 */
static __always_inline void vmx_caretaker_prepare(struct vcpu_vmx *vmx, bool leave_at_once)
{
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;
	u8 state;

	if (!kvm_caretaker_is_in_use() || !vmcs->caretaker)
		return;
	state = vmcs->caretaker_state;
	if (unlikely(vmx->msr_autoload.host.nr | vmcs->soft_vnmi_blocked) ||
	    unlikely(vm_exit_controls_get(vmx) & VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL) ||
	    unlikely(l1tf_vmx_mitigation == VMENTER_L1D_FLUSH_ALWAYS) ||
	    unlikely(state != vmx_caretaker_timer_state(vmx)))
		state = vmx_caretaker_update_state(vmx);
	if (state & VMX_CARETAKER_DEADLINE)
		vmx->vcpu.arch.caretaker->config->entry_deadline =
			leave_at_once ? 0 : vmx->hv_deadline_tsc;
	if (unlikely(this_cpu_read(vmx_caretaker_serial) != vmcs->caretaker_serial))
		vmx_caretaker_flush(vmcs->caretaker_serial);
}

/**
 * vmx_caretaker_take_nmi - did an NMI interrupt the payload?
 * @vmx: the vCPU, just out of the guest
 *
 * The trampoline left a mark, which this clears.  The caller runs the host's handler.  That of
 * machine checks must wait until the guest's context is left.
 *
 * Return: true if there was one.
 */
static __always_inline bool vmx_caretaker_take_nmi(struct vcpu_vmx *vmx)
{
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;

	struct caretaker_pending *pending = vmcs->caretaker_pending;
	u64 what;

	if (!kvm_caretaker_is_in_use() || !pending || likely(!pending->what))
		return false;
	what = pending->what;
	*pending = (struct caretaker_pending){};
	vmx->caretaker_events = VMX_CARETAKER_INTERRUPTED;
	if (what & CARETAKER_PENDING_MACHINE_CHECK)
		vmx->caretaker_events |= VMX_CARETAKER_MACHINE_CHECK;
	if (vmcs->caretaker->answered)
		vmx->caretaker_events |= VMX_CARETAKER_ANSWERED;
	vmcs->caretaker->answered = 0;
	return what & CARETAKER_PENDING_NMI;
}

/**
 * vmx_caretaker_exit_is_answered - is there nothing to handle?
 * @vmx: the vCPU, with interrupts off
 *
 * The caretaker answered the exit, but an NMI or a machine check kept it from entering the
 * guest again.  The VMCS still describes the exit.  A machine check goes to the host's handler.
 *
 * Return: true if KVM must not handle the exit.
 */
static __always_inline bool vmx_caretaker_exit_is_answered(struct vcpu_vmx *vmx)
{
	if (!kvm_caretaker_is_in_use() || likely(!vmx->caretaker_events))
		return false;
	return vmx_caretaker_end_events(vmx);
}

/**
 * vmx_caretaker_check_contract - did the payload keep its contract?
 * @vmx: the vCPU, just out of the guest
 *
 * Return: false if the payload broke it.  The VM must not run again then.
 */
static __always_inline bool vmx_caretaker_check_contract(struct vcpu_vmx *vmx)
{
	const struct caretaker_switch *area = vmx->loaded_vmcs->caretaker;

	if (!kvm_caretaker_is_in_use() || !area)
		return true;
	if (likely(!area->fault))
		return true;
	vmx_caretaker_report_break(vmx);
	return false;
}

/* KVM is about to free the VMCS, which has nothing of a slot any more */
static inline void vmx_caretaker_freed(struct vcpu_vmx *vmx)
{
	WARN_ON_ONCE(vmx->vmcs01.caretaker);
}
#else
static inline int vmx_caretaker_setup(void) { return 0; }
static inline void vmx_caretaker_unsetup(void) {}
static inline void vmx_caretaker_cpu_online(void) {}
static inline void vmx_caretaker_freed(struct vcpu_vmx *vmx) {}
static inline void vmx_caretaker_load(struct vcpu_vmx *vmx) {}
static inline void vmx_caretaker_sync(struct vcpu_vmx *vmx) {}
static inline void vmx_caretaker_prepare(struct vcpu_vmx *vmx, bool leave_at_once) {}
static inline bool vmx_caretaker_check_contract(struct vcpu_vmx *vmx) { return true; }
static inline bool vmx_caretaker_exit_is_answered(struct vcpu_vmx *vmx) { return false; }
static __always_inline bool vmx_caretaker_take_nmi(struct vcpu_vmx *vmx) { return false; }

static __always_inline void vmx_write_host_state(struct vcpu_vmx *vmx, unsigned long field,
						 unsigned long value)
{
	vmcs_writel(field, value);
}
#endif

#endif /* __KVM_X86_VMX_CARETAKER_H */
