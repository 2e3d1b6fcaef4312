// SPDX-License-Identifier: GPL-2.0
/*
 * Exit from a guest to a caretaker, and from that to KVM, on Intel.
 *
 * The host state of the VMCS points into the slot, so hardware itself goes there.  KVM's own
 * VMLAUNCH or VMRESUME makes the first entry.  What the payload does not answer lands at
 * vmx_vmexit, in the state that a VM exit leaves.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include <asm/desc.h>
#include <asm/invpcid.h>
#include <asm/mce.h>
#include <asm/tsc.h>

#include "caretaker/slot.h"
#include "vmx.h"
#include "vmx_onhyperv.h"
#include "caretaker.h"
#include "x86.h"

/* An answer takes microseconds */
#define VMX_CARETAKER_PATIENCE_MS	1000

static struct desc_ptr vmx_caretaker_host_idt __ro_after_init;

/*
 * What there may be on the stack that the trampoline uses between the roots: RAX, and three
 * frames of five words, aligned, with three registers: an NMI, a machine check and an NMI.
 */
#define VMX_CARETAKER_FRAMES		(8 * (2 + 3 * (6 + 3)) + 8)

/* Of which tables the CPU may hold translations under PCID 0, by serial number */
DEFINE_PER_CPU(u64, vmx_caretaker_serial);
static atomic64_t vmx_caretaker_serials = ATOMIC64_INIT(0);

/*
 * With VPIDs a VM exit flushes nothing (SDM Vol. 3 29.4.3.2): the caretaker's
 * translations need a PCID of their own, and a way to flush it.  Without VPIDs each
 * exit flushes.
 */
static bool __init vmx_caretaker_can_isolate(void)
{
	return !enable_vpid || (cpu_feature_enabled(X86_FEATURE_PCID) &&
				cpu_feature_enabled(X86_FEATURE_INVPCID));
}

struct kvm_caretaker_vendor vmx_caretaker_vendor __ro_after_init = {
	.vendor = CARETAKER_VENDOR_INTEL,
	.next_rip = true,
	.activate = vmx_caretaker_activate,
	.release = vmx_caretaker_release,
};

int __init vmx_caretaker_setup(void)
{
	struct kvm_caretaker_vendor *vendor = &vmx_caretaker_vendor;

	store_idt(&vmx_caretaker_host_idt);
	/* Where Hyper-V runs the VMCS for us, its clean fields hide the host state */
	if (!kvm_is_using_evmcs())
		vendor->feature = CARETAKER_FEATURE_VMX;
	vendor->pmu_at_exit = !cpu_has_save_perf_global_ctrl();
	vendor->shared_only = !vmx_caretaker_can_isolate();
	if (cpu_feature_enabled(X86_FEATURE_RSB_VMEXIT) ||
	    cpu_feature_enabled(X86_FEATURE_RSB_VMEXIT_LITE))
		vendor->mitigations |= CARETAKER_MITIGATE_RSB;
	if (cpu_feature_enabled(X86_FEATURE_CLEAR_CPU_BUF_VM) ||
	    cpu_feature_enabled(X86_FEATURE_CLEAR_CPU_BUF_VM_MMIO))
		vendor->mitigations |= CARETAKER_MITIGATE_VERW;
	vendor->trampoline = kvm_caretaker_trampoline_new(vmx_caretaker_trampoline_start,
							  vmx_caretaker_trampoline_end);
	return vendor->trampoline ? 0 : -ENOMEM;
}

void vmx_caretaker_unsetup(void)
{
	kvm_caretaker_trampoline_free(vmx_caretaker_vendor.trampoline);
}

static void set_table(u8 *pointer, unsigned long base)
{
	/* A VM exit sets both limits so (SDM Vol. 3 28.5.2) */
	put_unaligned((u16)0xffff, (u16 *)pointer);
	put_unaligned(base, (unsigned long *)(pointer + 2));
}

static unsigned long table_base(u8 *pointer)
{
	return get_unaligned((unsigned long *)(pointer + 2));
}

/**
 * vmx_caretaker_fill_host - tell the trampoline where the host is
 * @vmx: a vCPU whose vmcs01 has a caretaker, loaded on this CPU
 *
 * It is what KVM has written into these fields of vmcs01, or will when it loads that.  While L2
 * runs, vmcs02 is loaded, which has a cache of its own.
 */
void vmx_caretaker_fill_host(struct vcpu_vmx *vmx)
{
	struct caretaker_switch *area = vmx->vmcs01.caretaker;

	area->host_cr3 = vmx_caretaker_host_cr3(area, vmx->vmcs01.host_state.cr3);
	area->host_rsp = vmx->vmcs01.host_state.rsp;
	set_table(area->host_gdtr, (unsigned long)get_current_gdt_ro());
	area->route = (unsigned long)vmx_vmexit;
	area->vmfail_route = (unsigned long)vmx_caretaker_vmfail;
}

