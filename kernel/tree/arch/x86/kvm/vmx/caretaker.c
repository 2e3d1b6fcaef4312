// SPDX-License-Identifier: GPL-2.0
/*
 * Leaving the guest into a caretaker on Intel.
 *
 * The host state of the VMCS points into the slot, so that hardware goes there by
 * itself.  The first entry is KVM's own VMLAUNCH or VMRESUME; what the payload does
 * not answer lands at vmx_vmexit with the state that a VM exit would have left.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": caretaker: " fmt

#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>

#include <asm/invpcid.h>
#include <asm/mce.h>
#include <asm/tsc.h>

#include "caretaker/caretaker.h"
#include "vmx.h"
#include "vmx_onhyperv.h"
#include "caretaker.h"
#include "x86.h"

/* An answer takes microseconds */
#define VMX_CARETAKER_PATIENCE_MS	1000

static struct page *vmx_caretaker_trampoline;

/* Whose tables the CPU may hold translations of under PCID 0, by serial number */
DEFINE_PER_CPU(u64, vmx_caretaker_serial);
static atomic64_t vmx_caretaker_serials = ATOMIC64_INIT(0);

int __init vmx_caretaker_setup(void)
{
	size_t size = vmx_caretaker_trampoline_end - vmx_caretaker_trampoline_start;

	if (WARN_ON_ONCE(size > PAGE_SIZE))
		return -E2BIG;
	vmx_caretaker_trampoline = alloc_page(GFP_KERNEL);
	if (!vmx_caretaker_trampoline)
		return -ENOMEM;
	/* What is not code is INT3 */
	memset(page_address(vmx_caretaker_trampoline), 0xcc, PAGE_SIZE);
	memcpy(page_address(vmx_caretaker_trampoline), vmx_caretaker_trampoline_start, size);
	return 0;
}

void vmx_caretaker_unsetup(void)
{
	if (vmx_caretaker_trampoline)
		__free_page(vmx_caretaker_trampoline);
	vmx_caretaker_trampoline = NULL;
}

/*
 * With VPIDs a VM exit flushes nothing (SDM Vol. 3 29.4.3.2): the caretaker's
 * translations need a PCID of their own, and a way to flush it.  Without VPIDs each
 * exit flushes.
 */
static bool vmx_caretaker_can_isolate(void)
{
	return !enable_vpid || (cpu_feature_enabled(X86_FEATURE_PCID) &&
				cpu_feature_enabled(X86_FEATURE_INVPCID));
}

/* @vcpu is NULL for what is the same on every vCPU */
void vmx_caretaker_describe(struct kvm_vcpu *vcpu, struct kvm_caretaker_vendor *vendor)
{
	vendor->vendor = CARETAKER_VENDOR_INTEL;
	/* Where Hyper-V runs the VMCS for us, its clean fields hide the host state */
	if (!kvm_is_using_evmcs())
		vendor->feature = CARETAKER_FEATURE_VMX;
	vendor->trampoline = vmx_caretaker_trampoline;
	vendor->route = (unsigned long)vmx_vmexit;
	vendor->fault_route = (unsigned long)vmx_caretaker_vmfail;
	vendor->next_rip = true;
	vendor->pmu_at_exit = !cpu_has_save_perf_global_ctrl();
	vendor->shared_only = !vmx_caretaker_can_isolate();
	if (cpu_feature_enabled(X86_FEATURE_RSB_VMEXIT) ||
	    cpu_feature_enabled(X86_FEATURE_RSB_VMEXIT_LITE))
		vendor->mitigations |= CARETAKER_MITIGATE_RSB;
	if (cpu_feature_enabled(X86_FEATURE_CLEAR_CPU_BUF_VM) ||
	    cpu_feature_enabled(X86_FEATURE_CLEAR_CPU_BUF_VM_MMIO))
		vendor->mitigations |= CARETAKER_MITIGATE_VERW;
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

/* Let the VM exit go to the slot, or past it to where it goes without a caretaker */
static void vmx_caretaker_direct(struct vcpu_vmx *vmx, struct caretaker_switch *area, bool past)
{
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;

	vmcs_writel(HOST_RIP, past ? area->route : area->entry);
	vmcs_writel(HOST_RSP, past ? area->host_rsp : area->stack);
	vmcs_writel(HOST_GDTR_BASE, table_base(past ? area->host_gdtr : area->gdtr));
	vmcs_writel(HOST_IDTR_BASE, table_base(past ? area->host_idtr : area->idtr));
	if (area->root)
		vmcs_writel(HOST_CR3, past ? vmcs->host_state.cr3 : area->root);
	if (past)
		vmcs->caretaker_state |= VMX_CARETAKER_BYPASSED;
	else
		vmcs->caretaker_state &= ~VMX_CARETAKER_BYPASSED;
}

/**
 * vmx_exit_starts_pebs - does the next VM exit turn PEBS of the host on again?
 * @vmx: the vCPU, with interrupts off
 *
 * It writes its records through the page tables: then the caretaker must not be there.
 * Where the CPU cannot keep PEBS apart, perf has KVM switch PEBS_ENABLE; elsewhere it stays
 * as it is, and the exit starts the counters.  BTS is off until KVM restores DEBUGCTL.
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
 * vmx_caretaker_point - from now on the vCPU leaves the guest into its slot
 * @vmx: the vCPU, with vmcs01 loaded and preemption off
 * @timer_shift: TSC ticks in one of the preemption timer, as a power of two
 *
 * What KVM had in the fields goes to the switch page, and so does all that it will
 * write there: vmx_write_host_state().
 */
void vmx_caretaker_point(struct vcpu_vmx *vmx, u32 timer_shift)
{
	struct kvm_caretaker_slot *slot = vmx->vcpu.arch.caretaker;
	struct caretaker_switch *area = slot->switch_area;
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;

	/* An update: what KVM had there is in the predecessor's switch page */
	if (vmcs->caretaker)
		vmx_caretaker_direct(vmx, vmcs->caretaker, true);
	set_table(area->host_gdtr, vmcs_readl(HOST_GDTR_BASE));
	set_table(area->host_idtr, vmcs_readl(HOST_IDTR_BASE));
	area->nmi_patience = mul_u32_u32(tsc_khz, VMX_CARETAKER_PATIENCE_MS);
	slot->config->entry_shift = timer_shift;
	vmcs->caretaker_state = VMX_CARETAKER_BYPASSED;
	vmcs->caretaker_nmi = (u64 *)(slot->base + CARETAKER_NMI_PENDING);
	vmcs->caretaker_serial = 0;
	if (area->root && enable_vpid)
		vmcs->caretaker_serial = atomic64_inc_return(&vmx_caretaker_serials);
	vmcs->caretaker = area;
	vmx_write_host_state(vmx, HOST_RSP, vmcs->host_state.rsp);
	vmx_write_host_state(vmx, HOST_CR3, vmcs->host_state.cr3);
	vmx_caretaker_direct(vmx, area, false);
}

/**
 * vmx_caretaker_unpoint - from now on the vCPU leaves the guest into KVM
 * @vmx: the vCPU, with vmcs01 loaded and preemption off
 */
void vmx_caretaker_unpoint(struct vcpu_vmx *vmx)
{
	vmx_caretaker_direct(vmx, vmx->loaded_vmcs->caretaker, true);
	vmx->loaded_vmcs->caretaker = NULL;
	vmx->loaded_vmcs->caretaker_nmi = NULL;
}

/**
 * vmx_caretaker_change - the next entry is not like the last
 * @vmx: the vCPU, with interrupts off
 * @state: VMX_CARETAKER_* as they are to be
 */
void vmx_caretaker_change(struct vcpu_vmx *vmx, u8 state)
{
	struct caretaker_config *config = vmx->vcpu.arch.caretaker->config;
	struct loaded_vmcs *vmcs = vmx->loaded_vmcs;
	bool past = state & VMX_CARETAKER_BYPASSED;

	if (past != !!(vmcs->caretaker_state & VMX_CARETAKER_BYPASSED))
		vmx_caretaker_direct(vmx, vmcs->caretaker, past);
	config->flags &= ~(CARETAKER_CONFIG_KVM_ENTERS | CARETAKER_CONFIG_DEADLINE);
	if (state & VMX_CARETAKER_KVM_ENTERS)
		config->flags |= CARETAKER_CONFIG_KVM_ENTERS;
	if (state & VMX_CARETAKER_DEADLINE)
		config->flags |= CARETAKER_CONFIG_DEADLINE;
	vmcs->caretaker_state = state;
}

/**
 * vmx_caretaker_flush - the CPU may hold translations of another root
 * @serial: of the one that the next VM exit loads
 *
 * It does so without a flush: what there is under PCID 0 must be gone by then.
 */
void vmx_caretaker_flush(u64 serial)
{
	invpcid_flush_single_context(0);
	this_cpu_write(vmx_caretaker_serial, serial);
}

/**
 * vmx_caretaker_cpu_online - nothing is known of what this CPU holds under PCID 0
 *
 * The host ran under it until the CPU was up.
 */
void vmx_caretaker_cpu_online(void)
{
	this_cpu_write(vmx_caretaker_serial, 0);
}

/**
 * vmx_caretaker_breach - vmx_caretaker_left() found something
 * @vmx: the vCPU
 *
 * Says what, and that the VM must not run again.
 *
 * Return: true
 */
bool vmx_caretaker_breach(struct vcpu_vmx *vmx)
{
	struct caretaker_switch *area = vmx->loaded_vmcs->caretaker;

	if (!area->fault)
		area->fault = KVM_CARETAKER_FAULT_CCB;
	/* It ends this VM, but it is the host's to report */
	if (area->fault == KVM_CARETAKER_FAULT_EXCEPTION && area->fault_vector == MC_VECTOR)
		kvm_machine_check();
	WRITE_ONCE(vmx->vcpu.arch.caretaker->broken, true);
	return true;
}