/* The next VM exit goes to the slot */
static void vmx_host_state_to_slot(struct vcpu_vmx *vmx, struct caretaker_switch *area)
{
	vmcs_writel(HOST_RIP, area->entry);
	vmcs_writel(HOST_RSP, area->stack);
	vmcs_writel(HOST_GDTR_BASE, table_base(area->gdtr));
	vmcs_writel(HOST_IDTR_BASE, table_base(area->idtr));
	if (area->root)
		vmcs_writel(HOST_CR3, area->root);
	vmx->loaded_vmcs->caretaker_state &= ~VMX_CARETAKER_BYPASSED;
}

/* The next VM exit bypasses the slot: it goes to KVM, as without a caretaker */
static void vmx_host_state_to_kvm(struct vcpu_vmx *vmx, struct caretaker_switch *area)
{
	vmcs_writel(HOST_RIP, area->route);
	vmcs_writel(HOST_RSP, area->host_rsp);
	vmcs_writel(HOST_GDTR_BASE, table_base(area->host_gdtr));
	vmcs_writel(HOST_IDTR_BASE, table_base(area->host_idtr));
	if (area->root)
		vmcs_writel(HOST_CR3, vmx->loaded_vmcs->host_state.cr3);
	vmx->loaded_vmcs->caretaker_state |= VMX_CARETAKER_BYPASSED;
}

/**
 * vmx_exit_starts_pebs - does the next VM exit turn PEBS of the host on again?
 * @vmx: the vCPU, with interrupts off
 *
 * PEBS writes its records through the page tables, so it must not run in the caretaker's.
 * Where the CPU cannot keep guest and host apart, perf makes KVM switch PEBS_ENABLE.
 * Elsewhere PEBS_ENABLE stays, and the exit starts the counters.  BTS is off until KVM
 * restores DEBUGCTL.
 */
bool vmx_exit_starts_pebs(struct vcpu_vmx *vmx)
{
	const struct vmx_msrs *host = &vmx->msr_autoload.host;
	u64 counters = 0;
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		if (host->val[i].index == MSR_IA32_PEBS_ENABLE)
			return host->val[i].value;
		if (host->val[i].index == MSR_CORE_PERF_GLOBAL_CTRL)
			counters = host->val[i].value;
	}
	if (vm_exit_controls_get(vmx) & VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL)
		counters = vmcs_read64(HOST_IA32_PERF_GLOBAL_CTRL);
	if (!counters || !boot_cpu_has(X86_FEATURE_PEBS))
		return false;
	return counters & native_rdmsrq(MSR_IA32_PEBS_ENABLE);
}

/**
 * vmx_caretaker_attach - from now on the vCPU exits to its slot
 * @vmx: the vCPU, with vmcs01 loaded and preemption off
 * @timer_shift: TSC ticks in one of the preemption timer, as a power of two
 *
 * What KVM has in the fields goes to the switch page, and what KVM will write to them goes
 * there too: vmx_write_host_state().
 */
void vmx_caretaker_attach(struct vcpu_vmx *vmx, u32 timer_shift)
{
	struct kvm_caretaker_slot *slot = vmx->vcpu.arch.caretaker->slot;
	struct caretaker_switch *area = slot->switch_area;
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;

	/* All that an update's predecessor has in the fields is written again, but for this one */
	if (vmcs->caretaker && vmcs->caretaker->root && !area->root)
		vmcs_writel(HOST_CR3, vmcs->host_state.cr3);
	set_table(area->host_idtr, vmx_caretaker_host_idt.address);
	area->nmi_patience = mul_u32_u32(tsc_khz, VMX_CARETAKER_PATIENCE_MS);
	area->mcg_status = boot_cpu_has(X86_FEATURE_MCA) ? MSR_IA32_MCG_STATUS : 0;
	slot->config->entry_shift = timer_shift;
	vmcs->caretaker_state = VMX_CARETAKER_BYPASSED;
	vmcs->caretaker_pending = (struct caretaker_pending *)(slot->base + CARETAKER_PENDING);
	vmcs->caretaker_serial = 0;
	if (area->root && enable_vpid)
		vmcs->caretaker_serial = atomic64_inc_return(&vmx_caretaker_serials);
	vmcs->caretaker = area;
	vmx_caretaker_fill_host(vmx);
	vmx_host_state_to_slot(vmx, area);
}

/**
 * vmx_caretaker_detach - from now on the vCPU exits to KVM
 * @vmx: the vCPU, with vmcs01 loaded and preemption off
 */
void vmx_caretaker_detach(struct vcpu_vmx *vmx)
{
	vmx_host_state_to_kvm(vmx, vmx->loaded_vmcs->caretaker);
	vmx->loaded_vmcs->caretaker = NULL;
	vmx->loaded_vmcs->caretaker_pending = NULL;
}

/* The state for the next entry: see vmx_caretaker_prepare() */
static u8 vmx_caretaker_next_state(struct vcpu_vmx *vmx)
{
	u8 state = vmx_caretaker_timer_state(vmx);

	if ((vmx->msr_autoload.host.nr ||
	     (vm_exit_controls_get(vmx) & VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL)) &&
	    vmx_exit_starts_pebs(vmx))
		state |= VMX_CARETAKER_BYPASSED;
	if (l1tf_vmx_mitigation == VMENTER_L1D_FLUSH_ALWAYS || vmx->loaded_vmcs->soft_vnmi_blocked)
		state |= VMX_CARETAKER_KVM_ENTERS;
	return state;
}

/**
 * vmx_caretaker_update_state - the next entry may differ from the last
 * @vmx: the vCPU, with interrupts off
 *
 * Return: the new VMX_CARETAKER_*
 */
u8 vmx_caretaker_update_state(struct vcpu_vmx *vmx)
{
	const u8 state = vmx_caretaker_next_state(vmx);
	struct caretaker_config *config = vmx->vcpu.arch.caretaker->config;
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;

	if (state == vmcs->caretaker_state)
		return state;
	if ((state ^ vmcs->caretaker_state) & VMX_CARETAKER_BYPASSED) {
		if (state & VMX_CARETAKER_BYPASSED)
			vmx_host_state_to_kvm(vmx, vmcs->caretaker);
		else
			vmx_host_state_to_slot(vmx, vmcs->caretaker);
	}
	config->flags &= ~(CARETAKER_CONFIG_KVM_ENTERS | CARETAKER_CONFIG_DEADLINE);
	if (state & VMX_CARETAKER_KVM_ENTERS)
		config->flags |= CARETAKER_CONFIG_KVM_ENTERS;
	if (state & VMX_CARETAKER_DEADLINE)
		config->flags |= CARETAKER_CONFIG_DEADLINE;
	vmcs->caretaker_state = state;
	return state;
}

/**
 * vmx_caretaker_flush - drop the translations of another root under PCID 0
 * @serial: of the root that the next VM exit loads, 0 if it loads none under PCID 0
 *
 * The VM exit itself flushes nothing.
 */
void vmx_caretaker_flush(u64 serial)
{
	if (serial)
		invpcid_flush_single_context(0);
	this_cpu_write(vmx_caretaker_serial, serial);
}

/**
 * vmx_caretaker_cpu_online - this CPU may hold any translation under PCID 0
 *
 * The host used PCID 0 until the CPU was up.
 */
void vmx_caretaker_cpu_online(void)
{
	this_cpu_write(vmx_caretaker_serial, 0);
}

/**
 * vmx_caretaker_end_events - handle what came while the payload ran, but for an NMI
 * @vmx: the vCPU, out of the guest's context, with interrupts off
 *
 * Until the host's handler has run, MCG_STATUS says that a machine check is in progress, and
 * another one would shut the machine down: so this is done at once.
 *
 * Return: true if the exit was answered.
 */
bool vmx_caretaker_end_events(struct vcpu_vmx *vmx)
{
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;
	u8 events = vmx->caretaker_events;

	vmx->caretaker_events = 0;
	/* An NMI between the roots leaves the host's CR3 there, and registers of the guest */
	memset((void *)vmcs->caretaker_pending - VMX_CARETAKER_FRAMES, 0, VMX_CARETAKER_FRAMES);
	if (events & VMX_CARETAKER_MACHINE_CHECK)
		kvm_machine_check();
	if (!(events & VMX_CARETAKER_ANSWERED))
		return false;
	/* KVM counts this exit, and so does the payload */
	vmx->vcpu.arch.caretaker->answers++;
	return true;
}

/**
 * vmx_caretaker_report_break - say how the payload broke its contract
 * @vmx: the vCPU that ran it
 */
void vmx_caretaker_report_break(struct vcpu_vmx *vmx)
{
	struct caretaker_switch *area = vmx->loaded_vmcs->caretaker;

	/* The machine check ends this VM, and the host must report it */
	if (area->fault == KVM_CARETAKER_FAULT_EXCEPTION && area->fault_vector == MC_VECTOR)
		vmx->caretaker_events |= VMX_CARETAKER_MACHINE_CHECK;
	vmx_caretaker_end_events(vmx);
	kvm_caretaker_report_break(&vmx->vcpu);
}
